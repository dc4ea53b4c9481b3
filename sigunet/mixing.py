"""The weights between two networks of which one was trained on from the other.

    python -m sigunet.mixing base experiments/tuned/checkpoints --share 0.6 -o between.safetensors

What is tuned gains where it was tuned and forgets elsewhere. On the straight line between
both there are often weights that have most of the gain and have forgotten little, at the cost of one network (Wortsman et al.,
Robust fine-tuning of zero-shot models, CVPR 2022). The share is to be chosen on pictures that neither was trained on.
The mean has no refinement: `python -m sigunet.refining between.safetensors` fits one.
"""

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np

from sigunet import checkpoint
from sigunet import config as config_lib
from sigunet.arguments import WEIGHTS_HELP
from sigunet.checkpoint import Meta, portable
from sigunet.errors import CheckpointError, ConfigError, SigunetError
from sigunet.shipped import SUFFIX


def mix(start: str | Path, end: str | Path, out: str | Path, *, share: float) -> Meta:
    """Writes the mean of two networks' weights, in half precision.

    Args:
        start: See `checkpoint.load_host`.
        end: The same; it was trained on from `start`, or both from a third.
        out: A new file that ends in .safetensors, with a JSON file beside it.
        share: How much of `end` is in the mean, in [0, 1].

    Returns:
        What the file says of itself: that of `end` but for its metrics and its refinement, which
        are not the mean's; the strokes it knows, the mean of what both know; and under `mixed` what it is
        the mean of: the share, and of both networks the step, the config's digest and the SHA-256 of
        the .safetensors file that it is or would be.

    Raises:
        CheckpointError: If there is no whole checkpoint there, the networks differ in more than
            their weights, or `out` exists or does not end in .safetensors.
        ConfigError: If the share is none.
        SigunetError: If a file cannot be written.
    """
    if not 0.0 <= share <= 1.0:
        raise ConfigError(f"--share {share} must lie between 0 and 1.")
    out = Path(out).absolute()
    if out.suffix != SUFFIX:
        raise CheckpointError(f"{out} must end in {SUFFIX}.")
    if out.exists():
        raise CheckpointError(f"{out} exists already.")
    (first, said), (last, meta) = checkpoint.load_host(start), checkpoint.load_host(end)
    if jax.tree.map(np.shape, first) != jax.tree.map(np.shape, last):
        raise CheckpointError(
            f"{start} and {end} are networks of different shapes: none lies between them."
        )

    def between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return (1 - share) * a.astype(np.float32) + share * b.astype(np.float32)

    parts = {"share": share, "start": _part(first, said), "end": _part(last, meta)}
    ends = zip(said.strokes, meta.strokes, strict=True)
    strokes = tuple(round((1 - share) * a + share * b, 2) for a, b in ends)
    meta = dataclasses.replace(meta, metrics={}, strokes=strokes, refinement=None, mixed=parts)
    portable.write(out, jax.tree.map(between, first, last), meta)
    return meta


def _part(variables: Any, meta: Meta) -> dict[str, Any]:
    """What the mean says of a network that went into it; a mean is told down to its own parts."""
    return {
        "sha256": portable.sha256(variables),
        "step": meta.step,
        "config_digest": config_lib.digest(meta.config),
        **({"mixed": meta.mixed} if meta.mixed else {}),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        argv: The arguments; those of the process if None.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog="python -m sigunet.mixing", description=__doc__)
    parser.add_argument("start", help=WEIGHTS_HELP)
    parser.add_argument("end", help="the same, trained on from it")
    parser.add_argument("--share", type=float, default=0.5, help="of END in the mean, 0 to 1")
    parser.add_argument("-o", "--out", type=Path, required=True, help="a new .safetensors file")
    arguments = parser.parse_args(argv)
    try:
        mix(arguments.start, arguments.end, arguments.out, share=arguments.share)
    except SigunetError as error:
        print(f"sigunet.mixing: {error}", file=sys.stderr)
        return 2
    print(arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
