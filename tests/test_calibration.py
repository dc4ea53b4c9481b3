import json

import numpy as np
import pytest
from PIL import Image

from sigunet import calibration
from sigunet.calibration import Measured
from sigunet.cleaning.confidence import Model


def _measured(features, signed):
    bins = np.zeros(calibration.BINS)
    return Measured(features, signed, bins, bins, bins)


def test_a_logistic_model_is_found_again():
    rng = np.random.default_rng(0)
    features = rng.normal(3, 2, (4000, 6))
    true, bias = np.array([1.0, -0.5, 0.0, 0.25, 0.0, 0.5]), -1.0
    signed = rng.random(4000) < 1 / (1 + np.exp(-(features @ true + bias)))
    weights, found = calibration.fit(_measured(features, signed))
    np.testing.assert_allclose(weights, true, atol=0.1)
    assert found == pytest.approx(bias, abs=0.4)


def test_separable_pictures_do_not_run_away():
    features = np.repeat([[0.0] * 6, [1.0] * 6], 50, axis=0)
    weights, _ = calibration.fit(_measured(features, np.arange(100) >= 50))
    assert np.isfinite(weights).all() and np.abs(weights).max() < 100


def test_limits_leave_few_unsure_and_fewer_mistakes():
    rng = np.random.default_rng(1)
    certain = rng.random(5000) ** 0.03
    certain[::2] = 1 - certain[::2]
    signed = rng.random(5000) < certain
    empty, signature = calibration.limits(certain, signed)
    assert empty == 0.05 and 0.75 <= signature < 1
    model = Model((0.0,) * 6, 0.0, empty, signature)
    told = calibration.summary(certain, signed, model)
    blunt = calibration.summary(certain, signed, Model((0.0,) * 6, 0.0, 0.5, 0.5))
    assert 0.05 < told["unsure"] <= 0.1
    assert told["wrong_among_sure"] < blunt["wrong_among_sure"]


def test_limits_of_what_is_never_wrong():
    certain, signed = np.array([0.01, 0.04, 0.8, 0.9]), np.array([False, False, True, True])
    assert calibration.limits(certain, signed) == (0.05, 0.75)
    assert calibration.auroc(certain, signed) == 1.0
    assert calibration.auroc(np.full(4, 0.5), signed) == 0.5


def test_calibration_error_is_the_gap_between_claim_and_truth():
    pixels = np.full(calibration.BINS, 100.0)
    middle = (np.arange(calibration.BINS) + 0.5) / calibration.BINS
    true = Measured(np.zeros((0, 6)), np.zeros(0, bool), middle * 100, middle * 100, pixels)
    assert true.calibration_error() == pytest.approx(0)
    over = Measured(np.zeros((0, 6)), np.zeros(0, bool), middle * 100, middle * 90, pixels)
    assert over.calibration_error() == pytest.approx(0.1 * middle[1:].mean())


def test_what_is_reported_is_of_writers_that_nothing_was_fitted_to(monkeypatch, capsys):
    rng = np.random.default_rng(2)
    asked = []

    def drawn(cleaner, count, *, split, stream):
        asked.append(split)
        signed = np.arange(count) % 2 == 0
        features = rng.normal(0, 1, (count, 6)) + 8.0 * signed[:, None]
        # Where it is checked, all is the other way round.
        return _measured(features, signed if split == "validation" else ~signed)

    monkeypatch.setattr(calibration, "measure", drawn)
    monkeypatch.setattr(calibration.Cleaner, "from_checkpoint", lambda place: None)
    calibration.main(["--count", "100"])
    told = json.loads(capsys.readouterr().out)
    assert asked == ["validation", "test"]
    assert told["checked"]["auroc"] == 0 and told["checked"]["wrong_among_sure"] == 1


def test_the_reliability_curve_is_drawn(tmp_path):
    found = {
        "reliability": {"claimed": [0.1, 0.5, 0.9], "true": [0.05, 0.5, 0.95]},
        "checked": {"calibration_error": 0.03},
    }
    calibration.plot(found, tmp_path / "curve.png")
    with Image.open(tmp_path / "curve.png") as picture:
        assert min(picture.size) > 300 and np.asarray(picture.convert("L")).std() > 5
