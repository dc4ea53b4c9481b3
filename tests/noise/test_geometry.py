import dataclasses

import numpy as np
import pytest

from sigunet.noise import Scene, parse, render
from sigunet.noise.geometry import elastic, perspective, rotate, warp


@pytest.mark.parametrize("channels", [1, 3])
def test_picture_and_ink_move_together(ink, channels):
    scene = Scene.from_ink(ink).compose()
    scene = dataclasses.replace(scene, image=np.repeat(scene.image, channels, axis=-1))
    moved = rotate(np.random.default_rng(0), scene, angle=(9.0, 9.0))
    assert np.abs(moved.ink - ink).mean() > 0.02
    np.testing.assert_allclose(moved.image[..., 0], 1 - moved.ink, atol=1e-5)
    assert moved.image.shape == scene.image.shape


def test_what_comes_in_is_reflected_with_its_truth():
    ink = np.zeros((20, 20), np.float32)
    ink[:, 3:5] = 1
    scene = Scene.from_ink(ink, paper=0.5, ink_value=0.25).compose()
    shifted = warp(scene, np.array([[1.0, 0, 6], [0, 1, 0]]))
    assert shifted.ink[:, 9:11].min() == 1 and shifted.ink[:, 2:4].min() == 1
    assert shifted.ink.sum() == 80
    np.testing.assert_allclose(shifted.image[..., 0], 0.5 - 0.25 * shifted.ink, atol=1e-6)
    assert shifted.box == (0, 2, 20, 9)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("member", [perspective, elastic])
def test_other_maps_move_both_too(ink, member, channels):
    scene = Scene.from_ink(ink).compose()
    scene = dataclasses.replace(scene, image=np.repeat(scene.image, channels, axis=-1))
    moved = member(np.random.default_rng(1), scene)
    assert np.abs(moved.ink - ink).mean() > 0.01
    np.testing.assert_allclose(moved.image[..., -1], 1 - moved.ink, atol=1e-4)
    assert moved.image.shape == scene.image.shape
    # Strokes are neither lost nor doubled.
    assert moved.ink.sum() == pytest.approx(ink.sum(), rel=0.15)


def test_perspective_moves_corners_by_its_share():
    ramp = np.tile(np.arange(200, dtype=np.float32), (200, 1))
    scene = Scene.from_picture(ramp[..., None] / 200, np.zeros((200, 200), np.float32)).compose()
    shifts = [
        np.abs(
            perspective(np.random.default_rng(seed), scene, share=(0.05, 0.05)).image[..., 0] * 200
            - ramp
        )[20:-20, 20:-20].max()
        for seed in range(10)
    ]
    assert max(shifts) <= 0.05 * 200 * 1.5 and np.mean(shifts) > 2


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
