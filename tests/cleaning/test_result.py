"""What is asked of a result later is what would have been asked of the cleaner at once."""

import dataclasses
import io
import json

import cv2
import numpy as np
import pytest
from PIL import Image

from sigunet import Cleaner, Options
from sigunet.cleaning import confidence
from sigunet.cleaning.specks import least_area
from sigunet.data.synthetic import scanned
from sigunet.errors import OptionError

THRESHOLDS = (None, 0.03, 0.2, 0.6, 0.8, 0.97)


@pytest.fixture(scope="module")
def cleaner():
    return Cleaner.from_pretrained()


@pytest.fixture(scope="module")
def page():
    """A file that names its resolution: wide strokes, which are looked at smaller, and specks."""
    _, pigment = (layer / np.float32(255) for layer in scanned(77, 4, 0))
    pigment = cv2.resize(pigment, None, fx=2.2, fy=2.2, interpolation=cv2.INTER_LINEAR)
    rng = np.random.default_rng(0)
    for _ in range(60):
        y, x = (rng.integers(8, side - 16) for side in pigment.shape)
        patch = pigment[y : y + 7, x : x + 7]
        np.maximum(patch, np.float32(rng.uniform(0.2, 1)), out=patch)
    colour, paper = np.array([0.1, 0.15, 0.5]), np.array([0.97, 0.95, 0.88])
    pixels = paper + pigment[..., None] * (colour - paper)
    pixels = np.clip(pixels + rng.normal(0, 0.02, pixels.shape), 0, 1)
    file = io.BytesIO()
    Image.fromarray(np.rint(255 * pixels).astype(np.uint8)).save(file, "PNG", dpi=(300, 300))
    return file.getvalue()


@pytest.fixture(scope="module")
def found(cleaner, page):
    """The page, cleaned once."""
    return cleaner.clean(page)


@pytest.fixture(scope="module")
def found_at_half(cleaner, page):
    """The page, cleaned at another threshold than the calibrated one."""
    return cleaner.clean(page, Options(threshold=0.5))


