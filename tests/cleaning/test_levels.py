import cv2
import numpy as np
import pytest

from sigunet import signatures
from sigunet.cleaning.levels import HALF, bands, levels


@pytest.fixture(scope="module")
def soft():
    return cv2.GaussianBlur(signatures.draw(0, 1, 0) / np.float32(255), (0, 0), 0.7)


@pytest.mark.parametrize("threshold", [0.05, 0.3, 0.45, 0.5, 0.8, 0.99])
def test_the_threshold_lies_in_the_middle(soft, threshold):
    level = levels(soft, threshold)
    assert level.dtype == np.uint8
    np.testing.assert_array_equal(level > HALF, soft > threshold)


def test_the_threshold_itself_is_paper():
    soft = np.full((4, 4), 0.5, np.float32)
    soft[0, 0] = np.nextafter(np.float32(0.5), np.float32(1))
    assert np.argwhere(levels(soft, 0.5) > HALF).tolist() == [[0, 0]]


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7])
def test_the_map_is_monotone_and_keeps_both_ends(threshold):
    ramp = np.linspace(0, 1, 101, dtype=np.float32)[:, None].repeat(3, axis=1)
    # Cut short, so that all of the ramp is near ink.
    level = levels(np.repeat(ramp[::10], 1, axis=0), threshold)[:, 0].astype(int)
    assert level[0] == 0 and level[-1] == 255
    assert (np.diff(level) >= 0).all() and len(set(level)) == len(level)


def test_soft_ink_stays_as_it_is_at_one_half(soft):
    near = cv2.dilate((soft > 0.5).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert np.abs(levels(soft, 0.5) / 255 - soft)[near].max() < 0.035


def test_paper_is_exactly_nothing(soft):
    rng = np.random.default_rng(0)
    haze = rng.uniform(0, 0.3, soft.shape).astype(np.float32)
    dirty = np.maximum(soft, haze)
    dirty[5:8, 5:8] = 0.4
    far = cv2.dilate((soft > 0.5).astype(np.uint8), np.ones((15, 15), np.uint8)) == 0
    assert far.mean() > 0.3
    assert not levels(dirty, 0.5)[far].any()


def test_a_patch_without_ink_goes_even_beside_ink():
    soft = np.zeros((20, 20), np.float32)
    soft[5:15, 5:9] = 1
    soft[5:15, 9] = 0.3
    soft[9, 11] = 0.3
    level = levels(soft, 0.5)
    assert level[9, 9] > 0 and level[9, 11] == 0


def test_no_ink_is_nothing():
    assert not levels(np.full((9, 7), 0.4, np.float32), 0.5).any()


def test_bands_cover_all_rows_once():
    rows = np.concatenate([np.arange(5000)[some] for some in bands((5000, 3000))])
    np.testing.assert_array_equal(rows, np.arange(5000))
    assert len(list(bands((5000, 3000)))) > 1
