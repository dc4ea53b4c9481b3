"""Sheets to look at: a config's training pairs, exactly pair N of a run, a network's answers."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from ml_collections import ConfigDict

from sigunet import frozen, grids, image
from sigunet.cleaning import Cleaner
from sigunet.data import example, sources
from sigunet.errors import ConfigError


def draw(config: ConfigDict, positions: Sequence[int], out: Path) -> Iterator[str]:
    """Draws training pairs, the same ones that a run of the config trains on.

    Args:
        config: The run's config.
        positions: Which pairs, counted from 0 over the whole run.
        out: The picture file.

    Yields:
        A line for each pair: where it comes from and which noise it got; then the file.

    Raises:
        SigunetError: If the data or the recipe is wrong, or the picture cannot be written.
    """
    if min(positions) < 0:
        raise ConfigError(f"There is no pair {min(positions)}: pairs are counted from 0.")
    pairs = example.Examples.of(config, sources.open_source(config.data, "train"))
    drawn = [pairs(n) for n in positions]
    sheet = grids.pairs_grid(
        [picture for picture, _ in drawn],
        [ink for _, ink in drawn],
        labels=[str(n) for n in positions],
        columns=min(4, int(np.ceil(np.sqrt(len(drawn))))),
    )
    image.write(out, sheet)
    for n in positions:
        about = pairs.describe(n)
        noise = " | ".join(about.members) or "no noise"
        empty = " (left out)" if about.empty else ""
        yield f"{n}: {about.name} by {about.writer}{empty}, severity {about.severity:.2f}: {noise}"
    yield str(out)


STRIP_ROWS = ("lines", "text", "stamp", "speckle", "default")
"""The degradations on a strip: as many as fit across a page."""


def draw_predictions(checkpoint: str, out: Path, *, strip: bool = False) -> None:
    """Draws what a network makes of frozen pictures of its test writers, one a degradation.

    Args:
        checkpoint: See `Cleaner.from_checkpoint`.
        out: The picture file.
        strip: Inputs in one row and the cleaned pictures below, instead of a row for each with
            input, target, output and errors.

    Raises:
        SigunetError: If the checkpoint or the data is wrong, or the picture cannot be written.
    """
    cleaner = Cleaner.from_checkpoint(checkpoint)
    test = frozen.Stored(sources.open_source(cleaner.meta.config.data, "test"))
    rows = {row: frozen.ROWS[row] for row in (STRIP_ROWS if strip else frozen.ROWS)}
    pictures = frozen.frozen_set(test, per_row=1, rows=rows, channels=cleaner.channels)
    images = [picture.image for picture in pictures]
    if strip:
        sheet = grids.strip(images, [cleaner.mask(shown) for shown in images], height=150)
    else:
        sheet = grids.prediction_grid(
            images,
            [picture.truth for picture in pictures],
            [cleaner.ink(shown) for shown in images],
            threshold=cleaner.threshold,
            labels=[picture.row for picture in pictures],
        )
    image.write(out, sheet)
