"""Maps of a picture that tell ink from what is none: pen, course of the strokes, sharpness, cover, grain, parts.

All are measured at the scale of the network, beside its soft ink; `evidence` gathers them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from sigunet.truth import paper, strongest_mean

_NO_PEN = 0.5  # absorbance, where nothing is sure
_SURE = 0.5  # soft ink above which the pen is measured
_LIGHT = 0.02  # of full white; what is darker is not told apart
_PALEST = 0.08  # absorbance; the colour, and the edges, of paler ink are noise
_PAPER = 33  # px; wider than strokes are at the network's scale, narrower than shadows
_SHARP = 0.3  # of edges, where nothing is sure
_AROUND = 3.0  # px; sigma of the neighbourhood whose ink is measured
_PALE = 0.04  # of the paper's light; ink takes no less
_BLANK = 0.1  # soft ink under which there is paper
_GRAINY = 0.5  # grain as a share of the ink, where there is none
_SMALL = 5.0  # px; what is spread less far is not told apart


def box(array: np.ndarray, reach: int) -> np.ndarray:
    """Means of float32[H, W] over squares that reach so many px to each side: float32[H, W]."""
    return cv2.blur(array, (2 * reach + 1, 2 * reach + 1))


def peak(array: np.ndarray) -> np.ndarray:
    """The largest values of float32[H, W] within two px to each side: float32[H, W]."""
    return cv2.dilate(array, np.ones((5, 5), np.uint8))


def sure(soft: np.ndarray) -> np.ndarray:
    """How much each pixel says of the pen.

    Args:
        soft: float32[H, W] in [0, 1].

    Returns:
        float32[H, W] in [0, 0.5], zero where the network is not sure of ink: the weight that is called
        `sure` below.
    """
    return np.clip(soft - np.float32(_SURE), 0, None)


@dataclass(frozen=True)
class Pen:
    """How each pixel compares with the pen that the surest ink is of.

    Attributes:
        absorbed: float32[H, W], log ratio of paper to picture, the mean of the channels.
        hue: float32[H, W], distance in colour from the pen.
        dark: float32[H, W], log ratio of absorbance to the pen's.
        mean: The pen's own absorbance, a log ratio as well.
        tint: How far the pen is from grey: of its channels' absorbances, by their mean, the distances
            from one, added up.
    """

    absorbed: np.ndarray
    hue: np.ndarray
    dark: np.ndarray
    mean: float
    tint: float

    @classmethod
    def of(cls, picture: np.ndarray, sure: np.ndarray) -> Self:
        """Measures the pen of a picture.

        Args:
            picture: float32[H, W, C] in [0, 1], 0 = black.
            sure: float32[H, W], see `sure`.
        """
        light = np.float32(_LIGHT)
        absorbed = np.log((paper(picture, _PAPER) + light) / (picture + light))
        # Channel by channel: NumPy is slow along a last axis of three.
        unblurred = _mean(cv2.split(absorbed))
        channels = cv2.split(cv2.GaussianBlur(absorbed, (0, 0), 1.0))
        total = _mean(channels)
        strong = np.maximum(total, light)
        weight = np.square(sure) * strong
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
        dark = np.log(strong / np.float32(mean))
        return cls(unblurred, hue, dark, mean, sum(map(abs, tint)))


def _mean(channels: Sequence[np.ndarray]) -> np.ndarray:
    return sum(channels) / np.float32(len(channels))


def sharpness(absorbed: np.ndarray, sure: np.ndarray) -> tuple[np.ndarray, float]:
    """How steep edges are, as a share of the darkest near them: what shines through or lies under is dull.

    Args:
        absorbed: float32[H, W], see `Pen`.
        sure: float32[H, W], see `sure`.

    Returns:
        float32[H, W], 1/px; and its mean over the surest ink.
    """
    across, down = (cv2.Sobel(absorbed, cv2.CV_32F, *way, scale=1 / 8) for way in ((1, 0), (0, 1)))
    steep = peak(np.sqrt(across * across + down * down))
    steep /= np.maximum(peak(absorbed), np.float32(_PALEST))
    everything = float(sure.sum(dtype=np.float64))
    usual = float((steep * sure).sum(dtype=np.float64)) / everything if everything else _SHARP
    return steep, usual


def taken(absorbed: np.ndarray) -> np.ndarray:
    """The share of the paper's light that a pixel takes, float32[H, W]; negative where it is brighter.

    Args:
        absorbed: float32[H, W], see `Pen`.
    """
    return 1 - np.exp(-absorbed)


def strength(taken: np.ndarray, soft: np.ndarray) -> np.ndarray:
    """How much light the ink near each pixel takes, as `sigunet.truth` has it for a clean scan.

    Args:
        taken: float32[H, W], see `taken`.
        soft: float32[H, W] in [0, 1]: what is no ink does not count.

    Returns:
        float32[H, W], `_PALE` at the least: by `truth.strongest_mean`, which soft edges hardly lower.
    """
    mean = strongest_mean(taken, _AROUND, soft, least=1e-6)
    return np.maximum(mean, np.float32(_PALE))


def cover(taken: np.ndarray, strength: np.ndarray) -> np.ndarray:
    """The share of each pixel that is covered, by its darkness: float32[H, W] in [-1, 2].

    Args:
        taken: float32[H, W], see `taken`.
        strength: float32[H, W], of the ink near each pixel.
    """
    return np.clip(taken / np.maximum(strength, np.float32(_PALE)), -1, 2)


def grain(
    taken: np.ndarray, strength: np.ndarray, soft: np.ndarray, sure: np.ndarray
) -> tuple[np.ndarray, float]:
    """How grainy the paper beside the ink is, as a share of the ink's strength.

    Args:
        taken: float32[H, W], see `taken`.
        strength: float32[H, W], see `strength`.
        soft: float32[H, W] in [0, 1]. Where it is next to nothing is paper.
        sure: float32[H, W], see `sure`.

    Returns:
        float32[H, W]; and that of the whole picture, as against its surest ink: `_GRAINY` where there
        is none.
    """
    fine = np.abs(taken - box(taken, 1))
    blank = 1 - cv2.dilate((soft > _BLANK).view(np.uint8), np.ones((5, 5), np.uint8))
    paper = blank.astype(np.float32)
    fine *= paper
    usual = float(fine.sum(dtype=np.float64)) / max(float(paper.sum(dtype=np.float64)), 1.0)
    # Where there is no paper near, that of the whole picture.
    little = np.float32(0.02)
    near = (box(fine, 10) + np.float32(usual) * little) / (box(paper, 10) + little)
    everything = float(sure.sum(dtype=np.float64))
    pen = float((strength * sure).sum(dtype=np.float64)) / everything if everything else 0.0
    return near / strength, usual / pen if pen else _GRAINY


def deviation(values: np.ndarray, sure: np.ndarray) -> float:
    """Standard deviation of float32[H, W] over the surest ink (see `sure`); 0 where there is none."""
    everything = float(sure.sum(dtype=np.float64))
    if not everything:
        return 0.0
    weighted = values * sure
    mean = float(weighted.sum(dtype=np.float64)) / everything
    square = float((values * weighted).sum(dtype=np.float64)) / everything
    return math.sqrt(max(square - mean * mean, 0.0))


def elongation(sure: np.ndarray) -> float:
    """Log ratio of how far the surest ink is scattered across to how far down: positive where it is wide.

    Args:
        sure: float32[H, W], see `sure`.
    """
    down, across = (_scatter(sure.sum(axis=axis, dtype=np.float64)) for axis in (1, 0))
    return math.log((_SMALL + across) / (_SMALL + down))


def _scatter(weights: np.ndarray) -> float:
    """Standard deviation of places along a line, px."""
    everything = weights.sum()
    if not everything:
        return 0.0
    places = np.arange(len(weights))
    # Not by BLAS, whose sums hang on its threads.
    mean = float((weights * places).sum()) / everything
    return math.sqrt(float((weights * (places - mean) ** 2).sum()) / everything)


def parts(
    held: np.ndarray, **maps: np.ndarray
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Means of maps over connected parts.

    Args:
        held: bool[H, W], what parts are made of, 8-connected.
        maps: float32[H, W] each.

    Returns:
        Areas of the parts, px, int64[P], and int32[H, W], which part a pixel belongs to; the first
        is what belongs to none, and counts as empty. And the mean of each map over each part,
        float64[P].
    """
    count, labels = cv2.connectedComponents(held.view(np.uint8), connectivity=8)
    # Few pixels are part of anything.
    place = labels[held]
    areas = np.bincount(place, minlength=count)
    some = np.maximum(areas, 1)
    return (
        areas,
        labels,
        {
            name: np.bincount(place, values[held], minlength=count) / some
            for name, values in maps.items()
        },
    )


