"""The same signature larger and smaller: how far the F-measure hangs on the size of a picture.

Pictures of the exam that are hardly degraded are resized, from a third to three times their size. Ink is
what `sigunet.truth` measures in a clean scan of that size: darker than half of the pen near it. The exam's own
truth, what covers over half of a pixel, goes by another rule for the thinnest strokes: of a line of half a
pixel it leaves nothing, and everybody sees one.
"""

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from sigunet import image as images
from sigunet.results import header, line
from sigunet.suite import pictures
from sigunet.suite.pictures import Listed, SuitePicture
from sigunet.suite.report import ranged, ranked
from sigunet.suite.rows import CLEAN, NAME, PER_CELL, cell_size
from sigunet.suite.scores import BaseScores
from sigunet.suite.setting import scaled
from sigunet.suite.sources import Base
from sigunet.truth import ink_from_scan

SIZES = (0.33, 0.5, 0.71, 1.0, 1.5, 2.0, 3.0)
"""Of a picture, as against the exam's."""

IDENTITY = f"Mild pictures of {NAME} at several sizes, which are no part of it."
"""What a report says of the pictures."""

ROWS = (CLEAN, "gaussian", "paper", "light", "jpeg")
"""The rows whose pictures are taken where no others are asked for."""

_MILDEST = 1  # severity

_P = TypeVar("_P", SuitePicture, Listed)


@dataclass(frozen=True)
class Sized:
    """The mildest pictures of a base at several sizes; each size is a chunk, and a row of the scores.

    Attributes:
        of: The base; `ROWS` are taken where it asks for no rows.
    """

    of: Base

    @property
    def base(self) -> str:
        """Name of the base."""
        return self.of.base

    def chunks(self) -> int:
        """How many sizes there are."""
        return len(SIZES)

    def count(self) -> int:
        """How many pictures there are in all."""
        return len(SIZES) * sum(self._each(row) for row in self._rows())

    def pictures(self, chunk: int) -> Iterator[SuitePicture]:
        """Builds the pictures of a size."""
        for picture in self._mild(pictures.build):
            yield resized(picture, SIZES[chunk])

    def listed(self) -> Iterator[Listed]:
        """Lists the pictures before they are built."""
        mild = list(self._mild(pictures.listed))
        for size in SIZES:
            for picture in mild:
                yield dataclasses.replace(picture, **_called(picture, size))

    def _mild(self, make: Callable[..., Iterator[_P]]) -> Iterator[_P]:
        """The mildest few of each row, as `pictures.build` or `pictures.listed` makes them."""
        for row in self._rows():
            mild = make(
                self.of.signatures,
                base=self.base,
                quick=self.of.quick,
                rows=[row],
                severity=_MILDEST,
                backgrounds=self.of.backgrounds,
            )
            yield from itertools.islice(mild, self._each(row))

    def _rows(self) -> Sequence[str]:
        return tuple(dict.fromkeys(self.of.rows or ROWS))

    def _each(self, row: str) -> int:
        return min(cell_size(row, quick=self.of.quick), PER_CELL)


def resized(picture: SuitePicture, size: float) -> SuitePicture:
    """Makes a picture larger or smaller.

    Args:
        picture: One whose coverage is known.
        size: Factor on both sides.

    Returns:
        The picture by area averages or cubic interpolation, in multiples of 1/255, and its truth at
        that size, measured anew; its row is the size.
    """
    image = np.stack([scaled(channel, size) for channel in np.moveaxis(picture.image, -1, 0)], -1)
    cover = scaled(picture.cover, size)
    _, ink = ink_from_scan((1 - cover).astype(np.float32))
    return dataclasses.replace(
        picture,
        image=images.to_float(images.to_uint8(image)),
        truth=ink,
        severity=0,
        cover=cover,
        **_called(picture, size),
    )


def _called(picture: SuitePicture | Listed, size: float) -> dict[str, str]:
    return {"row": f"{size:g}", "name": f"{picture.row}-{picture.name}"}


def table(scores: BaseScores) -> list[str]:
    """Writes the F-measure of each method by size, in %, and what it loses as against the exam's size.

    Args:
        scores: Of `Sized` pictures.

    Returns:
        Lines of Markdown.
    """
    native = f"{1.0:g}"
    methods = [method.name for method in ranked(scores, native)]
    lines = header(["Size", *methods])
    for row in scores.rows:
        cells = []
        for name in methods:
            mean = ranged(scores.mean(name, row=row), scores.interval(name, row=row))
            lost = scores.mean(name, row=row) - scores.mean(name, row=native)
            cells.append(mean if row == native else f"{mean} ({100 * lost:+.1f})")
        lines.append(line([row, *cells]))
    return lines
