import cv2
import numpy as np
import pytest

from sigunet.cleaning.polarity import light_on_dark
from sigunet.data.synthetic import scanned


def _page(number, paper, pen):
    _, pigment = (layer / np.float32(255) for layer in scanned(78, number, 0))
    return (paper + pigment * (pen - paper)).astype(np.float32)


@pytest.mark.parametrize("number", range(6))
def test_chalk_is_told_from_ink(number):
    assert light_on_dark(_page(number, 0.15, 0.9))
    assert light_on_dark(_page(number, 0.3, 0.7))
    assert not light_on_dark(_page(number, 0.95, 0.1))


@pytest.mark.parametrize("number", range(6))
def test_dark_photographs_are_not_inverted(number):
    dim = _page(number, 0.95, 0.15) * 0.35
    grain = np.random.default_rng(number).normal(0, 0.02, dim.shape)
    assert not light_on_dark(np.clip(dim + grain, 0, 1).astype(np.float32))
    # The flash lights the middle of the sheet.
    y, x = np.mgrid[-1 : 1 : dim.shape[0] * 1j, -1 : 1 : dim.shape[1] * 1j]
    spot = dim * (1 + 1.5 * np.exp(-4 * (x**2 + y**2)))
    assert not light_on_dark(np.clip(spot, 0, 1).astype(np.float32))


def test_blank_and_tiny_pictures_stay():
    for shape in ((1, 1), (2, 300), (64, 64)):
        for level in (0.0, 0.2, 1.0):
            assert not light_on_dark(np.full(shape, level, np.float32))
    noise = np.random.default_rng(0).normal(0.2, 0.03, (200, 200))
    assert not light_on_dark(np.clip(noise, 0, 1).astype(np.float32))


def test_large_pictures_are_looked_at_in_small():
    page = _page(0, 0.15, 0.9)
    assert light_on_dark(cv2.resize(page, None, fx=4, fy=4))
