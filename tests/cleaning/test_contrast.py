import cv2
import numpy as np
import pytest

from sigunet.cleaning.contrast import share_of_dark


def page(factor=1.0, *, paper=0.95, ink=0.3, other=0.3):
    """A stroke of 4 px, and twice as much of something else: float32[H, W, 1], and the stroke's mask."""
    shape = (round(120 * factor), round(320 * factor))
    picture, mask = np.full(shape, paper, np.float32), np.zeros(shape, np.uint8)
    thick = round(4 * factor)
    for row, dark in ((30, ink), (60, other), (90, other)):
        ends = (
            (round(20 * factor), round(row * factor)),
            (round(300 * factor), round(row * factor)),
        )
        cv2.line(picture, *ends, dark, thick)
        if row == 30:
            cv2.line(mask, *ends, 1, thick)
    return picture[..., None], mask.view(bool)


def test_what_is_as_dark_counts_and_what_is_paler_does_not():
    picture, mask = page()
    assert share_of_dark(picture, mask, 4.0) == pytest.approx(1 / 3, abs=0.02)
    assert share_of_dark(picture, picture[..., 0] < 0.5, 4.0) == 1
    picture, mask = page(other=0.8)
    assert share_of_dark(picture, mask, 4.0) == 1


@pytest.mark.parametrize("factor", [0.5, 2.0, 8.0])
def test_the_size_of_the_picture_changes_little(factor):
    picture, mask = page(factor)
    assert share_of_dark(picture, mask, 4.0 * factor) == pytest.approx(1 / 3, abs=0.03)


def test_light_ink_on_dark_ground_is_measured_alike():
    picture, mask = page()
    usual, turned = (
        share_of_dark(given, mask, 4.0, inverted=inverted)
        for given, inverted in ((picture, False), (1 - picture, True))
    )
    assert turned == pytest.approx(usual, abs=0.01)
    assert share_of_dark(np.repeat(picture, 3, axis=2), mask, 4.0) == pytest.approx(usual, abs=0.01)


def test_uneven_light_and_grain_are_not_dark():
    picture, mask = page(other=0.95)
    picture = picture * np.linspace(0.4, 1, 320, dtype=np.float32)[None, :, None]
    grain = np.random.default_rng(0).normal(0, 0.03, picture.shape).astype(np.float32)
    assert share_of_dark(np.clip(picture + grain, 0, 1), mask, 4.0) > 0.98


def test_where_nothing_is_dark_no_share_is_ink():
    picture, mask = page()
    assert share_of_dark(picture, np.zeros_like(mask), 0.0) == 0
    assert share_of_dark(np.ones_like(picture), mask, 4.0) == 0
    assert share_of_dark(np.zeros((1, 1, 1), np.float32), np.ones((1, 1), bool), 1.0) == 0
