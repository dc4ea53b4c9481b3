import numpy as np
import pytest

from sigunet.noise import Scene
from sigunet.noise.sensor import gaussian, grey, normal, poisson, salt_pepper, speckle


def _grey(value, shape=(224, 224), channels=1):
    picture = np.full((*shape, channels), value, np.float32)
    return Scene.from_picture(picture, np.zeros(shape, np.float32)).compose()


def _rng(seed=0):
    return np.random.default_rng(seed)


def test_normal_noise_has_its_moments():
    noise = normal(_rng(), (300, 300, 1), 0.2)
    assert noise.shape == (300, 300, 1) and noise.dtype == np.float32
    assert noise.mean() == pytest.approx(0, abs=0.003)
    assert noise.std() == pytest.approx(0.2, rel=0.01)
    assert (np.abs(noise) > 0.4).mean() == pytest.approx(0.0455, abs=0.005)


def test_channels_have_noise_of_their_own():
    noise = normal(_rng(), (200, 200, 3), 1.0).reshape(-1, 3)
    np.testing.assert_allclose(np.corrcoef(noise.T), np.eye(3), atol=0.03)


def test_gaussian_sigma():
    out = gaussian(_rng(), _grey(0.5), sigma=(0.1, 0.1)).image
    assert out.std() == pytest.approx(0.1, rel=0.02)


@pytest.mark.parametrize("value", [0.2, 0.8])
def test_speckle_grows_with_brightness(value):
    out = speckle(_rng(), _grey(value), sigma=(0.2, 0.2)).image
    assert out.std() == pytest.approx(0.2 * value, rel=0.02)


@pytest.mark.parametrize("clumps", [0.0, 0.5, 1.0])
def test_salt_pepper_share(clumps):
    shares = [
        (
            salt_pepper(_rng(seed), _grey(0.5), share=(0.03, 0.03), clumps=(clumps, clumps)).image
            != 0.5
        ).mean()
        for seed in range(10)
    ]
    assert np.mean(shares) == pytest.approx(0.03, rel=0.1)


def test_salt_pepper_is_black_or_white_and_clumps_when_told():
    loose, clumped = (
        salt_pepper(_rng(), _grey(0.5), share=(0.02, 0.02), clumps=(c, c)).image[..., 0]
        for c in (0.0, 1.0)
    )
    assert set(np.unique(loose)) == {0.0, 0.5, 1.0}

    def neighbours(picture):
        hit = picture != 0.5
        return (hit[:, 1:] & hit[:, :-1]).sum() / hit.sum()

    assert neighbours(loose) < 0.1
    assert neighbours(clumped) > 0.5


def test_salt_pepper_hits_all_channels_alike():
    out = salt_pepper(_rng(), _grey(0.5, channels=3), share=(0.05, 0.05)).image
    assert (out[..., :1] == out).all()


@pytest.mark.parametrize("peak", [30, 400])
def test_poisson_is_the_root_of_brightness(peak):
    for value in (0.2, 0.8):
        out = poisson(_rng(), _grey(value), peak=(peak, peak)).image
        assert out.std() == pytest.approx((value / peak) ** 0.5, rel=0.03)
        assert out.mean() == pytest.approx(value, abs=0.005)


@pytest.mark.parametrize(("member", "wide"), [(gaussian, 0.15), (speckle, 0.3)])
def test_noise_can_be_bound_by_the_contrast(ink, member, wide):
    scene = Scene.from_ink(ink, ink_value=0.8, paper=1.0).compose()
    spread = [
        member(_rng(), scene, sigma=(wide, wide), least=least).image[ink == 0].std()
        for least in (0.0, 2.0)
    ]
    assert spread[0] == pytest.approx(wide, rel=0.03)
    assert 0.05 < spread[1] < 0.11


def test_grey_has_one_channel_of_any_weights():
    picture = np.zeros((20, 20, 3), np.float32)
    picture[...] = (0.9, 0.5, 0.1)
    scene = Scene.from_picture(picture, np.zeros((20, 20), np.float32)).compose()
    values = [grey(_rng(seed), scene).image for seed in range(60)]
    assert all(value.shape == (20, 20, 1) and np.ptp(value) < 1e-6 for value in values)
    levels = np.array([value[0, 0, 0] for value in values])
    assert levels.min() < 0.48 and levels.max() > 0.58
    # Luma is the commonest.
    assert np.isclose(levels, 0.574, atol=1e-3).mean() > 0.25


def test_grey_leaves_grey_alone():
    scene = _grey(0.4)
    assert grey(_rng(), scene) is scene
