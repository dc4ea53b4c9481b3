"""Root mean square error of cleaned pictures against their clean ones, in [0, 1], a picture each.

    python rmse.py PAIRS CHECKPOINT [CHECKPOINT ...]

PAIRS holds images/ and gt/ with equal names. The dirty picture itself stands beside the networks.
"""

import argparse
from pathlib import Path

import numpy as np

from sigunet import image, metrics
from sigunet.cleaning import Cleaner


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pairs", type=Path)
    parser.add_argument("checkpoints", nargs="+")
    options = parser.parse_args()
    cleaners = {name: Cleaner.from_checkpoint(name) for name in options.checkpoints}
    errors: dict[str, list[float]] = {name: [] for name in ("untouched", *cleaners)}
    for truth in sorted((options.pairs / "gt").iterdir()):
        clean = image.read(truth)[..., 0]
        for name in errors:
            cleaner = cleaners.get(name)
            picture = image.read(
                options.pairs / "images" / truth.name, channels=cleaner.channels if cleaner else 1
            )
            shown = 1.0 - cleaner.ink(picture) if cleaner else picture[..., 0]
            errors[name].append(float(np.sqrt(np.mean((shown - clean) ** 2))))
    print(
        f"{len(errors['untouched'])} pictures\n\n| pictures | RMSE [95 % interval] |\n| --- | ---: |"
    )
    for name, values in errors.items():
        low, high = metrics.bootstrap_interval(values)
        print(f"| {name} | {np.mean(values):.4f} [{low:.4f}, {high:.4f}] |")


if __name__ == "__main__":
    main()
