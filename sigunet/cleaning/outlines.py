"""A smooth line between ink and paper that covers the pixels of ink.

Who fills an outline asks how much of a pixel is covered, not where a contour passes its centre: in
strokes of one to three px that is often less than half of a pixel of ink. So the soft ink is changed,
pixel by pixel, until its smoothed contours cover what is ink, and little else.
"""

from dataclasses import dataclass

import numpy as np

from sigunet.cleaning.contours import contours, values

_MARGIN = 0.1
"""How much more than half of a pixel of ink is covered at least, and how much less of one of paper.

Curves, decimals and browsers round: Chromium lays edges on quarters of a px, an eighth off at most.
"""

_ROUNDS = 5  # of correction; what remains are pixels that smooth lines cannot meet
_GAIN = 1.5  # of a correction, since smoothing takes part of it back
_FLAT = 0.1  # of full ink from one pixel to the next; flatter ink is moved as if it were as steep
_ENOUGH = 0.01  # of a pixel; less is not worth another round
# Taubin: "Curve and Surface Smoothing without Shrinkage" (1995), in each pass one step that smooths
# and one, slightly larger, that takes back what it shrank.
_SMOOTHING = (0.5, -0.53, 0.5, -0.53)
_STEP = 0.4  # px from point to point
_FEWEST = 8  # points of an outline


def outlines(soft: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Traces smooth outlines that cover more than half of a pixel where it is ink.

    Args:
        soft: float32[H, W] in [0, 1], share of each pixel that is ink.
        threshold: On `soft`, in (0, 1).

    Returns:
        As `contours`, with points that are evenly spaced.
    """
    box = _box(soft > threshold)
    soft = soft[box].astype(np.float32)
    rim = _Rim.of(soft, threshold)
    points, starts = _smoothed(*contours(soft, threshold))
    for _ in range(_ROUNDS):
        covered = _coverage(points, starts, rim.row, rim.column, soft.shape[1])
        missing = np.clip(0.5 + _MARGIN - covered, 0, None)
        excess = np.clip(covered - 0.5 + _MARGIN, 0, None)
        change = np.where(rim.ink, missing, -excess)
        if not len(change) or np.abs(change).max() < _ENOUGH:
            break
        soft[rim.row, rim.column] += _GAIN * rim.slope * change
        points, starts = _smoothed(*contours(soft, threshold))
    points, starts = _evenly(points, starts)
    corner = np.array([box[1].start, box[0].start])
    return points + corner, starts


def _box(ink: np.ndarray) -> tuple[slice, slice]:
    """The rows and columns that have ink, and one more on each side where there is one."""
    sides = []
    for axis in (1, 0):
        lines = np.flatnonzero(ink.any(axis=axis))
        sides.append(slice(max(lines[0] - 1, 0), lines[-1] + 2) if len(lines) else slice(0, 0))
    return sides[0], sides[1]


@dataclass(frozen=True)
class _Rim:
    """The pixels on both sides of where ink ends: those that an outline may get wrong.

    Attributes:
        row: int[P].
        column: int[P].
        ink: bool[P], whether they are ink.
        slope: float64[P], the largest step from each to one of its four neighbours.
    """

    row: np.ndarray
    column: np.ndarray
    ink: np.ndarray
    slope: np.ndarray

    @classmethod
    def of(cls, soft: np.ndarray, threshold: float) -> "_Rim":
        ink = np.pad(soft > threshold, 1)
        inner = ink[1:-1, 1:-1]
        rim = inner != ink[:-2, 1:-1]
        for other in (ink[2:, 1:-1], ink[1:-1, :-2], ink[1:-1, 2:]):
            rim |= inner != other
        row, column = np.nonzero(rim)
        here = soft[row, column]
        slope = np.full(len(row), _FLAT)
        for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            there = values(soft, row + down, column + right)
            slope = np.maximum(slope, np.abs(there - here))
        return cls(row, column, inner[row, column], slope)


def _coverage(
    points: np.ndarray, starts: np.ndarray, row: np.ndarray, column: np.ndarray, width: int
) -> np.ndarray:
    """How much of pixels is inside outlines: float64[P].

    Each piece of an outline that lies in one pixel covers what is to its right: part of that
    pixel, and those after it in the row by as much as it is high.
    """
    begin, end = _cut(points, points[_neighbours(starts)[1]])
    middle = (begin + end) / 2
    cell = np.floor(middle).astype(np.int64)
    # One px around the picture, where outlines of ink at its edge run.
    key = (cell[:, 1] + 1) * (width + 2) + cell[:, 0] + 1
    high = begin[:, 1] - end[:, 1]
    key, piece = np.unique(key, return_inverse=True)
    beyond = np.bincount(piece, high, len(key))
    inside = np.bincount(piece, high * (cell[:, 0] + 1 - middle[:, 0]), len(key))
    # Outlines are closed: what begins in a row ends in it, and the sum starts at 0 in the next.
    before = np.concatenate([[0.0], np.cumsum(beyond)])
    asked = (row + 1) * (width + 2) + column + 1
    place = np.searchsorted(key, asked)
    found = np.append(key, -1)[place] == asked
    return before[place] + np.where(found, np.append(inside, 0.0)[place], 0.0)


def _cut(begin: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cuts lines of no more than a px where they leave a pixel: float64[Q, 2] twice."""
    for axis in (0, 1):
        low, high = np.floor(begin[:, axis]), np.floor(end[:, axis])
        over = np.flatnonzero(low != high)
        edge = np.maximum(low, high)[over]
        first, last = begin[over], end[over]
        share = (edge - first[:, axis]) / (last[:, axis] - first[:, axis])
        between = first + (last - first) * share[:, None]
        between[:, axis] = edge
        begin, end = np.concatenate([begin, between]), np.concatenate([end, last])
        end[over] = between
    return begin, end


def _neighbours(starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The point before and the point after each on its outline: int[N] twice."""
    place = np.arange(starts[-1])
    before, after = place - 1, place + 1
    before[starts[:-1]] = starts[1:] - 1
    after[starts[1:] - 1] = starts[:-1]
    return before, after


def _smoothed(points: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Takes the grid's traces, waves of a few points, out of outlines."""
    before, after = _neighbours(starts)
    count = np.diff(starts)
    # The corners of a pixel are no waves.
    is_long = np.repeat(count >= _FEWEST, count)[:, None]
    for share in _SMOOTHING:
        points = points + share * is_long * ((points[before] + points[after]) / 2 - points)
    return points, starts


def _evenly(points: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lays points on outlines at even distances, so that tangents can be measured between them."""
    after = points[_neighbours(starts)[1]]
    step = np.hypot(*(after - points).T)
    along = np.concatenate([[0.0], np.cumsum(step)])
    length = along[starts[1:]] - along[starts[:-1]]
    count = np.maximum(np.ceil(length / _STEP).astype(np.int64), _FEWEST)
    new_starts = np.concatenate([[0], np.cumsum(count)])
    outline = np.repeat(np.arange(len(count)), count)
    number = np.arange(new_starts[-1]) - new_starts[outline]
    at = along[starts[outline]] + number * (length / count)[outline]
    place = np.searchsorted(along, at, side="right") - 1
    # Rounding must not carry a point over to another outline.
    place = np.clip(place, starts[outline], starts[outline + 1] - 1)
    share = (at - along[place]) / np.maximum(step[place], 1e-9)
    return points[place] + (after - points)[place] * share[:, None], new_starts
