import numpy as np
import pytest

from sigunet.noise import Scene
from sigunet.noise.copies import _quantile, copy


def _rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("fax", [0.0, 1.0])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_copy_is_nearly_black_and_white(ink, fax, channels):
    scene = Scene.from_ink(ink, ink_value=0.4, paper=0.8).compose()
    picture = np.repeat(scene.image, channels, axis=-1)
    scene = Scene.from_picture(picture, ink).compose()
    for seed in range(6):
        image = copy(_rng(seed), scene, fax=fax).image
        assert image.shape == (*ink.shape, 1)
        between = (image > 0.42) & (image < 0.85)
        assert between.mean() < 0.08
        assert image[ink == 0].mean() > 0.85


@pytest.mark.parametrize("fax", [0.0, 1.0])
def test_a_copy_can_be_read(ink, fax):
    scene = Scene.from_ink(ink, ink_value=0.5, paper=0.8).compose()
    kept, dirt = [], []
    for seed in range(12):
        black = copy(_rng(seed), scene, fax=fax).image[..., 0] < 0.5
        kept.append(black[ink > 0.95].mean())
        dirt.append(black[ink == 0].mean())
    assert np.mean(kept) > 0.85 and min(kept) > 0.6
    assert np.mean(dirt) < 0.06


def test_a_shadow_is_mostly_taken_for_paper(ink):
    light = np.linspace(1.0, 0.4, ink.shape[1], dtype=np.float32)
    scene = Scene.from_picture(((1 - 0.8 * ink) * light)[..., None], ink).compose()
    dirt = [
        (copy(_rng(seed), scene, defects=(1e-4, 1e-4)).image[..., 0] < 0.5)[ink == 0].mean()
        for seed in range(6)
    ]
    assert np.mean(dirt) < 0.05


def test_a_page_that_would_turn_black_is_not_copied(ink):
    picture = (1 - 0.8 * ink)[..., None].copy()
    # Stripes, since a wide dark place is taken for the paper there.
    picture[np.arange(len(ink)) % 20 < 12] = 0.15
    scene = Scene.from_picture(picture, ink).compose()
    assert all(copy(_rng(seed), scene) is scene for seed in range(4))


def test_more_defects_are_more():
    blank = Scene.from_ink(np.zeros((200, 200), np.float32)).compose()
    specks = [
        np.mean([(copy(_rng(s), blank, defects=(d, d)).image < 0.5).mean() for s in range(12)])
        for d in (0.005, 0.06)
    ]
    assert specks[0] < 0.01 < specks[1] < 0.08


@pytest.mark.parametrize(("share", "deviations"), [(0.5, 0), (0.1587, 1), (0.0228, 2)])
def test_quantile(share, deviations):
    assert _quantile(share) == pytest.approx(deviations, abs=0.01)
