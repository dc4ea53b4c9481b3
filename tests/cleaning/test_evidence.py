import cv2
import numpy as np
import pytest
from made_scene import scene

from sigunet.cleaning import evidence
from sigunet.cleaning.evidence import FEATURES, features


def _by_name(page, soft, first=None):
    every = np.ones(soft.shape, bool)
    measured = features(page, soft, every, first)
    return {name: measured[:, number].reshape(soft.shape) for number, name in enumerate(FEATURES)}


def test_another_pen_is_of_another_hue_and_stays_so_with_the_light():
    page, soft, stroke, ring = scene()
    for light in (1.0, 0.6):
        by_name = _by_name(page * np.float32(light), soft)
        assert np.median(by_name["hue"][stroke]) < 0.3 < 1 < np.median(by_name["hue"][ring])
        assert np.median(by_name["part_hue"][stroke]) < np.median(by_name["part_hue"][ring])
    # What is as dark as the pen has a ratio of one.
    assert abs(np.median(by_name["dark"][stroke])) < 0.35
    assert by_name["pen_hue"].min() == by_name["pen_hue"].max() > 0.5


def test_paler_ink_of_the_same_colour_is_told_by_its_darkness():
    page, soft, stroke, _ = scene()
    pale = page.copy()
    pale[:, 100:] = 0.95 + 0.3 * (page[:, 100:] - 0.95)
    dark = _by_name(pale, soft)["dark"]
    assert (
        np.median(dark[:, 100:][stroke[:, 100:]]) < np.median(dark[:, :100][stroke[:, :100]]) - 0.8
    )


def test_rules_are_straighter_than_writing():
    _, _, _, ring = scene()
    soft = 0.9 * ring.astype(np.float32)
    soft[20:23] = 0.9
    by_name = _by_name(np.ones((*soft.shape, 3), np.float32), soft)
    for name in ("straight_wide", "level_near", "level_wide"):
        assert by_name[name][21, 20:-20].min() > 0.9 > np.median(by_name[name][ring]) + 0.05


def test_what_two_looks_differ_in_is_told():
    page, soft, stroke, ring = scene()
    # Closer by, the ring is taken for ink no more.
    first, second = soft, np.where(ring, np.float32(0.1), soft)
    by_name = _by_name(page, (first + second) / 2, first)
    assert by_name["looks"].min() == by_name["looks"].max() == 2
    np.testing.assert_array_equal(by_name["first"], first)
    np.testing.assert_allclose(by_name["change"], second - first, atol=1e-6)
    for name, sign in (
        ("change_near", -1),
        ("change_around", -1),
        ("part_change", -1),
        ("discord", 1),
    ):
        assert np.median(sign * by_name[name][ring]) > 0.1 > abs(np.median(by_name[name][stroke]))
    # A mean over the ink around, however little of that there is.
    assert by_name["change_around"].min() >= by_name["change"].min() - 1e-6
    assert np.median(by_name["first_peak"][ring]) > np.median(by_name["second_peak"][ring]) + 0.2
    # One look is two that agree.
    one = _by_name(page, soft)
    assert one["looks"].min() == one["looks"].max() == 1
    for name in ("change", "change_near", "change_around", "part_change", "discord"):
        assert not one[name].any()
    np.testing.assert_array_equal(one["first_peak"], one["second_peak"])


def test_dull_edges_are_told_from_sharp_ones():
    page, soft, stroke, ring = scene()
    dull = cv2.GaussianBlur(page, (0, 0), 3.0)
    beside = cv2.dilate(ring.astype(np.uint8), np.ones((11, 11), np.uint8)).astype(bool)
    beside &= ~cv2.dilate(stroke.astype(np.uint8), np.ones((15, 15), np.uint8)).astype(bool)
    by_name = _by_name(np.where(beside[..., None], dull, page), soft)
    for name in ("sharp", "sharp_near", "sharp_share"):
        there = by_name[name][ring & beside]
        assert np.median(there) < np.median(by_name[name][stroke]) - 0.1
    assert abs(np.median(by_name["sharp_share"][stroke])) < 0.3
    # Of the surest ink.
    assert _by_name(dull, soft)["sharpness"].max() < 0.7 * by_name["sharpness"].min()


