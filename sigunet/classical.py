"""Thresholds that need no training, to stand beside the network.

One setting serves every picture, as it would for a user. Otsu, Sauvola and the division by the
background are our own; doxapy, where it is installed, brings the others.
"""

import functools
import importlib.metadata
from collections.abc import Callable, Mapping

import cv2
import numpy as np

from sigunet import image as images
from sigunet.errors import MissingExtra, require

# The best of windows of 25 and 75 px and k of 0.15 to 0.6 on `frozen.ROWS` over real scans of writers
# that no result is reported on. A higher k does better on synthetic signatures, but loses faint pens.
SAUVOLA_WINDOW = 75  # px
SAUVOLA_K = 0.2

_LEAST_SIDE = 40  # px; Bataineh chooses its windows itself

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


def background(
    image: np.ndarray, *, median: int = 3, window: int = 31, above: float = 0.97
) -> np.ndarray:
    """Median filter, division by the paper around, then Otsu.

    The paper is a closing, which is brighter than any stroke thinner than the window, smoothed. The
    quotient is 1 on paper whatever the light.

    Args:
        image: float32[H, W, C] in [0, 1], 0 = black.
        median: Side of the median filter, px, odd; 1 leaves it out.
        window: Diameter of the closing, px, odd.
        above: Factor on Otsu's threshold.

    Returns:
        float32[H, W], 1 = ink, 0 = paper.
    """
    pixels = _grey8(image)
    if median > 1:
        pixels = cv2.medianBlur(pixels, median)
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (window, window))
    paper = cv2.GaussianBlur(cv2.morphologyEx(pixels, cv2.MORPH_CLOSE, around), (0, 0), window / 4)
    even = cv2.divide(pixels, np.maximum(paper, 1), scale=255)
    threshold, _ = cv2.threshold(even, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    return (even <= above * threshold).astype(np.float32)


def doxa(image: np.ndarray, *, algorithm: str, setting: Mapping[str, float]) -> np.ndarray:
    """One of the methods of doxapy.

    Args:
        image: float32[H, W, C] in [0, 1], 0 = black.
        algorithm: Its name there, as "WOLF".
        setting: Its parameters there; those left out keep doxapy's own value.

    Returns:
        float32[H, W], 1 = ink, 0 = paper.

    Raises:
        MissingExtra: doxapy is not installed.
    """
    doxapy = require("doxapy", "bench")
    pixels = _grey8(image)
    height, width = pixels.shape
    # doxapy 0.9.2 writes past its memory where a window is larger than the picture.
    least = int(max(_LEAST_SIDE, setting.get("window", 75), 2 * setting.get("glyph", 0) + 1))
    below, right = max(least - height, 0), max(least - width, 0)
    pixels = cv2.copyMakeBorder(pixels, 0, below, 0, right, cv2.BORDER_REPLICATE)
    if algorithm == "GATOS":
        pixels = _with_a_dot(pixels)
    found = np.empty_like(pixels)
    method = doxapy.Binarization(getattr(doxapy.Binarization.Algorithms, algorithm))
    method.initialize(pixels)
    method.to_binary(found, dict(setting))
    return (found[:height, :width] == 0).astype(np.float32)


def _with_a_dot(pixels: np.ndarray) -> np.ndarray:
    """Adds some rows with a dark dot below a picture, and leaves nothing quite black.

    Gatos' method in doxapy 0.9.2 ends the process by a division by zero where its first pass finds
    no ink in the picture, or no paper near a pixel.
    """
    pixels = cv2.copyMakeBorder(np.maximum(pixels, 1), 0, 12, 0, 0, cv2.BORDER_REPLICATE)
    pixels[-12:] = 255
    pixels[-8:-4, 4:8] = 1
    return pixels


def best_threshold(image: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The one threshold with the highest F-measure there is, chosen with the truth: a bound.

    Args:
        image: float32[H, W, C] in [0, 1], 0 = black.
        truth: bool[H, W], True = ink.

    Returns:
        float32[H, W], 1 = ink; no ink at all where the truth has none.
    """
    pixels = _grey8(image)
    hits = np.cumsum(np.bincount(pixels[truth], minlength=256))
    if hits[-1] == 0:
        return np.zeros(pixels.shape, np.float32)
    found = np.cumsum(np.bincount(pixels.ravel(), minlength=256))
    best = int(np.argmax(hits / (found + hits[-1])))
    return (pixels <= best).astype(np.float32)


METHODS: dict[str, Method] = {"otsu": otsu, "sauvola": sauvola}
"""Method by name: float32[H, W, C] image -> float32[H, W] ink, at the settings of this module."""

SUITE: dict[str, dict[str, float]] = {
    "otsu": {},
    "sauvola": {"window": 15, "k": 0.13},
    "background": {"median": 3, "window": 21, "above": 0.95},
    "wolf": {"window": 19, "k": 0.5},
    "su": {"window": 11, "minN": 35},
    "gatos": {"window": 15, "k": 0.05, "glyph": 30},
    "isauvola": {"window": 9, "k": 0.06},
    "niblack": {"window": 101, "k": -1.8},
    "nick": {"window": 21, "k": -0.12},
    "bernsen": {"window": 51, "threshold": 0, "contrast-limit": 50},
    "trsingh": {"window": 25, "k": 0.15},
    "bataineh": {},
    "wan": {"window": 11, "k": 0.2},
    "adotsu": {"window": 25, "k": 0.9, "R": 0.5},
    "phansalkar": {"window": 15, "k": 0.15, "p": 1.0, "q": 10.0},
    "bradley": {"window": 31, "t": 15},
    "feng": {"window": 31, "alpha1": 0.25, "k2": 0.2, "noise-floor": 15},
    "wellner": {"s": 16, "t": 12},
    "xdog": {"sigma": 1.0, "p": 35.0, "epsilon": 0.2, "k": 1.8},
}
"""Setting of each method for `sigunet evaluate --suite`, one for all its pictures.

Each is the best over the suite's rows of a grid of 5 to 60 settings (doxapy's own among them), in
mean F-measure on real scans of writers that no result is reported on. Windows come out small: the
rows of noise and texture weigh more here than in `frozen.ROWS`. Older versions of doxapy lack the
last ones.
"""


def methods() -> dict[str, functools.partial]:
    """Returns every method of `SUITE` that this machine can run, its setting as keywords.

    Returns:
        Method by name: float32[H, W, C] image -> float32[H, W] ink. Without doxapy, our own three.
    """
    own = {"otsu": otsu, "sauvola": sauvola, "background": background}
    try:
        known = require("doxapy", "bench").Binarization.Algorithms
    except MissingExtra:
        known = None
    found = {}
    for name, setting in SUITE.items():
        if name in own:
            found[name] = functools.partial(own[name], **setting)
        elif hasattr(known, name.upper()):
            found[name] = functools.partial(doxa, algorithm=name.upper(), setting=setting)
    return found


def doxapy_version() -> str:
    """The installed version of doxapy; "" where there is none."""
    try:
        return importlib.metadata.version("doxapy")
    except importlib.metadata.PackageNotFoundError:
        return ""


def _box_sum(array: np.ndarray, window: int) -> np.ndarray:
    return cv2.boxFilter(
        array, -1, (window, window), normalize=False, borderType=cv2.BORDER_CONSTANT
    )


def _grey8(image: np.ndarray) -> np.ndarray:
    return images.to_uint8(images.grey(image)[..., 0])
