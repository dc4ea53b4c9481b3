import gzip
import json
import sys
from pathlib import Path

import made_suite
import numpy as np
import pytest

from sigunet import image as images
from sigunet.errors import MissingExtra
from sigunet.suite import files, identity, plots, report
from sigunet.suite.run import Results, run
from sigunet.suite.scores import BaseScores
from sigunet.suite.work import Work
from sigunet.suite.worst import KEPT, PER_ROW, Worst, write_sheet


@pytest.fixture
def scores():
    return made_suite.base_scores(
        clean={"net": 0.96, "otsu": 0.98, "wolf": 0.9},
        gaussian={"net": 0.9, "otsu": 0.5, "wolf": 0.6},
        print={"net": 0.7, "otsu": 0.8, "wolf": 0.4},
        empty={"net": 0.002, "otsu": 0.1, "wolf": 0.1},
    )


def test_the_headline_table(scores):
    lines = report.headline(scores)
    cells = [cell.strip() for cell in lines[2].split("|")[1:-1]]
    titles = [cell.strip() for cell in lines[0].split("|")[1:-1]]
    got = dict(zip(titles, cells, strict=True))
    assert got["Method"] == "net" and got["F [95 % interval]"] == "80.0 [80.0, 80.0]"
    assert got["worst row"] == "print 70.0" and got["clean F"] == "96.0"
    assert got["empty: false ink"] == "0.20 %" and got["ms"] == "5.0"
    # Classical methods follow, the best first; what was not timed has no time.
    assert [line.split("|")[1].strip() for line in lines[3:]] == ["otsu", "wolf"]
    assert lines[3].endswith("| – |")


def test_differences_are_to_the_best_classical_method_of_the_row(scores):
    lines = report.differences(scores)
    assert "| gaussian | wolf 60.0 | 90.0 (+30.0 [+30.0, +30.0]) |" in lines
    assert "| print | otsu 80.0 | 70.0 (-10.0 [-10.0, -10.0]) |" in lines
    assert lines[-1] == "| **all** | otsu 65.0 | 80.0 (+15.0 [+15.0, +15.0]) |"


def test_the_report_has_every_row_and_severity(scores):
    text = report.report([scores], ["**Another set.**"], ["- quick: False"])
    assert text.startswith("**Another set.**\n")
    for row in ("clean", "gaussian", "print"):
        assert f"\n| {row} | " in text
    assert "| empty | (0.20 % false ink) | (10.00 % false ink) | (10.00 % false ink) |" in text
    assert "## F-measure of net by severity, %" in text
    assert "| print | 70.0 | – | 70.0 | – | 70.0 |" in text
    assert "nan" not in text and "- quick: False" in text
    assert "Writers are not drawn again" in text


def test_pairs_are_reported_apart():
    values = {"net": 0.9, "otsu": 0.5, "wolf": 0.6}
    pictures = [made_suite.scored("pairs", 0, n, values, base="pairs") for n in range(3)]
    pairs = BaseScores("pairs", pictures, made_suite.METHODS)
    lines = report.headline(pairs)
    assert "worst row" not in lines[0] and "clean" not in lines[0]
    assert "false ink" not in lines[0]
    assert lines[2].startswith("| net | 90.0 [90.0, 90.0] | 90.0 |")
    gain = "| pairs | wolf 60.0 | 90.0 (+30.0 [+30.0, +30.0]) |"
    assert report.differences(pairs)[2:] == [gain]
    text = report.report([pairs], ["x"])
    assert "# Base pairs" in text and gain in text and "severity, %" not in text


def cells_of(lines):
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[2:]]


def test_pairs_without_ink_have_a_column():
    values = {"net": 0.9, "otsu": 0.5, "wolf": 0.6}
    nothing = dict.fromkeys(values, np.nan)
    pictures = [
        made_suite.scored("pairs", 0, 0, values, base="pairs"),
        made_suite.scored("pairs", 0, 1, nothing, base="pairs", false_ink=values),
    ]
    net, *_ = cells_of(report.headline(BaseScores("pairs", pictures, made_suite.METHODS)))
    assert net["empty: false ink"] == "90.00 %" and net["F [95 % interval]"].startswith("90.0 ")


