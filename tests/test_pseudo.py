import cv2
import numpy as np
import pytest

from sigunet import metrics, pseudo
from sigunet.thinning import thin


def bar(width, height=31):
    ink = np.zeros((height, 60), bool)
    top = (height - width) // 2
    ink[top : top + width, 5:55] = True
    return ink


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 6, 9])
def test_every_section_across_a_stroke_weighs_one(width):
    ink = bar(width)
    weights = pseudo.recall_weights(ink, thin(ink))
    assert weights[:, 25:35].sum(axis=0) == pytest.approx(np.ones(10), abs=1e-6)
    assert not weights[~ink].any()


def test_the_contour_of_a_wide_stroke_weighs_nothing():
    ink = bar(7)
    weights = pseudo.recall_weights(ink, thin(ink))
    thinner = cv2.erode(ink.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    assert not weights[ink & ~thinner].any()
    # 1 2 3 2 1 over 9
    assert weights[14:19, 30] == pytest.approx([2 / 9, 3 / 9, 2 / 9, 1 / 9, 0], abs=1e-6)


def test_false_ink_costs_more_the_further_it_reaches_up_to_a_strokes_width():
    ink = bar(4)
    weights = pseudo.precision_weights(ink, thin(ink))
    below = weights[17:26, 30]
    assert below[:4] == pytest.approx([1.25, 1.5, 1.75, 2.0], abs=0.03)
    assert (below[5:] == 1).all()
    assert (weights[ink] == 1).all()


def test_false_ink_that_bridges_a_gap_costs_twice_in_the_middle_of_it():
    ink = np.zeros((40, 60), bool)
    ink[8:16, 5:55] = True
    ink[20:28, 5:55] = True
    gap = pseudo.precision_weights(ink, thin(ink))[16:20, 30]
    assert gap == pytest.approx([1.5, 2.0, 2.0, 1.5])


def test_blank_paper_has_plain_weights():
    blank = np.zeros((20, 20), bool)
    assert (pseudo.precision_weights(blank, blank) == 1).all()


def squiggle(width):
    t = np.linspace(0, 6, 300)
    x, y = 20 + 40 * t + 10 * np.cos(5 * t), 60 + 35 * np.sin(3 * t)
    rows, columns = np.mgrid[:120, :300]
    away = np.hypot(rows[..., None] - y, columns[..., None] - x).min(axis=-1)
    return away < width / 2


def damaged(ink):
    found = ink | np.roll(ink, 1, axis=0)
    found[:, 80:90] = False
    found[30:34, 100:200] = True
    holes = np.random.default_rng(0).random((30, 75)) < 0.1
    return found & ~np.kron(holes, np.ones((4, 4))).astype(bool)


WIDTHS = (2, 3, 4, 5, 7)
# doxapy 0.9.9: calculate_performance(truth, found, *generate_pseudo_weights(truth)), which agrees with
# the program of the DIBCO contests; pseudo-recall and pseudo-precision in %.
CONTEST = {
    2: (81.205, 44.612),
    3: (82.134, 61.572),
    4: (82.149, 70.111),
    5: (82.424, 75.537),
    7: (82.551, 82.669),
}


@pytest.mark.parametrize("width", WIDTHS)
def test_scores_are_near_those_of_the_contests_program(width):
    ink = squiggle(width)
    found = damaged(ink)
    skeleton = thin(ink)
    recall = pseudo.recall_weights(ink, skeleton)
    precision = pseudo.precision_weights(ink, skeleton)
    ours = (
        100 * recall[ink & found].sum() / recall.sum(),
        100 * precision[ink & found].sum() / precision[found].sum(),
    )
    assert ours == pytest.approx(CONTEST[width], abs=1.0)


def test_weighted_fmeasure_of_given_weights():
    rng = np.random.default_rng(0)
    truth, found = rng.random((2, 30, 40)) < 0.4
    recall, precision = rng.random((2, 30, 40)) * truth, 1 + rng.random((30, 40))
    recall = recall[0]
    share = recall[truth & found].sum() / recall.sum()
    right = precision[truth & found].sum() / precision[found].sum()
    got = metrics.weighted_fmeasure(found, truth, recall, precision)
    assert got == pytest.approx(2 * share * right / (share + right))
    assert metrics.weighted_fmeasure(np.zeros_like(found), truth, recall, precision) == 0
