"""What tells whether a pixel is ink, beside the network's word: the pen, the stroke, the whole picture.

A network judges a pixel by what lies around it. Which pen it was that wrote here, how dark, how wide and
where, only the whole picture tells. These are measured at the scale of the network, for the pixels that may be ink;
`refinement` judges by them.
"""

import math
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from sigunet.strength import relative
from sigunet.truth import MEASURABLE, paper, stroke_width

FEATURES = (
    # Soft ink itself, as a share of the strongest near it, and around in ever wider squares.
    "soft",
    "relative",
    "near",
    "around",
    "wide",
    "crowd",
    "peak",
    "strokes",
    # The pen: how far colour and darkness are from those of the surest ink, here and along the stroke.
    "hue",
    "dark",
    "hue_near",
    "dark_near",
    # The connected part it belongs to.
    "part_soft",
    "part_hue",
    "part_dark",
    "part_share",
    # How straight what lies here is, and whether it runs along the picture's edges.
    "straight_near",
    "level_near",
    "straight_wide",
    "level_wide",
    # How wide the stroke is, of all strokes; and whether it lies where the surest ink does.
    "width",
    "mass",
    # The whole picture: how sure, how dark and coloured its pen, how wide its strokes, how much of it.
    "sureness",
    "pen",
    "pen_hue",
    "stroke",
    "ink",
)
"""What is measured of a pixel."""

FORMAT = 1
"""Raised with every change to what a feature means, so that no older fit is used with it."""

LEAST = 0.08
"""Soft ink from which on a pixel may be ink; so may the neighbours of what has some more."""

_NEAR = 0.2  # soft ink whose neighbours may be ink too
_PARTS = 0.3  # relative soft ink that holds a part together
_LITTLE = np.float32(1e-3)  # that nothing is divided by nothing
_NO_PEN = 0.5  # absorbance, where nothing is sure
_SURE = 0.5  # soft ink above which the pen is measured
_LIGHT = 0.02  # of full white; what is darker is not told apart
_PALEST = 0.08  # absorbance; the colour of paler ink is noise
_PAPER = 33  # px; wider than strokes are at the network's scale, narrower than shadows
_MARGIN = 24  # px
_LARGEST = 4_000_000  # px; of a larger part nothing is measured
_MOST = 1_000_000  # px; as much that may be ink is no signature


@dataclass(frozen=True)
class Evidence:
    """What there is to judge in a picture.

    Attributes:
        box: Rows and columns of the part that was measured, see `ink_box`.
        which: bool, of the box: the N pixels that may be ink.
        features: float32[N, F], by `FEATURES`.
    """

    box: tuple[slice, slice]
    which: np.ndarray
    features: np.ndarray

    @classmethod
    def of(cls, picture: np.ndarray, soft: np.ndarray) -> Self | None:
        """Measures a picture.

        Args:
            picture: float32[H, W, C] in [0, 1], 0 = black, at the scale of the network.
            soft: float32[H, W] in [0, 1], what the network found in it.

        Returns:
            The evidence; None where nothing may be ink, or where the box has over 4 megapixels or one
            megapixel that may be ink.
        """
        which = candidates(soft)
        box = ink_box(which)
        if box is None:
            return None
        which = which[box]
        if which.size > _LARGEST or np.count_nonzero(which) > _MOST:
            return None
        return cls(box, which, features(picture[box], soft[box], which))


def candidates(soft: np.ndarray) -> np.ndarray:
    """Says which pixels may be ink: bool[H, W].

    Args:
        soft: float32[H, W] in [0, 1].
    """
    near = cv2.dilate((soft > _NEAR).view(np.uint8), np.ones((3, 3), np.uint8))
    return (soft > LEAST) | near.view(bool)


def ink_box(which: np.ndarray) -> tuple[slice, slice] | None:
    """The part of a picture that is measured: what may be ink, and a margin around it.

    So a signature is judged much alike however much paper there is beside it. Specks do not count:
    they would draw the box about all of a page.

    Args:
        which: bool[H, W], see `candidates`.

    Returns:
        Rows and columns; None if nothing may be ink.
    """
    _, _, stats, _ = cv2.connectedComponentsWithStats(which.view(np.uint8), connectivity=8)
    parts = stats[1:][stats[1:, cv2.CC_STAT_AREA] >= MEASURABLE]
    if not len(parts):
        return None
    left, top = parts[:, :2].min(axis=0).tolist()
    right, bottom = (parts[:, :2] + parts[:, 2:4]).max(axis=0).tolist()
    return np.s_[
        max(top - _MARGIN, 0) : bottom + _MARGIN,
        max(left - _MARGIN, 0) : right + _MARGIN,
    ]


