"""Cleaning files: which output goes where, and what becomes of bad ones."""

import sys
from collections.abc import Sequence
from pathlib import Path

from sigunet import image
from sigunet.cleaning.cleaner import Cleaner
from sigunet.errors import ConfigError, SigunetError


def clean_files(
    inputs: Sequence[Path], out: Path | None, checkpoint: str, *, threshold: float | None = None
) -> int:
    """Cleans pictures: black ink on white PNGs, at each picture's own size.

    Args:
        inputs: Picture files.
        out: A file name for one picture, else a folder; None writes NAME.clean.png beside NAME.
        checkpoint: The network, see `Cleaner.from_checkpoint`.
        threshold: On soft ink, in (0, 1); None takes the calibrated one.

    Returns:
        0, or 1 if a picture could not be cleaned; each of those gets a sentence on stderr.

    Raises:
        SigunetError: If nothing can be cleaned at all.
    """
    if threshold is not None and not 0.0 < threshold < 1.0:
        raise ConfigError(f"--threshold {threshold} must lie between 0 and 1.")
    targets = _targets(inputs, out)
    cleaner = Cleaner.from_checkpoint(checkpoint)
    if threshold is None:
        threshold = cleaner.threshold
    failed = 0
    for source, target in zip(inputs, targets, strict=True):
        try:
            picture = image.read(source, channels=cleaner.channels)
            ink = cleaner.ink(picture) > threshold
            image.write(target, 1.0 - ink)
        except (SigunetError, OSError) as error:
            failed += 1
            print(f"sigunet: {error}", file=sys.stderr)
            continue
        print(target)
    if failed and len(inputs) > 1:
        print(f"sigunet: {failed} of {len(inputs)} pictures failed.", file=sys.stderr)
    return 1 if failed else 0


def _targets(inputs: Sequence[Path], out: Path | None) -> list[Path]:
    if out is None:
        return [source.with_name(f"{source.stem}.clean.png") for source in inputs]
    if len(inputs) == 1 and out.suffix and not out.is_dir():
        if out.suffix.lower() not in image.SUFFIXES:
            raise ConfigError(f"{out} has no ending of a picture, such as .png.")
        targets = [out]
    else:
        targets = [out / f"{source.stem}.png" for source in inputs]
    twice = {target for target in targets if targets.count(target) > 1}
    if twice:
        raise ConfigError(f"Several inputs would be written to {min(twice)}; rename one of them.")
    for source, target in zip(inputs, targets, strict=True):
        if target.absolute() == source.absolute():
            raise ConfigError(f"{target} is the input itself; choose another output.")
    return targets
