"""Shapes that overlays are made of: where to put them, straight rules, pen strokes, worn ink."""

import math

import cv2
import numpy as np

from sigunet.noise.scene import Layer, Scene


def tint(value: float) -> np.ndarray:
    """Returns the colour float32[1] of one grey level in [0, 1]."""
    return np.full(1, value, np.float32)


def aim(rng: np.random.Generator, scene: Scene) -> tuple[float, float]:
    """Draws a place for an overlay: on the ink's box four times in five, else anywhere.

    Args:
        rng: Source of randomness.
        scene: A scene.

    Returns:
        (row, column) in pixels.
    """
    top, left, height, width = scene.box if rng.random() < 0.8 else (0, 0, *scene.shape)
    return top + rng.random() * height, left + rng.random() * width


def middle(rng: np.random.Generator, scene: Scene) -> tuple[float, float]:
    """Draws a place in the inner half of the ink's box, for what is put upon the signature.

    Args:
        rng: Source of randomness.
        scene: A scene.

    Returns:
        (row, column) in pixels.
    """
    top, left, height, width = scene.box
    return top + height * rng.uniform(0.25, 0.75), left + width * rng.uniform(0.25, 0.75)


def patches(rng: np.random.Generator, shape: tuple[int, int], inked: float) -> np.ndarray:
    """Draws where a stamp or type has taken ink.

    Args:
        rng: Source of randomness.
        shape: (height, width) in pixels.
        inked: About the share of the area that takes ink, in [0, 1].

    Returns:
        float32[height, width] in [0, 1].
    """
    # Blots of some 14 px and grain of 3 px, put together at a third of the size.
    grain = rng.random([side // 3 + 1 for side in shape], dtype=np.float32)
    blots = rng.random([side // 14 + 2 for side in shape], dtype=np.float32)
    grain *= 0.4
    grain += np.float32(0.6) * cv2.resize(blots, grain.shape[::-1])
    field = cv2.resize(grain, shape[::-1])
    # The field is nearly normal about 0.5 with deviation 0.14; seven times that is a soft edge.
    field -= np.float32(0.82 - 0.64 * inked)
    field *= 7
    field += 0.5
    return np.clip(field, 0.0, 1.0, out=field)


def rule(
    start: tuple[float, float],
    end: tuple[float, float],
    width: float,
    dash: tuple[float, float] | None = None,
) -> tuple[np.ndarray, int, int]:
    """Draws a straight rule with exact coverage across it.

    Args:
        start: (row, column) in pixels.
        end: (row, column) in pixels.
        width: In pixels.
        dash: (on, off) lengths in pixels; None for an unbroken rule.

    Returns:
        Its coverage float32[h, w], and the row and column where that lies.
    """
    (y0, x0), (y1, x1) = start, end
    margin = width / 2 + 1
    top, left = math.floor(min(y0, y1) - margin), math.floor(min(x0, x1) - margin)
    bottom, right = math.ceil(max(y0, y1) + margin), math.ceil(max(x0, x1) + margin)
    length = math.hypot(y1 - y0, x1 - x0) or 1.0
    dy, dx = (y1 - y0) / length, (x1 - x0) / length
    rows = np.arange(top, bottom + 1, dtype=np.float32)[:, None] - np.float32(y0)
    columns = np.arange(left, right + 1, dtype=np.float32) - np.float32(x0)
    cover = np.abs(rows * np.float32(dx) - columns * np.float32(dy))
    cover *= -1
    cover += np.float32(width / 2 + 0.5)
    # A hair line never covers a pixel whole.
    np.clip(cover, 0.0, min(1.0, width), out=cover)
    along = rows * np.float32(dy) + columns * np.float32(dx)
    on = (along >= 0) & (along <= length)
    if dash:
        on &= along % np.float32(sum(dash)) < dash[0]
    cover *= on
    return cover, top, left


def grid(
    shape: tuple[int, int], step: float, width: float, degrees: float, phase: float
) -> np.ndarray:
    """Draws parallel rules over a whole picture.

    Args:
        shape: (height, width) in pixels.
        step: From one rule to the next, px.
        width: Of a rule, px.
        degrees: Their direction; 0 is level, clockwise.
        phase: Where the first lies, px.

    Returns:
        float32[height, width] in [0, 1], exact coverage across a rule.
    """
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    rows = np.arange(shape[0], dtype=np.float32)[:, None] * np.float32(cos)
    columns = np.arange(shape[1], dtype=np.float32) * np.float32(-sin) + np.float32(phase)
    return banded(rows + columns, step, width)


def banded(field: np.ndarray, step: float, width: float) -> np.ndarray:
    """Draws a line wherever a field in pixels passes a multiple of a step.

    Args:
        field: float32[h, w], in pixels; where its slope is above 1 the lines are as much thinner.
        step: From one line to the next, px.
        width: Of a line, px.

    Returns:
        float32[h, w] in [0, 1].
    """
    cover = field * np.float32(1 / step)
    cover -= np.rint(cover)
    np.abs(cover, out=cover)
    cover *= np.float32(-step)
    cover += np.float32(width / 2 + 0.5)
    return np.clip(cover, 0.0, min(1.0, width), out=cover)


def strokes(
    paths: list[np.ndarray], widths: list[float], shape: tuple[int, int]
) -> tuple[np.ndarray, int, int]:
    """Draws pen strokes, at twice the size and averaged down.

    Args:
        paths: Each float[n, 2]: (row, column) in pixels.
        widths: Of each stroke, in pixels; drawn at the nearest of 0.7, 1.7, 2.7 ...
        shape: (height, width) of the scene; what lies outside is not drawn.

    Returns:
        Their coverage float32[h, w], and the row and column where that lies.
    """
    margin = max(widths) / 2 + 2
    points = np.concatenate(paths)
    top, left = np.clip(np.floor(points.min(axis=0) - margin), 0, np.array(shape) - 1).astype(int)
    bottom, right = np.clip(np.ceil(points.max(axis=0) + margin), (top + 1, left + 1), shape)
    canvas = np.zeros((2 * int(bottom - top), 2 * int(right - left)), np.uint8)
    for path, width in zip(paths, widths, strict=True):
        # OpenCV takes (x, y) in sixteenths of a pixel here.
        points = np.rint((path - (top, left))[:, ::-1] * 32).astype(np.int32)
        # OpenCV's smooth lines of thickness 2 n measure 2 n + 1.35 across.
        thickness = max(1, 2 * round(width - 0.68))
        cv2.polylines(canvas, [points[:, None]], False, 255, thickness, cv2.LINE_AA, shift=4)
    small = cv2.resize(canvas, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.multiply(small, np.float32(1 / 255), dtype=np.float32), int(top), int(left)


def smooth(points: np.ndarray, rounds: int = 3) -> np.ndarray:
    """Rounds a polygon line by cutting its corners (Chaikin 1974).

    Args:
        points: float[n, 2], n >= 2; the ends stay where they are.
        rounds: How often; each doubles the points.

    Returns:
        float[m, 2].
    """
    for _ in range(rounds):
        cut = np.empty((2 * len(points), 2))
        cut[0], cut[-1] = points[0], points[-1]
        cut[1:-1:2] = 0.75 * points[:-1] + 0.25 * points[1:]
        cut[2::2] = 0.25 * points[:-1] + 0.75 * points[1:]
        points = cut
    return points


def turned(raster: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Turns and scales a raster image about its middle, in a box that holds all of it.

    Args:
        raster: uint8[h, w], coverage times 255.
        matrix: float[2, 2], from (x, y) before to (x, y) after, both from the middle.

    Returns:
        float32[h', w'] in [0, 1].
    """
    height, width = raster.shape
    wide, high = np.ceil(np.abs(matrix) @ (width, height)).astype(int) + 2
    shift = np.array([wide - 1, high - 1]) / 2 - matrix @ (np.array([width - 1, height - 1]) / 2)
    out = cv2.warpAffine(raster, np.column_stack([matrix, shift]), (int(wide), int(high)))
    return np.multiply(out, np.float32(1 / 255), dtype=np.float32)


def rotation(degrees: float) -> np.ndarray:
    """Returns float[2, 2] that turns (x, y), y down, clockwise by an angle in degrees."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[cos, -sin], [sin, cos]])


def centred(cover: np.ndarray, place: tuple[float, float], colour: np.ndarray, blend: str) -> Layer:
    """Makes a layer whose middle lies at (row, column)."""
    top, left = (round(at - side / 2) for at, side in zip(place, cover.shape, strict=True))
    return Layer(cover, colour, top, left, blend)


def pen_like(scene: Scene) -> tuple[float, np.ndarray | None]:
    """Measures the pen that the signature was written with.

    Coverage sums to width times length of the strokes, and the length of its slope to twice the
    length of the strokes, whatever their edges are like.

    Args:
        scene: A scene.

    Returns:
        The mean width of its strokes in px, 3 without ink; and the colour float32[1 or 3] that
        its ink shows on the average, None without ink.
    """
    top, left, height, width = scene.box
    cut = np.s_[top : top + height, left : left + width]
    ink = np.ascontiguousarray(scene.ink[cut])
    amount = float(ink.sum())
    if amount < 1.0:
        return 3.0, None
    edged = cv2.copyMakeBorder(ink, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    slope = cv2.magnitude(
        cv2.filter2D(edged, -1, np.array([[-0.5, 0, 0.5]])),
        cv2.filter2D(edged, -1, np.array([[-0.5], [0], [0.5]])),
    )
    thick = min(max(2.0 * amount / max(float(slope.sum()), 1e-3), 0.7), 20.0)
    if scene.drawn:
        # What the pen covers whole, not the edges, which are mixed with paper.
        inked = (ink >= 0.8 * ink.max()).view(np.uint8)
        paper = np.broadcast_to(scene.paper, (*scene.shape, scene.paper.shape[-1]))[cut]
        shown = cv2.mean(np.ascontiguousarray(paper), inked)[: paper.shape[-1]]
        return thick, np.array(shown, np.float32)
    density = np.broadcast_to(scene.density, scene.shape)[cut]
    shown = float((density * ink).sum()) / amount
    return thick, np.float32(1) - np.float32(shown) * (np.float32(1) - scene.ink_colour)
