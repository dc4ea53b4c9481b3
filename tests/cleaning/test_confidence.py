import numpy as np
import pytest

from sigunet.cleaning import confidence
from sigunet.cleaning.confidence import Model

PLAIN = Model((1.0, 0.0, 0.0, 0.0, 0.0, 0.0), -3.0, 0.2, 0.8)


def test_pixels_are_surest_far_from_their_limit():
    soft = np.array([[0.0, 0.2, 0.4, 0.7, 1.0], [0.2, 0.2, 0.6, 0.8, 0.9]], np.float32)
    limit = np.array([[0.4] * 5, [0.2, 0.8, 0.8, 0.8, 0.8]], np.float32)
    sure = confidence.pixels(soft, limit, soft > limit)
    expected = [[1.0, 0.75, 0.5, 0.75, 1.0], [0.5, 0.875, 0.625, 0.5, 0.75]]
    np.testing.assert_allclose(sure, expected, atol=1e-6)
    assert sure.dtype == np.float32


def test_a_speck_that_was_taken_away_is_doubted():
    soft, limit = np.full((1, 2), 0.9, np.float32), np.full((1, 2), 0.5, np.float32)
    sure = confidence.pixels(soft, limit, np.array([[True, False]]))
    np.testing.assert_allclose(sure, [[0.9, 0.5]], atol=1e-6)


def test_expected_fmeasure_is_that_of_expected_counts():
    soft = np.array([[0.9, 0.8, 0.3, 0.0]], np.float32)
    # Two pixels are claimed, of which 1.7 are right; 2.0 are ink.
    assert confidence.expected_fmeasure(soft, soft > 0.5) == pytest.approx(2 * 1.7 / (2 + 2.0))
    sure = (soft > 0.5).astype(np.float32)
    assert confidence.expected_fmeasure(sure, sure > 0.5) == 1
    assert confidence.expected_fmeasure(np.zeros_like(soft), soft > 2) == 1
    assert confidence.expected_fmeasure(soft, soft > 2) == 0


def test_features_of_a_stroke():
    soft = np.zeros((60, 120), np.float32)
    soft[20:24, 10:110] = 0.9
    soft[40:44, 50:54] = 0.7
    mask = soft > 0.5
    picture = 1 - 0.8 * (soft > 0).astype(np.float32)[..., None]
    picture[30:34, 20:72] = 0.2  # as dark, and no ink
    length, sureness, largest, spread, parts, share = confidence.features(picture, soft, mask, 4.0)
    assert length == pytest.approx(np.log1p((400 + 16) / 16))
    assert sureness == pytest.approx((400 * 0.9 + 16 * 0.7) / 416, rel=1e-5)
    assert largest == pytest.approx(400 / 416)
    assert spread == pytest.approx(np.log1p(np.hypot(100, 24) / 4))
    assert parts == pytest.approx(np.log(2))
    assert share == pytest.approx(np.log(2 / 3), abs=0.05)


def test_nothing_found_is_surely_empty():
    nothing = np.zeros((5, 5), np.float32)
    none = confidence.features(nothing[..., None], nothing, nothing > 0, 0.0)
    assert confidence.certainty(none) == 0.0
    assert confidence.verdict(0.0) == "empty"


def test_verdicts_lie_between_the_limits():
    words = [confidence.verdict(value, PLAIN) for value in (0.1, 0.2, 0.5, 0.8, 0.95)]
    assert words == ["empty", "empty", "unsure", "signature", "signature"]
    assert confidence.certainty(np.array([3.0, 0, 0, 0, 0, 0]), PLAIN) == pytest.approx(0.5)
    assert confidence.certainty(np.array([1e6, 0, 0, 0, 0, 0]), PLAIN) == pytest.approx(1.0)


def test_the_model_of_the_package_is_sane():
    model = confidence.model()
    assert len(model.weights) == len(confidence.FEATURES)
    assert 0 < model.empty_below <= model.signature_above < 1
    rng = np.random.default_rng(0)
    specks = (rng.random((200, 300)) < 0.0005).astype(np.float32) * 0.6
    measured = confidence.features(1 - specks[..., None], specks, specks > 0.5, 1.0)
    assert confidence.verdict(confidence.certainty(measured)) in ("empty", "unsure")
