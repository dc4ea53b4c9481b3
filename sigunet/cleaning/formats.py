"""Cleaned pictures as files: 1-bit, grey and transparent PNG, and SVG."""

import io
import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from PIL import Image

from sigunet.cleaning import fitting, svg
from sigunet.cleaning.colour import ink_colours
from sigunet.cleaning.levels import HALF, levels
from sigunet.cleaning.options import MAX_DPI, Options
from sigunet.errors import OptionError

_CONTEXT = 64  # px around a crop from which the colour of its paper is known
_ALL = 256
_FEW = 16  # levels of grey or alpha that still make smooth edges
_FEWER = (4, 2)  # levels, where the number of px is asked for
_STEP = 0.85  # of a side; from one size that may be small enough to the next
_LEAST_SIDE = 24  # px; on a smaller picture no signature can be read
_COARSER = (2, 4, 8, 16, 32)  # times the tolerance of curves


def encode(
    picture: np.ndarray,
    soft: np.ndarray,
    options: Options,
    *,
    threshold: float,
    inverted: bool = False,
    own_dpi: float | None = None,
) -> bytes:
    """Writes ink as a file.

    Args:
        picture: float32[H, W, C] in [0, 1], 0 = black, C in (1, 3), the ink darker than its paper.
        soft: float32[H, W] in [0, 1], share of each pixel that is ink.
        options: What is written, and how.
        threshold: On `soft`; where the options name one, that counts.
        inverted: Whether `picture` is the negative of the one whose colours the ink is to have.
        own_dpi: Resolution of `picture`, px an inch, where it has one. Where the options name none, it
            is written to the scale of the file, so that the ink is as large as it was on paper.

    Returns:
        The bytes of a PNG or SVG file; always the same for the same arguments.

    Raises:
        OptionError: If it cannot be as small as `max_bytes` of the options, or would be too large.
    """
    threshold = _threshold(options, threshold)
    if options.format == "svg":
        tries = _drawings(soft, options, threshold, own_dpi)
    else:
        tries = _pngs(_sheet(picture, soft, options, threshold, inverted), options, own_dpi)
    least = None
    for data in tries:
        if options.max_bytes is None or len(data) <= options.max_bytes:
            return data
        least = len(data) if least is None else min(least, len(data))
    of_size = "" if options.size is None else f" of {options.size[0]} x {options.size[1]}"
    raise OptionError(
        f"max_bytes {options.max_bytes} cannot be reached: as {options.format}{of_size} this picture "
        f"takes {least} bytes at least."
    )


def render(
    picture: np.ndarray,
    soft: np.ndarray,
    options: Options,
    *,
    threshold: float,
    inverted: bool = False,
) -> np.ndarray:
    """Draws what `encode` writes, `max_bytes` and `dpi` aside.

    Args:
        picture: As `encode`.
        soft: As `encode`.
        options: As `encode`.
        threshold: As `encode`.
        inverted: As `encode`.

    Returns:
        mask: uint8[H, W], 0 = ink, 255 = paper; gray: uint8[H, W], 0 = ink; rgba: uint8[H, W, 4].

    Raises:
        OptionError: If the format is svg, which has no pixels, or there were too many.
    """
    if options.format == "svg":
        raise OptionError("format svg has no pixels; ask for mask, gray or rgba, or for the file.")
    sheet = _sheet(picture, soft, options, _threshold(options, threshold), inverted)
    return _pixels(sheet, options.format)


def _threshold(options: Options, calibrated: float) -> float:
    return calibrated if options.threshold is None else options.threshold


def _sheet(
    picture: np.ndarray, soft: np.ndarray, options: Options, threshold: float, inverted: bool
) -> fitting.Sheet:
    ink = soft > threshold
    box = fitting.choose_box(ink, options)
    own = options.format == "rgba" and options.rgb is None
    rows, columns = (box.grown(_CONTEXT) if own else box).within(soft.shape)
    box = replace(box, top=box.top - rows.start, left=box.left - columns.start)
    if options.format == "mask" and options.size is None and options.max_bytes is None:
        alpha = np.where(ink[rows, columns], np.uint8(255), np.uint8(0))
    else:
        alpha = levels(soft[rows, columns], threshold)
    colours = rest = np.array(options.rgb or (0, 0, 0), np.uint8)
    if own:
        colours, rest = ink_colours(picture[rows, columns], alpha)
        if inverted:
            colours, rest = np.subtract(255, colours, out=colours), 255 - rest
        colours = fitting.cut(colours, box, tuple(rest.tolist()))
    sheet = fitting.Sheet(fitting.cut(alpha, box, (0,)), colours, rest)
    return sheet if options.size is None else fitting.fit(sheet, options.size)


