"""Where ink goes on the sheet that is written: cropped, with paper around it, fitted into a size."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from sigunet import image
from sigunet.cleaning.options import MAX_SIDE, Options
from sigunet.errors import OptionError

MAX_PIXELS = 2 * image.MAX_PIXELS
"""Most pixels of what is written: a picture of the largest size may get paper around it."""


@dataclass(frozen=True)
class Box:
    """A part of a picture, which may reach beyond it; px."""

    top: int
    left: int
    height: int
    width: int

    def within(self, shape: tuple[int, ...]) -> tuple[slice, slice]:
        """The rows and columns of it that a picture of this shape has."""
        bottom, right = self.top + self.height, self.left + self.width
        return (
            slice(max(self.top, 0), min(bottom, shape[0])),
            slice(max(self.left, 0), min(right, shape[1])),
        )

    def grown(self, px: int) -> "Box":
        """The box with `px` more on each side."""
        return Box(self.top - px, self.left - px, self.height + 2 * px, self.width + 2 * px)


@dataclass(frozen=True)
class Sheet:
    """Ink as it is written, before a format makes pixels of it.

    Attributes:
        alpha: uint8[H, W], share of ink, over 127 where it is ink.
        colour: uint8[H, W, 3] or uint8[3], RGB of the ink.
        rest: uint8[3], RGB where there is no ink.
        scale: px of it to one px of the picture.
    """

    alpha: np.ndarray
    colour: np.ndarray
    rest: np.ndarray
    scale: float = 1.0


def choose_box(ink: np.ndarray, options: Options) -> Box:
    """Finds the part of a picture that is written.

    Args:
        ink: bool[H, W], True = ink.
        options: `crop` and `pad` of them.

    Returns:
        The box of the ink or, without ink or `crop`, the whole picture; with its margin.

    Raises:
        OptionError: If there were too many pixels.
    """
    box = Box(0, 0, *ink.shape)
    if options.crop:
        left, top, width, height = cv2.boundingRect(ink.view(np.uint8))
        if width:
            box = Box(top, left, height, width)
    box = box.grown(options.margin)
    # The picture itself may be of any size that could be read.
    if options.margin and (
        box.height * box.width > MAX_PIXELS or max(box.height, box.width) > 2 * MAX_SIDE
    ):
        raise OptionError(
            f"pad {options.pad} makes a picture of {box.width} x {box.height}, which is too large; "
            f"use a smaller one."
        )
    return box


def cut(array: np.ndarray, box: Box, fill: tuple[int, ...]) -> np.ndarray:
    """Cuts a box out of uint8[H, W] or [H, W, 3]; beyond the picture lies `fill`."""
    rows, columns = box.within(array.shape)
    inner = array[rows, columns]
    if inner.shape[:2] == (box.height, box.width):
        return inner
    out = np.empty((box.height, box.width, *array.shape[2:]), np.uint8)
    out[:] = fill
    top, left = rows.start - box.top, columns.start - box.left
    out[top : top + inner.shape[0], left : left + inner.shape[1]] = inner
    return out


def scale_of(shape: tuple[int, ...], size: tuple[int, int]) -> float:
    """By how much a picture of (H, W) px grows when it is fitted into (width, height) px."""
    return min(size[0] / shape[1], size[1] / shape[0])


def place(shape: tuple[int, int], size: tuple[int, int]) -> Box:
    """Where a picture of (H, W) px lies when it is fitted into (width, height) px, centred."""
    width, height = size
    ratio = scale_of(shape, size)
    fitted = (
        min(height, max(1, round(shape[0] * ratio))),
        min(width, max(1, round(shape[1] * ratio))),
    )
    return Box((height - fitted[0]) // 2, (width - fitted[1]) // 2, *fitted)


def fit(sheet: Sheet, size: tuple[int, int]) -> Sheet:
    """Brings a sheet to a size, its proportions kept, centred on paper.

    Args:
        sheet: What is fitted.
        size: (width, height) in px.

    Returns:
        A sheet of exactly this size. Colours are averaged by the ink that has them.
    """
    box = place(sheet.alpha.shape, size)
    inner = (box.height, box.width)
    outer = Box(-box.top, -box.left, size[1], size[0])
    weight = _resized(sheet.alpha.astype(np.float32), inner)
    small = np.rint(weight).clip(0, 255).astype(np.uint8)
    alpha = cut(small, outer, (0,))
    scale = sheet.scale * scale_of(sheet.alpha.shape, size)
    if sheet.colour.ndim == 1:
        return replace(sheet, alpha=alpha, scale=scale)
    colour = np.empty((*inner, 3), np.uint8)
    weight = np.maximum(weight, 0.5)
    for channel in range(3):
        # One channel at a time: of a large picture, all at once would be a gigabyte.
        product = cv2.multiply(sheet.colour[..., channel], sheet.alpha, dtype=cv2.CV_32F)
        product = _resized(product, inner) / weight
        colour[..., channel] = np.rint(product).clip(0, 255).astype(np.uint8)
    colour[small == 0] = sheet.rest
    return Sheet(alpha, cut(colour, outer, tuple(sheet.rest.tolist())), sheet.rest, scale)


def _resized(array: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Resizes float32[H, W] as `image.resize`, but keeps what overshoots, so that ratios stay."""
    if array.shape == shape:
        return array
    shrinks = shape[0] <= array.shape[0] and shape[1] <= array.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return cv2.resize(array, shape[::-1], interpolation=how)
