import numpy as np
import pytest

from sigunet.noise import Scene
from sigunet.noise.light import brightness_contrast


def _scene(ink, ink_value=0.0, paper=1.0):
    return Scene.from_ink(ink, ink_value=ink_value, paper=paper).compose()


def test_tone_is_gain_times_power_plus_bias():
    ramp = np.linspace(0, 1, 100, dtype=np.float32).reshape(10, 10)
    scene = Scene.from_picture(ramp[..., None], np.zeros((10, 10), np.float32)).compose()
    out = brightness_contrast(
        np.random.default_rng(0), scene, gain=(0.7, 0.7), bias=(0.1, 0.1), gamma=(1.5, 1.5)
    )
    np.testing.assert_allclose(out.image[..., 0], 0.7 * ramp**1.5 + 0.1, atol=1e-5)


def test_neutral_settings_change_nothing(ink):
    scene = _scene(ink, 0.2, 0.9)
    out = brightness_contrast(
        np.random.default_rng(0), scene, gain=(1.0, 1.0), bias=(0.0, 0.0), gamma=(1.0, 1.0)
    )
    np.testing.assert_allclose(out.image, scene.image, atol=1e-6)


@pytest.mark.parametrize(("ink_value", "paper"), [(0.0, 1.0), (0.4, 1.0), (0.4, 0.8), (0.55, 0.8)])
def test_ink_stays_apart_from_paper(ink, ink_value, paper):
    scene = _scene(ink, ink_value, paper)
    solid, bare = ink == 1, ink == 0
    for seed in range(150):
        image = brightness_contrast(np.random.default_rng(seed), scene).image[..., 0]
        assert image[bare].mean() - image[solid].mean() > min(0.24, 0.9 * (paper - ink_value))


def test_all_of_the_range_is_used_where_there_is_contrast(ink):
    scene = _scene(ink)
    papers = [
        brightness_contrast(np.random.default_rng(seed), scene).image.max() for seed in range(300)
    ]
    assert min(papers) < 0.45 and max(papers) == 1
