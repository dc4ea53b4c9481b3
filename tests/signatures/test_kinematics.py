import numpy as np
import pytest

from sigunet.signatures import kinematics

TARGETS = np.array([[10.0, 5.0], [40.0, 60.0], [70.0, 0.0], [55.0, -30.0], [120.0, 20.0]])


def movement(sweeps=(0.9, -1.7, 2.2, 0.4)) -> kinematics.Strokes:
    return kinematics.from_targets(
        TARGETS,
        np.array(sweeps),
        np.array([0.0, 0.1, 0.2, 0.31]),
        np.array([0.25, 0.3, 0.2, 0.28]),
        np.array([0.12, 0.2, 0.3, 0.5]),
    )


@pytest.mark.parametrize("sweeps", [(0.9, -1.7, 2.2, 0.4), (0.0, 1e-7, -1e-4, 3.9)])
def test_a_four_stroke_path_ends_on_its_last_target(sweeps):
    end = kinematics.position(movement(sweeps), np.array([1e4]))[0]
    assert np.abs(end - TARGETS[-1]).max() < 1e-11


def test_path_starts_on_the_first_target():
    strokes = movement()
    start = kinematics.position(strokes, np.array([strokes.onset.min() - 1.0]))[0]
    assert np.abs(start - TARGETS[0]).max() < 1e-12


def test_velocity_is_the_derivative_of_position():
    strokes = movement()
    times = np.linspace(0.05, 0.6, 200)
    h = 1e-5
    ahead = kinematics.position(strokes, times + h)
    behind = kinematics.position(strokes, times - h)
    slope = (ahead - behind) / (2 * h)
    exact = kinematics.velocity(strokes, times)
    assert np.abs(slope - exact).max() < 1e-5 * np.abs(exact).max()


def test_speed_of_one_stroke_is_the_lognormal_of_the_model():
    strokes = kinematics.from_targets(
        np.array([[0.0, 0.0], [30.0, 40.0]]),
        np.array([1.2]),
        np.array([0.0]),
        np.array([0.3]),
        np.array([0.25]),
    )
    t = np.array([0.1, 0.15, 0.2])
    distance = 50.0 * 0.6 / np.sin(0.6)
    mu = np.log(0.3 / (2 * np.sinh(0.75)))
    x = t + np.exp(mu - 0.75)
    expected = distance / (0.25 * np.sqrt(2 * np.pi) * x)
    expected *= np.exp(-((np.log(x) - mu) ** 2) / (2 * 0.25**2))
    speed = np.hypot(*kinematics.velocity(strokes, t).T)
    assert np.allclose(speed, expected, rtol=1e-12)


def test_a_stroke_lasts_from_its_onset_for_its_duration():
    strokes = movement()
    assert strokes.begin == pytest.approx(0.0, abs=1e-12)
    assert strokes.finish == pytest.approx(0.31 + 0.28, abs=1e-12)


def test_sweeps_follow_a_circle():
    angles = np.linspace(0, np.pi, 5)
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    sweeps = kinematics.sweeps_through(points, np.zeros(5, bool))
    assert np.allclose(sweeps[1:-1], np.pi / 4)


def test_strokes_between_corners_are_straight():
    sweeps = kinematics.sweeps_through(TARGETS, np.ones(5, bool))
    assert np.array_equal(sweeps, np.zeros(4))


def test_long_strokes_turn_less_than_short_ones():
    points = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 30.0], [1.0, 30.0]])
    sweeps = kinematics.sweeps_through(points, np.zeros(6, bool))
    assert np.abs(sweeps[3]) <= 0.7
    assert np.abs(sweeps[1]) == pytest.approx(np.pi / 2)
