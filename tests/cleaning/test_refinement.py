import itertools
import os
import subprocess
import sys

import cv2
import numpy as np
import pytest
from made_scene import scene

from sigunet import image
from sigunet.cleaning import Cleaner, evidence, scaling
from sigunet.cleaning.backend import Backend
from sigunet.cleaning.evidence import FEATURES, FORMAT, candidates, ink_box
from sigunet.cleaning.refinement import Refinement
from sigunet.cleaning.scaling import Found
from sigunet.data.synthetic import scanned
from sigunet.errors import CheckpointError
from sigunet.strength import relative
from sigunet.truth import stroke_width


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


def test_it_is_written_and_read_again():
    drawn = _drawn()
    again = Refinement.from_json(drawn.to_json())
    page, soft, *_ = scene()
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
    page, *_ = scene()
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
    page, soft, stroke, ring = scene()
    out = _only("part_hue", -8, 4)(page, soft)
    assert out[stroke].min() > 0.5 and out[ring].max() < 0.4
    # Paper is left alone.
    paper = ~candidates(soft)
    np.testing.assert_array_equal(out[paper], soft[paper])
    blank = np.zeros_like(soft)
    assert _drawn()(page, blank) is blank


def test_paper_and_specks_around_a_signature_hardly_matter():
    page, soft, *_ = scene()
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
    page, soft, *_ = scene()
    for limit in ("_MOST", "_LARGEST"):
        with monkeypatch.context() as patch:
            patch.setattr(evidence, limit, 100)
            assert _drawn()(page, soft) is soft
    assert _drawn()(page, soft) is not soft


@pytest.mark.parametrize("size", [3.0, 0.5])
def test_a_picture_is_judged_at_the_scale_at_which_it_was_seen(size):
    page, soft, stroke, ring = scene()
    page, other = (image.scaled(x, size) for x in (page, soft))
    found = Found(other, 1 / size, 3 * size)
    judged = scaling.refined(found, page, _only("part_hue", -8, 4), 0.5)
    assert judged.soft.shape == other.shape and judged.scale == found.scale
    stroke, ring = (image.scaled(x.astype(np.float32), size) > 0.9 for x in (stroke, ring))
    assert np.median(judged.soft[stroke]) > np.median(other[stroke]) - 0.1
    assert np.median(judged.soft[ring]) < 0.7 * np.median(other[ring])
    assert judged.stroke == stroke_width(relative(judged.soft, found.scale) > 0.5) > 0


@pytest.mark.parametrize("size", [1.0, 3.0, 0.5])
def test_what_the_first_look_found_is_judged_at_that_scale_too(size):
    page, soft, stroke, ring = scene()
    # Closer by, the ring is ink no more; two looks come to the same mean as one that is half sure.
    first = np.where(ring, 2 * soft, soft)
    page, mean, first = (image.scaled(x, size) for x in (page, soft, first))
    stroke, ring = (image.scaled(x.astype(np.float32), size) > 0.9 for x in (stroke, ring))
    by = _only("change_near", 20, 6)
    one = scaling.refined(Found(mean, 1 / size, 3 * size), page, by, 0.5)
    two = scaling.refined(Found(mean, 1 / size, 3 * size, 2, first), page, by, 0.5)
    assert np.median(two.soft[ring]) < 0.6 * np.median(one.soft[ring])
    assert np.median(two.soft[stroke]) > 0.9 * np.median(one.soft[stroke])
    # What was judged is the mean of two looks no more.
    assert (one.looks, two.looks) == (1, 2) and two.first is None


def test_where_nothing_is_judged_nothing_changes():
    page, soft, *_ = scene()
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
