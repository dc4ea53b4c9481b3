import numpy as np
import pytest

from sigunet.noise import Scene
from sigunet.noise.processing import jpeg, posterise, resolution, sharpen


def _rng(seed=0):
    return np.random.default_rng(seed)


def _scene(ink, channels=1):
    picture = np.repeat((0.9 - 0.7 * ink)[..., None], channels, axis=-1)
    if channels == 3:
        picture[..., 0] *= 0.7
    return Scene.from_picture(picture, ink).compose()


def _error(member, scene, **values):
    changes = [
        np.abs(member(_rng(s), scene, **values).image - scene.image).mean() for s in range(8)
    ]
    return np.mean(changes)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("member", [sharpen, resolution, posterise, jpeg])
def test_channels_stay_and_lie_where_they_were(ink, member, channels):
    scene = _scene(ink, channels)
    image = member(_rng(), scene).image
    assert image.shape == scene.image.shape and image.dtype == np.float32
    for channel in range(channels):
        assert image[..., channel].mean() == pytest.approx(
            scene.image[..., channel].mean(), abs=0.03
        )


def test_lower_quality_is_worse(ink):
    good, bad = (_error(jpeg, _scene(ink, 3), quality=(q, q)) for q in (95, 8))
    assert good < 0.004 and bad > 3 * good


def test_blocks_lie_anywhere(ink):
    scene = _scene(ink)
    offsets = set()
    for seed in range(24):
        image = jpeg(_rng(seed), scene, quality=(8, 8), twice=0.0).image[..., 0]
        steps = np.abs(np.diff(image, axis=1)).mean(axis=0)
        offsets.add(int(np.argmax([steps[start::8].mean() for start in range(8)])))
    assert len(offsets) > 3


def test_twice_is_worse_than_once(ink):
    once, twice = (_error(jpeg, _scene(ink), quality=(20, 20), twice=t) for t in (0.0, 1.0))
    assert twice > once


def test_resolution_loses_detail_but_not_thin_strokes(ink):
    scene = _scene(ink)
    errors = [_error(resolution, scene, factor=(f, f)) for f in (1.0, 0.6, 0.3)]
    assert errors[0] < 1e-3 < errors[1] < errors[2]
    hair = np.zeros((64, 64), np.float32)
    hair[:, 32] = 1
    thin = Scene.from_ink(hair).compose()
    for seed in range(12):
        image = resolution(_rng(seed), thin, factor=(0.1, 0.1)).image[..., 0]
        assert image[32].min() < 0.75


def test_sharpening_makes_a_halo():
    ink = np.zeros((60, 60), np.float32)
    ink[:, 30:] = 1
    scene = Scene.from_ink(ink, ink_value=0.4, paper=0.6).compose()
    image = sharpen(_rng(), scene, amount=(1, 1)).image[30, :, 0]
    assert image[29] > 0.65 and image[30] < 0.35
    assert image[5] == pytest.approx(0.6, abs=1e-3)


@pytest.mark.parametrize("greys", [2, 5, 16])
def test_posterise_leaves_its_levels(greys):
    ramp = np.tile(np.linspace(0, 1, 256, dtype=np.float32), (8, 1))[..., None]
    scene = Scene.from_picture(ramp, np.zeros((8, 256), np.float32)).compose()
    image = posterise(_rng(), scene, greys=(greys, greys)).image
    assert len(np.unique(image)) == greys