def test_the_users_backgrounds_are_shown():
    values = {"net": 0.9, "otsu": 0.5, "wolf": 0.6}
    net, wolf, _ = cells_of(report.headline(made_suite.base_scores(backgrounds=values)))
    assert (net["Method"], wolf["Method"]) == ("net", "wolf")
    assert net["F [95 % interval]"] == "90.0 [90.0, 90.0]" and net["backgrounds F"] == "90.0"
    assert "clean F" not in net and "empty: false ink" not in net and "worst row" not in net
    beside = made_suite.base_scores(
        print={"net": 0.7, "otsu": 0.8, "wolf": 0.4},
        jpeg={"net": 0.5, "otsu": 0.8, "wolf": 0.4},
        backgrounds=values,
    )
    net, *_ = cells_of(report.headline(beside))
    assert net["F [95 % interval]"].startswith("60.0 ") and net["backgrounds F"] == "90.0"
    assert net["worst row"] == "jpeg 50.0"
    gains = report.differences(beside)
    assert "| backgrounds | wolf 60.0 | 90.0 (+30.0 [+30.0, +30.0]) |" in gains
    assert gains[-1].startswith("| **all** | otsu 80.0 |")


def test_results_of_pairs_are_whole():
    values = {"net": 0.9, "otsu": 0.5, "wolf": 0.6}
    pictures = [made_suite.scored("pairs", 0, n, values, base="pairs") for n in range(3)]
    pairs = BaseScores("pairs", pictures, made_suite.METHODS)
    got = files.summary(Results([pairs], {}), [], {})["bases"]["pairs"]
    assert got["headline"]["net"]["fmeasure"] == got["headline"]["net"]["drd"] == 0.9
    assert got["best_classical"] == {"all": "wolf", "pairs": "wolf"}
    assert got["difference_to_best_classical"]["pairs"]["net"] == [0.3, 0.3, 0.3]


def test_plots_and_what_is_missing_for_them(scores, tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    plots.draw(scores, tmp_path / "new" / "plot.png")
    picture = images.read(tmp_path / "new" / "plot.png", channels=3)
    # The network's line is in colour.
    assert (picture.max(axis=2) - picture.min(axis=2) > 0.3).sum() > 100
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match="bench"):
        plots.draw(scores, tmp_path / "other.png")


@pytest.fixture
def pictures():
    source = made_suite.Made()
    return [worked for chunk in range(4) for worked in Work(source, score=False)(chunk)]


def test_the_worst_are_kept_whatever_the_order(pictures):
    values = {id(worked): number / 100 for number, worked in enumerate(pictures)}
    for order in (pictures, pictures[::-1]):
        worst = Worst()
        for worked in order:
            worst.offer("net", {"fmeasure": values[id(worked)]}, worked)
        got = worst.of("net")
        assert len(got) <= KEPT
        assert got[0][0] == 0 and np.array_equal(got[0][1].pixels, pictures[0].pixels)
        rows = [worked.row for _, worked in got]
        assert max(rows.count(row) for row in rows) == PER_ROW
    worst.offer("net", {"fmeasure": np.nan}, pictures[0])
    assert len(worst.of("net")) == len(got) and worst.of("other") == []


@pytest.mark.parametrize("rows", [("print",), ("gaussian", "print")])
def test_a_sheet_of_few_rows_is_filled(pictures, rows):
    offered = [worked for worked in pictures if worked.row in rows]
    # All of the first row are worse than any of the other.
    values = {id(worked): number / 100 for number, worked in enumerate(offered)}
    for order in (offered, offered[::-1]):
        worst = Worst()
        for worked in order:
            worst.offer("net", {"fmeasure": values[id(worked)]}, worked)
        got = [worked.row for _, worked in worst.of("net")]
        assert len(got) == min(len(offered), KEPT)
        assert got[-1] == rows[-1] and got.count(rows[-1]) >= PER_ROW


