import itertools
import os
import subprocess
import sys

import cv2
import numpy as np
import pytest

from sigunet.cleaning import Cleaner, evidence, scaling
from sigunet.cleaning.backend import Backend
from sigunet.cleaning.evidence import FEATURES, FORMAT, candidates, features, ink_box
from sigunet.cleaning.refinement import Refinement
from sigunet.cleaning.scaling import Found
from sigunet.data.synthetic import scanned
from sigunet.errors import CheckpointError
from sigunet.strength import relative
from sigunet.truth import stroke_width


def _scene(side=200):
    """A dark blue stroke that the network is sure of, and a red ring, as wide, that it doubts."""
    stroke, ring = np.zeros((2, side, side), np.uint8)
    curve = [(20, 60), (60, 100), (90, 40), (140, 110), (185, 50)]
    cv2.polylines(stroke, [np.array(curve)], False, 255, 3, cv2.LINE_AA)
    cv2.circle(ring, (100, 140), 40, 255, 3, cv2.LINE_AA)
    stroke, ring = (layer.astype(np.float32) / 255 for layer in (stroke, ring))
    page = np.full((side, side, 3), 0.95, np.float32)
    for cover, colour in ((ring, (0.85, 0.3, 0.3)), (stroke, (0.1, 0.1, 0.45))):
        page += cover[..., None] * (np.array(colour, np.float32) - page)
    return page, np.maximum(0.95 * stroke, 0.5 * ring), stroke > 0.5, (ring > 0.5) & (stroke < 0.1)


def _by_name(page, soft, first=None):
    every = np.ones(soft.shape, bool)
    measured = features(page, soft, every, first)
    return {name: measured[:, number].reshape(soft.shape) for number, name in enumerate(FEATURES)}


def _drawn(seed=0, hidden=(5,)):
    rng = np.random.default_rng(seed)
    sizes = [len(FEATURES), *hidden, 1]
    return Refinement(
        rng.normal(size=sizes[0]).astype(np.float32),
        rng.uniform(0.5, 2, sizes[0]).astype(np.float32),
        tuple(
            (rng.normal(size=pair).astype(np.float32), rng.normal(size=pair[1]).astype(np.float32))
            for pair in itertools.pairwise(sizes)
        ),
    )


def _only(name, factor, bias=0.0):
    """A refinement that looks at one feature alone, which lies within 4 of zero."""
    weights = np.zeros((len(FEATURES), 1), np.float32)
    weights[FEATURES.index(name)] = factor
    centre, spread = np.zeros(len(FEATURES), np.float32), np.ones(len(FEATURES), np.float32)
    return Refinement(centre, spread, ((weights, np.array([bias], np.float32)),))


def test_another_pen_is_of_another_hue_and_stays_so_with_the_light():
    page, soft, stroke, ring = _scene()
    for light in (1.0, 0.6):
        by_name = _by_name(page * np.float32(light), soft)
        assert np.median(by_name["hue"][stroke]) < 0.3 < 1 < np.median(by_name["hue"][ring])
        assert np.median(by_name["part_hue"][stroke]) < np.median(by_name["part_hue"][ring])
    # What is as dark as the pen has a ratio of one.
    assert abs(np.median(by_name["dark"][stroke])) < 0.35
    assert by_name["pen_hue"].min() == by_name["pen_hue"].max() > 0.5


def test_paler_ink_of_the_same_colour_is_told_by_its_darkness():
    page, soft, stroke, _ = _scene()
    pale = page.copy()
    pale[:, 100:] = 0.95 + 0.3 * (page[:, 100:] - 0.95)
    dark = _by_name(pale, soft)["dark"]
    assert (
        np.median(dark[:, 100:][stroke[:, 100:]]) < np.median(dark[:, :100][stroke[:, :100]]) - 0.8
    )


def test_rules_are_straighter_than_writing():
    _, _, _, ring = _scene()
    soft = 0.9 * ring.astype(np.float32)
    soft[20:23] = 0.9
    by_name = _by_name(np.ones((*soft.shape, 3), np.float32), soft)
    for name in ("straight_wide", "level_near", "level_wide"):
        assert by_name[name][21, 20:-20].min() > 0.9 > np.median(by_name[name][ring]) + 0.05


