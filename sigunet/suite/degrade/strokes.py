"""Lines that are no signature: printed rules and boxes, and strokes of a pen: `lines`, `scribbles`."""

import cv2
import numpy as np

from sigunet.suite.page import Another, Layer, Page, blurred, field, halved
from sigunet.suite.rows import at
from sigunet.suite.setting import coloured

_FINE = 4  # a stroke is drawn so many times larger and averaged down
_EDGE = 0.5  # px; sigma of a scanner's own blur, which real strokes bring with them


def lines(rng: np.random.Generator, page: Page, severity: float, _: Another) -> Page:
    """Rules the page with lines and boxes that the signature crosses.

    1, 2, 3, 4, 6 rules or boxes through the signature's box at severity 1 to 5, 1-4 px wide, 0.3
    to 0.9 dark, within 3 degrees of the page; solid, dashed or dotted.
    """
    count = round(max(1, at(severity, 0, 1, 2, 3, 4, 6)))
    turn = np.deg2rad(rng.uniform(-3, 3))
    grid = _turned(page, turn)
    for _number in range(count):
        width = rng.uniform(1, 4)
        kind = rng.random()
        if kind < 0.4:
            cover = _rule(rng, page, grid, width)
        elif kind < 0.5:
            cover = _upright(rng, page, grid, width)
        else:
            cover = _frame(rng, page, grid, width)
        cover = blurred(cover, _EDGE) * np.clip(1 - 0.05 * field(rng, page.shape, 2), 0, 1)
        page = page.laid(Layer(cover, _line_colour(rng, page)), over=False)
    return page


def scribbles(rng: np.random.Generator, page: Page, severity: float, _: Another) -> Page:
    """Draws pen strokes across the signature, as dark and wide as its own within a fifth.

    1, 1, 2, 3, 4 strokes at severity 1 to 5, straight or curved; at severity 1 the one is shorter.
    Half of the pictures have them in the signature's own ink, the others in another colour.
    """
    count = round(max(1, at(severity, 0, 1, 1, 2, 3, 4)))
    reach = at(severity, 0.3, 0.5, 0.9, 1.0, 1.0, 1.0)
    pen = page.pen if page.other else _another(rng, page)
    layers = []
    for _number in range(count):
        path = _across(rng, page, reach)
        width = page.stroke * rng.uniform(0.8, 1.2)
        cover = drawn(rng, page.shape, path, width)
        # The mean density of the signature's own line, and its unevenness.
        dense = page.inked.sum() / max(page.cover.sum(), 1e-9)
        dense = dense * rng.uniform(0.8, 1.2) * (1 + 0.08 * field(rng, page.shape, 6))
        layers.append(Layer(np.clip(cover * dense, 0, 1), pen))
    return page.laid(*layers, over=True)


def drawn(
    rng: np.random.Generator, shape: tuple[int, int], path: np.ndarray, width: float
) -> np.ndarray:
    """Draws a line of the pen.

    Args:
        rng: Source of randomness.
        shape: (height, width) of the page in pixels.
        path: float64[N, 2], points (x, y) in px, close together.
        width: Mean width of the line, px; it varies by an eighth.

    Returns:
        float64[H, W] in [0, 1], coverage, with the soft edge of a scan.
    """
    canvas = np.zeros((shape[0] * _FINE, shape[1] * _FINE), np.uint8)
    swell = np.sin(np.linspace(0, rng.uniform(4, 12), len(path)) + rng.uniform(0, 6.3))
    widths = np.maximum(np.rint(width * (1 + 0.12 * swell) * _FINE), 1).astype(int)
    points = np.rint((path + 0.5) * _FINE * 8 - 4).astype(int)
    for start, end, thick in zip(points[:-1], points[1:], widths[:-1], strict=True):
        cv2.line(canvas, start.tolist(), end.tolist(), 255, int(thick), cv2.LINE_8, 3)
    return blurred(halved(canvas, _FINE) / 255, _EDGE)


