import cv2
import numpy as np
import pytest

from sigunet.noise import Scene, render, seals
from sigunet.noise.over import scratches, scribbles, seal, stamp

BLANK = np.zeros((224, 224), np.float32)


def test_stamp_is_as_large_as_told():
    for half in (0.2, 0.5):
        for seed in range(10):
            scene = stamp(np.random.default_rng(seed), Scene.from_ink(BLANK), radius=(half, half))
            (layer,) = scene.over
            # From an upright box or ring to a square turned by 45 degrees.
            assert 1.4 * half * 224 < max(layer.cover.shape) < 3 * half * 224


def test_stamp_is_a_dye_over_the_ink(ink):
    scene = Scene.from_ink(ink, ink_value=0.5)
    plain = scene.compose().image
    stamped = stamp(np.random.default_rng(0), scene, inked=(1.0, 1.0)).compose().image
    assert (stamped <= plain + 1e-6).all()
    assert (stamped[ink == 1] < 0.45).any()


def test_patchy_stamps_have_less_ink():
    amounts = [
        np.mean(
            [
                stamp(np.random.default_rng(seed), Scene.from_ink(BLANK), inked=(share, share))
                .over[0]
                .cover.sum()
                for seed in range(12)
            ]
        )
        for share in (0.4, 0.7, 1.0)
    ]
    assert amounts[0] < 0.75 * amounts[1] and amounts[1] < 0.95 * amounts[2]


def test_seals_are_closed_rings_and_frames():
    for seed in range(5):
        flat = seals.disc(np.random.default_rng(seed), 3.0)
        angles = np.linspace(0, 2 * np.pi, 700)
        middle = seals.RADIUS - 0.5
        y, x = (np.rint(middle + (middle - 2.5) * f(angles)).astype(int) for f in (np.sin, np.cos))
        assert flat[y, x].min() > 100
        frame = seals.box(np.random.default_rng(seed), 2.0)
        assert frame[1, 1:-1].min() == 255 and frame[1:-1, -2].min() == 255


@pytest.mark.parametrize("width", [2.0, 5.0])
def test_scribbles_are_strokes_as_wide_as_told(width):
    found = []
    for seed in range(20):
        scene = scribbles(
            np.random.default_rng(seed), Scene.from_ink(BLANK), count=(1, 1), width=(width, width)
        )
        drawn = np.pad((scene.over[0].cover > 0.5).astype(np.uint8), 1)
        # Twice the distance to the edge, on the middle line; crossings are wider.
        found.append(2 * np.quantile(cv2.distanceTransform(drawn, cv2.DIST_L2, 5), 0.995))
    assert width * 0.7 < np.median(found) < width * 1.7 + 1


def test_scratches_take_ink_away_but_not_from_the_truth(ink):
    lost = []
    for seed in range(20):
        scene = scratches(np.random.default_rng(seed), Scene.from_ink(ink), grey=(1.0, 1.0))
        image, truth = render(scene, 1)
        np.testing.assert_array_equal(truth, ink)
        assert (image[..., 0] >= 1 - ink - 1e-6).all()
        lost.append((image[ink == 1] > 0.5).mean())
    assert np.mean(np.array(lost) > 0.005) > 0.7
    assert max(lost) < 0.5


def test_seals_are_dyes_of_their_colour(ink):
    scene = Scene.from_ink(ink, ink_value=0.5)
    plain = np.broadcast_to(scene.compose().image, (224, 224, 3))
    sizes = []
    for seed in range(20):
        sealed = seal(np.random.default_rng(seed), scene, colour=0.5)
        image, truth = render(sealed, 3)
        np.testing.assert_array_equal(truth, ink)
        assert (image <= plain + 1e-6).all()
        sizes += [layer.colour.size for layer in (*sealed.over, *sealed.under)]
    assert 0.2 < np.mean(np.array(sizes) == 3) < 0.8


def test_seals_lie_across_the_signature_and_some_are_cut(ink):
    top, left, height, width = Scene.from_ink(ink).box
    on, cut, under = [], [], []
    for seed in range(150):
        scene = seal(np.random.default_rng(seed), Scene.from_ink(ink), count=(1, 1))
        layer = (*scene.over, *scene.under)[0]
        bottom, right = layer.top + layer.cover.shape[0], layer.left + layer.cover.shape[1]
        high = min(bottom, top + height) - max(layer.top, top)
        wide = min(right, left + width) - max(layer.left, left)
        on.append(max(high, 0) * max(wide, 0) > 0.05 * height * width)
        cut.append(layer.top < 0 or layer.left < 0 or bottom > 224 or right > 224)
        under.append(bool(scene.under))
    assert np.mean(on) > 0.65
    assert 0.1 < np.mean(cut) < 0.8
    assert 0.05 < np.mean(under) < 0.3


def test_fainter_and_patchier_seals_are_paler(ink):
    def darkness(**values):
        return np.mean(
            [
                1 - render(seal(np.random.default_rng(seed), Scene.from_ink(BLANK), **values), 1)[0]
                for seed in range(20)
            ]
        )

    assert darkness(strength=(0.3, 0.3)) < 0.6 * darkness(strength=(1.0, 1.0))
    assert darkness(inked=(0.3, 0.3)) < 0.8 * darkness(inked=(0.9, 0.9))


def test_no_seal_is_no_change(ink):
    scene = Scene.from_ink(ink)
    assert seal(np.random.default_rng(0), scene, count=(0, 0)) is scene


@pytest.mark.parametrize("width", [3, 6])
def test_strokes_like_the_ink_have_its_width_and_colour(width):
    ink = np.zeros((224, 224), np.float32)
    ink[60:160, 100 : 100 + width] = 1
    ink[100 : 100 + width, 40:190] = 1
    scene = Scene.from_ink(ink, ink_value=0.3)
    found, longest = [], []
    for seed in range(30):
        drawn = scribbles(np.random.default_rng(seed), scene, like=1.0, count=(2, 4))
        assert 2 <= len(drawn.over) <= 4
        for layer in drawn.over:
            np.testing.assert_allclose(layer.colour, 0.3)
            solid = np.pad((layer.cover > 0.5).astype(np.uint8), 1)
            found.append(2 * np.quantile(cv2.distanceTransform(solid, cv2.DIST_L2, 5), 0.995))
            longest.append(max(layer.cover.shape))
    assert 0.7 * width < np.median(found) < 1.4 * width + 0.7
    assert np.median(longest) > 60


def test_coloured_scribbles(ink):
    for share, size in ((0.0, 1), (1.0, 3)):
        drawn = scribbles(np.random.default_rng(0), Scene.from_ink(ink), colour=share)
        assert {layer.colour.size for layer in drawn.over} == {size}


def test_another_pen_is_as_dark_in_another_colour():
    ink = np.zeros((224, 224), np.float32)
    ink[60:160, 100:104] = 1
    scene = Scene.from_ink(ink, ink_value=0.4)
    shades = []
    for seed in range(40):
        drawn = scribbles(np.random.default_rng(seed), scene, like=1.0, other=1.0, colour=0.5)
        shades.append(drawn.over[0].colour)
    darkness = [1 - float(shade.mean()) for shade in shades]
    assert 0.6 * 0.75 < min(darkness) and max(darkness) < 0.6 * 1.25
    assert {shade.size for shade in shades} == {1, 3}
