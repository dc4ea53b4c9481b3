import numpy as np
import pytest

from sigunet.noise import Scene
from sigunet.noise.security import _bands, _loops, _rosette, _tiled, _waves, security

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


@pytest.mark.parametrize("step", [6.0, 15.0])
@pytest.mark.parametrize("pattern", [_waves, _rosette])
def test_lines_are_as_far_apart_as_told(pattern, step):
    means = [
        pattern(np.random.default_rng(seed), (200, 200), step, 1.0).mean() for seed in range(24)
    ]
    # One family of lines a pixel wide, or two of them, or rings of half as many.
    assert 0.4 / step < np.median(means) < 2.2 / step


@pytest.mark.parametrize("pattern", [_bands, _tiled])
def test_tiles_reach_every_corner(pattern):
    for seed in range(12):
        cover = pattern(np.random.default_rng(seed), (260, 260))
        assert cover.shape == (260, 260) and cover.dtype == np.float32
        corners = [half for rows in np.array_split(cover, 2) for half in np.array_split(rows, 2, 1)]
        assert all(corner.max() > 0.5 for corner in corners)


def test_loops_are_thin():
    covers = [_loops(np.random.default_rng(seed), (200, 200), 1.0) for seed in range(20)]
    assert np.median([cover.max() for cover in covers]) == 1
    assert 0.02 < np.median([cover.mean() for cover in covers]) < 0.35
