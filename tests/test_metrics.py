import math

import numpy as np
import pytest

from sigunet import metrics
from sigunet.metrics import METRICS, PSNR_CAP, bootstrap_interval, score


def mask(*rows):
    return np.array([[c == "#" for c in row] for row in rows])


TRUTH = mask("##..", "##..", "....", "....")
FOUND = mask(".##.", ".##.", "....", "....")


def test_counts_by_hand():
    got = score(FOUND, TRUTH)  # 2 right, 2 false, 2 missed of 16
    assert got["accuracy"] == 12 / 16
    assert got["precision"] == got["recall"] == got["fmeasure"] == 0.5
    assert got["iou"] == 2 / 6
    assert got["psnr"] == pytest.approx(10 * math.log10(16 / 4))
    assert got["component_error"] == 0
    assert math.isnan(got["false_ink"])
    assert tuple(got) == METRICS


def test_precision_and_recall_are_not_exchanged():
    got = score(mask("#..."), mask("##.."))
    assert (got["precision"], got["recall"]) == (1.0, 0.5)
    assert got["fmeasure"] == pytest.approx(2 / 3)


def test_identical_pictures():
    got = score(TRUTH, TRUTH)
    assert got["fmeasure"] == got["iou"] == got["accuracy"] == 1
    assert got["psnr"] == PSNR_CAP


def test_empty_prediction_of_ink_scores_zero():
    got = score(np.zeros_like(TRUTH), TRUTH)
    assert got["fmeasure"] == got["iou"] == got["precision"] == got["recall"] == 0
    assert got["component_error"] == 1


def test_empty_truth_is_scored_as_false_ink():
    blank = np.zeros_like(TRUTH)
    got = score(FOUND, blank)
    assert got["false_ink"] == 4 / 16
    assert all(math.isnan(got[k]) for k in METRICS if k != "false_ink")
    assert score(blank, blank)["false_ink"] == 0


def test_components_are_8_connected_and_specks_do_not_count():
    assert metrics.count_components(np.eye(5, dtype=bool)) == 1
    assert metrics.count_components(mask("###.###", ".......", "####...")) == 1
    two = mask("##..##", "##..##")
    assert score(np.zeros_like(two), two)["component_error"] == 1
    assert score(mask("##....", "##...."), two)["component_error"] == 0.5


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7])
def test_agrees_with_doxapy(share):
    doxapy = pytest.importorskip("doxapy", reason="doxapy, the independent judge, is missing")
    rng = np.random.default_rng(0)
    truth, found = rng.random((2, 61, 83)) < share
    paper = [np.where(m, 0, 255).astype(np.uint8) for m in (truth, found)]
    theirs = doxapy.calculate_performance(*paper)
    ours = score(found, truth)
    assert ours["fmeasure"] * 100 == pytest.approx(theirs["fm"], abs=1e-9)
    assert ours["psnr"] == pytest.approx(theirs["psnr"], abs=1e-9)
    assert ours["accuracy"] * 100 == pytest.approx(theirs["accuracy"], abs=1e-9)


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="bool"):
        score(TRUTH.astype(np.float32), TRUTH)
    with pytest.raises(ValueError, match="one shape"):
        score(TRUTH[:2], TRUTH)


def test_means_are_over_the_pictures_where_a_metric_is_defined():
    blank = np.zeros_like(TRUTH)
    noisy = mask("#.#.", "#.#.", "#.#.", "#.#.")  # two patches where there are none
    got = metrics.mean([score(TRUTH, TRUTH), score(FOUND, TRUTH), score(noisy, blank)])
    assert got["fmeasure"] == 0.75
    assert got["false_ink"] == 0.5
    assert got["accuracy"] == pytest.approx((1 + 0.75) / 2)
    assert got["psnr"] == pytest.approx((PSNR_CAP + 10 * math.log10(4)) / 2)
    assert got["component_error"] == 0
    assert math.isnan(metrics.mean([score(TRUTH, TRUTH)])["false_ink"])


def test_bootstrap_interval():
    values = np.random.default_rng(0).normal(0.8, 0.1, 200)
    low, high = bootstrap_interval([*values, math.nan])
    # The normal interval of the mean of 200 values with deviation 0.1.
    assert low == pytest.approx(values.mean() - 1.96 * values.std() / 200**0.5, abs=0.003)
    assert high == pytest.approx(values.mean() + 1.96 * values.std() / 200**0.5, abs=0.003)
    assert bootstrap_interval([0.5, 0.5]) == (0.5, 0.5)
    assert all(math.isnan(end) for end in bootstrap_interval([math.nan]))
    assert bootstrap_interval(values) == bootstrap_interval(values)
