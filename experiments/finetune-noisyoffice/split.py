"""Splits pairs so that no clean picture is on both sides.

    python split.py PAIRS OUT --train 25

PAIRS holds images/ and gt/ with equal names. OUT gets train/ and test/, each with images/ and gt/.
Pairs whose gt pictures are the same to the byte are one group; groups go to train in the order of
their SHA-256, which is a shuffle that everybody makes alike.
"""

import argparse
import hashlib
import shutil
from pathlib import Path


def main() -> None:
    """Copies the files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pairs", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--train", type=int, default=25, help="groups that are trained on")
    options = parser.parse_args()

    groups: dict[str, list[str]] = {}
    for truth in sorted((options.pairs / "gt").iterdir()):
        groups.setdefault(hashlib.sha256(truth.read_bytes()).hexdigest(), []).append(truth.name)
    for number, digest in enumerate(sorted(groups)):
        split = "train" if number < options.train else "test"
        for folder in ("images", "gt"):
            target = options.out / split / folder
            target.mkdir(parents=True, exist_ok=True)
            for name in groups[digest]:
                shutil.copyfile(options.pairs / folder / name, target / name)
    print(f"{len(groups)} groups, {min(options.train, len(groups))} of them to train")


if __name__ == "__main__":
    main()
