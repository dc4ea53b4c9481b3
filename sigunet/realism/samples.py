"""How far apart two sets of measured pictures are: feature by feature, and to a classifier."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_SPLITS = 50
_FOLDS = 5
_RIDGE = 1.0


@dataclass(frozen=True)
class Sample:
    """Measured pictures.

    Attributes:
        values: float64[N, F], features.
        writers: N of who wrote each.
    """

    values: np.ndarray
    writers: np.ndarray


@dataclass(frozen=True)
class Separation:
    """How well a classifier tells two samples apart.

    Attributes:
        auc: Mean over the repetitions, 0.5 = not at all, 1 = always.
        low: 2.5th percentile of the repetitions.
        high: 97.5th percentile.
    """

    auc: float
    low: float
    high: float


def wasserstein(first: np.ndarray, second: np.ndarray) -> float:
    """Distance between two distributions of one feature: the mean shift that makes them equal.

    Args:
        first: float64[N].
        second: float64[M].

    Returns:
        In the unit of the feature.
    """
    both = np.sort(np.concatenate([first, second]))
    below = [np.searchsorted(np.sort(x), both[:-1], side="right") / len(x) for x in (first, second)]
    return float((np.abs(below[0] - below[1]) * np.diff(both)).sum())


def half_distances(sample: Sample, rng: np.random.Generator) -> np.ndarray:
    """Distance of each feature between two halves of the writers: what chance of hand makes.

    Args:
        sample: At least two writers.
        rng: Of the splits.

    Returns:
        float64[F], median over 50 splits.
    """
    names = np.unique(sample.writers)
    found = []
    for _ in range(_SPLITS):
        chosen = np.isin(sample.writers, rng.permutation(names)[: len(names) // 2])
        one, other = sample.values[chosen], sample.values[~chosen]
        found.append([wasserstein(a, b) for a, b in zip(one.T, other.T, strict=True)])
    return np.median(found, axis=0)


def separation(
    real: Sample,
    drawn: Sample,
    columns: Sequence[int],
    rng: np.random.Generator,
    repetitions: int = 20,
) -> Separation:
    """Trains a classifier on some writers of both samples and tests it on the others.

    A logistic regression on standardised features and their squares, each sample weighing the
    same; no writer is in training and test at once.

    Args:
        real: At least two writers.
        drawn: At least two writers.
        columns: Which features it sees.
        rng: Of the folds.
        repetitions: How many times the folds are drawn anew.

    Returns:
        The area under the curve on writers it has not seen.
    """
    values = np.concatenate([real.values, drawn.values])[:, columns]
    labels = np.repeat([1.0, 0.0], [len(real.values), len(drawn.values)])
    found = []
    for _ in range(repetitions):
        folds = np.concatenate([_folds(sample.writers, rng) for sample in (real, drawn)])
        scores = []
        for fold in range(folds.max() + 1):
            test = folds == fold
            if len(np.unique(labels[test])) < 2:
                continue
            guess = _fitted(values[~test], labels[~test], values[test])
            scores.append(area_under_curve(guess, labels[test]))
        found.append(np.mean(scores))
    low, high = np.quantile(found, [0.025, 0.975])
    return Separation(float(np.mean(found)), float(low), float(high))


def area_under_curve(scores: np.ndarray, labels: np.ndarray) -> float:
    """Chance that something labelled 1 scores above something labelled 0; ties count half.

    Args:
        scores: float64[N].
        labels: float64[N], 0 or 1, both present.

    Returns:
        0 to 1.
    """
    ones, zeros = scores[labels == 1], np.sort(scores[labels == 0])
    below = np.searchsorted(zeros, ones, side="left")
    at_most = np.searchsorted(zeros, ones, side="right")
    return float((below + at_most).mean() / 2 / len(zeros))


def _folds(writers: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The fold of each picture, int[N]; a writer's pictures share one."""
    names, which = np.unique(writers, return_inverse=True)
    order = rng.permutation(len(names))
    return order[which] % min(_FOLDS, len(names))


def _fitted(train: np.ndarray, labels: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Scores float64[M] of a logistic regression, fitted by Newton's method."""
    mean, deviation = train.mean(axis=0), train.std(axis=0) + 1e-9

    def design(values: np.ndarray) -> np.ndarray:
        # A few wild pictures must not decide by their squares.
        scaled = np.clip((values - mean) / deviation, -4, 4)
        return np.concatenate([np.ones((len(values), 1)), scaled, scaled**2 - 1], axis=1)

    inputs = design(train)
    weight = np.where(labels == 1, 0.5 / labels.mean(), 0.5 / (1 - labels.mean()))
    ridge = _RIDGE * np.eye(inputs.shape[1])
    ridge[0, 0] = 1e-6
    beta = np.zeros(inputs.shape[1])
    for _ in range(25):
        guess = 1 / (1 + np.exp(-np.clip(inputs @ beta, -30, 30)))
        slope = inputs.T @ (weight * (labels - guess)) - ridge @ beta
        curve = (inputs * (weight * guess * (1 - guess))[:, None]).T @ inputs + ridge
        step = np.linalg.solve(curve, slope)
        beta += step
        if np.abs(step).max() < 1e-6:
            break
    return design(test) @ beta