def features(picture: np.ndarray, soft: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Measures pixels by `FEATURES`.

    Args:
        picture: float32[H, W, C] in [0, 1], 0 = black.
        soft: float32[H, W] in [0, 1].
        which: bool[H, W], the pixels that are asked for, at least one.

    Returns:
        float32[N, F], by `FEATURES`.
    """
    share = relative(soft)
    ink = share > 0.5
    inked = np.count_nonzero(ink)
    stroke = stroke_width(ink) if inked >= MEASURABLE else 0.0
    places = np.flatnonzero(which)
    measured = np.empty((len(places), len(FEATURES)), np.float32)

    def put(name: str, values: np.ndarray | float) -> None:
        # One map after another, so that there are never many of them.
        measured[:, FEATURES.index(name)] = values.take(places) if np.ndim(values) else values

    peak = cv2.dilate(soft, np.ones((5, 5), np.uint8))
    put("soft", soft)
    put("relative", share)
    put("near", _box(soft, 2))
    put("around", _box(soft, 6))
    put("wide", _box(soft, 20))
    covered = ink.astype(np.float32)
    put("crowd", _box(covered, 20))
    put("peak", peak)
    put("strokes", _box(peak * covered, 16) / (_box(covered, 16) + _LITTLE))
    hue, dark, pen, tint = _pen(picture, soft)
    weight = _box(soft, 4) + _LITTLE
    for name, values in (("hue", hue), ("dark", dark)):
        put(name, values)
        put(f"{name}_near", _box(values * soft, 4) / weight)
    labels, tables = _parts(share > _PARTS, soft=soft, hue=hue, dark=dark)
    labels = labels.take(places)
    for name, table in tables.items():
        measured[:, FEATURES.index(f"part_{name}")] = table[labels]
    slopes = _slopes(soft)
    for name, sigma in (("near", 6.0), ("wide", 16.0)):
        straight, level = _straightness(slopes, sigma)
        put(f"straight_{name}", straight)
        put(f"level_{name}", level)
    put("width", _widths(ink) / max(stroke, 1.0))
    put("mass", _mass(soft))
    put("sureness", float(soft[ink].mean()) if inked else 0.0)
    put("pen", pen)
    put("pen_hue", tint)
    put("stroke", math.log(max(stroke, 0.5)))
    put("ink", inked / soft.size)
    return measured


def _box(array: np.ndarray, reach: int) -> np.ndarray:
    """Means over squares that reach so many px to each side."""
    return cv2.blur(array, (2 * reach + 1, 2 * reach + 1))


def _pen(picture: np.ndarray, soft: np.ndarray) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Compares each pixel with the pen.

    Returns:
        Distance in colour and log ratio of absorbance to those of the surest ink, float32[H, W]
        each; and the pen's own absorbance and how far it is from grey.
    """
    light = np.float32(_LIGHT)
    absorbed = np.log((paper(picture, _PAPER) + light) / (picture + light))
    # Channel by channel: NumPy is slow along a last axis of three.
    channels = cv2.split(cv2.GaussianBlur(absorbed, (0, 0), 1.0))
    total = sum(channels) / np.float32(len(channels))
    strong = np.maximum(total, light)
    weight = np.square(np.clip(soft - np.float32(_SURE), 0, None)) * strong
    everything = float(weight.sum(dtype=np.float64))
    pen = [_NO_PEN] * len(channels)
    if everything > 0:
        pen = [float((c * weight).sum(dtype=np.float64)) / everything for c in channels]
    mean = max(float(np.mean(pen)), _LIGHT)
    tint = [level / mean - 1 for level in pen]
    pale = np.maximum(total, np.float32(_PALEST))
    hue = sum(
        np.abs((channel - total) / pale - np.float32(off))
        for channel, off in zip(channels, tint, strict=True)
    )
    return hue, np.log(strong / np.float32(mean)), mean, sum(map(abs, tint))


def _parts(held: np.ndarray, **maps: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Means of maps over the connected parts, and each part's "share" of all.

    Returns:
        int32[H, W], which part a pixel belongs to; and of each part, float32, zero for the first, which
        is what belongs to none.
    """
    count, labels = cv2.connectedComponents(held.view(np.uint8), connectivity=8)
    # Few pixels are part of anything.
    place = labels[held]
    area = np.maximum(np.bincount(place, minlength=count), 1)
    tables = {
        name: np.bincount(place, values[held], minlength=count) / area
        for name, values in maps.items()
    }
    tables["share"] = area / max(len(place), 1)
    for table in tables.values():
        table[0] = 0
    return labels, {name: table.astype(np.float32) for name, table in tables.items()}


def _slopes(soft: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The products of a picture's slopes: across twice, down twice, and one with the other."""
    across, down = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    return across * across, down * down, across * down


def _straightness(
    slopes: tuple[np.ndarray, np.ndarray, np.ndarray], sigma: float
) -> tuple[np.ndarray, np.ndarray]:
    """The structure tensor's coherence, and that of it which lies along rows and columns."""
    xx, yy, xy = (_blurred(product, sigma) for product in slopes)
    both = xx + yy + np.float32(1e-6)
    differ = xx - yy
    straight = np.sqrt(differ * differ + 4 * xy * xy) / both
    shape = slopes[0].shape
    return _spread(straight, shape), _spread(np.abs(differ) / both, shape)


def _blurred(array: np.ndarray, sigma: float) -> np.ndarray:
    """Blurs widely, and leaves the result as small as it may be: a quarter of sigma to a pixel."""
    step = max(1, int(sigma / 4))
    small = tuple(max(side // step, 1) for side in array.shape[::-1])
    return cv2.GaussianBlur(
        cv2.resize(array, small, interpolation=cv2.INTER_AREA), (0, 0), sigma / step
    )


def _spread(small: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Brings what was left small back to a shape."""
    return cv2.resize(small, shape[::-1], interpolation=cv2.INTER_LINEAR)


def _widths(ink: np.ndarray) -> np.ndarray:
    """Width of the widest stroke near each pixel, px: float32[H, W]."""
    inside = cv2.distanceTransform(ink.view(np.uint8), cv2.DIST_L2, 3)
    # Where all is ink, there is nothing to be distant from.
    np.minimum(inside, np.float32(max(ink.shape)), out=inside)
    return 2 * cv2.dilate(inside, np.ones((9, 9), np.uint8))


def _mass(soft: np.ndarray) -> np.ndarray:
    """How much sure ink lies far around, of the most there is: float32[H, W] in [0, 1]."""
    sure = np.clip(soft - np.float32(_SURE), 0, None)
    around = _blurred(sure, 40.0)
    return _spread(around / max(float(around.max()), 1e-6), soft.shape)
