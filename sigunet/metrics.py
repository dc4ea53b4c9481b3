"""Scores of a found signature against the true one, at native size, ink = 1.

Definitions follow the DIBCO contests (Pratikakis et al., ICDAR 2019) where they have one.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import cv2
import numpy as np

from sigunet import pseudo
from sigunet.thinning import thin

VERSION = 1
"""Number of these definitions: scores that were kept under another one are computed again."""

PSNR_CAP = 60.0
"""dB given to identical pictures, whose PSNR is infinite; one wrong pixel in a million is 60."""

MIN_COMPONENT = 4
"""Pixels a connected patch of ink must have to be counted."""

METRICS = (
    "accuracy",
    "iou",
    "precision",
    "recall",
    "fmeasure",
    "skeleton_recall",
    "pseudo_fmeasure",
    "weighted_fmeasure",
    "psnr",
    "drd",
    "false_ink",
    "component_error",
)
"""Keys of `score`, in the order of tables."""

LOWER_IS_BETTER = frozenset({"drd", "false_ink", "component_error"})
"""Those of `METRICS` that count what is wrong."""

_BLOCK = 8  # px; side of the blocks that DRD is divided by the number of


class Truth:
    """True ink, with all that scores need to know of it; prepared once for any number of methods.

    Args:
        mask: bool[H, W], True = ink.

    Raises:
        ValueError: It is no bool[H, W].
    """

    def __init__(self, mask: np.ndarray):
        if mask.dtype != bool or mask.ndim != 2:
            raise ValueError(f"a truth must be bool[H, W], not {mask.dtype}{mask.shape}")
        self.mask = mask
        self.ink = int(np.count_nonzero(mask))

    @cached_property
    def components(self) -> int:
        """Number of patches, as `count_components`."""
        return count_components(self.mask)

    @cached_property
    def skeleton(self) -> np.ndarray:
        """bool[H, W], `thinning.thin` of the ink."""
        return thin(self.mask)

    @cached_property
    def recall_weights(self) -> np.ndarray:
        """float32[H, W], `pseudo.recall_weights`."""
        return pseudo.recall_weights(self.mask, self.skeleton)

    @cached_property
    def precision_weights(self) -> np.ndarray:
        """float32[H, W], `pseudo.precision_weights`."""
        return pseudo.precision_weights(self.mask, self.skeleton)

    @cached_property
    def distortion(self) -> np.ndarray:
        """float64[H, W], what a wrong answer at each pixel adds to DRD, before the division.

        It is the weight of those neighbours within two pixels that differ from the wrong answer,
        1 / distance each, of all of them together 1; beyond the picture's edge nothing differs.
        """
        rows, columns = np.mgrid[-2:3, -2:3]
        far = np.hypot(rows, columns)
        weights = np.divide(1.0, far, out=np.zeros_like(far), where=far > 0)
        weights /= weights.sum()
        ink = cv2.filter2D(
            self.mask.astype(np.float64), -1, weights, borderType=cv2.BORDER_CONSTANT
        )
        paper = cv2.filter2D(
            (~self.mask).astype(np.float64), -1, weights, borderType=cv2.BORDER_CONSTANT
        )
        return np.where(self.mask, ink, paper)

    @cached_property
    def mixed_blocks(self) -> int:
        """Number of blocks of 8 x 8 px, those cut off by the edge included, with ink and paper."""
        height, width = self.mask.shape
        tops, lefts = range(0, height, _BLOCK), range(0, width, _BLOCK)
        rows = np.add.reduceat(self.mask.astype(np.int64), tops, axis=0)
        ink = np.add.reduceat(rows, lefts, axis=1)
        sizes = np.outer(
            np.diff([*tops, height]),
            np.diff([*lefts, width]),
        )
        return int(np.count_nonzero((ink > 0) & (ink < sizes)))


def score(prediction: np.ndarray, truth: np.ndarray | Truth) -> dict[str, float]:
    """Scores one binary picture.

    Where the truth holds no ink, `false_ink` says how much of the paper was taken for ink and
    everything else is undefined (nan); where it holds ink, `false_ink` is nan. So no mean mixes the
    two kinds of picture. An empty prediction of a picture with ink has precision 0.

    `pseudo_fmeasure` has the recall on the thinned truth alone, which is `skeleton_recall`;
    `weighted_fmeasure` has both recall and precision weighted as in `sigunet.pseudo`. `drd` is the
    distance-reciprocal distortion (Lu, Kot and Shi 2004) in 5 x 5 px, over the 8 x 8 blocks of the
    truth that hold both ink and paper.

    Args:
        prediction: bool[H, W], True = ink.
        truth: bool[H, W], True = ink, or what `Truth` has prepared of it.

    Returns:
        A float for each of `METRICS`: `psnr` in dB, at most `PSNR_CAP`; `drd` 0 and more;
        `component_error` |found - true| / max(true, 1) over 8-connected patches of at least
        `MIN_COMPONENT` px; the others shares in [0, 1].

    Raises:
        ValueError: The two differ in shape, or are not bool.
    """
    mask = truth.mask if isinstance(truth, Truth) else truth
    if prediction.shape != mask.shape or prediction.dtype != bool or mask.dtype != bool:
        raise ValueError(
            f"two bool[H, W] of one shape are needed, not {prediction.dtype}{prediction.shape} "
            f"and {mask.dtype}{mask.shape}"
        )
    truth = truth if isinstance(truth, Truth) else Truth(truth)
    scores = dict.fromkeys(METRICS, float("nan"))
    found = int(np.count_nonzero(prediction))
    if truth.ink == 0:
        scores["false_ink"] = found / mask.size
        return scores
    hits = int(np.count_nonzero(prediction & mask))
    wrong = found + truth.ink - 2 * hits
    patches = truth.components
    precision = hits / max(found, 1)
    scores["accuracy"] = 1.0 - wrong / mask.size
    scores["iou"] = hits / (found + truth.ink - hits)
    scores["precision"] = precision
    scores["recall"] = hits / truth.ink
    scores["fmeasure"] = 2 * hits / (found + truth.ink)
    on_skeleton = int(np.count_nonzero(prediction & truth.skeleton))
    scores["skeleton_recall"] = on_skeleton / int(np.count_nonzero(truth.skeleton))
    scores["pseudo_fmeasure"] = _harmonic(precision, scores["skeleton_recall"])
    scores["weighted_fmeasure"] = weighted_fmeasure(
        prediction, mask, truth.recall_weights, truth.precision_weights
    )
    scores["psnr"] = psnr(wrong / mask.size)
    scores["drd"] = float(truth.distortion[prediction ^ mask].sum()) / max(truth.mixed_blocks, 1)
    scores["component_error"] = abs(count_components(prediction) - patches) / max(patches, 1)
    return scores


def weighted_fmeasure(
    prediction: np.ndarray,
    truth: np.ndarray,
    recall_weights: np.ndarray,
    precision_weights: np.ndarray,
) -> float:
    """Harmonic mean of weighted recall and weighted precision (Ntirogiannis et al. 2013).

    Args:
        prediction: bool[H, W], True = ink.
        truth: bool[H, W], True = ink.
        recall_weights: float[H, W], what a pixel counts in recall; 0 on paper.
        precision_weights: float[H, W], what a pixel counts in precision.

    Returns:
        In [0, 1]; 0 where nothing true is found.
    """
    whole = float(recall_weights.sum(dtype=np.float64))
    found = float(precision_weights[prediction].sum(dtype=np.float64))
    hits = prediction & truth
    right = float(precision_weights[hits].sum(dtype=np.float64))
    if not (whole and found and right):
        return 0.0
    return _harmonic(float(recall_weights[hits].sum(dtype=np.float64)) / whole, right / found)


def _harmonic(first: float, second: float) -> float:
    return 2 * first * second / (first + second) if first + second > 0 else 0.0


def psnr(mean_squared_error: float) -> float:
    """Peak signal-to-noise ratio in dB, 10 log10(1 / MSE), at most `PSNR_CAP`."""
    return float(min(PSNR_CAP, -10.0 * np.log10(max(mean_squared_error, 1e-12))))


def count_components(mask: np.ndarray) -> int:
    """Number of 8-connected patches of at least `MIN_COMPONENT` pixels in bool[H, W]."""
    stats = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)[2]
    return int(np.count_nonzero(stats[1:, cv2.CC_STAT_AREA] >= MIN_COMPONENT))


def mean(scores: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Means of `score` results, each over the pictures where it is defined.

    So `false_ink` is a mean over the pictures without ink, and the others are over those with ink.

    Args:
        scores: Results of `score`.

    Returns:
        A float for each of `METRICS`, nan where no picture defines it.
    """
    rows = list(scores)
    return {key: mean_defined([row.get(key, math.nan) for row in rows]) for key in METRICS}


def mean_defined(values: Sequence[float]) -> float:
    """Mean of the values that are not nan; nan if there is none."""
    array = np.asarray(values, np.float64)
    array = array[~np.isnan(array)]
    return float(array.mean()) if array.size else float("nan")


def bootstrap_interval(
    values: Sequence[float], *, level: float = 0.95, draws: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """Percentile bootstrap interval of the mean over pictures (Efron and Tibshirani 1993).

    Args:
        values: One value a picture; nan values are left out.
        level: Share of the resampled means inside the interval, in (0, 1).
        draws: Number of resamplings.
        seed: Seed of the resampling.

    Returns:
        Lower and upper end; nan, nan without values.
    """
    array = np.asarray(values, np.float64)
    array = array[~np.isnan(array)]
    if array.size == 0:
        return float("nan"), float("nan")
    picks = np.random.default_rng(seed).integers(0, array.size, (draws, array.size))
    low, high = np.quantile(array[picks].mean(axis=1), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
