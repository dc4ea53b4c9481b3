import numpy as np
import pytest

from sigunet.noise import Scene
from sigunet.noise.lighting import cast, crumple, folds, gradient, shadow, vignette

BLANK = Scene.from_ink(np.zeros((200, 240), np.float32), paper=0.9).compose()


def _rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("depth", [0.15, 0.5, 0.7])
@pytest.mark.parametrize("member", [shadow, gradient])
def test_light_is_missing_by_the_depth(member, depth):
    darkest, brightest = [], []
    for seed in range(20):
        image = member(_rng(seed), BLANK, depth=(depth, depth)).image
        assert image.min() >= 0.9 * (1 - depth) - 1e-5
        assert image.max() <= 0.9 + 1e-5
        darkest.append(image.min())
        brightest.append(image.max())
    # The darkest part of a shadow may lie outside of the picture, that of a gradient never.
    assert np.median(darkest) == pytest.approx(0.9 * (1 - depth), abs=0.05)
    assert np.median(brightest) == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize("member", [shadow, gradient, vignette])
def test_light_is_soft(member):
    for seed in range(10):
        image = member(_rng(seed), BLANK).image[..., 0]
        assert max(np.abs(np.diff(image, axis=axis)).max() for axis in (0, 1)) < 0.3


def test_vignette_changes_the_corners():
    image = vignette(_rng(), BLANK, corner=(0.5, 0.5)).image[..., 0]
    assert image[100, 120] == pytest.approx(0.9, abs=0.01)
    assert image[0, 0] == pytest.approx(0.45, abs=0.01)
    gains = [vignette(_rng(seed), BLANK).image[0, 0, 0] / 0.9 for seed in range(100)]
    assert min(gains) < 0.65 and max(gains) > 1.15


def test_ink_keeps_its_share_of_the_light(ink):
    scene = Scene.from_ink(ink, ink_value=0.3).compose()
    image = shadow(_rng(3), scene, depth=(0.5, 0.5)).image[..., 0]
    gain = image / scene.image[..., 0]
    assert gain[ink == 1].min() >= 0.49
    assert np.abs(np.diff(gain, axis=0)).max() < 0.2


def test_folds_are_narrow_and_cross_ink(ink):
    scene = Scene.from_ink(ink).compose()
    lighter = []
    for seed in range(16):
        image = folds(_rng(seed), scene, depth=(0.4, 0.4)).image[..., 0]
        assert (np.abs(image - scene.image[..., 0]) > 0.15).mean() < 0.2
        lighter.append((image[ink == 1] > 0.05).any())
    # Worn seams take ink away in some.
    assert 0 < np.mean(lighter) < 1


def test_a_fold_shows_on_blank_paper():
    changes = [np.abs(folds(_rng(seed), BLANK).image - 0.9).max() for seed in range(10)]
    assert np.median(changes) > 0.03


def test_casts_colour_the_picture_most_often_yellow_or_blue():
    gains = np.array([cast(_rng(seed), BLANK).image[0, 0] / 0.9 for seed in range(200)])
    assert gains.min() >= 0.74 and gains.max() <= 1.001
    red_to_blue = (gains[:, 0] - gains[:, 2]).std()
    green = (gains[:, 1] - (gains[:, 0] + gains[:, 2]) / 2).std()
    assert red_to_blue > 2 * green


@pytest.mark.parametrize("depth", [0.1, 0.4])
def test_crumpled_paper_has_facets_of_their_own_brightness(depth):
    for seed in range(6):
        image = crumple(_rng(seed), BLANK, depth=(depth, depth), facets=(40, 40)).image[..., 0]
        span = np.subtract(*np.percentile(image, [99, 1])) / 0.9
        assert 0.5 * depth < span < 1.6 * depth
        # Even inside, and stepping at the edges: much of the change lies in few pixels.
        steps = np.sort(np.abs(np.diff(image, axis=1)).ravel())[::-1]
        assert steps[: steps.size // 10].sum() > 0.3 * steps.sum()


@pytest.mark.parametrize("member", [folds, crumple, shadow, gradient, vignette])
def test_grey_stays_grey(member):
    assert member(_rng(), BLANK).image.shape == (200, 240, 1)
