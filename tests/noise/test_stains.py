import numpy as np
import pytest

from sigunet.noise import Scene, render
from sigunet.noise.stains import _ring, bleed_through, stains

BLANK = Scene.from_ink(np.zeros((256, 256), np.float32))


def _rng(seed=0):
    return np.random.default_rng(seed)


def test_stains_keep_to_their_opacity_and_place():
    for seed in range(12):
        image, _ = render(stains(_rng(seed), BLANK, opacity=(0.3, 0.3), count=(1, 1)), 1)
        assert 0.65 < image.min() < 0.98
        assert (image > 0.99).mean() > 0.4


def test_stains_end_softly_inside_their_box():
    for seed in range(12):
        layer = stains(_rng(seed), BLANK, count=(1, 1)).under[0]
        edges = (layer.cover[0], layer.cover[-1], layer.cover[:, 0], layer.cover[:, -1])
        assert max(edge.max() for edge in edges) == 0


def test_rings_are_arcs_as_wide_as_a_stroke_and_larger_than_the_picture():
    seen = []
    for seed in range(20):
        scene = stains(_rng(seed), BLANK, opacity=(0.5, 0.5), count=(1, 1), rings=1.0)
        cover = scene.under[0].cover
        assert cover.shape == BLANK.shape and 0 <= cover.min() and cover.max() <= 0.5
        dark = cover > 0.6 * cover.max()
        rows, columns = np.nonzero(dark)
        seen.append((dark.mean(), np.hypot(np.ptp(rows), np.ptp(columns)) / max(BLANK.shape)))
    dark, long = np.median(seen, axis=0)
    # A line, that crosses a good part of the picture.
    assert 0.002 < dark < 0.1 and long > 0.4


def test_the_rim_of_a_ring_goes_through_its_place():
    for seed in range(40):
        place = tuple(np.random.default_rng(seed).uniform(40, 210, 2))
        cover = _ring(_rng(seed), BLANK, place)
        assert cover.max() == pytest.approx(1) and cover.min() >= 0
        rows, columns = np.nonzero(cover > 0.3)
        # Within twice a stroke of 3 px, for pigment is gathered more on one side than on the other.
        assert np.hypot(rows - place[0], columns - place[1]).min() < 6


def test_brown_stains_lose_most_blue():
    image, _ = render(stains(_rng(1), BLANK, count=(3, 3), colour=1.0), 3)
    red, green, blue = image.mean(axis=(0, 1))
    assert red > green > blue


def test_bleed_through_is_pale_blurred_and_no_ink():
    depths = []
    for seed in range(12):
        image, truth = render(bleed_through(_rng(seed), BLANK, alpha=(0.3, 0.3)), 1)
        assert truth.max() == 0
        assert image.min() >= 0.66
        depths.append(1 - image.min())
        steps = np.abs(np.diff(image[..., 0], axis=1)).max()
        assert steps < 0.6 * 0.3
    assert np.mean(depths) > 0.2


def test_bleed_through_lies_below_the_ink(ink):
    scene = bleed_through(_rng(), Scene.from_ink(ink, ink_value=0.4))
    assert len(scene.under) == 1 and not scene.over
    np.testing.assert_array_equal(scene.ink, ink)
