"""Scores of a found signature against the true one, at native size, ink = 1.

Definitions follow the DIBCO contests (Pratikakis et al., ICDAR 2019) where they have one.
"""

from collections.abc import Iterable, Mapping, Sequence

import cv2
import numpy as np

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
    "psnr",
    "false_ink",
    "component_error",
)
"""Keys of `score`, in the order of tables."""


def score(prediction: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Scores one binary picture.

    Where the truth holds no ink, `false_ink` says how much of the paper was taken for ink and
    everything else is undefined (nan); where it holds ink, `false_ink` is nan. So no mean mixes the
    two kinds of picture. An empty prediction of a picture with ink has precision 0.

    Args:
        prediction: bool[H, W], True = ink.
        truth: bool[H, W], True = ink.

    Returns:
        A float for each of `METRICS`: `psnr` in dB, at most `PSNR_CAP`; `component_error`
        |found - true| / max(true, 1) over 8-connected patches of at least `MIN_COMPONENT` px; the
        others shares in [0, 1].

    Raises:
        ValueError: The two differ in shape, or are not bool.
    """
    if prediction.shape != truth.shape or prediction.dtype != bool or truth.dtype != bool:
        raise ValueError(
            f"two bool[H, W] of one shape are needed, not {prediction.dtype}{prediction.shape} "
            f"and {truth.dtype}{truth.shape}"
        )
    hits = int(np.count_nonzero(prediction & truth))
    found = int(np.count_nonzero(prediction))
    ink = int(np.count_nonzero(truth))
    wrong = found + ink - 2 * hits
    scores = dict.fromkeys(METRICS, float("nan"))
    if ink == 0:
        scores["false_ink"] = found / truth.size
        return scores
    patches = count_components(truth)
    scores["accuracy"] = 1.0 - wrong / truth.size
    scores["psnr"] = psnr(wrong / truth.size)
    scores["component_error"] = abs(count_components(prediction) - patches) / max(patches, 1)
    scores["iou"] = hits / (found + ink - hits)
    scores["precision"] = hits / max(found, 1)
    scores["recall"] = hits / ink
    scores["fmeasure"] = 2 * hits / (found + ink)
    return scores


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
    return {key: mean_defined([row[key] for row in rows]) for key in METRICS}


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
