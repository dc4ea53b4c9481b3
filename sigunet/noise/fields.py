"""Smooth random fields, and what members measure of a picture before they spoil it."""

import cv2
import numpy as np

from sigunet.noise.scene import Scene

BLANK_STROKE = 3.0
"""Stroke width in pixels that is assumed where there is no ink."""

_BROADEST = 12.0  # px; what is wider is no stroke but a blot


def smooth(rng: np.random.Generator, shape: tuple[int, int], scale: float) -> np.ndarray:
    """Draws noise without structure below a scale: normal at the knots of a grid.

    Args:
        rng: Source of randomness.
        shape: (height, width) in pixels.
        scale: Distance of the knots in pixels.

    Returns:
        float32[height, width], mean 0, deviation about 1.
    """
    fine = scale <= 1
    grid = np.empty(shape if fine else [max(2, round(n / scale) + 1) for n in shape], np.float32)
    cv2.setRNGSeed(int(rng.integers(2**31)))
    # Between knots the mean of neighbours varies less than they do.
    cv2.randn(grid, 0.0, 1.0 if fine else 1.5 if scale < 8 else 1.3)
    if fine:
        return grid
    if scale >= 8:
        # The eye sees the kinks of a linear field once they are wide apart; a cubic one is smooth
        # enough at a fraction of the size.
        part = 4 if scale >= 16 else 2
        small = [max(1, -(-n // part)) for n in reversed(shape)]
        grid = cv2.resize(grid, small, interpolation=cv2.INTER_CUBIC)
    return cv2.resize(grid, shape[::-1], interpolation=cv2.INTER_LINEAR)


def spread(field: np.ndarray, channels: int) -> np.ndarray:
    """Repeats a field for each channel; several times as fast to compute with as broadcasting.

    Args:
        field: float32[H, W].
        channels: 1 or 3.

    Returns:
        float32[H, W, channels].
    """
    return field[..., None] if channels == 1 else cv2.merge([field] * channels)


def times(image: np.ndarray, *gains: np.ndarray | float) -> np.ndarray:
    """Multiplies a picture, or one even colour, by a field for all channels or one for each.

    Args:
        image: float32[H, W, C] or [1, 1, C].
        gains: One or three of float32[H, W] or a number.

    Returns:
        float32[H, W, C'], C' = 3 where the picture or the gains have that many.
    """
    channels = max(image.shape[-1], len(gains))
    planes = [
        image[..., min(channel, image.shape[-1] - 1)] * gains[min(channel, len(gains) - 1)]
        for channel in range(channels)
    ]
    return planes[0][..., None] if channels == 1 else cv2.merge(planes)


def coloured(image: np.ndarray) -> np.ndarray:
    """Returns float32[H, W, 3] of float32[H, W, 1 or 3]; a copy only if there was one channel."""
    return image if image.shape[-1] == 3 else cv2.merge([image[..., 0]] * 3)


def levels(scene: Scene, margin: int = 0) -> np.ndarray | None:
    """Measures a composed scene within the ink's box.

    Args:
        scene: A composed scene.
        margin: By how much the box is larger, px.

    Returns:
        float32[2]: the mean grey of paper and of ink; None without ink or without paper.
    """
    top, left, height, width = scene.box
    rows = slice(max(0, top - margin), top + height + margin)
    cut = rows, slice(max(0, left - margin), left + width + margin)
    image, is_ink = scene.image[cut], scene.ink[cut] > 0.5
    means = [
        np.mean(cv2.mean(image, mask.view(np.uint8))[: image.shape[-1]])
        for mask in (~is_ink, is_ink)
        if mask.any()
    ]
    return np.array(means, np.float32) if len(means) == 2 else None


def contrast(scene: Scene) -> float:
    """Returns how far apart the mean grey of ink and of the paper around lie, 1 without ink."""
    measured = levels(scene, margin=8)
    return 1.0 if measured is None else float(abs(measured[0] - measured[1]))


def stroke_width(ink: np.ndarray) -> float:
    """Estimates the mean width of strokes from area and outline.

    A stroke of width w and length l has area w l and outline 2 l; summed differences along rows and
    columns see an outline of any direction 4 / pi times as long.

    Args:
        ink: float32[H, W] in [0, 1], 1 = ink.

    Returns:
        Width in pixels, 1 to 12; `BLANK_STROKE` without ink.
    """
    area = float(ink.sum())
    if area < 4:
        return BLANK_STROKE
    outline = cv2.norm(ink[1:], ink[:-1], cv2.NORM_L1) + cv2.norm(
        np.ascontiguousarray(ink[:, 1:]), np.ascontiguousarray(ink[:, :-1]), cv2.NORM_L1
    )
    return min(max(1.0, 2 * area * (4 / np.pi) / max(outline, 1.0)), _BROADEST)
