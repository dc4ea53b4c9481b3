"""From a trajectory to ink: exact coverage of every pixel by the line the pen drew.

The line is drawn as a chain of quadrilaterals, SCALE times larger than the picture, and averaged
down by area, so a pixel holds the share of it that ink covers.
"""

import functools
from typing import NamedTuple

import cv2
import numpy as np

from sigunet.signatures.trajectory import Trace, Trajectory

SCALE = 4
# OpenCV's antialiased polygons are fatter than asked on each side, by this much along the axes and
# by so much less along the diagonals (px of the large canvas, measured).
_FAT = 0.70
_FAT_DIAGONAL = 0.07
_SHIFT = 8
# A vertex every so many px of path or rad of turning, whichever comes first.
_STEP_PX = 3.5
_STEP_RAD = 0.28
# Where the outline turns more than this from one vertex to the next, a disc rounds the joint.
_JOINT_RAD = 0.5
_PALEST = 60  # of 255; what is called ink can be seen
_RIM = 4  # px; the sides of a hollow line, and how much wider it is drawn than it is
_MARGIN = 12  # px; further than its grain reaches
_TILE = 256  # px; side of the piece of paper that repeats below the ink


class _Line(NamedTuple):
    """A trace as it is drawn.

    Attributes:
        points: float64[V, 2], (x, y) in px.
        half: float64[V], half widths in px.
        strength: float64[V] in [0, 1].
    """

    points: np.ndarray
    half: np.ndarray
    strength: np.ndarray


def coverage(trajectory: Trajectory) -> np.ndarray:
    """The share of each pixel that ink covers.

    Args:
        trajectory: The movements and the size of the picture.

    Returns:
        uint8[H, W], coverage * 255: 0 paper, 255 ink.
    """
    return _draw(trajectory, [_vertices(trace) for trace in trajectory.traces])


def inked(trajectory: Trajectory) -> np.ndarray:
    """The share of each pixel that ink covers, and the ink it holds.

    Args:
        trajectory: The movements and the size of the picture.

    Returns:
        uint8[H, W, 2]: first exactly `coverage`, then coverage * strength * 255, never above it.
    """
    lines = [_vertices(trace) for trace in trajectory.traces]
    cover = _draw(trajectory, lines)
    # A product of bytes over 255 rounds to at most either of them.
    held = cv2.multiply(cover, _strengths(trajectory, lines), scale=1 / 255)
    return cv2.merge([cover, held])


def _draw(trajectory: Trajectory, lines: list[_Line]) -> np.ndarray:
    height, width = trajectory.size
    canvas = np.zeros((height * SCALE, width * SCALE), np.uint8)
    rng = np.random.default_rng(trajectory.seed)
    for line in lines:
        _draw_line(canvas, line, trajectory.grain, rng)
    return cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)


