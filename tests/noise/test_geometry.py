import dataclasses

import numpy as np
import pytest

from sigunet.noise import Scene, parse, render
from sigunet.noise.geometry import rotate, warp


@pytest.mark.parametrize("channels", [1, 3])
def test_picture_and_ink_move_together(ink, channels):
    scene = Scene.from_ink(ink).compose()
    scene = dataclasses.replace(scene, image=np.repeat(scene.image, channels, axis=-1))
    moved = rotate(np.random.default_rng(0), scene, angle=(9.0, 9.0))
    assert np.abs(moved.ink - ink).mean() > 0.02
    np.testing.assert_allclose(moved.image[..., 0], 1 - moved.ink, atol=1e-5)
    assert moved.image.shape == scene.image.shape


def test_the_edge_is_repeated_and_no_ink_comes_in():
    scene = Scene.from_ink(np.ones((20, 20), np.float32), paper=0.5, ink_value=0.25).compose()
    shifted = warp(scene, np.array([[1.0, 0, 5], [0, 1, 0]]))
    assert shifted.ink[:, :5].max() == 0 and shifted.ink[:, 5:].min() == 1
    np.testing.assert_allclose(shifted.image, 0.25)
    assert shifted.box == (0, 5, 20, 15)


def test_overlays_turn_with_the_sheet():
    blank = Scene.from_ink(np.zeros((101, 101), np.float32))
    level = "lines(1, width=3, angle=0, grey=0.2, p=1)"
    turned = parse(f"rotate(90, p=1)|{level}")
    for seed in range(5):
        upright, _ = render(parse(level).apply(np.random.default_rng(seed), blank), 1)
        if len(np.unique(upright)) > 1:
            break
    # The lots of one more member are drawn first, so the same lines come of a scene kept by hand.
    scene = parse(level).apply(np.random.default_rng(seed), blank)
    askew, _ = render(parse("rotate(90, p=1)").apply(np.random.default_rng(0), scene), 1)
    np.testing.assert_allclose(askew[..., 0], np.rot90(upright[..., 0]), atol=1e-4)
    assert [step.name for step in turned.steps] == ["lines", "rotate"]
