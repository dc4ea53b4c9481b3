import dataclasses

import numpy as np
import pytest

from sigunet.noise import Scene
from sigunet.noise.marks import (
    grid,
    patches,
    pen_like,
    rotation,
    rule,
    smooth,
    strokes,
    turned,
)


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


@pytest.mark.parametrize("degrees", [0.0, 2.0, 30.0, 90.0])
def test_a_grid_covers_its_share(degrees):
    cover = grid((300, 300), 20.0, 2.0, degrees, 3.0)
    assert cover.dtype == np.float32 and 0 <= cover.min() and cover.max() <= 1
    assert cover.mean() == pytest.approx(0.1, rel=0.1)
    if degrees == 0:
        assert (cover == cover[:, :1]).all()


@pytest.mark.parametrize("width", [2.0, 3.5, 6.0])
def test_the_pen_is_measured(width):
    path = np.column_stack([np.linspace(30, 170, 40), 100 + 60 * np.sin(np.linspace(0, 9, 40))])
    cover, top, left = strokes([path], [width], (200, 200))
    ink = np.zeros((200, 200), np.float32)
    ink[top : top + cover.shape[0], left : left + cover.shape[1]] = cover
    scene = Scene.from_ink(ink, ink_value=0.25)
    found, colour = pen_like(scene)
    # Strokes are drawn 0.7, 1.7, 2.7 ... px wide.
    assert found == pytest.approx(width, abs=0.7)
    np.testing.assert_allclose(colour, 0.25)
    faded = dataclasses.replace(scene, density=np.full((1, 1), 0.5, np.float32))
    np.testing.assert_allclose(pen_like(faded)[1], 0.625, atol=1e-5)
    real = Scene.from_picture(np.dstack([1 - 0.9 * ink, 1 - 0.5 * ink, 1 - 0 * ink]), ink)
    np.testing.assert_allclose(pen_like(real)[1], [0.1, 0.5, 1], atol=0.12)


def test_without_ink_there_is_no_pen():
    assert pen_like(Scene.from_ink(np.zeros((20, 20), np.float32))) == (3.0, None)