def _across(rng: np.random.Generator, page: Page, reach: float) -> np.ndarray:
    """A path through the middle of the signature's box: float64[N, 2], (x, y) in px."""
    top, left, height, width = page.box
    middle = np.array([left + width * rng.uniform(0.3, 0.7), top + height * rng.uniform(0.3, 0.7)])
    angle = rng.uniform(-1.1, 1.1)
    ahead = np.array([np.cos(angle), np.sin(angle)])
    chord = min(width / max(abs(ahead[0]), 1e-6), height / max(abs(ahead[1]), 1e-6))
    length = chord * reach * rng.uniform(0.85, 1.15)
    aside = np.array([-ahead[1], ahead[0]])
    bend = rng.uniform(-0.05, 0.05, 2) if rng.random() < 0.4 else rng.uniform(-0.5, 0.5, 2)
    start, end = middle - ahead * length / 2, middle + ahead * length / 2
    first = start + ahead * length / 3 + aside * bend[0] * length
    second = start + ahead * length * 2 / 3 + aside * bend[1] * length
    t = np.linspace(0, 1, max(8, round(length / 3)))[:, None]
    curve = (1 - t) ** 3 * start + 3 * (1 - t) ** 2 * t * first
    return curve + 3 * (1 - t) * t**2 * second + t**3 * end


def _another(rng: np.random.Generator, page: Page) -> np.ndarray:
    """Another pen, about as dark as the page's."""
    level = float(np.clip(1 - page.darkness * rng.uniform(0.8, 1.2), 0.03, 0.9))
    return np.full(3, level) if page.grey else coloured(level, rng)


def _turned(page: Page, turn: float) -> tuple[np.ndarray, np.ndarray]:
    """Places along and across the print's lines, from the middle of the signature's box, px."""
    top, left, height, width = page.box
    y = (np.arange(page.shape[0]) - top - height / 2)[:, None]
    x = (np.arange(page.shape[1]) - left - width / 2)[None]
    return np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x


def _rule(rng: np.random.Generator, page: Page, grid: tuple, width: float) -> np.ndarray:
    """A line of writing, across the page or over most of the signature."""
    along, across = grid
    place = rng.uniform(-0.4, 0.4) * page.box[2]
    cover = np.clip(width / 2 + 0.5 - np.abs(across - place), 0, 1)
    if rng.random() < 0.25:
        reach = page.box[3] * rng.uniform(0.4, 0.6)
        cover = cover * (np.abs(along - rng.uniform(-0.1, 0.1) * page.box[3]) < reach)
    kind = rng.random()
    if kind > 0.65:
        dash = rng.uniform(2, 4) * width if kind < 0.85 else width * 1.2
        gap = rng.uniform(1.5, 3) * width
        cover = cover * (np.mod(along + rng.uniform(0, 50), dash + gap) < dash)
    return cover


def _upright(rng: np.random.Generator, page: Page, grid: tuple, width: float) -> np.ndarray:
    """The side of a column, through the whole page."""
    place = rng.uniform(-0.4, 0.4) * page.box[3]
    return np.clip(width / 2 + 0.5 - np.abs(grid[0] - place), 0, 1)


def _frame(rng: np.random.Generator, page: Page, grid: tuple, width: float) -> np.ndarray:
    """A form's box, with at least one side through the signature."""
    along, across = grid
    _, _, high, wide = page.box
    beside = np.abs(along - rng.uniform(-0.25, 0.25) * wide) - rng.uniform(0.2, 0.5) * wide
    above = np.abs(across - rng.uniform(-0.2, 0.2) * high) - rng.uniform(0.2, 0.45) * high
    return np.clip(width / 2 + 0.5 - np.abs(np.maximum(beside, above)), 0, 1)


def _line_colour(rng: np.random.Generator, page: Page) -> np.ndarray:
    level = 1 - rng.uniform(0.3, 0.9)
    if page.grey or rng.random() < 0.6:
        return np.full(3, level)
    return coloured(level, rng)
