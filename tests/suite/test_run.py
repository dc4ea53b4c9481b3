import math

import made_suite
import numpy as np
import pytest

from sigunet import image as images
from sigunet.errors import DataError
from sigunet.suite import work
from sigunet.suite.export import export
from sigunet.suite.run import run
from sigunet.suite.scores import NETWORK, Method
from sigunet.suite.work import ORACLE, Work


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("SIGUNET_DATA_DIR", str(tmp_path / "data"))


class Cheat:
    """Knows the truth, and looks only at whether the picture is blank."""

    method = Method("cheat", NETWORK, {"channels": 3})
    timed = True

    def mask(self, base, picture):
        assert picture.image.dtype == np.float32 and picture.image.shape[2] == 3
        return picture.truth


class Blind(Cheat):
    method = Method("blind", NETWORK)

    def mask(self, base, picture):
        return np.ones_like(picture.truth)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIGUNET_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        return run([made_suite.Made()], [Cheat(), Blind()], workers=1)


def test_all_methods_are_scored_on_all_pictures(results):
    (scores,) = results.bases
    assert len(scores.pictures) == made_suite.Made().count() == 16
    assert [m.name for m in results.methods][:4] == ["cheat", "blind", "otsu", "sauvola"]
    assert results.methods[-1].name == ORACLE
    assert scores.mean("cheat") == 1 and scores.mean("blind") < 0.3
    assert scores.mean("blind", "false_ink", "empty") == 1
    assert scores.mean("otsu", row="clean") == 1
    assert 0.2 < scores.mean("otsu", row="print") < 0.95
    assert scores.ms("cheat") >= 0 and scores.ms("otsu") >= 0


def test_the_bound_is_above_every_threshold(results):
    (scores,) = results.bases
    assert (scores.values(ORACLE)[:-2] >= scores.values("otsu")[:-2]).all()
    assert scores.mean(ORACLE, "false_ink", "empty") == 0


def test_the_worst_pictures_are_kept_and_some_of_each_row(results):
    worst = results.worst["M"].of("otsu")
    values = [value for value, _ in worst]
    assert values == sorted(values) and len(worst) == 8
    assert {picture.row for _, picture in worst} == {"clean", "gaussian", "print"}
    (scores,) = results.bases
    assert values[0] == np.nanmin(scores.values("otsu"))
    assert worst[0][1].truth.dtype == bool and worst[0][1].pixels.shape == (60, 90, 3)


def test_processes_give_the_same_in_the_same_order(results):
    again = run([made_suite.Made()], [], workers=2)
    ours, theirs = results.bases[0].pictures, again.bases[0].pictures
    assert [(p.row, p.severity, p.name, p.digest) for p in ours] == [
        (p.row, p.severity, p.name, p.digest) for p in theirs
    ]
    for mine, other in zip(ours, theirs, strict=True):
        assert other.scores["otsu"] == pytest.approx(mine.scores["otsu"], nan_ok=True)


def test_kept_scores_are_not_computed_again(monkeypatch):
    first = run([made_suite.Made()], [], workers=1)

    def fail(name, picture, truth):
        raise AssertionError(name)

    monkeypatch.setattr(work, "_run", fail)
    again = run([made_suite.Made()], [], workers=1)
    for mine, other in zip(first.bases[0].pictures, again.bases[0].pictures, strict=True):
        for name in mine.scores:
            assert other.scores[name] == pytest.approx(mine.scores[name], nan_ok=True)
    with pytest.raises(AssertionError):
        run([made_suite.Made(rows=("print",), base="other"), Harder()], [], workers=1)


class Harder(made_suite.Made):
    def pictures(self, chunk):
        yield made_suite.picture("print", 4, 1)


def test_entries_alone(monkeypatch):
    results = run([made_suite.Made()], [Cheat()], classical=False, workers=1)
    assert [m.name for m in results.methods] == ["cheat"]
    assert results.bases[0].best_classical() is None


def test_nothing_to_run_is_told():
    with pytest.raises(DataError, match="no method"):
        run([made_suite.Made()], [], classical=False)
    with pytest.raises(DataError, match="no pictures"):
        run([made_suite.Made(rows=())], [Cheat()], workers=1)


def test_progress_counts_pictures():
    seen = []
    run([made_suite.Made()], [Cheat()], classical=False, workers=1, progress=lambda: seen.append(1))
    assert len(seen) == 16


def test_export_writes_pictures_and_truths(tmp_path):
    source = made_suite.Made()
    assert export([source], tmp_path, workers=1) == 16
    made = made_suite.picture("print", 3, 1)
    seen = images.read(tmp_path / "images/M/print/3-01.png", channels=3)
    assert np.array_equal(images.to_uint8(seen), images.to_uint8(made.image))
    assert np.array_equal(images.read(tmp_path / "gt/M/print/3-01.png")[..., 0] < 0.5, made.truth)
    assert len(list(tmp_path.rglob("*.png"))) == 32


def test_classical_scores_are_timed_and_told():
    (first, *_) = Work(made_suite.Made())(0)
    assert set(first.scores) == {m.name for m in work.classical_methods()}
    assert all(ms >= 0 and not math.isnan(ms) for ms in first.ms.values())
    about = {m.name: m.about for m in work.classical_methods()}
    assert about["sauvola"].keys() == {"window", "k"}
