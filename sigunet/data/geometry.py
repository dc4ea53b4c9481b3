"""Where a signature lies in a training picture: whole and letterboxed, or a window of it."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from sigunet import image

# Most windows should show ink: where there is none, there is little to learn.
_ON_INK = 0.9


@dataclass(frozen=True)
class Frame:
    """A part of a picture, and where it goes in the square.

    Attributes:
        top: First row of the part, in pixels of the picture.
        left: First column.
        height: Rows of the part.
        width: Columns.
        to_top: First row of the square that it fills.
        to_left: First column.
        to_height: Rows of the square.
        to_width: Columns.
        size: Side of the square in pixels.
    """

    top: int
    left: int
    height: int
    width: int
    to_top: int
    to_left: int
    to_height: int
    to_width: int
    size: int

    @property
    def scale(self) -> float:
        """Pixels of the square to one of the picture."""
        return max(self.to_height, self.to_width) / max(self.height, self.width, 1)

    @property
    def leaves(self) -> bool:
        """True if the part does not fill the square."""
        return (self.to_height, self.to_width) != (self.size, self.size)

    def cut(self, array: np.ndarray, fill: float) -> np.ndarray:
        """Takes the part out of a picture.

        Args:
            array: uint8[H, W] or [H, W, 3].
            fill: In [0, 1], around the part.

        Returns:
            float32[size, size] or [size, size, 3] in [0, 1].
        """
        out = np.empty((self.size, self.size, *array.shape[2:]), np.float32)
        out[...] = fill
        if not min(self.height, self.width, self.to_height, self.to_width):
            return out
        part = array[self.top : self.top + self.height, self.left : self.left + self.width]
        place = out[
            self.to_top : self.to_top + self.to_height, self.to_left : self.to_left + self.to_width
        ]
        # Area averages of ones can end a rounding above one.
        resized = image.resize(image.to_float(part), self.to_height, self.to_width)
        np.minimum(resized, 1.0, out=place)
        return out

    def extended(self, picture: np.ndarray, ink: np.ndarray) -> np.ndarray:
        """Continues the paper of a cut picture to all sides, as if there were more of it.

        The picture goes on by reflection, in which there are no strokes: where one would be
        mirrored, plain paper takes its place, since outside of the picture there is no ink.

        Args:
            picture: float32[size, size, C], as `cut` gave it.
            ink: float32[size, size] in [0, 1], cut in the same way; 0 outside.

        Returns:
            float32[size, size, C]; inside the part it is the picture.
        """
        if not self.leaves or not min(self.to_height, self.to_width):
            return picture
        rows = slice(self.to_top, self.to_top + self.to_height)
        columns = slice(self.to_left, self.to_left + self.to_width)
        below, right = self.size - rows.stop, self.size - columns.stop
        around = (rows.start, below, columns.start, right, cv2.BORDER_REFLECT)
        # The scanner blurs a stroke farther than its coverage reaches.
        stained = cv2.dilate((ink[rows, columns] > 0).astype(np.uint8), np.ones((7, 7), np.uint8))
        out = cv2.copyMakeBorder(picture[rows, columns], *around).reshape(picture.shape)
        mirrored = cv2.copyMakeBorder(stained, *around).astype(bool)
        mirrored[rows, columns] = False
        if mirrored.any():
            paper = picture[rows, columns][stained == 0]
            out[mirrored] = np.median(paper, axis=0) if len(paper) else 1.0
        return out


def letterbox(
    rng: np.random.Generator, ink: np.ndarray, size: int, scales: tuple[float, float]
) -> Frame:
    """Fits the whole picture into the square, its aspect kept, somewhere.

    Args:
        rng: Source of randomness.
        ink: uint8[H, W].
        size: Side of the square in pixels.
        scales: Range of the size as against the largest that fits; what is above 1 counts as 1,
            which is how pictures are cleaned later.

    Returns:
        The frame.
    """
    ratio = size / max(ink.shape) * min(1.0, rng.uniform(*scales))
    height, width = (min(size, max(1, round(side * ratio))) for side in ink.shape)
    top, left = rng.integers(0, (size - height + 1, size - width + 1)).tolist()
    return Frame(0, 0, *ink.shape, top, left, height, width, size)


def crop(
    rng: np.random.Generator, ink: np.ndarray, size: int, scales: tuple[float, float]
) -> Frame:
    """Takes a window at about the picture's own scale, in most cases over ink.

    It may reach over the picture's edge by a quarter of its side.

    Args:
        rng: Source of randomness.
        ink: uint8[H, W]; ink is what is above 0.
        size: Side of the square in pixels.
        scales: Range of the scale, 1 = native, drawn evenly in its logarithm.

    Returns:
        The frame.
    """
    scale = math.exp(rng.uniform(math.log(scales[0]), math.log(scales[1])))
    side = max(1, round(size / scale))
    on_ink, lot, *shift = rng.random(4).tolist()
    points = cv2.findNonZero(ink) if on_ink < _ON_INK else None
    spans = []
    for axis, length in enumerate(ink.shape):
        low, high = min(0, length - side) - side // 4, max(0, length - side) + side // 4
        if points is None:
            start = low + int(shift[axis] * (high - low + 1))
        else:
            # OpenCV gives (x, y); older versions wrap each point once more.
            point = points.reshape(-1, 2)[int(lot * len(points))]
            start = min(max(int(point[1 - axis]) - int(shift[axis] * side), low), high)
        spans.append(_span(start, side, length, size))
    (top, height, to_top, to_height), (left, width, to_left, to_width) = spans
    return Frame(top, left, height, width, to_top, to_left, to_height, to_width, size)


def _span(start: int, side: int, length: int, size: int) -> tuple[int, int, int, int]:
    """One axis: (first, count) inside the picture, (first, count) in the square."""
    first, last = max(start, 0), min(start + side, length)
    to_first = round((first - start) * size / side)
    to_last = round((last - start) * size / side)
    return first, max(last - first, 0), to_first, max(to_last - to_first, 0)


Sampling = Callable[[np.random.Generator, np.ndarray, int, tuple[float, float]], Frame]

SAMPLING: dict[str, Sampling] = {"letterbox": letterbox, "crop": crop}
"""By the value of `data.sampling`."""
