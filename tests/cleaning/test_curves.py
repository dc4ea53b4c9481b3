import numpy as np
import pytest

from sigunet.cleaning.curves import fit


def circle(radius, count, centre=(0.0, 0.0)):
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1) * radius + centre


def along(controls, count=50):
    t = np.linspace(0, 1, count)[None, :, None]
    p = [controls[:, number, None] for number in range(4)]
    return (
        (1 - t) ** 3 * p[0] + 3 * t * (1 - t) ** 2 * p[1] + 3 * t**2 * (1 - t) * p[2] + t**3 * p[3]
    ).reshape(-1, 2)


def test_a_circle_takes_few_curves():
    curves = fit(circle(20, 160), np.array([0, 160]), 0.05)
    assert len(curves.controls) <= 8
    assert np.abs(np.hypot(*along(curves.controls).T) - 20).max() < 0.06


@pytest.mark.parametrize("tolerance", [0.02, 0.1, 0.5])
def test_points_lie_within_the_tolerance(tolerance):
    rng = np.random.default_rng(0)
    points = circle(30, 300) * (1 + 0.02 * rng.standard_normal((300, 1)))
    curves = fit(points, np.array([0, 300]), tolerance)
    line = along(curves.controls, 200)
    distance = np.sqrt(((points[:, None] - line[None]) ** 2).sum(axis=2).min(axis=1))
    assert distance.max() < 3 * tolerance + 0.02
    assert np.sqrt((distance**2).mean()) < tolerance


def test_a_coarser_tolerance_takes_fewer_curves():
    rng = np.random.default_rng(0)
    points = circle(30, 300) + 0.1 * rng.standard_normal((300, 2))
    counts = [len(fit(points, np.array([0, 300]), at).controls) for at in (0.02, 0.1, 0.5)]
    assert counts[0] > 1.5 * counts[1] > 2 * counts[2]


def test_curves_meet_smoothly_and_close():
    points = np.concatenate([circle(20, 160), circle(3, 24, (50, 0)), circle(0.4, 4, (60, 0))])
    curves = fit(points, np.array([0, 160, 184, 188]), 0.05)
    assert len(curves.starts) == 4 and curves.starts[-1] == len(curves.controls)
    for begin, end in zip(curves.starts[:-1], curves.starts[1:], strict=True):
        mine = curves.controls[begin:end]
        following = np.roll(mine, -1, axis=0)
        np.testing.assert_array_equal(mine[:, 3], following[:, 0])
        arriving, leaving = mine[:, 3] - mine[:, 2], following[:, 1] - following[:, 0]
        cross = arriving[:, 0] * leaving[:, 1] - arriving[:, 1] * leaving[:, 0]
        size = np.hypot(*arriving.T) * np.hypot(*leaving.T)
        assert (np.abs(cross) < 1e-6 * size).all()
        assert ((arriving * leaving).sum(axis=1) > 0).all()


def test_points_that_coincide_are_no_trouble():
    points = np.repeat(circle(5, 20), 2, axis=0)
    curves = fit(points, np.array([0, 40]), 0.05)
    assert np.isfinite(curves.controls).all()
    assert np.abs(np.hypot(*along(curves.controls).T) - 5).max() < 0.3


def test_nothing_gives_nothing():
    curves = fit(np.zeros((0, 2)), np.array([0]), 0.1)
    assert curves.controls.shape == (0, 4, 2) and curves.starts.tolist() == [0]
