import dataclasses

import numpy as np
import pytest

from sigunet.noise import Scene, render
from sigunet.noise.fields import stroke_width
from sigunet.noise.ink import ballpoint, bleed, fade, pencil


def _rng(seed=0):
    return np.random.default_rng(seed)


def _on_ink(scene, ink):
    return render(scene, 1)[0][ink > 0.95]


@pytest.mark.parametrize("member", [ballpoint, pencil, fade])
def test_pens_follow_the_density_of_the_stroke(ink, member):
    density = np.full(ink.shape, 1.0, np.float32)
    density[:, :112] = 0.4
    scene = dataclasses.replace(Scene.from_ink(ink), density=density)
    out = member(_rng(), scene).density
    left, right = (out[:, half][ink[:, half] > 0.5].mean() for half in np.s_[:112, 112:])
    assert left < 0.7 * right


@pytest.mark.parametrize("member", [ballpoint, pencil, fade])
def test_pens_leave_the_truth(ink, member):
    for seed in range(5):
        np.testing.assert_array_equal(member(_rng(seed), Scene.from_ink(ink)).ink, ink)


def test_ballpoint_has_colours_by_share(ink):
    colours = [
        ballpoint(_rng(seed), Scene.from_ink(ink), colour=0.6).ink_colour for seed in range(200)
    ]
    vivid = [c for c in colours if c.size == 3 and np.ptp(c) > 0.15]
    assert 0.4 < len(vivid) / 200 < 0.7
    blue = [c for c in vivid if c[2] > max(c[0], c[1]) + 0.1]
    assert len(blue) > 0.4 * len(vivid)
    plain = [ballpoint(_rng(seed), Scene.from_ink(ink)).ink_colour for seed in range(50)]
    assert all(np.ptp(c) == 0 for c in plain)


def test_uneven_pens_vary_along_the_stroke(ink):
    even, uneven = (
        _on_ink(ballpoint(_rng(), Scene.from_ink(ink), grey=(0, 0), uneven=(u, u)), ink).std()
        for u in (0.0, 0.4)
    )
    assert even < 0.02 < uneven


def test_pencil_is_grainy(ink):
    scene = pencil(_rng(), Scene.from_ink(ink), grey=(0.3, 0.3), grain=(0.8, 0.8))
    assert _on_ink(scene, ink).std() > 0.1
    assert _on_ink(scene, ink).mean() < 0.8


@pytest.mark.parametrize("strength", [0.9, 0.5, 0.3])
def test_fade_leaves_its_share_of_the_ink(ink, strength):
    greys = [
        _on_ink(
            fade(_rng(seed), Scene.from_ink(ink), strength=(strength, strength), skips=(0, 0)), ink
        ).mean()
        for seed in range(20)
    ]
    assert 1 - np.mean(greys) == pytest.approx(strength, abs=0.08)


def test_fade_skips_where_the_stroke_is_thin(ink):
    density = np.full(ink.shape, 1.0, np.float32)
    density[:, :112] = 0.8
    scene = dataclasses.replace(Scene.from_ink(ink), density=density)
    out = fade(_rng(), scene, strength=(1, 1), skips=(0.2, 0.2)).density
    gaps = (out < 0.5) & (ink > 0.5)
    assert gaps[:, :112].sum() > 3 * gaps[:, 112:].sum() > -1
    assert 0.02 < gaps.sum() / (ink > 0.5).sum() < 0.3


def test_faded_ink_can_still_be_seen(ink):
    for seed in range(30):
        scene = Scene.from_ink(ink, ink_value=0.5, paper=0.8)
        scene = fade(_rng(seed), scene, strength=(0.05, 0.05))
        assert 0.8 - _on_ink(scene, ink).mean() > 0.1


@pytest.mark.parametrize("reach", [0.4, 1.0, 1.5])
def test_bleeding_widens_the_stroke_and_the_truth(ink, reach):
    before = stroke_width(ink)
    scene = bleed(_rng(), Scene.from_ink(ink), reach=(reach, reach), halo=(0, 0))
    image, truth = render(scene, 1)
    np.testing.assert_allclose(image[..., 0], 1 - truth, atol=1e-5)
    assert (truth >= ink).all()
    assert 0.5 * reach < stroke_width(truth) - before < 3 * reach


def test_the_halo_is_no_ink(ink):
    scene = bleed(_rng(), Scene.from_ink(ink), reach=(1, 1), halo=(0.3, 0.3))
    image, truth = render(scene, 1)
    around = (truth == 0) & (image[..., 0] < 0.97)
    assert around.any() and image[truth == 0].min() > 0.6


def test_real_pairs_keep_their_ink(ink):
    scene = Scene.from_picture((1 - 0.8 * ink)[..., None], ink)
    for member in (ballpoint, pencil, fade, bleed):
        image, truth = render(member(_rng(), scene), 1)
        np.testing.assert_array_equal(image, scene.paper)
        np.testing.assert_array_equal(truth, ink)


@pytest.mark.parametrize("member", [ballpoint, pencil, fade, bleed])
def test_blank_paper_stays_blank(member):
    blank = Scene.from_ink(np.zeros((64, 64), np.float32))
    image, truth = render(member(_rng(), blank), 1)
    assert image.min() == 1 and truth.max() == 0
