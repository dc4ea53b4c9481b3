"""The demo: train a tiny network, compare it with a threshold, clean a picture, show where."""

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from ml_collections import ConfigDict

from sigunet import evaluate, frozen, image, results, workdir
from sigunet.classical import otsu
from sigunet.cleaning import Cleaner
from sigunet.data import sources
from sigunet.progress import duration
from sigunet.train import train_and_evaluate

MARGIN = 0.10
"""How much better than Otsu, in F-measure, the demo must be to succeed."""


def run(config: ConfigDict, folder: Path, *, command: Sequence[str] = ()) -> int:
    """Runs the demo.

    Args:
        config: `configs/tiny.py`, or another.
        folder: The run's workdir. A finished demo there is shown again, not trained again; one of
            another config is replaced.
        command: The command line, for the manifest.

    Returns:
        0, or 1 if the network is not at least `MARGIN` better than Otsu.
    """
    begin = time.monotonic()
    marker = folder / ".demo"
    # Only what the demo itself has made may it replace.
    if marker.is_file() and not workdir.is_same_run(folder, config):
        shutil.rmtree(folder)
    workdir.check(folder.absolute(), config)
    folder.mkdir(parents=True, exist_ok=True)
    marker.touch()
    result = train_and_evaluate(config, folder, command=command)
    if result.stopped_by is not None:
        return 128 + result.stopped_by
    cleaner = Cleaner.from_checkpoint(folder)
    pictures = frozen.demo_set(
        frozen.Stored(sources.open_source(config.data, "test")), channels=cleaner.channels
    )
    scores = evaluate.evaluate(
        {"sigunet": cleaner.ink, "otsu": otsu},
        pictures,
        thresholds={"sigunet": cleaner.threshold},
        about={"checkpoint": str(result.checkpoint), "set": "demo"},
    )
    results.write(scores, folder / "evaluation")
    degraded, cleaned = folder / "degraded.png", folder / "cleaned.png"
    # One as hard as most, by what a threshold makes of it.
    hard = [picture.scores["otsu"]["fmeasure"] for picture in scores.pictures]
    shown = pictures[sorted(range(len(hard)), key=hard.__getitem__)[len(hard) // 2]].image
    image.write(degraded, shown)
    image.write(cleaned, 1.0 - cleaner.mask(shown))

    ours, theirs = (scores.mean(method)["fmeasure"] for method in ("sigunet", "otsu"))
    print(
        f"\nF-measure on {len(pictures)} frozen pictures: sigunet {ours:.3f}, Otsu {theirs:.3f}\n"
    )
    places = {
        "checkpoint": result.checkpoint,
        "run": f"{folder} (W&B: {result.wandb or 'off'})",
        "grid": result.samples,
        "degraded picture": degraded,
        "cleaned picture": cleaned,
        "all scores": folder / "evaluation" / "results.md",
    }
    for name, place in places.items():
        print(f"  {name:<17} {place}")
    print(f"\nDone in {duration(time.monotonic() - begin)}.")
    if ours < theirs + MARGIN:
        print(f"This is less than {MARGIN:.2f} above Otsu: something is wrong.")
        return 1
    return 0
