"""How much of signatures drawn with straight lines of one width, on clean paper, weights find.

python experiments/base/straight.py base [WEIGHTS ...]

A row for each: mean F-measure (in 100) over lines of 3 and 4 px, with and without a little grain.
"""

import sys

import cv2
import numpy as np

from sigunet.cleaning import Cleaner
from sigunet.cleaning.inputs import Input

DRAWN = {
    "peaks": [[(60 + 47 * k, 60 if k % 2 else 150) for k in range(9)]],
    "saltire": [[(60, 50), (200, 160)], [(200, 45), (70, 150)]],
    "initials": [
        [(80, 150), (80, 50), (125, 55)],
        [(80, 100), (115, 100)],
        [(160, 150), (190, 50), (220, 150)],
        [(170, 110), (212, 110)],
        [(260, 50), (260, 150), (310, 150)],
        [(340, 50), (400, 55)],
        [(370, 50), (368, 150)],
    ],
    "to and fro": [[(60, 140), (440, 90), (80, 110), (430, 130), (100, 80)]],
    "underlined": [
        [(60, 120), (75, 60), (95, 130), (110, 95), (125, 120), (140, 90), (150, 120), (200, 80)],
        [(50, 150), (450, 135)],
    ],
}
"""Lines by name: corners (x, y) in px of a sheet of 500 x 200."""


def drawn(lines, width, noise):
    """Draws ink bool[200, 500], and a picture of it float32[200, 500, 3]; widths in px."""
    cover = np.zeros((800, 2000), np.uint8)
    for line in lines:
        points = np.array([line], np.int32) * 4
        cv2.polylines(cover, points, False, 255, round(4 * width), cv2.LINE_AA)
    cover = cv2.resize(cover, (500, 200), interpolation=cv2.INTER_AREA) / np.float32(255)
    grain = np.random.default_rng(0).normal(0, noise, cover.shape).astype(np.float32)
    picture = np.clip(0.97 - 0.8 * cover + grain, 0, 1)
    return cover > 0.5, np.repeat(picture[..., None], 3, axis=2)


def main():
    """Prints a row for each of the weights that are named."""
    print("| | " + " | ".join(DRAWN) + " |\n|---|" + "---:|" * len(DRAWN))
    for place in sys.argv[1:]:
        cleaner, row = Cleaner.from_checkpoint(place), []
        for lines in DRAWN.values():
            scores = []
            for width in (3, 4):
                for noise in (0.0, 0.02):
                    ink, picture = drawn(lines, width, noise)
                    found = cleaner.clean_input(Input(picture, "lines")).mask
                    scores.append(2 * (found & ink).sum() / max(found.sum() + ink.sum(), 1))
            row.append(f"{100 * np.mean(scores):.0f}")
        print(f"| {place} | " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
