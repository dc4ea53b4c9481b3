"""Every picture made of pictures: pairs, predictions, contact sheets and strips.

All of them are uint8[H, W, 3], black ink on white, ready for `sigunet.image.write`, W&B or a page.
"""

import functools
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sigunet.errors import DataError
from sigunet.image import to_uint8

FALSE_INK = (213, 94, 0)
"""Vermilion: ink in the output that is not in the target."""

MISSED_INK = (0, 114, 178)
"""Blue: ink of the target that the output lacks. Both of Okabe and Ito's colour-blind safe set."""

_SEPARATOR = (190, 190, 190)
_TEXT = (70, 70, 70)
_RIGHT_INK = 40
_GAP = 2
_FONT = Path(__file__).parent / "noise" / "fonts" / "sans-open-sans-400-normal.woff"


def pairs_grid(
    images: Sequence[np.ndarray] | np.ndarray,
    inks: Sequence[np.ndarray] | np.ndarray,
    *,
    labels: Sequence[str] | None = None,
    columns: int = 2,
) -> np.ndarray:
    """Lays training pairs side by side, input and target, several pairs to a row.

    Args:
        images: N of float32[H, W, C] in [0, 1], 0 = black; sizes may differ.
        inks: N of float32[H, W] in [0, 1], 1 = ink.
        labels: A short line under each pair, or None.
        columns: Pairs in a row.

    Returns:
        uint8[H', W', 3].

    Raises:
        DataError: If there are no pairs, or not one ink for each image.
    """
    _check(images, inks, labels)
    columns = min(columns, len(images))
    cells = [
        cell for image, ink in zip(images, inks, strict=True) for cell in (_rgb(image), _paper(ink))
    ]
    under = None
    if labels is not None:
        under = [text for label in labels for text in (label, "")]
    return _lay(cells, 2 * columns, headings=("input", "target") * columns, labels=under)


def prediction_grid(
    images: Sequence[np.ndarray] | np.ndarray,
    truths: Sequence[np.ndarray] | np.ndarray,
    outputs: Sequence[np.ndarray] | np.ndarray,
    *,
    threshold: float = 0.5,
    labels: Sequence[str] | None = None,
) -> np.ndarray:
    """Shows what a network makes of pictures: input, target, output, errors; a row each.

    Args:
        images: N of float32[H, W, C] in [0, 1], 0 = black; sizes may differ.
        truths: N of float32[H, W] in [0, 1], 1 = ink.
        outputs: N of float32[H, W] in [0, 1], the network's soft ink.
        threshold: A pixel counts as ink where its output is over it, in the errors.
        labels: A short line under each row, or None.

    Returns:
        uint8[H', W', 3].

    Raises:
        DataError: If there are no pictures, or not one truth and output for each.
    """
    _check(images, truths, labels)
    _check(images, outputs, labels)
    cells = []
    for image, truth, output in zip(images, truths, outputs, strict=True):
        errors = errors_picture(truth, output, threshold=threshold)
        cells += [_rgb(image), _paper(truth), _paper(output), errors]
    under = None
    if labels is not None:
        under = [text for label in labels for text in (label, "", "", "")]
    headings = ("input", "target", "output", (("missed", MISSED_INK), ("false ink", FALSE_INK)))
    return _lay(cells, 4, headings=headings, labels=under)


def errors_picture(truth: np.ndarray, output: np.ndarray, *, threshold: float = 0.5) -> np.ndarray:
    """Colours what is wrong: right ink dark grey, missed ink blue, false ink vermilion.

    Args:
        truth: float32[H, W] in [0, 1], 1 = ink; ink is where it is over one half.
        output: float32[H, W] in [0, 1].
        threshold: A pixel counts as ink where its output is over it, as in the scores.

    Returns:
        uint8[H, W, 3] on white.
    """
    true, found = np.asarray(truth) > 0.5, np.asarray(output) > threshold
    picture = np.full((*true.shape, 3), 255, np.uint8)
    picture[true & found] = _RIGHT_INK
    picture[true & ~found] = MISSED_INK
    picture[~true & found] = FALSE_INK
    return picture


def contact_sheet(
    pictures: Sequence[np.ndarray], labels: Sequence[str] | None = None, *, columns: int = 8
) -> np.ndarray:
    """Lays pictures of any kind and size in rows, each with its label underneath.

    Args:
        pictures: Each float32 in [0, 1] or uint8, of shape [H, W], [H, W, 1] or [H, W, 3],
            0 = black.
        labels: One for each picture, or None.
        columns: Pictures in a row.

    Returns:
        uint8[H', W', 3].

    Raises:
        DataError: If there are no pictures, or not one label for each.
    """
    _check(pictures, pictures, labels)
    return _lay([_rgb(p) for p in pictures], min(columns, len(pictures)), labels=labels)


