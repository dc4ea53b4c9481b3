"""Stamps as raster images: text along a ring, and boxes of text."""

import functools

import cv2
import numpy as np

from sigunet.noise import letters

RADIUS = 112
"""Radius in pixels at which round stamps are drawn, before they are scaled to their size."""

HALF = 72
"""Half the width in pixels at which boxes are drawn, likewise."""


@functools.cache
def _polar_maps() -> tuple[np.ndarray, np.ndarray]:
    """Builds the maps that bend a strip (angle to the right, rim at the top) into a disc."""
    axis = np.arange(2 * RADIUS, dtype=np.float32) - (RADIUS - 0.5)
    distance, angle = cv2.cartToPolar(*np.meshgrid(axis, axis))
    # Angle 0 lies at the bottom middle: the strip's seam is there and its middle on top.
    around = np.mod(angle - np.float32(np.pi / 2), np.float32(2 * np.pi))
    return cv2.convertMaps(
        around * np.float32(strip_width() / (2 * np.pi)),
        np.float32(RADIUS - 0.5) - distance,
        cv2.CV_16SC2,
    )


def strip_width() -> int:
    """Returns the width in pixels of a strip that is bent into a disc: the length of the rim."""
    return round(2 * np.pi * RADIUS)


def bent(strip: np.ndarray) -> np.ndarray:
    """Bends uint8[RADIUS, strip_width()], rim at the top, into a disc uint8[2 RADIUS, 2 RADIUS]."""
    # The first column once more closes the ring at the seam.
    closed = np.hstack([strip, strip[:, :1]])
    return cv2.remap(closed, *_polar_maps(), cv2.INTER_LINEAR)


def paste(canvas: np.ndarray, raster: np.ndarray, row: float, column: float) -> None:
    """Lays a raster image on another with its middle at a place, in place; cuts what is outside."""
    height, width = raster.shape
    top, left = round(row - height / 2), round(column - width / 2)
    bottom, right = min(top + height, canvas.shape[0]), min(left + width, canvas.shape[1])
    cut_top, cut_left = max(top, 0), max(left, 0)
    if bottom <= cut_top or right <= cut_left:
        return
    into = canvas[cut_top:bottom, cut_left:right]
    np.maximum(into, raster[cut_top - top : bottom - top, cut_left - left : right - left], out=into)


def narrowed(raster: np.ndarray, width: float) -> np.ndarray:
    """Squeezes a raster image that is wider than a width in pixels, its aspect kept."""
    if raster.shape[1] <= width:
        return raster
    ratio = width / raster.shape[1]
    return cv2.resize(raster, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA)


def disc(rng: np.random.Generator, thick: float) -> np.ndarray:
    """Draws a round stamp: rings, text along the rim, something in the middle.

    Args:
        rng: Source of randomness.
        thick: Width of the lines in pixels of the result.

    Returns:
        uint8[2 RADIUS, 2 RADIUS], coverage times 255, upright.
    """
    strip = np.zeros((RADIUS, strip_width()), np.uint8)
    # On the smallest pictures a line would fill the stamp.
    bar = max(1, round(min(thick, 0.1 * RADIUS)))
    strip[1 : 1 + bar] = 255
    rim = bar + rng.uniform(3, 8)
    if rng.random() < 0.4:
        strip[round(rim) : round(rim) + max(1, bar // 2)] = 255
        rim += bar // 2 + rng.uniform(3, 6)
    face, size = letters.any_face(rng), rng.uniform(16, 30)
    line = rim + 0.55 * size
    upper = letters.raster([letters.organisation(rng).upper()], face, size)
    paste(strip, narrowed(upper, 0.6 * strip.shape[1]), line, strip.shape[1] / 2)
    if rng.random() < 0.6:
        # Text at the foot stands on its head in the strip; it is drawn across the seam.
        lower = letters.raster([letters.stamp_word(rng)], face, size)[::-1, ::-1]
        lower = narrowed(lower, 0.28 * strip.shape[1])
        for seam in (0, strip.shape[1]):
            paste(strip, lower, line, seam)
    inner = round(rim + 1.2 * size)
    if rng.random() < 0.7:
        strip[inner : inner + max(1, bar // 2)] = 255
    flat = bent(strip)
    _fill_middle(rng, flat, RADIUS - inner)
    return flat


def _fill_middle(rng: np.random.Generator, flat: np.ndarray, radius: float) -> None:
    lot = rng.random()
    if lot < 0.25:
        angles = np.arange(10) * np.pi / 5 - np.pi / 2
        reach = np.where(np.arange(10) % 2, 0.4, 1.0) * 0.75 * radius
        points = RADIUS + np.column_stack([np.cos(angles), np.sin(angles)]) * reach[:, None]
        cv2.fillPoly(flat, [np.rint(points * 16).astype(np.int32)], 255, cv2.LINE_AA, shift=4)
    elif lot < 0.9:
        lines = [letters.stamp_word(rng) for _ in range(rng.integers(1, 4))]
        raster = letters.raster(lines, letters.any_face(rng), rng.uniform(20, 36))
        paste(flat, narrowed(raster, 1.6 * radius), RADIUS, RADIUS)


def box(rng: np.random.Generator, thick: float) -> np.ndarray:
    """Draws a box of one to three lines of text.

    Args:
        rng: Source of randomness.
        thick: Width of its frame in pixels of the result.

    Returns:
        uint8[h, w], coverage times 255, upright; w is about 2 HALF.
    """
    thick = min(thick, 0.1 * HALF)
    face = letters.any_face(rng)
    rows = [letters.stamp_word(rng)]
    for _ in range(rng.integers(0, 3)):
        rows.append(letters.number(rng) if rng.random() < 0.5 else letters.organisation(rng))
    rasters = []
    for place, row in enumerate(rows):
        raster = letters.raster([row], face, HALF * (0.8 if place == 0 else 0.4))
        rasters.append(narrowed(raster, 1.7 * HALF))
    pad = thick + rng.uniform(0.06, 0.16) * HALF
    width = max(raster.shape[1] for raster in rasters) + round(2 * pad)
    canvas = np.zeros(
        (sum(raster.shape[0] for raster in rasters) + round(2 * pad), width), np.uint8
    )
    row = pad
    for raster in rasters:
        paste(canvas, raster, row + raster.shape[0] / 2, width / 2)
        row += raster.shape[0]
    frame(canvas, 1, thick)
    if rng.random() < 0.3:
        frame(canvas, round(2 * thick) + 2, 0.5 * thick)
    return canvas


def frame(canvas: np.ndarray, inset: int, thick: float) -> None:
    """Rules a frame into a raster image, in place, so many px from its edges."""
    bar = max(1, round(thick))
    inner = inset + bar
    for edge in (np.s_[inset:inner], np.s_[-inner:-inset]):
        canvas[edge, inset:-inset] = 255
        canvas[inset:-inset, edge] = 255
