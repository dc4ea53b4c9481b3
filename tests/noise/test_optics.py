from functools import partial

import numpy as np
import pytest

from sigunet.noise import Scene
from sigunet.noise.optics import blur, fringe, motion


def _rng(seed=0):
    return np.random.default_rng(seed)


def _bar(width=4.0):
    """An upright bar, its left edge at column 60."""
    ink = np.zeros((120, 120), np.float32)
    ink[:, 60 : 60 + int(width)] = 1
    return Scene.from_ink(ink).compose()


def _edge():
    ink = np.zeros((80, 80), np.float32)
    ink[:, 40:50] = 1
    return Scene.from_ink(ink).compose()


@pytest.mark.parametrize("extent", [0.15, 0.4, 0.7])
def test_blur_has_its_extent(extent):
    profile = 1 - blur(_rng(), _bar(), extent=(extent, extent)).image[60, :, 0]
    columns = np.arange(120)
    mean = (profile * columns).sum() / profile.sum()
    variance = (profile * (columns - mean) ** 2).sum() / profile.sum()
    # Of the bar itself, (4^2 - 1) / 12. Its two sides alone make its mean width 4 by 4 / pi.
    sigma = np.sqrt(variance - 15 / 12)
    assert mean == pytest.approx(61.5, abs=0.01)
    assert sigma == pytest.approx(extent * 4 * 4 / np.pi, rel=0.15)


@pytest.mark.parametrize("member", [partial(blur, extent=(0.1, 0.25)), motion])
def test_half_contrast_stays_at_the_edge(member):
    for seed in range(10):
        # A stroke so wide that the blur of one edge does not reach the other.
        row = member(_rng(seed), _edge()).image[40, :45, 0]
        crossing = np.interp(-0.5, -row, np.arange(45))
        assert crossing == pytest.approx(39.5, abs=0.1)


def test_pale_ink_is_blurred_less():
    dark, pale = (Scene.from_ink(_bar().ink, ink_value=value).compose() for value in (0.0, 0.85))
    blurred = [blur(_rng(), scene, extent=(0.7, 0.7)).image for scene in (dark, pale)]
    spans = [
        np.ptp(after) / np.ptp(before.image)
        for after, before in zip(blurred, (dark, pale), strict=True)
    ]
    assert spans[1] > spans[0] + 0.1


def test_motion_smears_along_one_way():
    ink = np.zeros((61, 61), np.float32)
    ink[29:32, 29:32] = 1
    scene = Scene.from_ink(ink).compose()
    ratios = []
    for seed in range(10):
        mass = 1 - motion(_rng(seed), scene, length=(6, 6)).image[..., 0]
        assert mass.sum() == pytest.approx(9, rel=1e-3)
        points = np.argwhere(mass > -1) - 30
        cov = (points.T * mass.ravel()) @ points / mass.sum()
        ratios.append(np.divide(*np.linalg.eigvalsh(cov)[::-1]))
    assert np.mean(ratios) > 2.5


def test_fringe_moves_red_and_blue_and_leaves_green():
    scene = _edge()
    apart = []
    for seed in range(8):
        image = fringe(_rng(seed), scene, shift=(1, 1)).image
        np.testing.assert_array_equal(image[..., 1], scene.image[..., 0])
        apart.append(np.abs(image[..., 0] - image[..., 2]).max())
    # Shifts along the bar change nothing.
    assert np.max(apart) > 0.9


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("member", [blur, motion])
def test_channels_are_kept(member, channels):
    picture = np.random.default_rng(0).random((40, 50, channels), dtype=np.float32)
    scene = Scene.from_picture(picture, np.zeros((40, 50), np.float32)).compose()
    for seed in range(6):
        assert member(_rng(seed), scene).image.shape == (40, 50, channels)
