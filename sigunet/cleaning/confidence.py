"""How sure the cleaning is: pixel by pixel, and whether there is a signature at all.

The verdict is a logistic model of a few numbers that are read off the network's own output and held against
what else is dark in the picture. Its weights
and limits lie beside this file; `python -m sigunet.calibration` fits them to synthetic pictures, half of
them without a signature, and says what they are worth.
"""

import functools
import json
import math
from dataclasses import dataclass
from importlib import resources

import cv2
import numpy as np

from sigunet.cleaning.contrast import share_of_dark

VERDICTS = ("signature", "empty", "unsure")
"""What can be said of a picture."""

FEATURES = ("length", "sureness", "largest", "spread", "parts", "share")
"""What the verdict is made of, see `features`."""

_LEAST_SHARE = 0.01  # less of what is dark is as little


@dataclass(frozen=True)
class Model:
    """The logistic model of the verdict.

    Attributes:
        weights: One for each of `FEATURES`, in their order.
        bias: Added to their sum.
        empty_below: Certainty up to which a picture is called empty.
        signature_above: Certainty from which on it is called a signature.
    """

    weights: tuple[float, ...]
    bias: float
    empty_below: float
    signature_above: float


@functools.cache
def model() -> Model:
    """Reads the model that comes with the package."""
    text = (resources.files("sigunet.cleaning") / "verdict.json").read_text("utf-8")
    raw = json.loads(text)
    return Model(
        tuple(raw["weights"][name] for name in FEATURES),
        raw["bias"],
        raw["empty_below"],
        raw["signature_above"],
    )


def pixels(soft: np.ndarray, limit: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """How sure each pixel's answer is.

    Args:
        soft: float32[H, W] in [0, 1], share of each pixel that is ink, as the network has it.
        limit: float32[H, W] in (0, 1), from which on a pixel counts as ink.
        mask: bool[H, W], True = ink: the answer.

    Returns:
        float32[H, W] in [0.5, 1]: the probability that the answer is right, if soft ink is a
        probability once the limit is moved to one half.
    """
    ink = np.where(soft < limit, 0.5 * soft / limit, 1 - 0.5 * (1 - soft) / (1 - limit))
    # A speck is taken away against what the network says.
    return np.maximum(np.where(mask, ink, 1 - ink), np.float32(0.5))


def expected_fmeasure(soft: np.ndarray, mask: np.ndarray) -> float:
    """Estimates what a mask would score, if soft ink is a probability.

    Args:
        soft: float32[H, W] in [0, 1].
        mask: bool[H, W], True = ink.

    Returns:
        In [0, 1]: the F-measure of expected counts, 2 E[TP] / (|mask| + E[ink]); 1 if there is
        neither a mask nor any soft ink.
    """
    claimed = float(np.count_nonzero(mask)) + float(soft.sum(dtype=np.float64))
    return 2 * float(soft[mask].sum(dtype=np.float64)) / claimed if claimed else 1.0


def features(
    picture: np.ndarray,
    soft: np.ndarray,
    mask: np.ndarray,
    stroke: float,
    *,
    inverted: bool = False,
) -> np.ndarray:
    """Measures what tells a signature from what is left of an empty page.

    Args:
        picture: float32[H, W, C] in [0, 1], 0 = black: what was cleaned.
        soft: float32[H, W] in [0, 1].
        mask: bool[H, W], True = ink.
        stroke: Mean width of the strokes, px; 0 if there is no ink.
        inverted: Whether ink is lighter than its ground in `picture`.

    Returns:
        float64[6], by `FEATURES`: the logarithm of the length of all ink in widths of the stroke;
        the mean of soft ink on the mask; the share of the largest connected part; how far the ink
        spreads, the logarithm of the diagonal of its box in widths of the stroke; the logarithm of
        the number of parts; the logarithm of the share that is ink of all that is as dark.
    """
    area = int(np.count_nonzero(mask))
    if not area or not stroke:
        return np.zeros(len(FEATURES))
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    _, _, width, height = cv2.boundingRect(mask.view(np.uint8))
    return np.array(
        [
            math.log1p(area / stroke**2),
            float(soft[mask].mean()),
            float(stats[1:, cv2.CC_STAT_AREA].max()) / area,
            math.log1p(math.hypot(width, height) / stroke),
            math.log(max(count - 1, 1)),
            math.log(max(share_of_dark(picture, mask, stroke, inverted=inverted), _LEAST_SHARE)),
        ]
    )


def certainty(measured: np.ndarray, by: Model | None = None) -> float:
    """Estimates the probability that there is a signature.

    Args:
        measured: float64[6], as `features` gives them.
        by: The model; the package's own if None.

    Returns:
        In [0, 1].
    """
    if not measured.any():
        return 0.0
    by = by or model()
    score = float(np.dot(by.weights, measured) + by.bias)
    return 1 / (1 + math.exp(-min(max(score, -60.0), 60.0)))


def verdict(certain: float, by: Model | None = None) -> str:
    """Puts a certainty into a word, one of `VERDICTS`."""
    by = by or model()
    if certain <= by.empty_below:
        return "empty"
    return "signature" if certain >= by.signature_above else "unsure"
