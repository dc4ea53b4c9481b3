"""From a trajectory to ink: exact coverage of every pixel by the line the pen drew.

The line is drawn as a chain of quadrilaterals, SCALE times larger than the picture, and averaged
down by area, so a pixel holds the share of it that ink covers.
"""

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


def coverage(trajectory: Trajectory) -> np.ndarray:
    """The share of each pixel that ink covers.

    Args:
        trajectory: The movements and the size of the picture.

    Returns:
        uint8[H, W], coverage * 255: 0 paper, 255 ink.
    """
    return _draw(trajectory, with_strength=False)


def density(trajectory: Trajectory) -> np.ndarray:
    """The ink each pixel holds: coverage weighted by how much ink the pen left there.

    Args:
        trajectory: The movements and the size of the picture.

    Returns:
        uint8[H, W], coverage * strength * 255, never above the coverage.
    """
    return np.minimum(_draw(trajectory, with_strength=True), coverage(trajectory))


def _draw(trajectory: Trajectory, *, with_strength: bool) -> np.ndarray:
    height, width = trajectory.size
    canvas = np.zeros((height * SCALE, width * SCALE), np.uint8)
    rng = np.random.default_rng(trajectory.seed)
    for trace in trajectory.traces:
        _draw_trace(canvas, trace, trajectory.grain, rng, with_strength)
    return cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)


def _draw_trace(
    canvas: np.ndarray,
    trace: Trace,
    grain: float,
    rng: np.random.Generator,
    with_strength: bool,
) -> None:
    points, half, strength = _vertices(trace)
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
    if with_strength:
        inks = np.round(255 * (strength[:-1] + strength[1:]) / 2).astype(int).tolist()
    else:
        inks = [255] * (count - 1)
    for quad, ink in zip(quads, inks, strict=True):
        cv2.fillConvexPoly(canvas, quad, ink, cv2.LINE_AA, _SHIFT)
    joints = np.abs(turn) > _JOINT_RAD
    joints[[0, -1]] = True
    centres = _fixed(points[joints])
    discs = _thinner(half[joints], _FAT - _FAT_DIAGONAL / 2)
    radii = np.round(discs * SCALE * 2**_SHIFT).astype(int)
    for (x, y), radius, at in zip(
        centres.tolist(), radii.tolist(), np.flatnonzero(joints).tolist(), strict=True
    ):
        ink = inks[min(at, count - 2)]
        cv2.circle(canvas, (x, y), radius, ink, cv2.FILLED, cv2.LINE_AA, _SHIFT)


def _thinner(half: np.ndarray, fat: np.ndarray | float) -> np.ndarray:
    """Half widths (px) less what OpenCV adds."""
    return np.maximum(half - fat / SCALE, 0.02)


def _fixed(points: np.ndarray) -> np.ndarray:
    """Picture coordinates as OpenCV's fixed-point ones, where a pixel's centre is an integer."""
    return np.round((points * SCALE - 0.5) * 2**_SHIFT).astype(np.int32)


def _vertices(trace: Trace) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points, half widths and strengths where the outline bends: float64[V, 2], [V], [V]."""
    points = trace.points
    step = np.diff(points, axis=0)
    length = np.hypot(step[:, 0], step[:, 1])
    keep = np.concatenate([[True], length > 1e-3])
    points, width, strength = points[keep], trace.width[keep], trace.strength[keep]
    if len(points) < 2:
        # A pen that only touched the paper: a dot.
        points = np.stack([points[0] - [0.05, 0], points[0] + [0.05, 0]])
        return points, np.full(2, width[0] / 2), np.full(2, strength[0])
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
    return np.stack([x, y], axis=1), half, np.interp(wanted, place, strength)
