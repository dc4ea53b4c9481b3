import numpy as np

from sigunet.noise import Layer, Scene, parse, render
from sigunet.noise.marks import tint

STRIPE = np.zeros((64, 64), np.float32)
STRIPE[28:34, 10:54] = 1.0
RECIPE = parse("lens(0.6, p=1)")


def _lensed(scene):
    return RECIPE.apply(np.random.default_rng(0), scene)


def test_softens_what_is_laid_on_and_leaves_the_ink():
    bare = Scene.from_ink(STRIPE)
    image, ink = render(_lensed(bare), 1)
    np.testing.assert_array_equal(image[..., 0], 1 - STRIPE)
    for over in (False, True):
        laid = Scene.from_ink(np.zeros_like(STRIPE)).with_layers(
            [Layer(STRIPE[20:50], tint(0.0), 20, 0)], over=over
        )
        image, ink = render(_lensed(laid), 1)
        edge = 1 - image[26:30, 30, 0]
        # A Gaussian of 0.6 px on a sharp edge, half a pixel and one and a half from it.
        np.testing.assert_allclose(edge, [0.01, 0.2, 0.8, 0.99], atol=0.05)
        assert ink.max() == 0


def test_a_layer_keeps_its_place_and_its_mass():
    layer = Layer(STRIPE[28:34, 10:54], tint(0.0), 28, 10)
    (soft,) = _lensed(Scene.from_ink(np.zeros_like(STRIPE)).with_layers([layer], over=True)).over
    assert soft.top + soft.cover.shape[0] / 2 == 31 and soft.left + soft.cover.shape[1] / 2 == 32
    np.testing.assert_allclose(soft.cover.sum(), STRIPE.sum(), rtol=1e-3)