def same(one, other):
    for name in ("soft", "mask", "confidence"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert one.to_dict() == other.to_dict()
    assert one.dpi == other.dpi
    assert one.encode() == other.encode()
    if one.options.format != "svg":
        np.testing.assert_array_equal(one.render(), other.render())


@pytest.mark.parametrize("format", ["mask", "gray", "rgba", "svg"])
@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_a_later_threshold_is_as_one_at_once(
    cleaner, page, found, found_at_half, threshold, format
):
    options = Options(format=format, threshold=threshold)
    at_once, later = cleaner.clean(page, options), found.with_options(options)
    same(at_once, later)
    assert later.dpi == 300
    if format != "svg":
        assert Image.open(io.BytesIO(later.encode())).info["dpi"] == pytest.approx((300, 300), 1e-3)
    # Nor does it matter what had been asked before.
    same(found_at_half.with_options(options), at_once)


def test_what_is_asked_last_counts(cleaner, page, found):
    asked = Options(threshold=0.9, crop=True, pad=5, size=(300, 120), dpi=72)
    other = found.with_options(asked)
    same(other, cleaner.clean(page, asked))
    assert (other.dpi, other.threshold) == (72, 0.9)
    back = other.with_options(Options())
    assert (back.dpi, back.threshold) == (300, cleaner.threshold)
    same(back, found)


def test_the_resolution_of_the_file_goes_with_its_size(found):
    height, width = found.raw.shape
    half = found.with_options(Options(size=(width // 2, height // 2)))
    written = Image.open(io.BytesIO(half.encode())).info["dpi"]
    assert half.dpi == 300 and written == pytest.approx((150, 150), rel=0.01)


def test_specks_hang_on_the_threshold_and_the_scale_does_not(found):
    results = [found.with_options(Options(threshold=value)) for value in (0.2, 0.5, 0.8)]
    assert len({(result.scale, result.stroke) for result in results}) == 1
    assert found.scale != 1
    counts = [np.count_nonzero(result.mask) for result in results]
    assert counts == sorted(counts, reverse=True) and counts[0] > counts[-1] > 0
    for result in results:
        assert result.raw is found.raw
        # Patches that are ink at this threshold and too small went, with nothing left of them.
        assert ((result.raw > result.threshold) & ~result.mask).any()
        _, _, stats, _ = cv2.connectedComponentsWithStats(result.mask.view(np.uint8))
        assert stats[1:, cv2.CC_STAT_AREA].min() >= least_area(result.stroke)


def test_what_hangs_on_the_threshold_alone_is_made_once(found):
    # Made here, and not in whichever test came before.
    soft, mask = found.soft, found.mask
    other = found.with_options(Options(format="svg", crop=True))
    assert other.soft is soft and other.mask is mask
    assert found.with_options(Options(threshold=0.9)).soft is not found.soft


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_whether_there_is_a_signature_hangs_on_no_threshold(found, threshold):
    measured = confidence.features(found.picture, found.raw, found.mask, found.stroke)
    assert found.certainty == confidence.certainty(measured) and found.verdict == "signature"
    # A copy, of which nothing is known yet.
    asked = dataclasses.replace(found, options=Options(threshold=threshold))
    assert asked.certainty == found.certainty
    told = asked.to_dict()
    assert (told["verdict"], told["threshold"]) == ("signature", threshold or found.calibrated)
    assert asked.with_options(Options()).certainty == found.certainty


def test_ink_that_only_a_low_threshold_finds_changes_no_verdict(found):
    faint = dataclasses.replace(found, raw=found.raw * np.float32(0.1), stroke=0.0)
    assert not faint.mask.any() and faint.certainty == 0
    low = faint.with_options(Options(threshold=0.05))
    assert low.mask.any() and low.certainty == 0 and low.verdict == "empty"


def test_what_is_left_of_an_empty_page_is_not_written(found, monkeypatch):
    # Something as weak as the trace of a seal: the network says little. Where the limit of "empty"
    # lies moves with every calibration.
    doubtful = dataclasses.replace(found, raw=found.raw * np.float32(0.3))
    assert doubtful._doubted.any() and 0 < doubtful.certainty < 0.5
    limit = dataclasses.replace(confidence.model(), empty_below=doubtful.certainty)
    monkeypatch.setattr(confidence, "model", lambda: limit)
    assert doubtful.verdict == "empty"
    assert not doubtful.soft.any() and not doubtful.mask.any()
    told = doubtful.to_dict()
    assert (told["box"], told["ink_share"], told["stroke"]) == (None, 0, 0)
    # Whoever names a threshold, be it the calibrated one, sees it all the same.
    asked = doubtful.with_options(Options(threshold=doubtful.threshold))
    assert asked.mask.any() and asked.certainty == doubtful.certainty
    assert not asked.with_options(Options()).mask.any()


@pytest.mark.parametrize("options", [Options(max_bytes=60), Options(crop=True, pad=10_000)])
def test_an_error_of_writing_names_the_picture_once(found, options):
    said = {}
    for name in ("the picture", "a/scan.png"):
        result = dataclasses.replace(found, name=name, options=options)
        with pytest.raises(OptionError) as caught:
            result.encode()
        said[name] = str(caught.value)
    assert said["the picture"].startswith(("max_bytes 60 ", "pad 10000 "))
    assert said["a/scan.png"] == f"a/scan.png: {said['the picture']}"


def test_what_is_of_files_changes_no_pixels(found):
    asked = found.with_options(Options(max_bytes=60, dpi=72))
    np.testing.assert_array_equal(asked.render(), found.render())


def test_options_can_change_without_asking_the_network_again(found):
    other = found.with_options(Options(format="svg", threshold=0.7))
    assert other.encode().lstrip().startswith(b"<svg")
    assert other.mask.sum() < found.mask.sum()
    with pytest.raises(OptionError):
        other.render()
    told = found.to_dict()
    assert json.loads(json.dumps(told)) == told and told["verdict"] == "signature"
