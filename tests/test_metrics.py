import math

import cv2
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


@pytest.mark.parametrize("share", [0.02, 0.4])
@pytest.mark.parametrize("shape", [(48, 80), (45, 83)])
def test_drd_is_the_definition(share, shape):
    rng = np.random.default_rng(1)
    truth, found = rng.random((2, *shape)) < share
    truth[16:30, 20:50] = True  # with blocks that are all ink
    truth[:17, 60:] = False
    got = score(found, truth)["drd"]
    assert got == pytest.approx(literal_drd(found, truth))


def literal_drd(found, truth):
    """Lu, Kot and Shi (2004), pixel by pixel and block by block."""
    weights = {
        (dy, dx): 1 / math.hypot(dy, dx) for dy in range(-2, 3) for dx in range(-2, 3) if dy or dx
    }
    whole = sum(weights.values())
    height, width = truth.shape
    total = 0.0
    for y, x in zip(*np.nonzero(found != truth), strict=True):
        for (dy, dx), weight in weights.items():
            if 0 <= y + dy < height and 0 <= x + dx < width:
                total += weight / whole * (truth[y + dy, x + dx] != found[y, x])
    mixed = 0
    for y in range(0, height, 8):
        for x in range(0, width, 8):
            block = truth[y : y + 8, x : x + 8]
            mixed += 0 < block.sum() < block.size
    return total / mixed


def test_drd_is_near_doxapys_which_misses_some_blocks():
    doxapy = pytest.importorskip("doxapy", reason="doxapy, the independent judge, is missing")
    rng = np.random.default_rng(0)
    truth = cv2.GaussianBlur(rng.random((160, 240)), (0, 0), 4) > 0.515
    found = np.roll(truth, 1, axis=0)
    paper = [np.where(m, 0, 255).astype(np.uint8) for m in (truth, found)]
    theirs = doxapy.calculate_performance(*paper)["drdm"]
    assert theirs * 0.8 < score(found, truth)["drd"] <= theirs * 1.0001


def test_pseudo_f_takes_recall_on_the_skeleton_alone():
    truth = np.zeros((40, 60), bool)
    truth[10:17, 5:55] = True
    core = np.zeros_like(truth)
    core[12:15, 5:55] = True
    got = score(core, truth)
    assert got["recall"] == pytest.approx(3 / 7)
    assert got["skeleton_recall"] == 1 and got["pseudo_fmeasure"] == 1
    half = core & (np.arange(60) < 30)
    got = score(half, truth)
    assert got["skeleton_recall"] == pytest.approx(0.5, abs=0.05)
    recall = got["skeleton_recall"]
    assert got["pseudo_fmeasure"] == pytest.approx(2 * recall / (1 + recall))


def test_a_prepared_truth_gives_the_same_scores():
    rng = np.random.default_rng(0)
    truth = cv2.GaussianBlur(rng.random((90, 140)), (0, 0), 3) > 0.53
    prepared = metrics.Truth(truth)
    for seed in range(3):
        found = truth ^ (np.random.default_rng(seed).random(truth.shape) < 0.02)
        assert score(found, prepared) == pytest.approx(score(found, truth), nan_ok=True)
    perfect = score(truth, prepared)
    assert perfect["weighted_fmeasure"] == pytest.approx(1) and perfect["drd"] == 0
    with pytest.raises(ValueError, match="bool"):
        metrics.Truth(truth.astype(np.uint8))


def test_old_results_without_the_newer_metrics_have_means():
    old = {"fmeasure": 0.5, "iou": 0.4}
    got = metrics.mean([old])
    assert got["fmeasure"] == 0.5 and math.isnan(got["drd"])


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
