"""Smooth cubic curves through outlines.

P. J. Schneider: "An Algorithm for Automatically Fitting Digitized Curves", Graphics Gems (1990), with
all pieces of all outlines fitted at once: a piece that does not meet the tolerance is cut where it
misses most, and the next round fits the parts.
"""

from dataclasses import dataclass

import numpy as np

_FIRST = 48  # points of an outline in a piece of the first round
_ROUNDS = 3  # corrections of the parameter of a piece that nearly fits
_HOPE = 4.0  # tolerances; a piece that misses by more is cut without correcting it
_WORST = 3.0  # tolerances; how far a single point may lie from its curve


@dataclass(frozen=True)
class Curves:
    """Closed outlines made of cubic Bezier curves.

    Attributes:
        controls: float64[M, 4, 2], the control points (x, y) of each curve; the curves of an outline
            follow each other, and each begins where the one before ends.
        starts: int[K + 1], the first curve of each outline, and M.
    """

    controls: np.ndarray
    starts: np.ndarray


def fit(points: np.ndarray, starts: np.ndarray, tolerance: float) -> Curves:
    """Fits closed outlines.

    Args:
        points: float64[N, 2], (x, y) in px, one outline after the other.
        starts: int[K + 1], where each outline begins, and N; each has at least 3 points.
        tolerance: Root mean square distance of the points of a curve from it, px; none is further
            away than three times as much.

    Returns:
        The curves, which meet with a common tangent.
    """
    if not len(points):
        return Curves(np.zeros((0, 4, 2)), np.zeros(1, np.int64))
    line = _Line.closed(points, starts)
    first, last = _first_pieces(line.starts)
    done_first, done_controls = [], []
    while len(first):
        controls, error, worst = _fit_pieces(line, first, last, tolerance)
        fits = (error <= tolerance**2) | (last - first < 2)
        done_first.append(first[fits])
        done_controls.append(controls[fits])
        cut, first, last = worst[~fits], first[~fits], last[~fits]
        first, last = np.concatenate([first, cut]), np.concatenate([cut, last])
    at = np.concatenate(done_first)
    order = np.argsort(at)
    controls = np.concatenate(done_controls)[order]
    return Curves(controls, np.searchsorted(at[order], line.starts))


@dataclass(frozen=True)
class _Line:
    """Outlines whose first point is repeated at their end.

    Attributes:
        points: float64[N + K, 2].
        tangents: float64[N + K, 2], of length 1.
        length: float64[N + K], px along the line.
        starts: int[K + 1].
    """

    points: np.ndarray
    tangents: np.ndarray
    length: np.ndarray
    starts: np.ndarray

    @classmethod
    def closed(cls, points: np.ndarray, starts: np.ndarray) -> "_Line":
        count = np.diff(starts)
        new_starts = starts + np.arange(len(starts))
        outline = np.repeat(np.arange(len(count)), count + 1)
        place = np.arange(new_starts[-1]) - new_starts[outline]
        base, round_ = starts[outline], count[outline]
        # Over more points a tangent would be wrong where the outline bends, and curves swing there.
        tangents = points[base + (place + 1) % round_] - points[base + (place - 1) % round_]
        size = np.hypot(tangents[:, 0], tangents[:, 1])
        tangents /= np.maximum(size, 1e-9)[:, None]
        points = points[base + place % round_]
        moves = np.diff(points, axis=0, prepend=points[:1])
        length = np.cumsum(np.hypot(moves[:, 0], moves[:, 1]))
        return cls(points, tangents, length, new_starts)


