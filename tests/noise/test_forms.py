import numpy as np

from sigunet.noise import Scene
from sigunet.noise.forms import form


def test_lies_over_or_under_as_told(ink):
    scene = Scene.from_ink(ink)
    for seed in range(10):
        assert not form(np.random.default_rng(seed), scene, over=0.0).over
        assert not form(np.random.default_rng(seed), scene, over=1.0).under


def test_no_parts_print_nothing(ink):
    scene = Scene.from_ink(ink)
    assert form(np.random.default_rng(0), scene, parts=(0, 0)) is scene


def test_more_parts_than_there_are_is_all_of_them(ink):
    scene = form(np.random.default_rng(0), Scene.from_ink(ink), parts=(10, 10))
    assert scene.under or scene.over


def test_most_forms_are_crossed_by_the_signature(ink):
    crossed = []
    for seed in range(60):
        scene = form(np.random.default_rng(seed), Scene.from_ink(ink), over=0.0)
        blank = Scene(ink=np.zeros_like(ink), under=scene.under).compose().image[..., 0]
        crossed.append((blank[ink > 0.5] < 0.95).mean() > 0.01)
    assert np.mean(crossed) > 0.6


def test_colour_as_told(ink):
    def sizes(share):
        return [
            layer.colour.size
            for seed in range(20)
            for layer in form(np.random.default_rng(seed), Scene.from_ink(ink), colour=share).under
        ]

    assert set(sizes(0.0)) == {1}
    assert set(sizes(1.0)) == {3}


def test_level_forms_have_level_lines():
    scene = Scene.from_ink(np.zeros((200, 200), np.float32))
    for seed in range(20):
        drawn = form(np.random.default_rng(seed), scene, angle=(0.0, 0.0), over=0.0)
        assert all(layer.cover.shape == (200, 200) for layer in drawn.under)
