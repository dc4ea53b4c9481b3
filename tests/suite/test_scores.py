import made_suite
import numpy as np
import pytest

from sigunet.suite.scores import BaseScores

NET_AHEAD = {"net": 0.9, "otsu": 0.5, "wolf": 0.6}
OTSU_AHEAD = {"net": 0.7, "otsu": 0.8, "wolf": 0.4}


@pytest.fixture
def scores():
    return made_suite.base_scores(
        clean={"net": 0.96, "otsu": 0.98, "wolf": 0.9},
        gaussian=NET_AHEAD,
        print=OTSU_AHEAD,
        empty={"net": 0.002, "otsu": 0.1, "wolf": 0.1},
    )


def test_the_headline_is_over_degraded_rows_alone(scores):
    got = scores.headline("net")
    assert got["fmeasure"] == pytest.approx(0.8)
    assert got["fmeasure_interval"] == pytest.approx([0.8, 0.8])
    assert (got["worst_row"], got["worst_row_fmeasure"]) == ("print", pytest.approx(0.7))
    assert got["clean_fmeasure"] == pytest.approx(0.96)
    assert got["empty_false_ink"] == pytest.approx(0.002)
    assert got["ms"] == 5.0 and np.isnan(scores.ms("otsu"))
    assert scores.rows == ["clean", "gaussian", "print", "empty"]
    assert scores.degraded == ["gaussian", "print"]


def test_the_best_classical_method_differs_by_row(scores):
    assert scores.best_classical("gaussian") == "wolf"
    assert scores.best_classical("print") == scores.best_classical() == "otsu"


def test_differences_are_paired_and_signed(scores):
    assert scores.difference("net", "otsu", "print") == pytest.approx((-0.1, -0.1, -0.1))
    assert scores.difference("net", "otsu") == pytest.approx((0.15, 0.15, 0.15))


def random_scores(counts, seed=0):
    rng = np.random.default_rng(seed)
    pictures = []
    for severity, count in counts.items():
        for number in range(count):
            hard = rng.uniform(0, 0.6)
            values = {"net": 1 - hard, "otsu": 0.9 - hard, "wolf": rng.uniform(0, 1)}
            pictures.append(made_suite.scored("blur", severity, number, values))
    return BaseScores("M", pictures, made_suite.METHODS)


def test_each_cell_counts_the_same_however_full():
    scores = random_scores({1: 2, 2: 30})
    cells = [scores.at("wolf", "blur", severity) for severity in (1, 2)]
    assert scores.mean("wolf", row="blur") == pytest.approx(np.mean(cells))
    assert np.isnan(scores.at("wolf", "blur", 5)) and np.isnan(scores.at("wolf", "paper", 1))


def test_the_interval_is_the_normal_one_of_stratified_means():
    scores = random_scores({1: 200, 2: 200})
    values = scores.values("wolf")
    error = np.sqrt(sum(values[cell].var() / 200 for cell in scores.cells("blur"))) / 2
    low, high = scores.interval("wolf", row="blur")
    mean = scores.mean("wolf", row="blur")
    assert low == pytest.approx(mean - 1.96 * error, abs=0.003)
    assert high == pytest.approx(mean + 1.96 * error, abs=0.003)


def test_pairing_makes_a_difference_sure():
    scores = random_scores({1: 20})
    gain, low, high = scores.difference("net", "otsu")
    assert gain == pytest.approx(0.1) and high - low < 1e-9
    low, high = scores.interval("net")
    assert high - low > 0.05


def test_without_degraded_rows_the_headline_is_over_those_that_are_there():
    scores = made_suite.base_scores(
        clean=NET_AHEAD, backgrounds={"net": 0.6, "otsu": 0.2, "wolf": 0.1}, empty=NET_AHEAD
    )
    assert (scores.degraded, scores.counted) == ([], ["clean", "backgrounds"])
    got = scores.headline("net")
    assert got["fmeasure"] == got["skeleton_recall"] == pytest.approx(0.75)
    assert got["fmeasure_interval"] == pytest.approx([0.75, 0.75])
    assert (got["worst_row"], got["worst_row_fmeasure"]) == ("backgrounds", pytest.approx(0.6))
    assert got["backgrounds_fmeasure"] == pytest.approx(0.6)


def test_backgrounds_do_not_count_beside_degraded_rows(scores):
    own = made_suite.base_scores(gaussian=NET_AHEAD, print=OTSU_AHEAD, backgrounds=NET_AHEAD)
    assert own.counted == own.degraded == ["gaussian", "print"]
    assert own.mean("net") == pytest.approx(scores.mean("net"))
    assert own.compared == ["gaussian", "print", "backgrounds"]
    assert own.best_classical("backgrounds") == "wolf"
    assert "backgrounds_fmeasure" not in scores.headline("net")


def pairs_of(values, blank=()):
    pictures = [made_suite.scored("pairs", 0, n, each) for n, each in enumerate(values)]
    for number, false_ink in enumerate(blank):
        nothing = dict.fromkeys(false_ink, np.nan)
        pictures.append(made_suite.scored("pairs", 0, f"b{number}", nothing, false_ink=false_ink))
    return BaseScores("pairs", pictures, made_suite.METHODS)


def test_pairs_without_ink_count_as_false_ink_alone():
    blank = [{"net": 0.1, "otsu": 0.4, "wolf": 0.2}, {"net": 0.3, "otsu": 0.4, "wolf": 0.2}]
    pairs = pairs_of([NET_AHEAD, OTSU_AHEAD], blank)
    got = pairs.headline("net")
    assert got["fmeasure"] == pytest.approx(0.8) and got["empty_false_ink"] == pytest.approx(0.2)
    assert pairs.best_classical() == "otsu"
    alone = pairs_of([], blank)
    assert np.isnan(alone.mean("net")) and alone.headline("net")["worst_row"] == ""
    assert alone.false_ink("otsu") == pytest.approx(0.4)


def test_the_best_classical_method_is_no_guess():
    assert pairs_of([NET_AHEAD]).best_classical() == "wolf"
    empty = made_suite.base_scores(empty=NET_AHEAD)
    assert empty.best_classical() is None and empty.best_classical("empty") is None
    assert np.isnan(empty.mean("net")) and all(np.isnan(end) for end in empty.interval("net"))
