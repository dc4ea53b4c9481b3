import cv2
import numpy as np
import pytest

from sigunet.signatures import Trace, Trajectory, coverage, inked


def trace(points, width, strength=1.0) -> Trace:
    points = np.asarray(points, float)
    count = len(points)
    return Trace(
        points,
        np.linspace(0, 1, count),
        np.ones(count),
        np.broadcast_to(np.asarray(width, float), count).copy(),
        np.broadcast_to(np.asarray(strength, float), count).copy(),
    )


def area(trajectory: Trajectory) -> float:
    return coverage(trajectory).sum(dtype=float) / 255


@pytest.mark.parametrize("width", [2.5, 4.4, 6.0])
@pytest.mark.parametrize("degrees", [0, 17, 45, 71, 90, 128])
def test_a_straight_stroke_covers_its_length_times_its_width_and_round_caps(width, degrees):
    angle = np.radians(degrees)
    half = 90 * np.array([np.cos(angle), np.sin(angle)])
    middle = np.array([120.3, 119.6])
    line = trace(np.linspace(middle - half, middle + half, 50), width)
    expected = 180 * width + np.pi * width**2 / 4
    assert area(Trajectory((line,), (240, 240))) == pytest.approx(expected, rel=0.01)


def test_a_circle_covers_a_ring():
    angles = np.linspace(0, 2 * np.pi, 200)
    points = 120 + 70 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    expected = 2 * np.pi * 70 * 4.0
    assert area(Trajectory((trace(points, 4.0),), (240, 240))) == pytest.approx(expected, rel=0.01)


def test_a_tapering_stroke_covers_its_mean_width():
    points = np.linspace([20.0, 50.0], [220.0, 61.0], 100)
    line = trace(points, np.linspace(6.0, 2.0, 100))
    expected = np.hypot(200, 11) * 4.0 + np.pi * (3.0**2 + 1.0**2) / 2
    assert area(Trajectory((line,), (100, 240))) == pytest.approx(expected, rel=0.012)


def test_pixels_hold_the_share_that_is_covered():
    # A line whose upper edge lies at y = 20 and whose lower edge cuts through row 23.
    line = trace(np.linspace([-20.0, 21.75], [120.0, 21.75], 40), 3.5)
    column = coverage(Trajectory((line,), (40, 100)))[:, 50] / 255
    assert np.abs(column[20:23] - 1).max() < 0.02
    assert column[23] == pytest.approx(0.5, abs=0.15)
    assert column[:19].max() == 0 and column[25:].max() == 0


def test_crossings_are_counted_once():
    across = trace(np.linspace([10.0, 50.0], [190.0, 50.0], 30), 5.0)
    down = trace(np.linspace([100.0, 10.0], [100.0, 90.0], 30), 5.0)
    both = area(Trajectory((across, down), (100, 200)))
    apart = area(Trajectory((across,), (100, 200))) + area(Trajectory((down,), (100, 200)))
    assert apart - both == pytest.approx(25, abs=1.5)


def test_a_touch_leaves_a_dot():
    dot = trace([[30.0, 30.0], [30.0, 30.0]], 6.0)
    assert area(Trajectory((dot,), (60, 60))) == pytest.approx(np.pi * 9, rel=0.08)


def line(strength=1.0, **kwargs) -> Trajectory:
    return Trajectory((trace([[10.0, 20.0], [90.0, 20.0]], 6.0, strength),), (40, 100), **kwargs)


def test_ink_is_coverage_where_the_pen_gives_all():
    cover, held = cv2.split(inked(line()))
    assert np.array_equal(cover, coverage(line()))
    assert np.array_equal(held, cover)


def test_a_fainter_line_holds_less_ink_on_as_many_pixels():
    cover, held = cv2.split(inked(line(strength=0.5)))
    assert np.array_equal(cover, coverage(line()))
    assert held.sum(dtype=float) / cover.sum(dtype=float) == pytest.approx(0.5, abs=0.01)


def test_ink_follows_the_strength_along_the_line():
    fading = line(strength=np.array([1.0, 0.2]))
    held = inked(fading)[20, :, 1]
    assert held[15] > 220 and held[85] < 75
    assert (np.diff(held[12:88].astype(int)) <= 0).all()


@pytest.mark.parametrize("rough", [{"tooth": 1.0}, {"tooth": 0.4, "hollow": 1.0}, {"hollow": 0.7}])
def test_texture_takes_ink_but_never_all_and_adds_none(rough):
    smooth = inked(line(strength=0.7))
    cover, held = cv2.split(inked(line(strength=0.7, seed=4, **rough)))
    assert np.array_equal(cover, smooth[..., 0])
    assert (held <= smooth[..., 1]).all()
    assert held.sum(dtype=float) < 0.99 * smooth[..., 1].sum(dtype=float)
    assert held[cover == 255].min() > 40


def test_a_hollow_line_is_palest_in_the_middle():
    held = inked(line(strength=0.6, hollow=1.0))[..., 1]
    assert held[19:21, 50].max() < held[17:23, 50].max() - 50


def test_ragged_edges_keep_the_area():
    points = np.linspace([20.0, 50.0], [520.0, 50.0], 200)
    smooth = area(Trajectory((trace(points, 5.0),), (100, 540)))
    ragged = Trajectory((trace(points, 5.0),), (100, 540), grain=0.1, seed=3)
    assert area(ragged) == pytest.approx(smooth, rel=0.02)
    assert not np.array_equal(coverage(ragged), coverage(Trajectory(ragged.traces, (100, 540))))