def test_a_sheet_shows_what_is_wrong(pictures, tmp_path):
    worst = [(0.5, pictures[0])]
    write_sheet(tmp_path / "sheet.png", worst, lambda worked: np.roll(worked.truth, 5, axis=0))
    sheet = images.to_uint8(images.read(tmp_path / "sheet.png", channels=3))
    for colour in ((213, 94, 0), (0, 114, 178)):
        assert (sheet == colour).all(axis=2).sum() > 100
    assert sheet.shape[1] > 4 * 90


@pytest.fixture
def written(tmp_path, monkeypatch):
    monkeypatch.setenv("SIGUNET_DATA_DIR", str(tmp_path / "data"))
    results = run([made_suite.Made()], [], workers=1)
    few = Results(results.bases, results.worst)
    missing = files.write(
        few,
        tmp_path / "out",
        files.summary(few, ["v1"], {"quick": True}),
        mask=lambda base, method, worked: worked.truth,
    )
    return few, tmp_path / "out", missing


def test_all_files_are_written(written):
    results, out, missing = written
    assert missing == []
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    sheets = {f"worst/M-{m.name.replace(' ', '-')}.png" for m in results.methods}
    assert names == {
        "report.md", "results.json", "pictures.json.gz", "severity-M.png", *sheets
    }  # fmt: skip
    got = json.loads((out / "results.json").read_text())
    assert got["suite"] == "signature-cleaning-v1" and got["about"] == {"quick": True}
    base = got["bases"]["M"]
    scores = results.bases[0]
    assert base["headline"]["otsu"]["fmeasure"] == pytest.approx(scores.mean("otsu"), abs=1e-6)
    reached = base["rows"]["gaussian"]["otsu"]
    assert reached["by_severity"].keys() == {"1", "3", "5"}
    recall = reached["skeleton_recall_by_severity"]
    assert recall == {
        f"{severity}": pytest.approx(
            scores.at("otsu", "gaussian", severity, "skeleton_recall"), abs=1e-6
        )
        for severity in (1, 3, 5)
    }
    assert base["rows"]["empty"]["otsu"]["fmeasure"] is None
    assert base["difference_to_best_classical"]["print"].keys() == {m.name for m in results.methods}
    single = json.loads(gzip.decompress((out / "pictures.json.gz").read_bytes()))["pictures"]
    assert len(single) == 16 and single[0]["digest"] == scores.pictures[0].digest


@pytest.mark.parametrize("differs", [False, True])
def test_a_set_that_differs_says_so_first(scores, monkeypatch, differs):
    sentence = "This set is not signature-cleaning-v1: 3 of 16 pictures differ."
    monkeypatch.setattr(identity, "verify", lambda pictures, base: sentence if differs else "")
    (line,) = identity.identity([scores])
    assert ("**Base M: This set is not" in line) == differs
    assert ("each with the digest" in line) != differs


def test_pairs_and_backgrounds_are_not_compared(monkeypatch):
    seen = []
    monkeypatch.setattr(identity, "verify", lambda pictures, base: seen.append(pictures) or "")
    values = {"net": 0.9, "otsu": 0.5, "wolf": 0.6}
    pictures = [made_suite.scored(row, 0, 0, values) for row in ("clean", "backgrounds")]
    pairs = BaseScores("pairs", [made_suite.scored("pairs", 0, 0, values)], made_suite.METHODS)
    identity.identity([BaseScores("S", pictures, made_suite.METHODS), pairs])
    assert [[p.row for p in one] for one in seen] == [["clean"]]
    own = BaseScores("S", pictures[1:], made_suite.METHODS)
    for scores in ([pairs], [own], [own, pairs]):
        assert identity.identity(scores) == ["No picture of signature-cleaning-v1 is among these."]
    assert len(seen) == 1


def test_a_recorded_report_on_other_pictures_than_the_suite_s_says_so():
    published = {"S": "ce28fd0b2bc71abb", "R": "c72638b30044da91"}
    recorded = sorted(Path("experiments").glob("*/evaluation-suite/results.json"))
    assert len(recorded) >= 6
    for path in recorded:
        content = json.loads(path.read_text())
        first = content["identity"][0]
        same = all(
            base["digest"].startswith(published[name]) for name, base in content["bases"].items()
        )
        assert same != ("not comparable" in first), path
        assert path.with_name("report.md").read_text().startswith(first), path
