"""Methods against a frozen set, at native size.

The set comes from `sigunet.frozen`, the scores go to `sigunet.results`; a method is any function
from an image to soft ink, so the network and the thresholds beside it run on the same pixels.
"""

import logging
import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np

from sigunet import metrics
from sigunet.classical import METHODS
from sigunet.errors import DataError
from sigunet.frozen import ROWS, Picture, Signatures, frozen_set
from sigunet.noise import NOISE_VERSION
from sigunet.results import PictureScores, Results, compare_sets, load, write

Predictor = Callable[[np.ndarray], np.ndarray]
"""float32[H, W, C] image in [0, 1], 0 = black -> float32[H, W] soft ink in [0, 1]."""

NETWORK = "sigunet"
"""Name of the network among the methods."""

_log = logging.getLogger(__name__)


def evaluate(
    predictors: Mapping[str, Predictor],
    pictures: Iterable[Picture],
    *,
    thresholds: Mapping[str, float] | None = None,
    about: Mapping[str, object] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Results:
    """Runs every method on every picture, at native size.

    Args:
        predictors: Method by name, in the order of the tables.
        pictures: A frozen set; may be a generator.
        thresholds: Ink is where soft ink is above it; 0.5 for a method that is not named.
        about: Kept in the results, for their reader.
        progress: Called with the number of pictures done.

    Returns:
        The scores.

    Raises:
        ValueError: A threshold for a method that is not there, or a method that answers with
            another shape than the picture's.
        DataError: The set is empty.
    """
    cuts = {name: float((thresholds or {}).get(name, 0.5)) for name in predictors}
    if unknown := set(thresholds or {}) - set(cuts):
        raise ValueError(f"thresholds for methods that are not evaluated: {sorted(unknown)}")
    scored = []
    for picture in pictures:
        scores, ms = {}, {}
        for name, predict in predictors.items():
            start = time.perf_counter()
            soft = np.asarray(predict(picture.image))
            ms[name] = round((time.perf_counter() - start) * 1e3, 3)
            if soft.shape != picture.truth.shape:
                raise ValueError(f"{name} gave {soft.shape} for a picture {picture.truth.shape}")
            scores[name] = metrics.score(soft > cuts[name], picture.truth)
        scored.append(PictureScores(picture.row, picture.name, picture.digest, scores, ms))
        if progress is not None:
            progress(len(scored))
    if not scored:
        raise DataError("There are no pictures to evaluate on.")
    return Results(scored, cuts, dict(about or {}))


def run(
    signatures: Signatures,
    *,
    network: Predictor | None = None,
    threshold: float = 0.5,
    out: str | os.PathLike | None = None,
    seed: int = 0,
    per_row: int = 10,
    channels: int = 1,
    about: Mapping[str, object] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Results:
    """Freezes a set, runs the network and the classical methods on it, and writes the results.

    Args:
        signatures: Those the network was not trained on: `frozen.Stored` or `frozen.Scans`.
        network: The network's soft ink; None for the classical methods alone.
        threshold: The network's, as calibrated on validation.
        out: Where results.json and results.md go; None writes nothing. Results of another set
            that lie there are replaced, with a warning.
        seed: Of the frozen set.
        per_row: Pictures a degradation.
        channels: Of the pictures: the network's.
        about: Kept in the results, beside what decides the set.
        progress: Called with the number of pictures done, of `len(frozen.ROWS) * per_row`.

    Returns:
        The scores.

    Raises:
        SigunetError: The signatures cannot be read or the results cannot be written.
    """
    predictors = {**({} if network is None else {NETWORK: network}), **METHODS}
    frozen_by = {
        "seed": seed,
        "per_row": per_row,
        "channels": channels,
        "rows": dict(ROWS),
        "noise_version": NOISE_VERSION,
    }
    results = evaluate(
        predictors,
        frozen_set(signatures, seed=seed, per_row=per_row, channels=channels),
        thresholds={} if network is None else {NETWORK: threshold},
        about={**(about or {}), "frozen_by": frozen_by},
        progress=progress,
    )
    if out is not None:
        _warn_of_another_set(results, Path(out) / "results.json")
        write(results, out)
    return results


def _warn_of_another_set(results: Results, path: Path) -> None:
    if not path.exists():
        return
    try:
        difference = compare_sets(results, load(path))
    except DataError:
        return
    if difference:
        _log.warning("%s is replaced. %s", path, difference)