def _first_pieces(starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last point of the pieces of the first round, at least two of every outline."""
    count = np.diff(starts) - 1
    pieces = np.maximum(-(-count // _FIRST), 2)
    outline = np.repeat(np.arange(len(count)), pieces)
    number = np.arange(len(outline)) - (np.cumsum(pieces) - pieces)[outline]
    first = starts[outline] + number * count[outline] // pieces[outline]
    last = starts[outline] + (number + 1) * count[outline] // pieces[outline]
    return first, last


def _fit_pieces(
    line: _Line, first: np.ndarray, last: np.ndarray, tolerance: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fits one curve to each piece.

    Returns:
        The control points, float64[P, 4, 2]; the squared error of each piece, float64[P], px^2; the
        point, inside the piece, that is furthest away, int[P].
    """
    controls, error, worst, share = _fit_once(line, first, last, None)
    open_ = np.flatnonzero((error > tolerance**2) & (error <= (_HOPE * tolerance) ** 2))
    for _ in range(_ROUNDS):
        if not len(open_):
            break
        mine = _Members.of(first[open_], last[open_])
        old = share[_Members.of(first, last).within(open_)]
        moved = _reparametrised(line.points[mine.at], controls[open_][mine.piece], old)
        found = _fit_once(line, first[open_], last[open_], moved)
        better = found[1] < error[open_]
        take = open_[better]
        controls[take], error[take], worst[take] = (part[better] for part in found[:3])
        share[_Members.of(first, last).within(take)] = found[3][mine.within(np.flatnonzero(better))]
        open_ = take[error[take] > tolerance**2]
    return controls, error, worst


@dataclass(frozen=True)
class _Members:
    """The points of many pieces, one piece after the other.

    Attributes:
        at: int[Q], where each point is in the line.
        piece: int[Q], of which piece it is.
        begins: int[P], where each piece begins in `at`.
        count: int[P], points of each piece.
    """

    at: np.ndarray
    piece: np.ndarray
    begins: np.ndarray
    count: np.ndarray

    @classmethod
    def of(cls, first: np.ndarray, last: np.ndarray) -> "_Members":
        count = last - first + 1
        begins = np.cumsum(count) - count
        piece = np.repeat(np.arange(len(first)), count)
        return cls(np.arange(len(piece)) - begins[piece] + first[piece], piece, begins, count)

    def within(self, pieces: np.ndarray) -> np.ndarray:
        """Where the points of some pieces lie in `at`."""
        return _Members.of(self.begins[pieces], self.begins[pieces] + self.count[pieces] - 1).at


def _fit_once(
    line: _Line, first: np.ndarray, last: np.ndarray, share: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Fits by least squares at given parameters, by default the share of the length."""
    mine = _Members.of(first, last)
    points = line.points[mine.at]
    if share is None:
        whole = np.maximum(line.length[last] - line.length[first], 1e-9)
        share = (line.length[mine.at] - line.length[first][mine.piece]) / whole[mine.piece]
    begin, end = line.points[first], line.points[last]
    out, back = line.tangents[first], -line.tangents[last]
    near, far = _arms(mine, points, share, (begin, out, back, end))
    controls = np.stack(
        [begin, begin + out * near[:, None], end + back * far[:, None], end], axis=1
    )
    miss = points - _on_curve(controls[mine.piece], share)
    miss = np.einsum("ij,ij->i", miss, miss)
    furthest = np.maximum.reduceat(miss, mine.begins)
    error = np.maximum(np.add.reduceat(miss, mine.begins) / mine.count, furthest / _WORST**2)
    # The first of the worst, and never an end.
    hits = np.flatnonzero(miss == furthest[mine.piece])
    _, firsts = np.unique(mine.piece[hits], return_index=True)
    worst = np.clip(mine.at[hits[firsts]], first + 1, np.maximum(last - 1, first + 1))
    return controls, error, worst, share


def _arms(
    mine: _Members, points: np.ndarray, share: np.ndarray, frame: tuple[np.ndarray, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """How far the inner control points lie from the ends, along the tangents: float64[P] twice, px."""
    begin, out, back, end = frame
    one = 1 - share
    b1, b2 = 3 * share * one**2, 3 * share**2 * one
    start_share = (one**3 + b1)[:, None]
    rest = points - start_share * begin[mine.piece] - (1 - start_share) * end[mine.piece]
    total = np.add.reduceat
    # The normal equations; the tangents are the same throughout a piece.
    c11, c22 = total(b1 * b1, mine.begins), total(b2 * b2, mine.begins)
    c12 = total(b1 * b2, mine.begins) * np.einsum("ij,ij->i", out, back)
    x1 = np.einsum("ij,ij->i", total(rest * b1[:, None], mine.begins), out)
    x2 = np.einsum("ij,ij->i", total(rest * b2[:, None], mine.begins), back)
    determinant = c11 * c22 - c12 * c12
    safe = np.where(determinant > 1e-9 * c11 * c22, determinant, 1.0)
    near, far = (x1 * c22 - x2 * c12) / safe, (x2 * c11 - x1 * c12) / safe
    # Arms that turn back or cross make loops: then a third of the chord, as Schneider does.
    chord = np.hypot(*(end - begin).T)
    sound = (determinant > 1e-9 * c11 * c22) & (near > 1e-3 * chord) & (far > 1e-3 * chord)
    sound &= (near < 3 * chord) & (far < 3 * chord)
    return np.where(sound, near, chord / 3), np.where(sound, far, chord / 3)


def _on_curve(controls: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Points of curves: controls float64[Q, 4, 2] at share float64[Q], by Bernstein's polynomials."""
    one = (1 - share)[:, None]
    share = share[:, None]
    p0, p1, p2, p3 = (controls[:, number] for number in range(4))
    return one**3 * p0 + 3 * share * one**2 * p1 + 3 * share**2 * one * p2 + share**3 * p3


def _reparametrised(points: np.ndarray, controls: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Moves each parameter towards the nearest point of its curve, by one step of Newton's method."""
    one = (1 - share)[:, None]
    t = share[:, None]
    miss = _on_curve(controls, share) - points
    d = 3 * np.diff(controls, axis=1)
    speed = one**2 * d[:, 0] + 2 * t * one * d[:, 1] + t**2 * d[:, 2]
    bend = 2 * (one * (d[:, 1] - d[:, 0]) + t * (d[:, 2] - d[:, 1]))
    up = np.einsum("ij,ij->i", miss, speed)
    down = np.einsum("ij,ij->i", speed, speed) + np.einsum("ij,ij->i", miss, bend)
    step = np.where(np.abs(down) > 1e-9, up / np.where(down == 0, 1, down), 0.0)
    return np.clip(share - step, 0.0, 1.0)
