import numpy as np
import pytest

from sigunet.noise.marks import patches, rotation, rule, smooth, strokes, turned


@pytest.mark.parametrize("width", [0.5, 1.0, 2.5, 4.0])
@pytest.mark.parametrize("end", [(10.0, 90.0), (13.7, 90.0), (80.0, 40.0)])
def test_a_rule_covers_its_area(width, end):
    start = (10.0, 10.0)
    length = np.hypot(end[0] - 10, end[1] - 10)
    cover, top, left = rule(start, end, width)
    assert cover.dtype == np.float32 and 0 <= cover.min() and cover.max() <= 1
    assert cover.sum() == pytest.approx(length * width, rel=0.06)
    rows, columns = np.nonzero(cover > 0)
    assert abs(rows.min() + top - 10) < width / 2 + 2
    assert abs(columns.min() + left - 10) < width / 2 + 2


def test_dashes_leave_gaps_of_their_length():
    cover, _, _ = rule((5.0, 0.0), (5.0, 100.0), 1.0, dash=(6.0, 4.0))
    assert cover.sum() == pytest.approx(60, abs=2)


def test_strokes_have_their_width_and_stay_inside():
    path = np.array([[20.0, 10.0], [20.0, 90.0]])
    for width in (0.5, 1.5, 2.0, 3.0, 4.2, 6.0):
        cover, top, left = strokes([path], [width], (100, 100))
        assert cover[:, cover.shape[1] // 2].sum() == pytest.approx(width, abs=0.6)
        assert 13 <= top <= 19 and 3 <= left <= 10
    far = np.array([[-50.0, -80.0], [150.0, 300.0]])
    cover, top, left = strokes([far], [3.0], (100, 100))
    assert (top, left) == (0, 0) and cover.shape == (100, 100) and cover.max() > 0.9
    cover, *_ = strokes([far - 1000], [3.0], (100, 100))
    assert cover.max() == 0


def test_smoothing_keeps_the_ends_and_rounds_the_corner():
    points = smooth(np.array([[0.0, 0.0], [0.0, 10.0], [10.0, 10.0]]))
    np.testing.assert_array_equal(points[[0, -1]], [[0, 0], [10, 10]])
    steps = np.diff(points, axis=0)
    angles = np.unwrap(np.arctan2(steps[:, 0], steps[:, 1]))
    assert np.abs(np.diff(angles)).max() < np.pi / 4


def test_patches_take_about_the_share_told():
    for share in (0.3, 0.6, 0.9):
        field = patches(np.random.default_rng(0), (200, 300), share)
        assert field.shape == (200, 300) and field.dtype == np.float32
        assert field.mean() == pytest.approx(share, abs=0.12)


def test_turning_keeps_all_of_it():
    raster = np.full((20, 60), 255, np.uint8)
    for degrees in (0, 30, 90, 200):
        assert turned(raster, rotation(degrees)).sum() == pytest.approx(1200, rel=0.03)
    assert turned(raster, rotation(90)).shape in ((62, 22), (62, 23))


def test_turning_is_clockwise():
    raster = np.zeros((21, 61), np.uint8)
    raster[8:13, 50:] = 255
    rows, _ = np.nonzero(turned(raster, rotation(90)) > 0.5)
    assert rows.mean() > 45