def test_one_pen_varies_less_than_two_and_parts_are_counted():
    page, soft, _, ring = scene()
    one, two = _by_name(page, soft), _by_name(page, np.where(ring, np.float32(0.95), soft))
    assert one["pen_spread"].max() < 0.3 < 0.6 < two["pen_spread"].min()
    pale = page.copy()
    pale[:, 100:] = 0.95 + 0.3 * (page[:, 100:] - 0.95)
    paler = _by_name(pale, np.where(ring, np.float32(0), soft))
    assert paler["dark_spread"].min() > one["dark_spread"].max() + 0.2
    apart = np.zeros_like(soft)
    apart[20:30, 20:60] = apart[120:130, 20:140] = 0.9
    apart[60:62, 60:63] = 0.9  # a speck
    by_name = _by_name(np.ones((*soft.shape, 3), np.float32), apart)
    assert by_name["parts"].max() == pytest.approx(np.log(3))
    assert by_name["largest"].max() == pytest.approx(1200 / 1606)
    assert by_name["elongation"].max() == by_name["elongation"].min() < -0.1
    across = _by_name(np.ones((*soft.shape, 3), np.float32), apart.T.copy())
    assert across["elongation"].max() == pytest.approx(-by_name["elongation"].max())


@pytest.mark.parametrize("darkness", [0.9, 0.3])
def test_what_a_pixel_covers_is_told_by_the_ink_beside_it(darkness):
    cover = np.zeros((120, 160), np.float32)
    cover[60:64, 20:140] = 1
    cover[59, 20:140] = cover[64, 20:140] = 0.5
    page = np.repeat((0.95 * (1 - darkness * cover))[..., None], 3, axis=-1)
    # The network draws it a pixel too wide.
    soft = cv2.dilate(0.9 * (cover > 0).astype(np.float32), np.ones((3, 3), np.uint8))
    by_name = _by_name(page, soft)
    inside = np.s_[61:63, 40:120]
    for name in ("cover", "cover_peak"):
        assert np.median(by_name[name][inside]) == pytest.approx(1, abs=0.05)
        assert np.median(by_name[name][59, 40:120]) == pytest.approx(0.5, abs=0.05)
        assert abs(np.median(by_name[name][58, 40:120])) < 0.05
    assert np.median(by_name["cover_near"][inside]) == pytest.approx(1, abs=0.1)
    assert by_name["cover_least"][59, 80] < 0.05 and by_name["cover_most"][59, 80] > 0.9
    assert by_name["strength"][62, 80] == pytest.approx(np.log(darkness), abs=0.1)
    assert by_name["soft_least"][57, 80] == 0 and by_name["soft_most"][57, 80] == np.float32(0.9)


def test_the_grain_of_the_paper_is_told():
    page, soft, *_ = scene()
    rng = np.random.default_rng(0)
    told = []
    for sigma in (0.0, 0.02, 0.08):
        grainy = page + rng.normal(0, sigma, page.shape[:2])[..., None].astype(np.float32)
        by_name = _by_name(np.clip(grainy, 0, 1), soft)
        assert by_name["graininess"].min() == by_name["graininess"].max()
        told.append((by_name["graininess"].max(), np.median(by_name["grain"])))
    for smooth, some, much in zip(*told, strict=True):
        assert smooth == pytest.approx(np.log(evidence._SMOOTH), abs=0.3)
        assert smooth + 1 < some < much - 0.7


def test_grey_and_blank_pictures_have_features_too():
    page, soft, *_ = scene()
    grey = page.mean(axis=-1, keepdims=True)
    everywhere = np.full_like(soft, 0.9)
    for picture, found in (
        (grey, soft),
        (page, np.zeros_like(soft)),
        (page * 0, soft),
        (page, everywhere),
        (page[:1, :1], everywhere[:1, :1]),
        (page[:1], everywhere[:1]),
    ):
        for first in (None, found / 2):
            measured = features(picture, found, np.ones(found.shape, bool), first)
            assert measured.shape == (found.size, len(FEATURES)) and np.isfinite(measured).all()
    assert not _by_name(grey, soft)["hue"].max() > 1e-4
