import json
import subprocess
import sys

import numpy as np
import pytest

import sigunet
from sigunet import image
from sigunet.errors import SigunetError
from sigunet.tracking import (
    MetricsLog,
    Tracker,
    manifest,
    provenance,
    read_metrics,
    thin,
    write_json,
    write_manifest,
)

CONFIG = {"seed": 5, "steps": 10, "model": {"width": 8}, "tracking": {"wandb": "off"}}


def facts(**changes):
    made = manifest(
        CONFIG,
        command=["sigunet", "train"],
        data_digest="d1",
        devices={"kind": "cpu", "platform": "cpu", "count": 1},
    )
    return {**made, **changes}


@pytest.fixture
def checkout(tmp_path):
    """A git repository with one committed file."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "train.txt").write_text("one\n")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "first")
    return folder


def git(folder, *arguments):
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_the_manifest_says_what_was_run_on_what():
    made = json.loads(json.dumps(facts(), allow_nan=False))
    assert made["config"] == CONFIG and made["seed"] == 5
    assert made["command"] == ["sigunet", "train"]
    assert made["data_digest"] == "d1" and made["lineage"] is None
    assert made["devices"]["count"] == 1 and made["cpu"]["cores"] >= 1 and made["cpu"]["model"]
    assert made["versions"]["numpy"] == np.__version__
    assert made["sigunet"] == sigunet.__version__
    assert made["python"].startswith(f"{sys.version_info.major}.{sys.version_info.minor}")


def test_a_clean_checkout_has_a_commit_and_no_diff(checkout):
    state = provenance.code_state(checkout)
    commit = git(checkout, "rev-parse", "HEAD")
    assert state == {"commit": commit, "dirty": False, "diff": "", "untracked": []}


def test_a_changed_checkout_has_its_diff_staged_or_not(checkout):
    (checkout / "train.txt").write_text("one\ntwo\n")
    (checkout / "staged.txt").write_text("three\n")
    git(checkout, "add", "staged.txt")
    (checkout / "new.txt").write_text("untracked content\n")
    state = provenance.code_state(checkout)
    assert state["dirty"]
    assert "+two" in state["diff"] and "+three" in state["diff"]
    assert state["untracked"] == ["new.txt"] and "untracked content" not in state["diff"]


def test_a_huge_diff_is_cut_and_says_so(checkout, monkeypatch):
    monkeypatch.setattr(provenance, "MAX_DIFF", 50)
    (checkout / "train.txt").write_text("x" * 1000)
    diff = provenance.code_state(checkout)["diff"]
    assert len(diff) < 150 and "more characters" in diff


def test_without_git_there_is_no_commit(tmp_path, monkeypatch):
    assert provenance.code_state(tmp_path)["dirty"] is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert provenance.code_state(tmp_path)["commit"] is None


def test_a_package_inside_somebody_elses_checkout_does_not_take_its_commit(checkout, monkeypatch):
    package = checkout / "venv" / "sigunet"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    monkeypatch.setattr(sigunet, "__file__", str(package / "__init__.py"))
    assert provenance.code_state()["commit"] != git(checkout, "rev-parse", "HEAD")
    git(checkout, "add", ".")
    assert provenance.code_state()["commit"] == git(checkout, "rev-parse", "HEAD")


def test_a_restart_adds_a_start_and_keeps_the_first(tmp_path):
    write_manifest(tmp_path, facts(commit="aaa"), restored_step=None)
    again = facts(commit="bbb", command=["sigunet", "train", "--again"])
    write_manifest(tmp_path, again, restored_step=40)
    content = json.loads((tmp_path / "manifest.json").read_text())
    assert content["commit"] == "aaa" and content["config"] == CONFIG
    first, second = content["starts"]
    assert first["restored_step"] is None and "commit" not in first
    assert second["restored_step"] == 40 and second["commit"] == "bbb"
    assert second["command"][-1] == "--again"
    assert "versions" not in second


def test_a_damaged_manifest_is_put_aside(tmp_path):
    (tmp_path / "manifest.json").write_text('{"starts": [')
    write_manifest(tmp_path, facts(), restored_step=3)
    assert len(json.loads((tmp_path / "manifest.json").read_text())["starts"]) == 1
    assert (tmp_path / "manifest.damaged.json").read_text() == '{"starts": ['


def test_json_is_whole_or_not_there(tmp_path):
    write_json(tmp_path / "a.json", {"a": 1})
    with pytest.raises(ValueError):
        write_json(tmp_path / "a.json", {"a": float("nan")})
    assert json.loads((tmp_path / "a.json").read_text()) == {"a": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    (tmp_path / "folder").mkdir()
    with pytest.raises(SigunetError, match=r"folder cannot be written: Is a directory\."):
        write_json(tmp_path / "folder", {})
    assert len(list(tmp_path.iterdir())) == 2


def test_rows_are_flushed_flat_and_valid_json(tmp_path):
    log = MetricsLog(tmp_path / "metrics.jsonl")
    log.write(np.int64(3), {"train/loss": np.float32(0.5), "val/iou": float("nan"), "n": 7})
    # Read while it is open: another process sees the row at once.
    (line,) = (tmp_path / "metrics.jsonl").read_text().splitlines()
    log.close()
    assert line == '{"step": 3, "train/loss": 0.5, "val/iou": null, "n": 7}'


def rows_to(path, steps):
    log = MetricsLog(path)
    for step in steps:
        log.write(step, {"train/loss": 1.0})
    log.close()


@pytest.mark.parametrize("torn", ["", '{"step": 60, "train/lo', '\n[1]\n{"step": "20"}\nnothing'])
def test_a_resumed_run_cuts_what_is_past_the_restored_step(tmp_path, torn):
    path = tmp_path / "metrics.jsonl"
    rows_to(path, (10, 20, 30, 40, 50))
    with open(path, "a") as file:
        file.write(torn)
    log = MetricsLog(path, restored_step=30)
    log.write(40, {"train/loss": 2.0})
    log.close()
    steps = [json.loads(line)["step"] for line in path.read_text().splitlines()]
    assert steps == [10, 20, 30, 40]
    assert [path.name for path in tmp_path.iterdir()] == ["metrics.jsonl"]


def test_a_run_from_scratch_starts_with_an_empty_record(tmp_path):
    rows_to(tmp_path / "metrics.jsonl", (10, 20))
    MetricsLog(tmp_path / "metrics.jsonl", restored_step=None).close()
    assert (tmp_path / "metrics.jsonl").read_text() == ""


def test_a_record_that_needs_no_cut_is_not_touched(tmp_path):
    path = tmp_path / "metrics.jsonl"
    rows_to(path, (10, 20))
    before = path.stat().st_ino
    MetricsLog(path, restored_step=20).close()
    assert path.stat().st_ino == before and len(read_metrics(path)) == 2


def test_a_record_that_cannot_be_read_is_a_sentence(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.mkdir()
    for use in (lambda: MetricsLog(path, restored_step=3), lambda: read_metrics(path)):
        with pytest.raises(SigunetError, match=r"metrics\.jsonl cannot be read: Is a directory\."):
            use()
    assert path.is_dir()


def test_a_thinned_record_keeps_every_validation(tmp_path):
    source = tmp_path / "metrics.jsonl"
    log = MetricsLog(source)
    for step in range(1, 1001):
        log.write(step, {"train/loss": 0.123456789})
        if step % 100 == 0:
            log.write(step, {"val/iou": 0.5})
    log.close()
    assert thin(source, tmp_path / "thin.jsonl", max_bytes=10_000) == 8
    kept = read_metrics(tmp_path / "thin.jsonl")
    assert (tmp_path / "thin.jsonl").stat().st_size <= 10_000
    assert [row["step"] for row in kept if "val/iou" in row] == list(range(100, 1001, 100))
    assert [row["step"] for row in kept if "train/loss" in row] == list(range(1, 1001, 8))
    with pytest.raises(SigunetError, match="alone exceed"):
        thin(source, tmp_path / "none.jsonl", max_bytes=100)
    assert not (tmp_path / "none.jsonl").exists()


def test_a_tracked_run_leaves_its_record(tmp_path):
    workdir = tmp_path / "runs" / "first"
    grid = np.arange(60, dtype=np.uint8).reshape(5, 4, 3)
    with Tracker.start(workdir, CONFIG, manifest=facts(), restored_step=None) as tracker:
        tracker.scalars(10, {"train/loss": np.array(0.25, np.float32)})
        path = tracker.picture(10, "validation/grid", grid)
        tracker.summary({"best/step": np.int32(10), "best/val/iou": float("nan")})
        tracker.summary({"best/step": 20})
        tracker.artifact(path, "best", {})
    assert read_metrics(workdir / "metrics.jsonl") == [{"step": 10, "train/loss": 0.25}]
    assert path == workdir / "samples" / "validation-grid-0000010.png"
    assert np.array_equal(image.to_uint8(image.read(path, channels=3)), grid)
    summary = json.loads((workdir / "summary.json").read_text())
    assert summary == {"best/step": 20, "best/val/iou": None}
    assert json.loads((workdir / "manifest.json").read_text())["config"] == CONFIG
    assert tracker.local_run_dir is None and tracker.run_id is None and tracker.url is None


def test_a_resumed_run_goes_on_in_the_same_record(tmp_path):
    for restored, steps in ((None, (10, 20, 30)), (20, (30, 40))):
        tracker = Tracker.start(tmp_path, CONFIG, manifest=facts(), restored_step=restored)
        for step in steps:
            tracker.scalars(step, {"train/loss": step + (restored or 0)})
        tracker.finish(0)
    rows = read_metrics(tmp_path / "metrics.jsonl")
    assert [(row["step"], row["train/loss"]) for row in rows] == [
        (10, 10),
        (20, 20),
        (30, 50),
        (40, 60),
    ]


def test_an_exception_finishes_the_run_as_failed(tmp_path, monkeypatch):
    codes = []
    monkeypatch.setattr(
        "sigunet.tracking.board.Wandb.finish", lambda self, code: codes.append(code)
    )
    with pytest.raises(KeyError):
        with Tracker.start(tmp_path, CONFIG, manifest=facts(), restored_step=None):
            raise KeyError
    assert codes == [1]


def test_a_silent_tracker_does_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Tracker.silent() as tracker:
        tracker.scalars(1, {"a": 1})
        assert tracker.picture(1, "a", np.zeros((2, 2), np.uint8)) is None
        tracker.artifact("nothing", "a", {})
        tracker.summary({"a": 1})
    assert list(tmp_path.iterdir()) == []


def test_tracking_needs_neither_jax_nor_wandb_nor_matplotlib_to_be_imported():
    program = "import sys, sigunet.tracking, sigunet.grids; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    loaded = set(done.stdout.split())
    assert "sigunet.tracking" in loaded
    assert not loaded & {"jax", "wandb", "matplotlib", "tensorflow"}
