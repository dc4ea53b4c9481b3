"""Soft ink as 256 levels: what is paper is exactly nothing, what is ink lies over one half."""

import math
from collections.abc import Iterator

import cv2
import numpy as np

HALF = 127
"""The highest level of what is no ink; the threshold lies between it and the next."""

_FLOOR = 0.03  # of full ink; as little is paper, and as little missing is full ink
_MOST_REACH = 24  # px; a wider ramp is no edge of a stroke
_BAND = 1 << 20  # px that are worked on at once


def levels(soft: np.ndarray, threshold: float) -> np.ndarray:
    """Brings soft ink to bytes, with the threshold in the middle and clean paper.

    The map is linear from 0 to the threshold and from there to 1, so 0 and 1 stay, and the
    threshold becomes one half. What lies further from ink than the soft edges of its strokes do,
    and patches that hold no ink, become 0.

    Args:
        soft: float32[H, W] in [0, 1], share of each pixel that is ink.
        threshold: On `soft`, in (0, 1).

    Returns:
        uint8[H, W], 0 = paper, 255 = ink; over `HALF` exactly where `soft` is over the threshold.
    """
    ink = soft > threshold
    out = np.zeros(soft.shape, np.uint8)
    if not ink.any():
        return out
    side = 2 * _reach(soft, ink, threshold) + 1
    near = cv2.dilate(ink.view(np.uint8), np.ones((side, side), np.uint8))
    for rows in bands(soft.shape):
        np.multiply(_quantised(soft[rows], ink[rows], threshold), near[rows], out=out[rows])
    _drop_patches(out, ink)
    return out


def bands(shape: tuple[int, ...], least: int = 1) -> Iterator[slice]:
    """Cuts a picture into bands of rows, so that what is computed of each stays small.

    Args:
        shape: (H, W) of the picture, px; further axes are ignored.
        least: Rows that a band has at least, px.

    Yields:
        Slices of rows.
    """
    step = max(_BAND // max(shape[1], 1), least, 1)
    for top in range(0, shape[0], step):
        yield slice(top, min(top + step, shape[0]))


def _quantised(soft: np.ndarray, ink: np.ndarray, threshold: float) -> np.ndarray:
    below = soft * np.float32(0.5 / threshold)
    above = soft * np.float32(0.5 / (1 - threshold)) + np.float32(1 - 0.5 / (1 - threshold))
    level = np.where(ink, above, below)
    level[level < _FLOOR] = 0
    level[level > 1 - _FLOOR] = 1
    level *= 255
    level = np.rint(level, out=level).clip(0, 255).astype(np.uint8)
    # Rounding must not carry a pixel over the threshold.
    return np.where(ink, np.maximum(level, HALF + 1), np.minimum(level, HALF))


def _reach(soft: np.ndarray, ink: np.ndarray, threshold: float) -> int:
    """How far the soft edges of strokes reach beyond the threshold, px."""
    steps = []
    for axis in (0, 1):
        before, after = _neighbours(ink, axis)
        cross = before != after
        before, after = _neighbours(soft, axis)
        steps.append(np.abs(after[cross] - before[cross]))
    steps = np.concatenate(steps)
    if not steps.size:
        return 1
    # Half as far again as a straight ramp, since ramps are steepest at their middle.
    ramp = 1.5 * threshold / max(float(np.median(steps)), 1e-3)
    return min(math.ceil(ramp) + 1, _MOST_REACH)


def _neighbours(array: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    return (array[:-1], array[1:]) if axis == 0 else (array[:, :-1], array[:, 1:])


def _drop_patches(level: np.ndarray, ink: np.ndarray) -> None:
    """Sets patches without ink to 0, in place."""
    count, patches = cv2.connectedComponents((level > 0).view(np.uint8), connectivity=8)
    keep = np.zeros(count, np.uint8)
    for rows in bands(level.shape):
        keep[patches[rows][ink[rows]]] = 1
    if keep[1:].all():
        return
    for rows in bands(level.shape):
        level[rows] *= keep[patches[rows]]