def _pixels(sheet: fitting.Sheet, format: str, count: int = _ALL) -> np.ndarray:
    """Draws a sheet, with `count` levels of grey or, with one colour for all ink, of alpha."""
    if format == "mask":
        return np.where(sheet.alpha > HALF, np.uint8(0), np.uint8(255))
    alpha = sheet.alpha
    if count < _ALL:
        # An even number of levels keeps what is over one half over it.
        steps = np.rint(np.arange(_ALL) * ((count - 1) / 255)) * (255 / (count - 1))
        alpha = np.rint(steps).astype(np.uint8)[alpha]
    if format == "gray":
        return 255 - alpha
    out = np.empty((*alpha.shape, 4), np.uint8)
    out[..., :3] = sheet.colour if count == _ALL else sheet.rest
    out[..., 3] = alpha
    return out


def _dpi(options: Options, own: float | None, scale: float) -> float | None:
    """Resolution that is noted in a file of `scale` px to one px of the picture."""
    if options.dpi is not None or own is None:
        return options.dpi
    scaled = own * scale
    # What no option may, no file says.
    return scaled if 1 <= scaled <= MAX_DPI else None


def _pngs(sheet: fitting.Sheet, options: Options, own_dpi: float | None) -> Iterator[bytes]:
    """Writes a sheet, first at its best, then ever smaller; in fewer px only where none are asked for."""

    def written(sheet: fitting.Sheet, count: int, *, optimize: bool) -> bytes:
        dpi = _dpi(options, own_dpi, sheet.scale)
        return _png(_pixels(sheet, options.format, count), options.format, dpi, optimize=optimize)

    data = written(sheet, _ALL, optimize=False)
    yield data
    for count in _counts(options):
        data = written(sheet, count, optimize=True)
        yield data
    if options.size is not None:
        return
    height, width = sheet.alpha.shape
    # No picture shrinks faster than its area does, so larger sizes need not be tried.
    skipped = math.log(options.max_bytes / len(data)) / (2 * math.log(_STEP))
    for number in range(max(math.floor(skipped), 1), 100):
        ratio = _STEP**number
        if ratio * max(height, width) < _LEAST_SIDE:
            return
        size = max(1, round(width * ratio)), max(1, round(height * ratio))
        yield written(fitting.fit(sheet, size), _FEW, optimize=True)


def _counts(options: Options) -> tuple[int, ...]:
    """Levels of grey or alpha to be tried at full size, ever fewer."""
    if options.format == "mask":
        return (_ALL,)
    return (_ALL, _FEW) if options.size is None else (_ALL, _FEW, *_FEWER)


def _png(pixels: np.ndarray, format: str, dpi: float | None, *, optimize: bool) -> bytes:
    picture = Image.fromarray(pixels)
    if format == "mask":
        picture = picture.convert("1", dither=Image.Dither.NONE)
    file = io.BytesIO()
    more = {} if dpi is None else {"dpi": (dpi, dpi)}
    picture.save(file, "PNG", optimize=optimize, **more)
    return file.getvalue()


def _drawings(
    soft: np.ndarray, options: Options, threshold: float, own_dpi: float | None
) -> Iterator[bytes]:
    """Draws outlines, first at their best, then ever coarser."""
    box = fitting.choose_box(soft > threshold, options)
    # One px more than is shown: the outline runs between the last ink and the first paper.
    rows, columns = box.grown(1).within(soft.shape)
    width, height = options.size or (box.width, box.height)
    on = fitting.place((box.height, box.width), (width, height))
    across, down = on.width / box.width, on.height / box.height
    view = svg.View(
        width,
        height,
        left=on.left + across * (columns.start - box.left),
        top=on.top + down * (rows.start - box.top),
        scale=(across, down),
    )
    dpi = _dpi(options, own_dpi, fitting.scale_of((box.height, box.width), (width, height)))
    outlines = svg.outlines(soft[rows, columns], threshold)
    for factor in (1, *_COARSER):
        yield svg.draw(
            outlines,
            view,
            colour=options.ink or "#000",
            dpi=dpi,
            tolerance=factor * svg.TOLERANCE,
        ).encode()