def slopes(soft: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The products of soft ink's slopes: across twice, down twice, one with the other; float32[H, W] each."""
    across, down = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    return across * across, down * down, across * down


def straightness(
    products: tuple[np.ndarray, np.ndarray, np.ndarray], sigma: float
) -> tuple[np.ndarray, np.ndarray]:
    """How straight what lies around each pixel is, by the structure tensor over so many px.

    Args:
        products: See `slopes`.
        sigma: Of the Gaussian that they are averaged by, px.

    Returns:
        The tensor's coherence, and that of it which lies along rows and columns, float32[H, W]
        each.
    """
    xx, yy, xy = (_blurred(product, sigma) for product in products)
    both = xx + yy + np.float32(1e-6)
    differ = xx - yy
    straight = np.sqrt(differ * differ + 4 * xy * xy) / both
    shape = products[0].shape
    return _enlarged(straight, shape), _enlarged(np.abs(differ) / both, shape)


def _blurred(array: np.ndarray, sigma: float) -> np.ndarray:
    """Blurs widely, and leaves the result as small as it may be: a third of sigma to a pixel."""
    step = max(1, int(sigma / 3))
    small = tuple(max(side // step, 1) for side in array.shape[::-1])
    return cv2.GaussianBlur(
        cv2.resize(array, small, interpolation=cv2.INTER_AREA), (0, 0), sigma / step
    )


def _enlarged(small: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Brings what was left small back to a shape."""
    return cv2.resize(small, shape[::-1], interpolation=cv2.INTER_LINEAR)


def widths(ink: np.ndarray) -> np.ndarray:
    """Width of the widest stroke of bool[H, W] near each pixel, px: float32[H, W]."""
    inside = cv2.distanceTransform(ink.view(np.uint8), cv2.DIST_L2, 3)
    # Where all is ink, there is nothing to be distant from.
    np.minimum(inside, np.float32(max(ink.shape)), out=inside)
    return 2 * cv2.dilate(inside, np.ones((9, 9), np.uint8))


def mass(sure: np.ndarray) -> np.ndarray:
    """How much sure ink (see `sure`) lies far around, of the most there is: float32[H, W] in [0, 1]."""
    around = _blurred(sure, 40.0)
    return _enlarged(around / max(float(around.max()), 1e-6), sure.shape)
