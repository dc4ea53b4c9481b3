import dataclasses

import numpy as np
import pytest

from sigunet.noise.scene import Layer, Scene, ink_box, render


def _layer(value, blend, cover=1.0, shape=(4, 4), top=0, left=0):
    return Layer(np.full(shape, cover, np.float32), np.full(1, value, np.float32), top, left, blend)


def test_undegraded_scene_is_black_ink_on_white(ink):
    image, truth = render(Scene.from_ink(ink), 1)
    assert image.shape == (224, 224, 1)
    np.testing.assert_allclose(image[..., 0], 1 - ink, atol=1e-6)
    np.testing.assert_array_equal(truth, ink)


@pytest.mark.parametrize(
    ("blend", "expected"), [("opaque", 0.6), ("darken", 0.4), ("multiply", 0.24)]
)
def test_blends_of_a_layer_over(blend, expected):
    scene = Scene.from_ink(np.zeros((4, 4), np.float32), paper=0.4)
    image, _ = render(scene.with_layers([_layer(0.6, blend)], over=True), 1)
    np.testing.assert_allclose(image, expected, atol=1e-6)


def test_half_covered_pixels_lie_half_way():
    scene = Scene.from_ink(np.zeros((4, 4), np.float32))
    image, _ = render(scene.with_layers([_layer(0.2, "opaque", cover=0.5)], over=True), 1)
    np.testing.assert_allclose(image, 0.6, atol=1e-6)


def test_ink_darkens_what_is_under_it_and_is_hidden_by_opaque_layers():
    solid = np.ones((4, 4), np.float32)
    scene = Scene.from_ink(solid, ink_value=0.3)
    on_print, _ = render(scene.with_layers([_layer(0.1, "multiply")], over=False), 1)
    np.testing.assert_allclose(on_print, 0.1, atol=1e-6)
    hidden, truth = render(scene.with_layers([_layer(0.9, "opaque")], over=True), 1)
    np.testing.assert_allclose(hidden, 0.9, atol=1e-6)
    np.testing.assert_array_equal(truth, solid)


def test_density_pales_the_ink_and_leaves_the_truth():
    solid = np.ones((4, 4), np.float32)
    scene = dataclasses.replace(Scene.from_ink(solid), density=np.full((1, 1), 0.25, np.float32))
    image, truth = render(scene, 1)
    np.testing.assert_allclose(image, 0.75, atol=1e-6)
    np.testing.assert_array_equal(truth, solid)


def test_layers_are_cut_at_the_edges():
    scene = Scene.from_ink(np.zeros((6, 5), np.float32))
    layers = [
        _layer(0.0, "opaque", top=-2, left=-3),
        _layer(0.0, "opaque", top=4, left=4),
        _layer(0.0, "opaque", top=50, left=0),
        _layer(0.0, "opaque", top=0, left=-4),
    ]
    image, _ = render(scene.with_layers(layers, over=True), 1)
    expected = np.ones((6, 5))
    expected[:2, :1] = 0
    expected[4:, 4:] = 0
    np.testing.assert_array_equal(image[..., 0], expected)


def test_real_pair_is_not_inked_again_and_keeps_its_ink_above_what_is_under(ink):
    picture = (0.9 - 0.7 * ink)[..., None]
    image, truth = render(Scene.from_picture(picture, ink), 1)
    np.testing.assert_array_equal(image, picture)
    np.testing.assert_array_equal(truth, ink)
    bar = _layer(0.5, "opaque", shape=(224, 224))
    under, _ = render(Scene.from_picture(picture, ink).with_layers([bar], over=False), 1)
    solid = ink == 1
    np.testing.assert_array_equal(under[solid], picture[solid])
    np.testing.assert_allclose(under[ink == 0], 0.5, atol=1e-6)


def test_colour_is_weighed_into_grey_and_grey_repeated():
    scene = Scene.from_ink(np.zeros((2, 3), np.float32))
    red = dataclasses.replace(scene, paper=np.array([[[1, 0, 0]]], np.float32))
    grey, _ = render(red, 1)
    np.testing.assert_allclose(grey, 0.299, atol=1e-6)
    colour, _ = render(red, 3)
    np.testing.assert_array_equal(colour[0, 0], [1, 0, 0])
    weighed, _ = render(dataclasses.replace(red, grey_weights=(0.5, 0.25, 0.25)), 1)
    np.testing.assert_allclose(weighed, 0.5, atol=1e-6)
    repeated, _ = render(scene, 3)
    assert repeated.shape == (2, 3, 3)


def test_a_coloured_layer_brings_colour_into_a_grey_scene():
    blue = Layer(np.ones((2, 2), np.float32), np.array([0, 0, 1], np.float32), 0, 0, "multiply")
    scene = Scene.from_ink(np.zeros((4, 4), np.float32)).with_layers([blue], over=True)
    image, _ = render(scene, 3)
    np.testing.assert_array_equal(image[0, 0], [0, 0, 1])
    np.testing.assert_array_equal(image[3, 3], [1, 1, 1])


def test_render_clips_and_casts_nothing_else():
    scene = Scene.from_ink(np.zeros((2, 2), np.float32)).compose()
    wild = np.array([[-1, 2], [0.25, np.float32(1.0001)]], np.float32)[..., None]
    image, _ = render(dataclasses.replace(scene, image=wild), 1)
    np.testing.assert_array_equal(image[..., 0], [[0, 1], [0.25, 1]])
    assert image.dtype == np.float32


def test_ink_box():
    ink = np.zeros((20, 30), np.float32)
    assert ink_box(ink) == (0, 0, 20, 30)
    ink[3:8, 10:25] = 0.01
    assert ink_box(ink) == (3, 10, 5, 15)


def test_a_composed_scene_can_be_built_on(ink):
    scene = Scene.from_ink(ink).compose()
    assert scene.compose() is scene
    again = scene.reopened().with_layers([_layer(0.0, "opaque")], over=True)
    image, _ = render(again, 1)
    assert (image[:4, :4] == 0).all()
    np.testing.assert_allclose(image[4:, :, 0], 1 - ink[4:], atol=1e-6)
