"""Fits the verdict of cleaning, and measures how far soft ink can be believed.

    python -m sigunet.calibration --checkpoint base -o sigunet/cleaning/verdict.json

Pictures are drawn by the synthesiser and the wide family, as sparse as on documents, half of them without a
signature, in streams that no training uses. A logistic model and the upper limit of "unsure" are fitted to those
of the writers of the validation split; all numbers are of those of the test split, whom nothing was fitted
to or chosen on.
"""

import argparse
import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sigunet import atomic, noise
from sigunet import config as config_lib
from sigunet.cleaning import Cleaner, confidence
from sigunet.data import sources
from sigunet.data.example import Examples
from sigunet.errors import require
from sigunet.progress import Progress

BINS = 10
"""Bins of a reliability curve."""

_SIDE = 384  # px of a picture; a signature is mostly seen as a whole
_LEAST_INK = 200  # px; a picture with less of a signature says nothing about verdicts
# Of all pictures, at the most. Up to there a wrong verdict costs more than none.
_UNSURE = 0.1
# What is called empty is left blank: a signature that is there goes once in twenty times at the most.
_EMPTY = 0.05
# What is called a signature is one three times out of four at least.
_SIGNATURE = 0.75
# What is written by hand is told from a signature by nobody who does not know which is which.
_UNDECIDABLE = ("writing", "annotations", "scribbles")
_PENALTY = 1e-3  # on the weights of standardised features


@dataclass(frozen=True)
class Measured:
    """What was found on pictures whose truth is known.

    Attributes:
        features: float64[N, F], by `confidence.FEATURES`.
        signed: bool[N], whether there is a signature.
        claimed: float64[BINS], the sum of soft ink in each bin of it.
        inked: float64[BINS], pixels of ink in each bin.
        pixels: float64[BINS], all pixels in each bin.
    """

    features: np.ndarray
    signed: np.ndarray
    claimed: np.ndarray
    inked: np.ndarray
    pixels: np.ndarray

    def calibration_error(self, *, least: float = 0.02) -> float:
        """Expected calibration error of soft ink, over pixels that are not surely paper.

        Args:
            least: Soft ink from which on a pixel counts; nearly all pixels are paper, and an error
                over all of them would be zero.
        """
        keep = np.arange(BINS) >= int(np.ceil(least * BINS))
        gap = np.abs(self.claimed - self.inked)[keep].sum()
        return float(gap / max(self.pixels[keep].sum(), 1))


def measure(
    cleaner: Cleaner, count: int, *, split: str, stream: str, quiet: bool = False
) -> Measured:
    """Cleans synthetic pictures, every other one without a signature.

    Args:
        cleaner: The network.
        count: Of pictures.
        split: Whose signatures: "validation" to fit to, "test" to report on.
        stream: Of the noise and the signatures' order; "calibration" and "check" are used here.
        quiet: Whether to show no progress.
    """
    config = config_lib.load("base")
    config.model.channels = cleaner.channels
    config.data.size, config.data.min_scale, config.data.max_scale = _SIDE, 0.6, 1.2
    config.data.clean = 0.05
    steps = noise.documents_recipe().steps
    config.noise = str(noise.Recipe(tuple(s for s in steps if s.name not in _UNDECIDABLE)))
    source = sources.open_source(config.data, split)
    signed, empty = (
        dataclasses.replace(Examples.of(config, source, stream=stream), empty=share)
        for share in (0.0, 1.0)
    )
    features, truths = [], []
    bins = np.zeros((3, BINS))
    with Progress("measuring", count, unit="pictures", quiet=quiet) as bar:
        for number in range(count):
            picture, ink = (signed, empty)[number % 2](number)
            bar.advance()
            if number % 2 == 0 and (ink > 0.5).sum() < _LEAST_INK:
                continue
            found = cleaner.find(picture)
            mask = found.settled(cleaner.threshold) > cleaner.threshold
            features.append(confidence.features(picture, found.soft, mask, found.stroke))
            truths.append(number % 2 == 0)
            place = np.minimum((found.soft * BINS).astype(int), BINS - 1).ravel()
            for row, weight in enumerate((found.soft, ink > 0.5, None)):
                weights = None if weight is None else weight.ravel().astype(np.float64)
                bins[row] += np.bincount(place, weights, minlength=BINS)
    return Measured(np.array(features), np.array(truths), *bins)


def fit(measured: Measured) -> tuple[np.ndarray, float]:
    """Fits a logistic model by Newton's method, on standardised features, with a small penalty.

    Returns:
        The weights of the features as they are, and the bias.
    """
    mean, spread = measured.features.mean(axis=0), measured.features.std(axis=0) + 1e-9
    x = np.column_stack([(measured.features - mean) / spread, np.ones(len(measured.features))])
    y = measured.signed.astype(np.float64)
    penalty = _PENALTY * len(y) * np.diag([*np.ones(x.shape[1] - 1), 0.0])
    weights = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -40, 40)))
        gradient = x.T @ (p - y) + penalty @ weights
        curvature = (x * (p * (1 - p) + 1e-9)[:, None]).T @ x + penalty
        step = np.linalg.solve(curvature, gradient)
        weights -= step
        if np.abs(step).max() < 1e-8:
            break
    plain = weights[:-1] / spread
    return plain, float(weights[-1] - plain @ mean)


