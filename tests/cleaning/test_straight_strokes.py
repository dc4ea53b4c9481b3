"""Signatures of straight lines of one width, on clean paper, with the weights that are shipped."""

import cv2
import numpy as np
import pytest

from sigunet.cleaning import Cleaner
from sigunet.cleaning.inputs import Input

PEAKS = [[(60 + 47 * k, 60 if k % 2 else 150) for k in range(9)]]
INITIALS = [
    [(80, 150), (80, 50), (125, 55)],
    [(80, 100), (115, 100)],
    [(160, 150), (190, 50), (220, 150)],
    [(170, 110), (212, 110)],
    [(260, 50), (260, 150), (310, 150)],
    [(340, 50), (400, 55)],
    [(370, 50), (368, 150)],
]


@pytest.fixture(scope="module")
def cleaner():
    return Cleaner.from_pretrained()


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


@pytest.mark.parametrize("noise", [0.0, 0.02])
@pytest.mark.parametrize("width", [3, 4])
@pytest.mark.parametrize(
    ("lines", "least"), [(PEAKS, 0.9), (INITIALS, 0.3)], ids=["peaks", "initials"]
)
def test_a_name_in_straight_strokes_is_not_taken_for_rules(cleaner, lines, least, width, noise):
    ink, picture = drawn(lines, width, noise)
    result = cleaner.clean_input(Input(picture, "lines"))
    assert result.verdict != "empty"
    shared = np.count_nonzero(result.mask & ink)
    assert 2 * shared / (np.count_nonzero(result.mask) + np.count_nonzero(ink)) > least
