"""The scale at which a picture is cleaned: strokes as wide as the network knows them.

A network trained on strokes of 2 to 6 px sees nothing, or seals and print, in strokes of 25 px.
How wide the strokes are is read off what it finds itself: print, rules and grain have widths of their
own, and a measure of all that is dark would meet those.
"""

import dataclasses
import math
from dataclasses import dataclass

import cv2
import numpy as np

from sigunet import image as images
from sigunet.cleaning import confidence
from sigunet.cleaning.closer import second_look
from sigunet.cleaning.refinement import Refinement
from sigunet.cleaning.specks import settled
from sigunet.cleaning.tiles import Predict
from sigunet.strength import relative
from sigunet.truth import MEASURABLE, stroke_width

LOOKS = ("auto", "one", "two")
"""How often a picture is looked at; "auto": twice where the first look leaves doubt."""

PROBE = 1_000_000
"""Pixels of the first look at a large picture."""

_SMALLEST = 48  # px; a side below which a picture is not looked at smaller still
_TURNS = 3  # looks, at the most, for one scale
_CLOSE = 1.15  # two scales within this factor are one
_LARGEST = 4.0  # enlargement at the most
_ENLARGED = 1_000_000  # px; larger a picture is not made to look for thin strokes
# At pictures that the first look is less sure of there is a second: two in five of the benchmark's degraded ones,
# which have most of the gain, and one in thirty of the undegraded.
_DOUBT = 0.86
# Of what the first look found with more than a little hope, a second that finds less than so much has lost sight of
# the signature, and does not count. On blank pages it is right to find less, but there the first has no such hope.
_HOPE, _KEPT = 0.5, 0.7
_SEEN = 0.3  # soft ink that the first look has found
# Share of the widest stroke up to which the network is sure of its ground.
_WIDE = 0.9


@dataclass(frozen=True)
class Found:
    """What came of a picture.

    Attributes:
        soft: float32[H, W] in [0, 1], share of each pixel that is ink, at the picture's own size, as
            the network has it or, `refined`, as it was judged again.
        scale: Of the picture that the network saw as against the one it was given.
        stroke: Mean width of the strokes in px of the given picture; 0 if there is no ink.
        looks: Of how many sizes `soft` is the mean, where there is anything, see `closer`.
        first: float32[H, W], what the first of two looks found; None where there was one, and where
            `soft` was judged again and is their mean no more.
    """

    soft: np.ndarray
    scale: float
    stroke: float
    looks: int = 1
    first: np.ndarray | None = None

    def settled(self, threshold: float) -> np.ndarray:
        """The soft ink that is written, float32[H, W]; see `specks.settled`."""
        return settled(self.soft, scale=self.scale, stroke=self.stroke, threshold=threshold)


def unscaled(soft: np.ndarray, threshold: float) -> Found:
    """What came of a picture that was predicted as it is.

    Args:
        soft: float32[H, W] in [0, 1].
        threshold: On relative soft ink.
    """
    return Found(soft, 1.0, stroke_width(relative(soft) > threshold))


def fit(
    network: Predict,
    picture: np.ndarray,
    *,
    strokes: tuple[float, float],
    threshold: float,
    probe: int = PROBE,
    looks: str = "auto",
) -> Found:
    """Predicts soft ink at the scale that suits the network.

    Native scale is kept where strokes are well within the range, since resampling costs detail. Large
    pictures are first looked at in small, and small ones in which nothing is found enlarged too.

    Args:
        network: Predicts soft ink of a picture of any size.
        picture: float32[H, W, C] in [0, 1], 0 = black.
        strokes: Least and largest width of strokes that the network knows, px.
        threshold: On relative soft ink.
        probe: Pixels of the first look.
        looks: One of `LOOKS`: whether to look once more at what was found, see `closer`: two to five
            times the work.

    Returns:
        The soft ink, and how it was got.
    """
    area = picture.shape[0] * picture.shape[1]
    scale = min(1.0, math.sqrt(probe / area))
    soft, width = _look(network, picture, scale, threshold)
    if not width:
        scale, soft, width = _look_elsewhere(network, picture, scale, soft, threshold)
    for turn in range(_TURNS):
        # What was brought to the range stays there, though native scale now seems to do.
        if not width or (turn and strokes[0] <= width <= _WIDE * strokes[1]):
            break
        wanted = _wanted(width / scale, strokes)
        if max(wanted / scale, scale / wanted) < _CLOSE:
            break
        again, new_width = _look(network, picture, wanted, threshold)
        if not new_width:
            break
        scale, soft, width = wanted, again, new_width
    native = images.resize(soft, *picture.shape[:2])
    alone = Found(native, scale, width / scale)
    expected = confidence.expected_fmeasure(soft, relative(soft) > threshold)
    if looks == "one" or (looks == "auto" and (not width or expected >= _DOUBT)):
        return alone
    both = second_look(
        network,
        picture,
        soft,
        native,
        scale=scale,
        width=width,
        strokes=strokes,
        threshold=threshold,
    )
    if both is None or (expected >= _HOPE and _kept(native, both) < _KEPT):
        return alone
    return Found(both, scale, _width(both, scale, threshold), looks=2, first=native)