def test_what_two_looks_differ_in_is_told():
    page, soft, stroke, ring = _scene()
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
    page, soft, stroke, ring = _scene()
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
    page, soft, _, ring = _scene()
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
    page, soft, *_ = _scene()
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
    page, soft, *_ = _scene()
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


def test_it_is_written_and_read_again():
    drawn = _drawn()
    again = Refinement.from_json(drawn.to_json())
    page, soft, *_ = _scene()
    np.testing.assert_array_equal(again(page, soft), drawn(page, soft))


def _values(**spoilt):
    """What is written of a refinement of which a number is spoilt."""
    drawn = _drawn()
    for name, value in spoilt.items():
        getattr(drawn, name)[3] = value
    return {"values": drawn.to_json()["values"]}


@pytest.mark.parametrize(
    "changed",
    [
        {"values": "AAAA"},
        {"values": "no base 64"},
        {"values": 7},
        {"sizes": [len(FEATURES)]},
        {"sizes": []},
        {"sizes": "many"},
        {"sizes": [len(FEATURES), float("inf"), 1]},
        {"sizes": [len(FEATURES), 5.0, 1]},
        {"sizes": [len(FEATURES), 10**12, 1]},
        {"sizes": [len(FEATURES), 5, 2]},
        {"features": list(FEATURES[::-1])},
        _values(centre=np.nan),
        _values(spread=0),
        _values(spread=np.inf),
    ],
)
def test_what_was_not_written_here_is_a_sentence(changed):
    with pytest.raises(CheckpointError, match=r"refinement .* is damaged"):
        Refinement.from_json(_drawn().to_json() | changed)


@pytest.mark.parametrize("raw", [{}, [], "text", {"format": FORMAT}])
def test_what_is_no_refinement_is_a_sentence(raw):
    with pytest.raises(CheckpointError, match="damaged"):
        Refinement.from_json(raw)


def test_one_of_another_version_is_left_out_and_that_is_said():
    network = Cleaner.from_pretrained().backend

    class Told(Backend):
        def __call__(self, image):
            return network(image)

    old = Told(network.meta | {"refinement": _drawn().to_json() | {"format": FORMAT - 1}}, ("a",))
    assert old.refinement is None
    assert old.notes[0] == "a" and "fit it again" in old.notes[1]
    with pytest.raises(CheckpointError, match="damaged"):
        Told(network.meta | {"refinement": [1]})
    page, *_ = _scene()
    plain, own = Cleaner(old), Cleaner(network)
    np.testing.assert_array_equal(plain.find(page).soft, own.find(page, refined=False).soft)
    assert "fit it again" in plain.clean(page).notes[1]


def test_a_pixel_is_judged_the_same_whatever_stands_beside_it():
    drawn, rng = _drawn(), np.random.default_rng(1)
    # More than are judged in one call.
    measured = rng.normal(size=(9000, len(FEATURES))).astype(np.float32)
    whole = drawn.probability(measured)
    assert whole.shape == (9000,) and whole.std() > 0.05
    for count in (0, 1, 128, 129, 700, 4096, 4097):
        np.testing.assert_array_equal(drawn.probability(measured[:count]), whole[:count])


def test_threads_of_blas_change_no_bit():
    code = (
        "import numpy as np\n"
        "from sigunet.cleaning import Cleaner, evidence\n"
        "size = (5000, len(evidence.FEATURES))\n"
        "x = np.random.default_rng(1).normal(size=size).astype(np.float32)\n"
        "judged = Cleaner.from_pretrained().backend.refinement.probability(x)\n"
        "import hashlib; print(hashlib.sha256(judged.tobytes()).hexdigest())\n"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"OPENBLAS_NUM_THREADS": threads},
            capture_output=True,
            check=True,
        ).stdout
        for threads in ("1", "2")
    }
    assert len(told) == 1 and len(told.pop()) == 65


def test_what_is_of_another_colour_goes_and_the_rest_stays():
    page, soft, stroke, ring = _scene()
    out = _only("part_hue", -8, 4)(page, soft)
    assert out[stroke].min() > 0.5 and out[ring].max() < 0.4
    # Paper is left alone.
    paper = ~candidates(soft)
    np.testing.assert_array_equal(out[paper], soft[paper])
    blank = np.zeros_like(soft)
    assert _drawn()(page, blank) is blank


