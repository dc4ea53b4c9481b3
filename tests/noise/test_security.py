import numpy as np
import pytest

from sigunet.noise import Scene
from sigunet.noise.security import security

BLANK = Scene.from_ink(np.zeros((160, 240), np.float32))


def _drawn(seed, **values):
    return security(np.random.default_rng(seed), BLANK, **values)


def test_lies_under_the_ink_and_is_as_pale_as_told():
    for seed in range(30):
        scene = _drawn(seed, opacity=(0.2, 0.2))
        assert scene.under and not scene.over
        assert all(layer.colour.min() >= 0.8 - 1e-6 for layer in scene.under)
        assert scene.compose().image.min() > 0.8**3 - 1e-6


def test_covers_all_of_the_picture_or_a_word_of_it():
    everywhere = []
    for seed in range(40):
        image = _drawn(seed, opacity=(0.35, 0.35)).compose().image[..., 0]
        quarters = [
            half for rows in np.array_split(image, 2) for half in np.array_split(rows, 2, 1)
        ]
        everywhere.append(all(quarter.min() < 0.97 for quarter in quarters))
        assert image.min() < 0.95
    assert np.mean(everywhere) > 0.6


def test_colour_as_told():
    assert {layer.colour.size for seed in range(10) for layer in _drawn(seed).under} == {1}
    assert {
        layer.colour.size for seed in range(10) for layer in _drawn(seed, colour=1.0).under
    } == {3}


@pytest.mark.parametrize("step", [5.0, 15.0])
def test_lines_are_as_far_apart_as_told(step):
    found = []
    for seed in range(60):
        cover = _drawn(seed, step=(step, step), width=(1.0, 1.0)).under[0].cover
        found.append(cover.mean())
    # Of patterns of lines about a pixel wide, half are within this of one in `step`.
    near = [abs(mean * step - 1) < 0.5 for mean in found]
    assert np.mean(near) > 0.4
