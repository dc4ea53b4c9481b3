import cv2
import numpy as np
import pytest

from sigunet.cleaning.contours import contours


def areas(points, starts):
    following = np.arange(1, len(points) + 1)
    following[starts[1:] - 1] = starts[:-1]
    (x, y), (next_x, next_y) = points.T, points[following].T
    return np.add.reduceat(x * next_y - y * next_x, starts[:-1]) / 2


def test_one_pixel_is_a_diamond_round_its_centre():
    soft = np.zeros((5, 7), np.float32)
    soft[2, 3] = 1
    points, starts = contours(soft, 0.25)
    assert starts.tolist() == [0, 4]
    expected = {(3.5, 1.75), (4.25, 2.5), (3.5, 3.25), (2.75, 2.5)}
    assert set(map(tuple, points.tolist())) == expected
    assert areas(points, starts)[0] > 0


def test_ink_to_the_edge_ends_at_the_edge():
    points, starts = contours(np.ones((4, 6), np.float32), 0.5)
    assert len(starts) == 2
    assert points.min(axis=0).tolist() == [0, 0] and points.max(axis=0).tolist() == [6, 4]


def test_a_ring_has_two_outlines_that_run_against_each_other():
    y, x = np.mgrid[:60, :80]
    radius = np.hypot(x + 0.5 - 40, y + 0.5 - 30)
    soft = np.clip(0.5 + 5 - np.abs(radius - 18), 0, 1).astype(np.float32)
    points, starts = contours(soft, 0.5)
    outer, inner = sorted(areas(points, starts), reverse=True)
    assert outer == pytest.approx(np.pi * 23**2, rel=0.01)
    assert inner == pytest.approx(-np.pi * 13**2, rel=0.01)
    off = np.abs(np.hypot(*(points - [40, 30]).T) - 18) - 5
    # Far finer than the pixels.
    assert np.abs(off).max() < 0.1


def test_pixels_across_are_joined_only_by_a_middle_of_ink():
    soft = np.zeros((4, 4), np.float32)
    soft[1, 1] = soft[2, 2] = 1
    assert len(contours(soft, 0.6)[1]) == 3
    assert len(contours(soft, 0.4)[1]) == 2
    assert len(contours(soft[::-1].copy(), 0.6)[1]) == 3
    assert len(contours(soft[::-1].copy(), 0.4)[1]) == 2


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.6])
def test_noise_is_traced_without_gaps(threshold):
    soft = np.random.default_rng(0).random((90, 70), dtype=np.float32)
    soft = cv2.GaussianBlur(soft, (0, 0), 1.0)
    soft = (soft - soft.min()) / (soft.max() - soft.min())
    points, starts = contours(soft, threshold)
    for outline in np.split(points, starts[1:-1]):
        assert np.hypot(*(outline - np.roll(outline, 1, axis=0)).T).max() < 1.5
    assert areas(points, starts).sum() == pytest.approx((soft > threshold).sum(), rel=0.1)


def test_no_ink_has_no_outline():
    points, starts = contours(np.zeros((3, 3), np.float32), 0.5)
    assert points.shape == (0, 2) and starts.tolist() == [0]