def _certain(measured: Measured, model: confidence.Model) -> np.ndarray:
    return np.array([confidence.certainty(row, model) for row in measured.features])


def limits(certain: np.ndarray, signed: np.ndarray) -> tuple[float, float]:
    """Chooses between which certainties a picture is called unsure.

    Empty is what is a signature with a chance of `_EMPTY` or less. From where on it is called one is where the
    fewest are wrong, of all chances of `_SIGNATURE` or more that leave at most `_UNSURE` of the
    pictures unsure; of equal ones the lowest, and `_SIGNATURE` if none leaves so few.

    Args:
        certain: float64[N] in [0, 1].
        signed: bool[N].

    Returns:
        (empty up to, signature from).
    """
    best = (np.inf, _SIGNATURE)
    missed = certain <= _EMPTY
    for signature in np.arange(_SIGNATURE, 0.995, 0.01):
        called = certain >= signature
        sure = int(called.sum() + missed.sum())
        if len(certain) - sure > _UNSURE * len(certain):
            break
        wrong = ((called & ~signed).sum() + (missed & signed).sum()) / max(sure, 1)
        best = min(best, (float(wrong), float(signature)))
    return _EMPTY, round(best[1], 2)


def auroc(certain: np.ndarray, signed: np.ndarray) -> float:
    """Area under the ROC curve: how often a signed picture is surer than an empty one."""
    yes, no = certain[signed], certain[~signed]
    above = (yes[:, None] > no).mean() + 0.5 * (yes[:, None] == no).mean()
    return float(above)


def summary(certain: np.ndarray, signed: np.ndarray, model: confidence.Model) -> dict[str, float]:
    """Says what verdicts are worth: AUROC, share of unsure, share of wrong among the sure."""
    words = np.array([confidence.verdict(value, model) for value in certain])
    sure = words != "unsure"
    wrong = (words == "signature") != signed
    return {
        "pictures": len(signed),
        "auroc": round(auroc(certain, signed), 4),
        "unsure": round(float(1 - sure.mean()), 4),
        "wrong_among_sure": round(float(wrong[sure].mean()) if sure.any() else 0.0, 4),
    }


def plot(found: dict, path: Path) -> None:
    """Draws the reliability curve: how often a pixel is ink, by the soft ink it was given.

    Args:
        found: What the command prints.
        path: Of the picture.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    require("matplotlib", "bench")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 4), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="0.7", linestyle="--")
    axes.plot(found["reliability"]["claimed"], found["reliability"]["true"], marker="o")
    axes.set(xlabel="soft ink", ylabel="share that is ink", xlim=(0, 1), ylim=(0, 1))
    error = found["checked"]["calibration_error"]
    axes.set_title(f"calibration error {error:.3f} above 0.1", fontsize=10)
    figure.savefig(path, dpi=110)


def main(argv: Sequence[str] | None = None) -> None:
    """Runs the command.

    Args:
        argv: The arguments; those of the process if None.
    """
    parser = argparse.ArgumentParser(prog="python -m sigunet.calibration", description=__doc__)
    parser.add_argument("--checkpoint", default="base", help="the network")
    parser.add_argument("--count", type=int, default=1200, help="pictures of each split")
    parser.add_argument("--plot", type=Path, help="picture of the reliability curve")
    parser.add_argument("-o", "--out", type=Path, help="verdict.json; by default only printed")
    arguments = parser.parse_args(argv)
    cleaner = Cleaner.from_checkpoint(arguments.checkpoint)
    learnt = measure(cleaner, arguments.count, split="validation", stream="calibration")
    checked = measure(cleaner, arguments.count, split="test", stream="check")
    weights, bias = fit(learnt)
    model = confidence.Model(tuple(weights.round(4).tolist()), round(bias, 4), 0.0, 1.0)
    empty, signature = limits(_certain(learnt, model), learnt.signed)
    model = dataclasses.replace(model, empty_below=empty, signature_above=signature)
    certain = _certain(checked, model)
    share = np.divide(checked.inked, checked.pixels, out=np.zeros(BINS), where=checked.pixels > 0)
    claimed = np.divide(
        checked.claimed, checked.pixels, out=np.zeros(BINS), where=checked.pixels > 0
    )
    found = {
        "weights": dict(zip(confidence.FEATURES, model.weights, strict=True)),
        "bias": model.bias,
        "empty_below": empty,
        "signature_above": signature,
        "checked": summary(certain, checked.signed, model)
        | {"calibration_error": round(checked.calibration_error(), 4)},
        "reliability": {"claimed": claimed.round(4).tolist(), "true": share.round(4).tolist()},
    }
    print(json.dumps(found, indent=2))
    if arguments.plot:
        plot(found, arguments.plot)
    if arguments.out:
        atomic.write_json(arguments.out, found)


if __name__ == "__main__":
    main()
