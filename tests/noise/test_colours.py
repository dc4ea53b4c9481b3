import numpy as np
import pytest

from sigunet.noise import colours


@pytest.mark.parametrize("draw", [colours.printed, colours.pen, colours.seal])
def test_colours_are_colours_and_darker_than_paper(draw):
    drawn = np.array([draw(np.random.default_rng(seed)) for seed in range(200)])
    assert drawn.shape == (200, 3) and drawn.dtype == np.float32
    assert drawn.min() >= 0 and drawn.max() <= 1
    # No channel mixture hides such ink: one channel at least is well below white.
    assert drawn.min(axis=1).max() < 0.65
    assert np.median(np.ptp(drawn, axis=1)) > 0.15


def test_red_seals_and_blue_pens_are_most_frequent():
    rng = np.random.default_rng(0)
    seals = np.array([colours.seal(rng) for _ in range(400)])
    pens = np.array([colours.pen(rng) for _ in range(400)])
    assert 0.35 < ((seals.argmax(axis=1) == 0) & (np.ptp(seals, axis=1) > 0.2)).mean() < 0.7
    assert (pens.argmax(axis=1) == 2).mean() > 0.5


def test_washing_goes_towards_white():
    colour = np.array([0.8, 0.2, 0.0], np.float32)
    np.testing.assert_allclose(colours.wash(colour, 1.0), colour, atol=1e-6)
    np.testing.assert_array_equal(colours.wash(colour, 0.0), [1, 1, 1])
    np.testing.assert_allclose(colours.wash(colour, 0.5), [0.9, 0.6, 0.5])
    assert colours.wash(colour, 0.5).dtype == np.float32