def _strengths(trajectory: Trajectory, lines: list[_Line]) -> np.ndarray:
    """How much ink the pen left near each pixel of its line: uint8[H, W], 255 = full.

    It changes slowly across a line, so it is drawn at the size of the picture, a little wider than
    the line; the edges come from the coverage.
    """
    height, width = trajectory.size
    full = np.concatenate([line.strength for line in lines]).mean()
    canvas = np.full((height, width), round(255 * full), np.uint8)
    for line in lines:
        last = len(line.points) - 1
        at = np.append(np.arange(0, last, 2), last)
        x, y = np.round((line.points[at] - 0.5) * 2**_SHIFT).astype(int).T.tolist()
        thick = np.ceil(2 * line.half[at] + 2).astype(int).tolist()
        ink = np.round(255 * (line.strength[at][:-1] + line.strength[at][1:]) / 2).astype(int)
        ends = list(zip(x, y, strict=True))
        for start, end, held, side in zip(ends, ends[1:], ink.tolist(), thick, strict=False):
            cv2.line(canvas, start, end, held, side, cv2.LINE_8, _SHIFT)
        if not trajectory.hollow:
            continue
        # A ball that slips squeezes its ink to the sides.
        middle = np.maximum(ink - trajectory.hollow * (255 - ink), 0).astype(int).tolist()
        for start, end, held, side in zip(ends, ends[1:], middle, thick, strict=False):
            if side > _RIM:
                cv2.line(canvas, start, end, held, side - _RIM, cv2.LINE_8, _SHIFT)
    if trajectory.tooth:
        rng = np.random.default_rng([trajectory.seed, 1])
        top, left = rng.integers(_TILE, size=2).tolist()
        paper = np.take(_paper(), np.arange(top, top + height) % _TILE, axis=0)
        paper = np.take(paper, np.arange(left, left + width) % _TILE, axis=1)
        lost = cv2.multiply(paper, 255 - canvas // 2, scale=trajectory.tooth / 255)
        canvas = cv2.max(cv2.subtract(canvas, lost), _PALEST)
    return canvas


@functools.cache
def _paper() -> np.ndarray:
    """How far the paper's fibres stand back from the pen: uint8[_TILE, _TILE], half of it zero."""
    white = np.random.default_rng(0).standard_normal((_TILE, _TILE)).astype(np.float32)
    white = np.pad(white, _MARGIN, mode="wrap")
    rough = cv2.GaussianBlur(white, (0, 0), 0.6) + 1.5 * cv2.GaussianBlur(white, (0, 0), 2.0)
    rough = rough[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    return np.clip(110 * rough / rough.std(), 0, 255).astype(np.uint8)


def _draw_line(canvas: np.ndarray, line: _Line, grain: float, rng: np.random.Generator) -> None:
    points, half = line.points, line.half
    count = len(points)
    step = np.diff(points, axis=0)
    heading = np.arctan2(step[:, 1], step[:, 0])
    turn = np.zeros(count)
    turn[1:-1] = np.angle(np.exp(1j * np.diff(heading)))
    # The normal at a vertex halves the turn between its neighbours, so the quadrilaterals tile.
    middle = np.empty(count)
    middle[0], middle[-1] = heading[0], heading[-1]
    middle[1:-1] = heading[:-1] + turn[1:-1] / 2
    normal = np.stack([-np.sin(middle), np.cos(middle)], axis=1)
    rough = np.maximum(1 + grain * rng.standard_normal((2, count)), 0.5)
    fat = _FAT - _FAT_DIAGONAL * np.sin(2 * middle) ** 4
    left = _fixed(points + normal * _thinner(half * rough[0], fat)[:, None])
    right = _fixed(points - normal * _thinner(half * rough[1], fat)[:, None])
    quads = np.stack([left[:-1], left[1:], right[1:], right[:-1]], axis=1)
    for quad in quads:
        cv2.fillConvexPoly(canvas, quad, 255, cv2.LINE_AA, _SHIFT)
    joints = np.abs(turn) > _JOINT_RAD
    joints[[0, -1]] = True
    centres = _fixed(points[joints])
    discs = _thinner(half[joints], _FAT - _FAT_DIAGONAL / 2)
    radii = np.round(discs * SCALE * 2**_SHIFT).astype(int)
    for (x, y), radius in zip(centres.tolist(), radii.tolist(), strict=True):
        cv2.circle(canvas, (x, y), radius, 255, cv2.FILLED, cv2.LINE_AA, _SHIFT)


def _thinner(half: np.ndarray, fat: np.ndarray | float) -> np.ndarray:
    """Half widths (px) less what OpenCV adds."""
    return np.maximum(half - fat / SCALE, 0.02)


def _fixed(points: np.ndarray) -> np.ndarray:
    """Picture coordinates as OpenCV's fixed-point ones, where a pixel's centre is an integer."""
    return np.round((points * SCALE - 0.5) * 2**_SHIFT).astype(np.int32)


def _vertices(trace: Trace) -> _Line:
    """The vertices of a trace, where its outline bends."""
    points = trace.points
    step = np.diff(points, axis=0)
    length = np.hypot(step[:, 0], step[:, 1])
    keep = np.concatenate([[True], length > 1e-3])
    points, width, strength = points[keep], trace.width[keep], trace.strength[keep]
    if len(points) < 2:
        # A pen that only touched the paper: a dot.
        points = np.stack([points[0] - [0.05, 0], points[0] + [0.05, 0]])
        return _Line(points, np.full(2, width[0] / 2), np.full(2, strength[0]))
    step = np.diff(points, axis=0)
    length = np.hypot(step[:, 0], step[:, 1])
    turn = np.abs(np.angle(np.exp(1j * np.diff(np.arctan2(step[:, 1], step[:, 0])))))
    cost = length / _STEP_PX
    cost[1:] += turn / _STEP_RAD
    place = np.concatenate([[0.0], np.cumsum(cost)])
    wanted = np.linspace(0.0, place[-1], max(int(np.ceil(place[-1])), 1) + 1)
    x = np.interp(wanted, place, points[:, 0])
    y = np.interp(wanted, place, points[:, 1])
    half = np.interp(wanted, place, width) / 2
    return _Line(np.stack([x, y], axis=1), half, np.interp(wanted, place, strength))