def test_paper_and_specks_around_a_signature_hardly_matter():
    page, soft, *_ = _scene()
    wide = [(300, 200), (100, 400)]
    larger = np.pad(soft, wide)
    around = np.pad(page, [*wide, (0, 0)], mode="edge")
    larger[5:7, 5:7] = larger[-2:, -2:] = 0.4
    judged = Cleaner.from_pretrained().backend.refinement
    out = judged(around, larger)
    assert np.abs(out[300:500, 100:300] - judged(page, soft)).mean() < 2e-3
    # Specks do not draw the box about all of the page, and are left as they are.
    assert larger[ink_box(candidates(larger))].size < 2 * soft.size
    assert (out[5:7, 5:7] == np.float32(0.4)).all()


def test_what_is_too_much_for_a_signature_is_left(monkeypatch):
    page, soft, *_ = _scene()
    for limit in ("_MOST", "_LARGEST"):
        with monkeypatch.context() as patch:
            patch.setattr(evidence, limit, 100)
            assert _drawn()(page, soft) is soft
    assert _drawn()(page, soft) is not soft


@pytest.mark.parametrize("size", [3.0, 0.5])
def test_a_picture_is_judged_at_the_scale_at_which_it_was_seen(size):
    page, soft, stroke, ring = _scene()
    page, other = (scaling.resized(x, size) for x in (page, soft))
    found = Found(other, 1 / size, 3 * size)
    judged = scaling.refined(found, page, _only("part_hue", -8, 4), 0.5)
    assert judged.soft.shape == other.shape and judged.scale == found.scale
    stroke, ring = (scaling.resized(x.astype(np.float32), size) > 0.9 for x in (stroke, ring))
    assert np.median(judged.soft[stroke]) > np.median(other[stroke]) - 0.1
    assert np.median(judged.soft[ring]) < 0.7 * np.median(other[ring])
    assert judged.stroke == stroke_width(relative(judged.soft, found.scale) > 0.5) > 0


@pytest.mark.parametrize("size", [1.0, 3.0, 0.5])
def test_what_the_first_look_found_is_judged_at_that_scale_too(size):
    page, soft, stroke, ring = _scene()
    # Closer by, the ring is ink no more; two looks come to the same mean as one that is half sure.
    first = np.where(ring, 2 * soft, soft)
    page, mean, first = (scaling.resized(x, size) for x in (page, soft, first))
    stroke, ring = (scaling.resized(x.astype(np.float32), size) > 0.9 for x in (stroke, ring))
    by = _only("change_near", 20, 6)
    one = scaling.refined(Found(mean, 1 / size, 3 * size), page, by, 0.5)
    two = scaling.refined(Found(mean, 1 / size, 3 * size, 2, first), page, by, 0.5)
    assert np.median(two.soft[ring]) < 0.6 * np.median(one.soft[ring])
    assert np.median(two.soft[stroke]) > 0.9 * np.median(one.soft[stroke])
    # What was judged is the mean of two looks no more.
    assert (one.looks, two.looks) == (1, 2) and two.first is None


def test_where_nothing_is_judged_nothing_changes():
    page, soft, *_ = _scene()
    for scale in (1.0, 0.5):
        found = Found(np.zeros_like(soft), scale, 20.0)
        assert scaling.refined(found, page, _drawn(), 0.5) is found


def test_shipped_weights_have_one_that_takes_seals_away():
    cleaner = Cleaner.from_pretrained()
    ink, pigment = (layer / np.float32(255) for layer in scanned(77, 4, 0))
    ring = np.zeros_like(ink)
    height, width = ink.shape
    cv2.ellipse(ring, ((width / 2, height / 2), (0.7 * width, 0.8 * height), 20), 1, 3, cv2.LINE_AA)
    page = np.full((height, width, 3), 0.96, np.float32)
    for cover, colour in ((0.6 * ring, (0.8, 0.2, 0.3)), (pigment, (0.1, 0.1, 0.45))):
        page += cover[..., None] * (np.array(colour, np.float32) - page)
    # Whatever the network makes of the seal: here it takes half of it for ink.
    soft = np.maximum(cleaner.find(page, refined=False).soft, 0.5 * ring)
    judged = cleaner.backend.refinement(page, soft)
    seal = (ring > 0.5) & (ink < 0.1)
    assert soft[seal].mean() > 0.45 > 0.35 > judged[seal].mean()
    assert judged[ink > 0.5].mean() > 0.8
