"""Where ink ends, between the pixels: marching squares.

Lorensen and Cline's marching cubes (1987) in the plane, whole arrays at a time: the contour crosses
the line between two neighbouring pixel centres where the soft ink, interpolated, is at the
threshold.
"""

import numpy as np

# The sides of a cell between four pixel centres: top, right, bottom, left.
_TOP, _RIGHT, _BOTTOM, _LEFT = range(4)
# From which side to which the outline runs, by the corners that are ink, with the ink at its right
# as pictures are seen: 1 = top left, 2 = top right, 4 = bottom right, 8 = bottom left.
_RUNS = {
    1: ((_TOP, _LEFT),),
    2: ((_RIGHT, _TOP),),
    3: ((_RIGHT, _LEFT),),
    4: ((_BOTTOM, _RIGHT),),
    6: ((_BOTTOM, _TOP),),
    7: ((_BOTTOM, _LEFT),),
    8: ((_LEFT, _BOTTOM),),
    9: ((_TOP, _BOTTOM),),
    11: ((_RIGHT, _BOTTOM),),
    12: ((_LEFT, _RIGHT),),
    13: ((_TOP, _RIGHT),),
    14: ((_LEFT, _TOP),),
}
# Two corners across: apart where the middle of the cell is paper, joined where it is ink.
_APART = {5: ((_TOP, _LEFT), (_BOTTOM, _RIGHT)), 10: ((_RIGHT, _TOP), (_LEFT, _BOTTOM))}
_JOINED = {5: ((_TOP, _RIGHT), (_BOTTOM, _LEFT)), 10: ((_RIGHT, _BOTTOM), (_LEFT, _TOP))}


def contours(soft: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Traces the outlines of ink exactly at a threshold.

    Around the picture is paper, so every outline is closed. Ink lies on the same side of all, so
    that holes run the other way round and either fill rule fills the same.

    Args:
        soft: float32[H, W], share of each pixel that is ink.
        threshold: On `soft`, in (0, 1).

    Returns:
        points, float64[N, 2], (x, y) in px from the picture's top left corner, one outline after
        the other; and starts, int[K + 1], where each begins, and N.
    """
    ink = np.pad(soft > threshold, 1)
    across = np.flatnonzero(ink[:, :-1] != ink[:, 1:])
    down = np.flatnonzero(ink[:-1] != ink[1:])
    points = np.concatenate(
        [_crossings(soft, threshold, across, axis=1), _crossings(soft, threshold, down, axis=0)]
    )
    following = _following(soft, threshold, ink, across, down)
    order, starts = _chains(following)
    return points[order], starts


def _crossings(soft: np.ndarray, threshold: float, at: np.ndarray, *, axis: int) -> np.ndarray:
    """Where the lines between neighbours cross the threshold: float64[N, 2], (x, y) in px."""
    # One px of paper around: rows and columns of the padded picture are one more.
    width = soft.shape[1] + (1 if axis == 1 else 2)
    row, column = at // width - 1, at % width - 1
    here = values(soft, row, column)
    there = values(soft, row + (axis == 0), column + (axis == 1))
    share = (threshold - here) / (there - here)
    points = np.stack([column, row], axis=1) + 0.5
    points[:, 1 - axis] += share
    return points


def values(soft: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Looks up the soft ink of pixels; 0 around the picture.

    Args:
        soft: float32[H, W].
        row: int[N].
        column: int[N].

    Returns:
        float64[N].
    """
    height, width = soft.shape
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    values = soft[np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)].astype(np.float64)
    return np.where(inside, values, 0.0)


def _following(
    soft: np.ndarray, threshold: float, ink: np.ndarray, across: np.ndarray, down: np.ndarray
) -> np.ndarray:
    """Which crossing follows each on its outline: int[N], a permutation."""
    cells = ink[:-1, :-1].astype(np.uint8)
    cells |= ink[:-1, 1:].view(np.uint8) << 1
    cells |= ink[1:, 1:].view(np.uint8) << 2
    cells |= ink[1:, :-1].view(np.uint8) << 3
    width = cells.shape[1]
    at = np.flatnonzero((cells != 0) & (cells != 15))
    kind = cells.ravel()[at]
    row, column = at // width, at % width

    def crossing(cell: np.ndarray, side: int) -> np.ndarray:
        y, x = row[cell], column[cell]
        if side in (_TOP, _BOTTOM):
            return np.searchsorted(across, (y + (side == _BOTTOM)) * width + x)
        found = np.searchsorted(down, y * (width + 1) + x + (side == _RIGHT))
        return found + len(across)

    following = np.full(len(across) + len(down), -1, np.int64)

    def link(cell: np.ndarray, runs: tuple) -> None:
        for start, end in runs:
            following[crossing(cell, start)] = crossing(cell, end)

    for number, runs in _RUNS.items():
        link(np.flatnonzero(kind == number), runs)
    for number in _APART:
        cell = np.flatnonzero(kind == number)
        y, x = row[cell] - 1, column[cell] - 1
        middle = sum(values(soft, y + j, x + i) for j in (0, 1) for i in (0, 1)) / 4
        link(cell[middle <= threshold], _APART[number])
        link(cell[middle > threshold], _JOINED[number])
    return following


def _chains(following: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Takes a permutation apart into its cycles: their members in order, and where each begins."""
    after = following.tolist()
    seen = bytearray(len(after))
    order, starts = [], [0]
    for first in range(len(after)):
        if seen[first]:
            continue
        at = first
        while not seen[at]:
            seen[at] = 1
            order.append(at)
            at = after[at]
        starts.append(len(order))
    return np.array(order, np.int64), np.array(starts, np.int64)
