"""Training pairs on a sheet: what a config's noise looks like, or exactly pair N of a run."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from ml_collections import ConfigDict

from sigunet import grids, image
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
