import math

import made_pictures
import numpy as np
import pytest

from sigunet import evaluate as ev
from sigunet.classical import METHODS
from sigunet.errors import ConfigError, DataError
from sigunet.frozen import ROWS, Signature
from sigunet.results import load


@pytest.fixture(scope="module")
def pictures():
    return made_pictures.pictures()


def answers(pictures, change):
    """A predictor that knows the truth, changed by a function."""
    known = {p.image.tobytes(): p.truth for p in pictures}
    return lambda image: np.float32(change(known[image.tobytes()]))


@pytest.fixture(scope="module")
def results(pictures):
    predictors = {
        "perfect": answers(pictures, lambda truth: truth),
        "inverted": answers(pictures, lambda truth: ~truth),
        "pale": answers(pictures, lambda truth: 0.4 * truth),
        **METHODS,
    }
    return ev.evaluate(
        predictors, iter(pictures), thresholds={"pale": 0.3}, about={"source": "rectangles"}
    )


def test_perfect_and_inverted(results):
    assert results.mean("perfect")["fmeasure"] == 1
    assert results.mean("perfect")["false_ink"] == 0
    assert results.mean("inverted")["fmeasure"] == 0
    assert results.mean("inverted")["false_ink"] == 1
    assert results.mean("otsu", "clean")["fmeasure"] > 0.99
    assert math.isnan(results.mean("perfect", "empty")["fmeasure"])


def test_the_threshold_of_a_method_is_used(results, pictures):
    assert results.mean("pale")["fmeasure"] == 1
    assert results.thresholds["pale"] == 0.3 and results.thresholds["otsu"] == 0.5
    half = ev.evaluate({"pale": answers(pictures, lambda truth: 0.4 * truth)}, pictures)
    assert half.mean("pale")["fmeasure"] == 0


def test_every_picture_is_scored_in_order(results, pictures):
    assert [(p.row, p.name) for p in results.pictures] == [(p.row, p.name) for p in pictures]
    assert results.rows == list(made_pictures.KINDS)
    assert results.methods == ["perfect", "inverted", "pale", "otsu", "sauvola"]


def test_only_the_timings_differ_between_two_runs(results, pictures):
    first = ev.evaluate(METHODS, pictures).to_dict()
    second = ev.evaluate(METHODS, pictures).to_dict()
    assert first.pop("perf")["ms_per_image"].keys() == second.pop("perf")["ms_per_image"].keys()
    assert first == second


def test_progress_counts_pictures(pictures):
    seen = []
    ev.evaluate(METHODS, pictures[:3], progress=seen.append)
    assert seen == [1, 2, 3]


class Hands:
    """Two signatures that nobody wrote."""

    writers = ("a", "b")

    def __getitem__(self, index):
        ink = np.zeros((64, 96), np.float32)
        ink[20 + 8 * index : 24 + 8 * index, 10:86] = 1
        return Signature(ink, self.writers[index], f"{index}")


def test_run_freezes_scores_and_writes(tmp_path, caplog):
    def network(image):
        return (image[..., 0] < 0.45) * np.float32(0.3)

    results = ev.run(
        Hands(), network=network, threshold=0.2, out=tmp_path, per_row=1, about={"source": "hands"}
    )
    assert results.methods == ["sigunet", "otsu", "sauvola"]
    assert results.rows == list(ROWS)
    assert results.mean("sigunet", "clean")["fmeasure"] == 1
    assert load(tmp_path / "results.json").about["frozen_by"]["per_row"] == 1
    assert not caplog.records
    again = ev.run(Hands(), out=tmp_path, per_row=1)
    assert again.methods == ["otsu", "sauvola"] and again.digest == results.digest
    assert not caplog.records
    ev.run(Hands(), out=tmp_path, per_row=1, seed=1)
    assert "The sets differ" in caplog.text


def test_mistakes_are_told(pictures):
    with pytest.raises(ValueError, match="not evaluated"):
        ev.evaluate(METHODS, pictures, thresholds={"unet": 0.4})
    with pytest.raises(ValueError, match="broken gave"):
        ev.evaluate({"broken": lambda image: image}, pictures)
    with pytest.raises(DataError, match="no pictures"):
        ev.evaluate(METHODS, [])
    with pytest.raises(ConfigError, match=r"seed .* must be 0 or more"):
        ev.run(Hands(), seed=-1)
