import cv2
import numpy as np
import pytest

from sigunet import metrics
from sigunet.thinning import thin


def strokes(seed, width):
    rng = np.random.default_rng(seed)
    ink = np.zeros((120, 160), np.uint8)
    for _ in range(4):
        points = rng.integers((5, 5), (155, 115), (5, 2))
        cv2.polylines(ink, [points.astype(np.int32)], False, 1, width)
    return ink.astype(bool)


@pytest.mark.parametrize("width", [1, 2, 3, 4, 7])
def test_a_skeleton_is_thin_connected_ink(width):
    for seed in range(5):
        ink = strokes(seed, width)
        skeleton = thin(ink)
        assert skeleton.dtype == bool and not (skeleton & ~ink).any()
        patches = [
            cv2.connectedComponents(m.astype(np.uint8), connectivity=8)[0] for m in (ink, skeleton)
        ]
        assert patches[0] == patches[1]
        # No square of two by two pixels is left but at some crossings.
        square = cv2.erode(skeleton.astype(np.uint8), np.ones((2, 2), np.uint8))
        assert square.sum() <= 0.02 * skeleton.sum()
        assert np.array_equal(thin(skeleton), skeleton)


def test_a_bar_becomes_its_middle():
    bar = np.zeros((15, 40), bool)
    bar[5:10, 4:36] = True
    rows, columns = np.nonzero(thin(bar))
    assert set(rows) == {7}
    assert columns.min() <= 7 and columns.max() >= 32


@pytest.mark.parametrize("side", [1, 2, 3, 4])
def test_small_patches_do_not_vanish(side):
    patch = np.zeros((9, 9), bool)
    patch[3 : 3 + side, 3 : 3 + side] = True
    assert 1 <= thin(patch).sum() <= max(1, side)


def test_ink_at_the_edge_is_thinned_as_if_paper_lay_around():
    ink = np.zeros((6, 30), bool)
    ink[:3] = True
    assert metrics.count_components(thin(ink)) == 1
    assert thin(ink).sum() <= 30
    assert not thin(np.zeros((5, 5), bool)).any()
