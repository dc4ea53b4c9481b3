"""The worst pictures of each method, kept small while the suite runs, and a sheet of them."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from sigunet import grids
from sigunet import image as images
from sigunet.atomic import write_bytes
from sigunet.suite.work import Worked

KEPT = 8
"""Pictures on a sheet."""

PER_ROW = 2
"""Pictures of one row on a sheet, more only where it would not be full: they would be all alike."""

_WIDEST = 900  # px of a picture on a sheet


@dataclass(frozen=True)
class _Packed:
    """A picture as PNG: a page of ten million pixels is not held open for the sheets' sake."""

    image: bytes
    truth: bytes
    worked: Worked

    @classmethod
    def of(cls, worked: Worked) -> "_Packed":
        empty = np.empty((0, 0), np.uint8)
        return cls(
            images.encode_png(worked.pixels),
            images.encode_png(worked.truth.astype(np.uint8)),
            replace(worked, pixels=empty, truth=empty, scores={}, ms={}),
        )

    def open(self) -> Worked:
        pixels, truth = images.decode_png(self.image), images.decode_png(self.truth) > 0
        return replace(self.worked, pixels=pixels, truth=truth)


@dataclass(frozen=True)
class _Kept:
    value: float
    row: str
    digest: str


class Worst:
    """Remembers the pictures with the lowest F-measure, a few for each method."""

    def __init__(self) -> None:
        self._kept: dict[str, list[_Kept]] = {}
        self._packed: dict[str, _Packed] = {}

    def offer(self, method: str, scores: Mapping[str, float], worked: Worked) -> None:
        """Considers a picture; those without ink are no candidates."""
        value = scores["fmeasure"]
        if math.isnan(value):
            return
        new = _Kept(value, worked.row, worked.digest)
        kept = _chosen([*self._kept.get(method, []), new])
        if new not in kept:
            return
        self._kept[method] = kept
        if new.digest not in self._packed:
            self._packed[new.digest] = _Packed.of(worked)
        self._forget()

    def _forget(self) -> None:
        """Lets go of pictures that are the worst of nobody any more."""
        if len(self._packed) > 2 * KEPT * len(self._kept):
            used = {item.digest for kept in self._kept.values() for item in kept}
            self._packed = {key: item for key, item in self._packed.items() if key in used}

    def of(self, method: str) -> list[tuple[float, Worked]]:
        """F-measure and picture of each that was kept, the worst first."""
        kept = sorted(self._kept.get(method, []), key=lambda item: item.value)
        return [(item.value, self._packed[item.digest].open()) for item in kept]


def _chosen(items: Sequence[_Kept]) -> list[_Kept]:
    """The worst few of each row, then what else is worst, up to a sheet.

    What is not chosen among some is not chosen among more: pictures can be offered one by one.
    """
    seen: Counter[str] = Counter()
    first, more = [], []
    for item in sorted(items, key=lambda item: item.value):
        (first if seen[item.row] < PER_ROW else more).append(item)
        seen[item.row] += 1
    return [*first, *more][:KEPT]


def write_sheet(
    path: str | Path,
    worst: list[tuple[float, Worked]],
    mask: Callable[[Worked], np.ndarray],
) -> None:
    """Draws input, truth, output and errors of the worst pictures of a method.

    Args:
        path: The picture file.
        worst: From `Worst.of`.
        mask: The method again: bool[H, W], True = ink.

    Raises:
        SigunetError: There is no picture, or the file cannot be written.
    """
    shown, truths, outputs, labels = [], [], [], []
    for value, worked in worst:
        found = mask(worked)
        shrink = min(1.0, _WIDEST / worked.truth.shape[1])
        shown.append(_shrunk(images.to_float(worked.pixels), shrink))
        truths.append(_shrunk(worked.truth.astype(np.float32), shrink))
        outputs.append(_shrunk(found.astype(np.float32), shrink))
        labels.append(f"{worked.row} {worked.name}: F {value:.3f}")
    # OpenCV packs a large sheet ten times faster than Pillow, which `images.write` takes.
    sheet = grids.prediction_grid(shown, truths, outputs, labels=labels)
    write_bytes(path, images.encode_png(sheet))


def _shrunk(array: np.ndarray, factor: float) -> np.ndarray:
    if factor == 1.0:
        return array
    size = tuple(max(1, round(side * factor)) for side in array.shape[1::-1])
    return cv2.resize(array, size, interpolation=cv2.INTER_AREA)
