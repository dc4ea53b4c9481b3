"""Soft ink as an SVG picture: filled outlines of smooth curves."""

from dataclasses import dataclass

import numpy as np

from sigunet.cleaning import curves
from sigunet.cleaning.outlines import outlines

TOLERANCE = 0.03
"""How far curves stray from the outline in the mean, px: little enough to follow the mask closely."""

_DECIMALS = 2
_SPECK = 4  # tolerances; side of a patch that is left out
_MM_PER_INCH = 25.4


@dataclass(frozen=True)
class View:
    """Where the ink lies in the SVG picture.

    Attributes:
        width: Of the picture, px.
        height: Of the picture, px.
        left: Where the soft ink begins, px.
        top: Where the soft ink begins, px.
        scale: px of the picture to one px of soft ink, (across, down).
    """

    width: int
    height: int
    left: float = 0.0
    top: float = 0.0
    scale: tuple[float, float] = (1.0, 1.0)


def trace(soft: np.ndarray, threshold: float, *, tolerance: float = TOLERANCE) -> str:
    """Draws the outlines of soft ink at a threshold, in black, at its own size.

    Args:
        soft: float32[H, W] in [0, 1], share of each pixel that is ink.
        threshold: On `soft`, in (0, 1).
        tolerance: As `draw`.

    Returns:
        As `draw`.
    """
    view = View(soft.shape[1], soft.shape[0])
    return draw(outlines(soft, threshold), view, tolerance=tolerance)


def draw(
    traced: tuple[np.ndarray, np.ndarray],
    view: View,
    *,
    colour: str = "#000",
    dpi: float | None = None,
    tolerance: float = TOLERANCE,
) -> str:
    """Draws outlines as one filled path of smooth curves.

    Args:
        traced: Points and starts, as `outlines` gives them.
        view: Where they lie in the picture.
        colour: Of the ink, as SVG writes colours.
        dpi: px an inch, which sizes the picture in millimetres; None sizes it in px.
        tolerance: How far curves may stray from the outline, see `curves.fit`; px of the soft ink or
            of the picture, whichever is larger. Patches too small to tell go with it.

    Returns:
        The text of an SVG file, without a path where there is no ink.
    """
    points, starts = traced
    points = points * view.scale + (view.left, view.top)
    tolerance *= max(*view.scale, 1.0)
    points, starts = _without_specks(points, starts, (_SPECK * tolerance) ** 2)
    path = path_data(curves.fit(points, starts, tolerance))
    drawn = f'<path fill="{colour}" d="{path}"/>' if path else ""
    width, height = (
        f"{side}" if dpi is None else f"{side / dpi * _MM_PER_INCH:.6g}mm"
        for side in (view.width, view.height)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {view.width} {view.height}">{drawn}</svg>\n'
    )


def path_data(fitted: curves.Curves) -> str:
    """Writes closed curves as the data of an SVG path.

    Args:
        fitted: The curves, in px.

    Returns:
        One subpath for each outline, in relative commands; "" for no curves.
    """
    # Rounded before they are subtracted, so that errors do not add up along an outline.
    grid = np.rint(fitted.controls * 10**_DECIMALS).astype(np.int64)
    moves = (grid[:, 1:] - grid[:, :1]).reshape(len(grid), 6)
    words = _words(moves)
    parts = []
    at = np.zeros(2, np.int64)
    for begin, end in zip(fitted.starts[:-1].tolist(), fitted.starts[1:].tolist(), strict=True):
        start = grid[begin, 0]
        parts.append("m" + "".join(_words((start - at)[None]).ravel()).lstrip())
        parts.append("c" + "".join(words[begin:end].ravel().tolist()).lstrip() + "z")
        at = start
    return "".join(parts)


def _words(values: np.ndarray) -> np.ndarray:
    """Numbers of the grid as text, each with a space before it where nothing else parts them.

    Args:
        values: int64[N, K], in steps of the grid.

    Returns:
        object[N, K], strings.
    """
    unit = 10**_DECIMALS
    distinct, place = np.unique(values, return_inverse=True)
    texts = [_number(value / unit) for value in distinct.tolist()]
    table = np.array([texts, [f" {text}" for text in texts]], object)
    flat = values.ravel()
    # A sign parts numbers, and so does a second point.
    dotted = np.zeros(flat.shape, bool)
    dotted[1:] = flat[:-1] % unit != 0
    bare = (flat < 0) | (dotted & (flat > 0) & (flat < unit))
    return table[(~bare).astype(int), place.ravel()].reshape(values.shape)


def _number(value: float) -> str:
    """A number with few decimals and without the zero before the point."""
    text = f"{value:.{_DECIMALS}f}".rstrip("0").rstrip(".")
    if text in ("", "-", "-0", "0"):
        return "0"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def _without_specks(
    points: np.ndarray, starts: np.ndarray, least: float
) -> tuple[np.ndarray, np.ndarray]:
    """Leaves out outlines around less than `least` px^2."""
    if not len(points):
        return points, starts
    count = np.diff(starts)
    following = np.arange(1, len(points) + 1)
    following[starts[1:] - 1] = starts[:-1]
    (x, y), (next_x, next_y) = points.T, points[following].T
    area = np.abs(np.add.reduceat(x * next_y - y * next_x, starts[:-1])) / 2
    keep = area >= least
    return points[np.repeat(keep, count)], np.concatenate([[0], np.cumsum(count[keep])])