def strip(
    images: Sequence[np.ndarray],
    outputs: Sequence[np.ndarray],
    *,
    height: int | None = None,
) -> np.ndarray:
    """Lays inputs in one row and the cleaned pictures below them, as at the top of a README.

    Args:
        images: N of float32[H, W, C] in [0, 1], 0 = black.
        outputs: N of float32[H, W] in [0, 1], 1 = ink.
        height: Height in pixels that every picture is brought to; None: as they are.

    Returns:
        uint8[H', W', 3].

    Raises:
        DataError: If there are no pictures, or not one output for each image.
    """
    _check(images, outputs, None)
    above, below = [_rgb(image) for image in images], [_paper(ink) for ink in outputs]
    if height is not None:
        above, below = ([_to_height(p, height) for p in row] for row in (above, below))
    return _lay([*above, *below], len(above))


def _check(first: Sequence, second: Sequence, labels: Sequence[str] | None) -> None:
    if len(first) == 0:
        raise DataError("There is no picture to show.")
    if len(first) != len(second):
        raise DataError(f"{len(first)} pictures and {len(second)} counterparts do not match.")
    if labels is not None and len(labels) != len(first):
        raise DataError(f"{len(first)} pictures and {len(labels)} labels do not match.")


def _rgb(picture: np.ndarray) -> np.ndarray:
    pixels = to_uint8(np.asarray(picture))
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    return np.repeat(pixels, 3, axis=-1) if pixels.shape[-1] == 1 else pixels


def _paper(ink: np.ndarray) -> np.ndarray:
    """Draws ink coverage float32[H, W] as people see it: black on white."""
    return _rgb(1.0 - np.asarray(ink, np.float32))


def _to_height(picture: np.ndarray, height: int) -> np.ndarray:
    width = max(1, round(picture.shape[1] * height / picture.shape[0]))
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS))


def _lay(
    cells: Sequence[np.ndarray],
    columns: int,
    *,
    headings: Sequence = (),
    labels: Sequence[str] | None = None,
) -> np.ndarray:
    """Lays uint8[h, w, 3] cells in rows with thin lines between them and white around small ones.

    A heading is a text, or (text, colour) parts that make one line. Column widths and row heights
    are those of the largest cell in them.
    """
    rows = [cells[start : start + columns] for start in range(0, len(cells), columns)]
    widths = [max(row[i].shape[1] for row in rows if i < len(row)) for i in range(columns)]
    heights = [max(cell.shape[0] for cell in row) for row in rows]
    size = _text_size(widths)
    line = size + size // 2
    head, foot = (line if headings else 0), (line if labels is not None else 0)
    canvas = np.full(
        (
            head + sum(heights) + len(rows) * (foot + _GAP) + _GAP,
            sum(widths) + (columns + 1) * _GAP,
            3,
        ),
        255,
        np.uint8,
    )
    lefts = np.cumsum([_GAP, *(width + _GAP for width in widths)])
    tops = np.cumsum([head + _GAP, *(height + foot + _GAP for height in heights)])
    for row, top, height in zip(rows, tops, heights, strict=False):
        for cell, left, width in zip(row, lefts, widths, strict=False):
            # Small pictures stand in the middle of their place.
            y, x = top + (height - cell.shape[0]) // 2, left + (width - cell.shape[1]) // 2
            canvas[y : y + cell.shape[0], x : x + cell.shape[1]] = cell
    for top in tops:
        canvas[top - _GAP : top, :] = _SEPARATOR
    for left in lefts:
        canvas[head:, left - _GAP : left] = _SEPARATOR
    if not headings and labels is None:
        return canvas
    page = Image.fromarray(canvas)
    for heading, left, width in zip(headings, lefts, widths, strict=False):
        _write(page, heading, left + width / 2, size // 4, width, size)
    for index, label in enumerate(labels or ()):
        row, column = divmod(index, columns)
        top = tops[row] + heights[row] + size // 4
        _write(page, label, lefts[column] + widths[column] / 2, top, widths[column], size)
    return np.asarray(page)


def _text_size(widths: Sequence[int]) -> int:
    """Chooses a letter height in pixels that suits the columns: 10 to 28."""
    return int(np.clip(np.median(widths) / 15, 10, 28))


def _write(
    page: Image.Image,
    text: str | Sequence[tuple[str, tuple[int, int, int]]],
    centre: float,
    top: float,
    width: int,
    size: int,
) -> None:
    """Writes a line centred over a column, in smaller letters or shortened where it is too long."""
    parts = [(text, _TEXT)] if isinstance(text, str) else list(text)
    draw = ImageDraw.Draw(page)
    space = size / 2

    def length(font: ImageFont.FreeTypeFont) -> float:
        return sum(font.getlength(part) for part, _ in parts) + space * (len(parts) - 1)

    font = _font(size)
    while length(font) > width and size > 8:
        size -= 1
        font = _font(size)
    if length(font) > width and len(parts) == 1:
        keep = math.floor(len(parts[0][0]) * width / length(font)) - 1
        parts = [(f"{parts[0][0][: max(1, keep)]}…", _TEXT)]
    left = centre - length(font) / 2
    for part, colour in parts:
        draw.text((left, top), part, fill=colour, font=font)
        left += font.getlength(part) + space


@functools.lru_cache(maxsize=32)
def _font(size: int) -> ImageFont.FreeTypeFont:
    """Opens the bundled face, or Pillow's own where the package data is missing."""
    try:
        return ImageFont.truetype(str(_FONT), size)
    except OSError:
        return ImageFont.load_default(size)
