import cv2
import numpy as np
import pytest

from sigunet import signatures
from sigunet.cleaning.colour import ink_colours
from sigunet.cleaning.levels import levels

PENS = {
    "blue": (0.10, 0.15, 0.55),
    "black": (0.08, 0.08, 0.08),
    "red": (0.75, 0.10, 0.12),
    "green": (0.05, 0.40, 0.15),
}
MAGENTA = np.array([1, 0, 1], np.float32)
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def written(pen, *, writer=0, noise=0.03, blur=0.6):
    """A scan in colour on uneven, grainy paper, and its exact coverage as the scanner saw it."""
    ink = signatures.draw(5, writer, 0) / np.float32(255)
    ink = cv2.GaussianBlur(ink, (0, 0), blur)
    rng = np.random.default_rng(writer)
    cloud = cv2.GaussianBlur(rng.normal(0, 1, ink.shape).astype(np.float32), (0, 0), 10)
    paper = np.array([0.97, 0.94, 0.86], np.float32) + cloud[..., None]
    picture = paper + ink[..., None] * (np.array(pen, np.float32) - paper)
    picture += rng.normal(0, noise, picture.shape).astype(np.float32)
    return np.clip(picture, 0, 1), ink


def laid(colours, alpha, ground):
    share = alpha[..., None] / np.float32(255)
    return share * (colours / np.float32(255)) + (1 - share) * ground


@pytest.mark.parametrize("writer", range(3))
@pytest.mark.parametrize("pen", PENS)
def test_on_magenta_nothing_is_lighter_than_both_ink_and_ground(pen, writer):
    picture, ink = written(PENS[pen], writer=writer)
    alpha = levels(ink, 0.5)
    colours, _ = ink_colours(picture, alpha)
    seen = laid(colours, alpha, MAGENTA)
    most = np.maximum(np.array(PENS[pen], np.float32), MAGENTA)
    lighter = (seen - most).max()
    assert lighter < 0.05
    assert (seen @ LUMA).max() < max(np.array(PENS[pen]) @ LUMA, MAGENTA @ LUMA) + 0.03
    # The picture cut out as it is has the halo that this test looks for.
    halo = laid(picture * 255, alpha, MAGENTA)
    assert (halo - most).max() > lighter + 0.05


@pytest.mark.parametrize("pen", PENS)
def test_the_ink_keeps_its_own_colour(pen):
    picture, ink = written(PENS[pen])
    alpha = levels(ink, 0.5)
    colours, common = ink_colours(picture, alpha)
    found = colours[alpha > 200].mean(axis=0) / 255
    np.testing.assert_allclose(found, PENS[pen], atol=0.03)
    np.testing.assert_allclose(common / 255, PENS[pen], atol=0.04)


def test_ink_that_the_network_draws_too_fat_brings_no_paper_along():
    picture, ink = written(PENS["blue"], noise=0.0, blur=0.3)
    alpha = levels(cv2.dilate(ink, np.ones((3, 3), np.uint8)), 0.5)
    colours, _ = ink_colours(picture, alpha)
    excess = laid(colours, alpha, MAGENTA) - np.maximum(np.array(PENS["blue"]), MAGENTA)
    assert np.percentile(excess.max(axis=2), 99.9) < 0.06


def test_two_pens_keep_two_colours():
    picture, ink = written(PENS["blue"], writer=1)
    other, _ = written(PENS["red"], writer=1)
    half = ink.shape[1] // 2
    picture[:, half:] = other[:, half:]
    alpha = levels(ink, 0.5)
    colours, _ = ink_colours(picture, alpha)
    inked = alpha > 200
    inked[:, half - 15 : half + 15] = False
    for side, pen in ((slice(0, half), "blue"), (slice(half, None), "red")):
        found = colours[:, side][inked[:, side]].mean(axis=0) / 255
        np.testing.assert_allclose(found, PENS[pen], atol=0.04)


def test_un_mixing_does_not_overshoot_where_the_network_was_unsure():
    picture, ink = written((0.3, 0.3, 0.3), noise=0.0)
    alpha = levels(np.where(ink > 0.5, np.float32(0.6), ink), 0.5)
    colours, _ = ink_colours(picture, alpha)
    assert colours[alpha > 127].min() / 255 > 0.2


def test_a_grey_picture_gives_grey_ink():
    picture, ink = written((0.2, 0.2, 0.2))
    colours, _ = ink_colours(picture[..., 1:2], levels(ink, 0.5))
    assert colours.shape == (*ink.shape, 3)
    assert (colours[..., 0] == colours[..., 1]).all() and (colours[..., 0] == colours[..., 2]).all()


def test_where_there_is_no_ink_there_is_one_colour():
    picture, ink = written(PENS["green"])
    alpha = levels(ink, 0.5)
    colours, common = ink_colours(picture, alpha)
    assert (colours[alpha == 0] == common).all()


@pytest.mark.parametrize("shape", [(1, 1), (16, 16), (3, 200)])
@pytest.mark.parametrize("value", [0, 255])
def test_any_size_all_paper_or_all_ink(shape, value):
    picture = np.full((*shape, 3), 0.25, np.float32)
    colours, common = ink_colours(picture, np.full(shape, value, np.uint8))
    assert (colours == common).all()
    assert common.tolist() == ([64] * 3 if value else [0] * 3)
