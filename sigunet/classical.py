"""Thresholds that need no training, to stand beside the network.

One setting serves every picture, as it would for a user.
"""

from collections.abc import Callable

import cv2
import numpy as np

from sigunet import image as images

# The best of windows of 25 and 75 px and k of 0.15 to 0.6 on `frozen.ROWS` over real scans of writers
# that no result is reported on. A higher k does better on synthetic signatures, but loses faint pens.
SAUVOLA_WINDOW = 75  # px
SAUVOLA_K = 0.2

Method = Callable[[np.ndarray], np.ndarray]


def otsu(image: np.ndarray) -> np.ndarray:
    """One threshold for the picture, with the largest variance between the classes (Otsu 1979).

    Args:
        image: float32[H, W, C] in [0, 1], 0 = black.

    Returns:
        float32[H, W], 1 = ink, 0 = paper.
    """
    pixels = _grey8(image)
    _, ink = cv2.threshold(pixels, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    return ink.astype(np.float32)


def sauvola(image: np.ndarray, *, window: int = SAUVOLA_WINDOW, k: float = SAUVOLA_K) -> np.ndarray:
    """A threshold for each pixel, m (1 + k (s / R - 1)), R = 128 (Sauvola and Pietikainen 2000).

    m and s are mean and standard deviation over a window that is cut off at the picture's edge.

    Args:
        image: float32[H, W, C] in [0, 1], 0 = black.
        window: Side of the window, px, odd.
        k: How much a flat neighbourhood lowers the threshold.

    Returns:
        float32[H, W], 1 = ink, 0 = paper.
    """
    pixels = _grey8(image).astype(np.float64)
    share = _box_sum(np.ones_like(pixels), window)
    mean = _box_sum(pixels, window) / share
    variance = np.maximum(_box_sum(pixels * pixels, window) / share - mean * mean, 0.0)
    threshold = mean * (1.0 + k * (np.sqrt(variance) / 128.0 - 1.0))
    return (pixels <= threshold).astype(np.float32)


METHODS: dict[str, Method] = {"otsu": otsu, "sauvola": sauvola}
"""Method by name: float32[H, W, C] image -> float32[H, W] ink, at the settings of this module."""


def _box_sum(array: np.ndarray, window: int) -> np.ndarray:
    return cv2.boxFilter(
        array, -1, (window, window), normalize=False, borderType=cv2.BORDER_CONSTANT
    )


def _grey8(image: np.ndarray) -> np.ndarray:
    return images.to_uint8(images.grey(image)[..., 0])
