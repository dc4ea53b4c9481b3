import json
import sys

import numpy as np
import pytest

from sigunet import image
from sigunet.errors import MissingExtra, SigunetError
from sigunet.tracking import compare
from sigunet.tracking.runs import find_runs

RECIPE = "gaussian(0.01, 0.15)|lines(p={})|print(p=0.7)|stamp(p=0.1)"


def make_run(folder, rate, lines, best):
    folder.mkdir(parents=True)
    config = {"seed": 0, "optimizer": {"learning_rate": rate}, "noise": RECIPE.format(lines)}
    (folder / "manifest.json").write_text(json.dumps({"config": config, "starts": []}))
    rows = [
        {"step": step, "train/loss": 1 / step, "perf/images_per_second": float(step)}
        for step in range(1, 101)
    ]
    values = ((50, best - 0.1), (70, best), (100, best - 0.05))
    rows += [
        {"step": s, "val/iou": v, "val/fmeasure": v + 0.01, "val/loss": 1 - v} for s, v in values
    ]
    rows += [{"step": 100, "val/iou": None}]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture
def root(tmp_path):
    make_run(tmp_path / "lab" / "slow", 0.001, 0.5, 0.6)
    make_run(tmp_path / "lab" / "deep" / "fast", 0.003, 0.8, 0.7)
    return tmp_path / "lab"


def table(text, header):
    """Returns the rows of the Markdown table whose first line starts with some cells."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if cells(line)[: len(header)] == header)
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append(cells(line))
    return cells(lines[start]), rows


def cells(line):
    return [cell.strip() for cell in line.strip("|").replace("\\|", "¦").split("|")]


def test_results_come_best_first_with_the_step_of_the_best(root):
    header, rows = table(compare([root]), ["run", "last step"])
    assert [row[0] for row in rows] == ["deep/fast", "slow"]
    best = dict(zip(header, rows[0], strict=True))
    assert rows[0][1:6] == ["100", "0.7000", "70", "0.7100", "70"]
    assert (best["least val/loss"], best["images/s"]) == ("0.3", "50.5")


def test_only_what_differs_is_listed(root):
    header, rows = table(compare([root]), ["run", "optimizer.learning_rate"])
    assert set(header) == {"run", "optimizer.learning_rate", "noise"}
    by_name = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    assert by_name["slow"]["optimizer.learning_rate"] == "0.001"
    # A long recipe is cut down to where it differs.
    assert "lines(p=0.8)" in by_name["deep/fast"]["noise"]
    assert "lines(p=0.5)" in by_name["slow"]["noise"]
    assert "stamp" not in by_name["slow"]["noise"]


def test_many_differing_keys_go_down_instead_of_across(root):
    path = root / "slow" / "manifest.json"
    content = json.loads(path.read_text())
    content["config"].update({f"key{i}": i for i in range(8)})
    path.write_text(json.dumps(content))
    header, rows = table(compare([root]), ["key"])
    assert set(header) == {"key", "slow", "deep/fast"}
    row = next(row for row in rows if row[0] == "key3")
    assert row[header.index("slow")] == "3" and row[header.index("deep/fast")] == "-"


def test_equal_configs_are_said_to_be_equal(tmp_path):
    make_run(tmp_path / "a", 0.1, 0.5, 0.6)
    make_run(tmp_path / "b", 0.1, 0.5, 0.7)
    assert "The configs are the same." in compare([tmp_path])
    assert "One run alone" in compare([tmp_path / "a"])


def test_a_run_named_twice_counts_once(root):
    runs, notes = find_runs([root, root / "slow"])
    assert len(runs) == 2 and notes == []


def test_wandbs_own_folders_are_no_runs(root):
    make_run(root / "slow" / "wandb" / "copy", 1.0, 0.5, 0.9)
    assert len(find_runs([root])[0]) == 2


def test_a_kept_config_is_enough(root):
    (root / "slow" / "config.json").write_text('{"seed": 4}')
    (root / "slow" / "manifest.json").unlink()
    by_name = {run.name: run for run in find_runs([root])[0]}
    assert by_name["slow"].config == {"seed": 4}


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        ("manifest.json", "{", "cannot be read as a run's config"),
        ("manifest.json", "{}", "cannot be read as a run's config"),
        ("manifest.json", '{"config": 3}', "cannot be read as a run's config"),
        ("manifest.json", None, "neither manifest.json nor config.json"),
        ("metrics.jsonl", None, "never started"),
        ("metrics.jsonl", "", "no readable row yet"),
        ("metrics.jsonl", "\x00\x01 torn", "no readable row yet"),
    ],
)
def test_a_broken_run_is_a_sentence_beside_the_others(root, file, content, sentence):
    make_run(root / "broken", 0.1, 0.5, 0.9)
    path = root / "broken" / file
    path.unlink()
    if content is not None:
        path.write_text(content)
    text = compare([root])
    (line,) = [line for line in text.splitlines() if sentence in line]
    assert str(root / "broken") in line
    assert len(table(text, ["run", "last step"])[1]) == 2


def test_a_torn_last_row_is_left_out(root):
    with open(root / "slow" / "metrics.jsonl", "a") as file:
        file.write('{"step": 101, "val/iou": 0.99')
    _, rows = table(compare([root]), ["run", "last step"])
    assert ["slow", "100", "0.6000"] in [row[:3] for row in rows]


def test_folders_without_runs_are_sentences(root, tmp_path):
    (tmp_path / "empty").mkdir()
    text = compare([root, tmp_path / "empty", tmp_path / "nowhere"])
    assert f"{tmp_path / 'empty'} holds no run" in text
    assert f"{tmp_path / 'nowhere'} is no folder." in text
    with pytest.raises(SigunetError, match="holds no run"):
        compare([tmp_path / "empty"])
    with pytest.raises(SigunetError, match="at least one folder"):
        compare([])


def test_the_curves_of_all_runs_are_in_the_picture(root, tmp_path):
    both, one = tmp_path / "both.png", tmp_path / "one.png"
    assert f"Curves: {both}" in compare([root], picture=both)
    compare([root / "slow"], picture=one)
    blue, vermilion = (colours(image.read(path, channels=3)) for path in (one, both))
    assert (0, 114, 178) in blue and (213, 94, 0) not in blue
    assert {(0, 114, 178), (213, 94, 0)} <= vermilion
    with pytest.raises(SigunetError, match=r"\.png"):
        compare([root], picture=tmp_path / "curves.doc")
    assert not (tmp_path / "curves.doc").exists()


def colours(picture):
    return {tuple(c) for c in np.unique(image.to_uint8(picture).reshape(-1, 3), axis=0).tolist()}


def test_without_matplotlib_the_table_works_and_the_picture_names_the_extra(root, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert "deep/fast" in compare([root])
    with pytest.raises(MissingExtra, match=r"pip install 'sigunet\[train\]'"):
        compare([root], picture=root / "curves.png")