def refined(found: Found, picture: np.ndarray, by: Refinement, threshold: float) -> Found:
    """Judges again what came of a picture, at the scale at which the network saw it.

    Args:
        found: What came of it.
        picture: float32[H, W, C] in [0, 1], 0 = black.
        by: The refinement of the network.
        threshold: On relative soft ink.

    Returns:
        The same with other soft ink and the width of its strokes; as it is where nothing is judged.
    """
    if found.scale == 1.0:
        soft = by(picture, found.soft, found.first)
        if soft is found.soft:
            return found
    else:
        seen = images.scaled(found.soft, found.scale)
        first = None if found.first is None else images.scaled(found.first, found.scale)
        judged = by(images.scaled(picture, found.scale), seen, first)
        if judged is seen:
            return found
        # The change alone is brought back, so that edges stay as sharp as they were found.
        height, width = picture.shape[:2]
        way = cv2.INTER_AREA if found.scale > 1 else cv2.INTER_LINEAR
        soft = cv2.resize(judged - seen, (width, height), interpolation=way)
        soft += found.soft
        np.clip(soft, 0.0, 1.0, out=soft)
    stroke = _width(soft, found.scale, threshold)
    return dataclasses.replace(found, soft=soft, stroke=stroke, first=None)


def _width(soft: np.ndarray, scale: float, threshold: float) -> float:
    """Mean width of the strokes in soft ink, px; 0 if there is no ink."""
    mask = relative(soft, scale) > threshold
    return stroke_width(mask) if np.count_nonzero(mask) >= MEASURABLE else 0.0


def _kept(first: np.ndarray, both: np.ndarray) -> float:
    """How much of the soft ink of a first look the second finds, by the mean of both; 1 if there is none."""
    seen = first > _SEEN
    found = float(first[seen].sum(dtype=np.float64))
    return 2 * float(both[seen].sum(dtype=np.float64)) / found - 1 if found else 1.0


def _wanted(stroke: float, strokes: tuple[float, float]) -> float:
    """The scale that suits strokes of a native width in px.

    Strokes outside the range, or at its wide end, are brought to its middle: at its ends the network
    has seen few, and how thin or wide they are is badly measured.
    """
    least, largest = strokes
    if least <= stroke <= _WIDE * largest:
        return 1.0
    return min(math.sqrt(least * largest) / stroke, _LARGEST)


def _look(
    network: Predict, picture: np.ndarray, scale: float, threshold: float
) -> tuple[np.ndarray, float]:
    """Predicts at a scale: the soft ink there, and the width of its strokes in px there."""
    soft = network(images.scaled(picture, scale))
    return soft, _width(soft, 1.0, threshold)


def _look_elsewhere(
    network: Predict, picture: np.ndarray, scale: float, soft: np.ndarray, threshold: float
) -> tuple[float, np.ndarray, float]:
    """Looks where nothing was found: smaller for strokes too wide, larger for strokes too thin."""
    smaller = scale / 2
    while min(picture.shape[:2]) * smaller >= _SMALLEST and smaller >= scale / 8:
        other, width = _look(network, picture, smaller, threshold)
        # What is lost at twice the size was a pattern, unless it is as wide as strokes are.
        if width >= 2.0:
            return smaller, other, width
        smaller /= 2
    larger = 1.0 if scale < 1.0 else 2.0
    area = picture.shape[0] * picture.shape[1]
    if larger**2 * area > max(_ENLARGED, area):
        return scale, soft, 0.0
    other, width = _look(network, picture, larger, threshold)
    return (larger, other, width) if width or larger == 1.0 else (scale, soft, 0.0)
