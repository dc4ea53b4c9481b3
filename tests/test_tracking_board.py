import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import fake_wandb
import numpy as np
import pytest
from wandb_log import entries, of_kind, records

from sigunet import image
from sigunet.tracking.board import ID_FILE, Wandb, best_is

CONFIG = {
    "seed": 3,
    "model": {"width": 8},
    "tracking": {
        "wandb": "offline",
        "project": "penmanship",
        "group": "widths",
        "tags": ("a", "b"),
        "notes": "why",
        "name": "first",
    },
}
FACTS = {"commit": "abc", "data_digest": "d1", "command": ["/home/me/secret"], "diff": "private"}
# A token of the right form that nobody owns.
FAKE_KEY = "0123456789" * 4


@pytest.fixture(autouse=True)
def nobodys_account(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("WANDB_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))


def picture_file(folder: Path) -> Path:
    path = folder / "grid.png"
    image.write(path, np.full((6, 9), 128, np.uint8))
    return path


@pytest.fixture(scope="module")
def offline(tmp_path_factory):
    """A run with everything in it, and the records W&B wrote of it."""
    workdir = tmp_path_factory.mktemp("runs") / "w"
    said = []
    board = Wandb(workdir, CONFIG, facts=FACTS, say=said.append, wait_s=60)
    for step, iou in ((10, 0.5), (20, 0.7), (30, 0.6)):
        board.scalars(step, {"train/loss": 1 / step, "val/iou": iou, "perf/steps_per_second": 2.0})
    board.picture(30, "validation", picture_file(workdir), "four columns")
    checkpoint = workdir / "checkpoints" / "30"
    checkpoint.mkdir(parents=True)
    (checkpoint / "weights.bin").write_bytes(b"w" * 100)
    board.artifact(checkpoint, "best", {"val/iou": 0.7})
    # Retention may delete the checkpoint at once.
    (checkpoint / "weights.bin").unlink()
    board.summary({"best/step": 20})
    board.finish(0)
    return workdir, board, said, records(board.directory)


def test_an_offline_run_says_nothing_and_lies_in_the_workdir(offline):
    workdir, board, said, _ = offline
    assert said == []
    assert board.directory.parent == workdir / "wandb"
    assert board.directory.name.startswith("offline-run-")


def test_the_run_record_holds_config_group_tags_and_notes(offline):
    (run,) = of_kind(offline[3], "run")
    config = entries(run.config.update)
    assert config["model"] == {"width": 8}
    assert config["manifest"]["commit"] == "abc"
    assert (run.project, run.run_group, run.display_name) == ("penmanship", "widths", "first")
    assert (list(run.tags), run.notes) == (["a", "b"], "why")
    assert run.run_id == offline[1].run_id


def test_nothing_private_is_recorded(offline):
    (run,) = of_kind(offline[3], "run")
    assert run.host == ""
    everything = "".join(str(record) for record in offline[3])
    assert "secret" not in everything and "private" not in everything
    assert of_kind(offline[3], "environment") == []
    assert of_kind(offline[3], "output_raw") == []


def test_each_row_has_an_explicit_step(offline):
    rows = [entries(row.item) for row in of_kind(offline[3], "history")]
    assert [(row["step"], row["val/iou"]) for row in rows if "val/iou" in row] == [
        (10, 0.5),
        (20, 0.7),
        (30, 0.6),
    ]


def test_scalars_are_defined_one_by_one_with_their_best_as_summary(offline):
    metrics = {m.name: m for m in of_kind(offline[3], "metric") if m.name}
    assert not any(m.glob_name for m in of_kind(offline[3], "metric"))
    assert metrics["val/iou"].summary.max and not metrics["val/iou"].summary.min
    assert metrics["train/loss"].summary.min
    # step is named as the axis, which W&B writes as the axis' name or as its place in the list.
    assert metrics["val/iou"].step_metric == "step" or metrics["val/iou"].step_metric_index


def test_the_summary_is_the_best_and_what_was_set(offline):
    summary = {}
    for record in of_kind(offline[3], "summary"):
        summary.update(entries(record.update))
    assert summary["best/step"] == 20
    best = summary.get("val/iou/max") or summary["val/iou"]["max"]
    assert best == 0.7


def test_pictures_lie_under_samples_and_never_under_val(offline):
    rows = [entries(row.item) for row in of_kind(offline[3], "history")]
    names = {key.split("/_type")[0] for row in rows for key in row if "samples/" in key}
    assert {name.rpartition("samples/")[0] for name in names} == {""}
    pictures = list((offline[1].directory / "files" / "media").rglob("*.png"))
    assert len(pictures) == 1 and "samples" in str(pictures[0])
    assert np.all(np.asarray(image.read(pictures[0])) == np.float32(128 / 255))


def test_the_artifact_outlives_the_checkpoint(offline):
    workdir, board, _, found = offline
    (artifact,) = [
        request.log_artifact.artifact
        for request in of_kind(found, "request")
        if request.WhichOneof("request_type") == "log_artifact"
    ] or of_kind(found, "artifact")
    assert (artifact.name, artifact.type) == (f"best-{board.run_id}", "model")
    assert json.loads(artifact.metadata) == {"val/iou": 0.7}
    (entry,) = artifact.manifest.contents
    assert entry.path == "weights.bin"
    assert Path(entry.local_path).read_bytes() == b"w" * 100
    assert Path(entry.local_path).is_relative_to(workdir / "wandb")


def test_a_restart_goes_on_in_the_same_run(tmp_path):
    first = Wandb(tmp_path, CONFIG, facts=FACTS, wait_s=60)
    first.finish(1)
    again = Wandb(tmp_path, CONFIG, facts=FACTS, wait_s=60)
    again.finish(0)
    (run,) = of_kind(records(again.directory), "run")
    assert run.run_id == first.run_id == (tmp_path / ID_FILE).read_text().strip()
    (end,) = of_kind(records(first.directory), "exit")
    assert end.exit_code == 1


def test_restarts_offline_leave_one_staged_copy_of_each_artifact(tmp_path):
    weights = tmp_path / "weights.bin"
    for start in range(3):
        weights.write_bytes(b"%d" % start)
        board = Wandb(tmp_path, CONFIG, facts=FACTS, wait_s=60)
        board.artifact(weights, "best", {})
        if start == 0:
            board.artifact(weights, "other-1", {})
        board.finish(0)
        weights.unlink()
    folders = sorted((tmp_path / "wandb" / "artifacts").iterdir())
    assert [folder.name.rpartition("-")[0] for folder in folders] == ["best", "other-1"]
    assert (folders[0] / "weights.bin").read_bytes() == b"2"
    assert (folders[1] / "weights.bin").read_bytes() == b"0"


def test_without_wandb_the_run_goes_on_with_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    said = []
    board = Wandb(tmp_path, CONFIG, facts=FACTS, say=said.append, wait_s=60)
    use_everything(board, tmp_path)
    assert len(said) == 1 and "pip install 'sigunet[train]'" in said[0]
    assert board.directory is None
    assert not (tmp_path / "wandb").exists()


def use_everything(board, folder):
    board.scalars(1, {"val/iou": 0.5})
    board.picture(1, "validation", picture_file(folder), "")
    board.artifact(folder / "grid.png", "best", {})
    board.summary({"a": 1})
    board.finish(0)


class Broken:
    """A run of which every method fails."""

    dir = "/nowhere/files"
    url = None

    def __getattr__(self, name):
        raise RuntimeError(f"no {name} today\nsecond line")


def test_a_wandb_that_fails_later_says_so_once(tmp_path, monkeypatch):
    import wandb

    monkeypatch.setattr(wandb, "init", lambda *args, **settings: Broken())
    said = []
    board = Wandb(tmp_path, CONFIG, facts=FACTS, say=said.append, wait_s=60)
    use_everything(board, tmp_path)
    assert len(said) == 1 and "no define_metric today)" in said[0] and "second" not in said[0]


def test_a_wandb_that_cannot_start_says_so_once(tmp_path, monkeypatch):
    import wandb

    def refuse(*args, **settings):
        raise wandb.errors.UsageError("not like this")

    monkeypatch.setattr(wandb, "init", refuse)
    said = []
    board = Wandb(tmp_path, CONFIG, facts=FACTS, say=said.append, wait_s=60)
    use_everything(board, tmp_path)
    assert len(said) == 1 and "not like this" in said[0]


def test_a_wandb_that_hangs_is_left_behind(tmp_path, monkeypatch):
    import wandb

    release = threading.Event()

    def hang(*args, **settings):
        release.wait(60)
        raise TimeoutError("much later")

    monkeypatch.setattr(wandb, "init", hang)
    said = []
    begin = time.monotonic()
    board = Wandb(tmp_path, CONFIG, facts=FACTS, say=said.append, wait_s=0.2)
    board._finish_timeout_s = -4.5
    for step in range(2000):
        board.scalars(step, {"train/loss": 1.0})
    board.finish(0)
    assert time.monotonic() - begin < 30
    assert len(said) == 2 and "slow to answer" in said[0] and "does not keep up" in said[1]
    release.set()
    board._thread.join(10)


def online(monkeypatch, url):
    import wandb

    # W&B reads the environment once a process.
    wandb.teardown()
    monkeypatch.setenv("WANDB_API_KEY", FAKE_KEY)
    monkeypatch.setenv("WANDB_BASE_URL", url)
    return {**CONFIG, "tracking": {**CONFIG["tracking"], "wandb": "auto"}}


def test_an_unreachable_server_makes_the_run_offline_and_loses_nothing(tmp_path, monkeypatch):
    config = online(monkeypatch, "http://127.0.0.1:9")
    said = []
    board = Wandb(tmp_path, config, facts=FACTS, say=said.append, wait_s=0.1, init_timeout_s=1.0)
    board.scalars(7, {"val/iou": 0.25})
    board.finish(0)
    assert board.mode == "offline" and board.url is None
    assert len(said) == 2
    assert "cannot be reached" in said[1] and f"wandb sync {board.directory}" in said[1]
    rows = [entries(row.item) for row in of_kind(records(board.directory), "history")]
    assert [(row["step"], row["val/iou"]) for row in rows] == [(7, 0.25)]


def test_an_online_run_sends_what_was_recorded_to_the_same_run_after_a_restart(
    tmp_path, monkeypatch
):
    said, ids = [], []
    with fake_wandb.serve() as server:
        config = online(monkeypatch, server.url)
        for step in (1, 2):
            board = Wandb(tmp_path, config, facts=FACTS, say=said.append, wait_s=60)
            board.scalars(step, {"val/iou": step / 10})
            board.picture(step, "validation", picture_file(tmp_path), "")
            board.finish(0)
            assert (board.mode, board.url.startswith(server.url)) == ("online", True)
            ids.append(board.run_id)
    assert said == [] and ids[0] == ids[1]
    paths = [path for path, _ in server.seen]
    assert f"/files/me/penmanship/{ids[0]}/file_stream" in paths
    assert any(path.startswith("/upload/media/images/samples/validation") for path in paths)
    sent = b"".join(body for _, body in server.seen)
    assert b'val/iou\\":0.1' in sent or b'val/iou\\":{\\"max\\":0.1' in sent
    assert b"secret" not in sent and b"private" not in sent


def test_a_server_that_goes_away_costs_the_finish_its_limit_and_no_more(tmp_path, monkeypatch):
    said = []
    with fake_wandb.serve() as server:
        config = online(monkeypatch, server.url)
        board = Wandb(
            tmp_path, config, facts=FACTS, say=said.append, wait_s=60, finish_timeout_s=1.0
        )
    begin = time.monotonic()
    board.scalars(1, {"val/iou": 0.1})
    board.finish(0)
    assert time.monotonic() - begin < 30
    assert len(said) == 1 and f"wandb sync {board.directory}" in said[0]
    rows = [entries(row.item) for row in of_kind(records(board.directory), "history")]
    assert [row["val/iou"] for row in rows] == [0.1]


def test_a_process_with_an_unreachable_server_ends(tmp_path):
    program = f"""
from sigunet.tracking.board import Wandb
board = Wandb({str(tmp_path)!r}, {{"tracking": {{}}}}, facts={{}}, wait_s=0.1, init_timeout_s=1)
board.scalars(1, {{"a": 1.0}})
raise RuntimeError("the run failed")
"""
    env = {**os.environ, "WANDB_API_KEY": FAKE_KEY, "WANDB_BASE_URL": "http://127.0.0.1:9"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, timeout=50, text=True
    )
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith("RuntimeError: the run failed")


@pytest.mark.parametrize("reason", ["setting", "environment"])
def test_off_leaves_no_trace(tmp_path, monkeypatch, reason):
    monkeypatch.setitem(sys.modules, "wandb", None)
    if reason == "environment":
        monkeypatch.setenv("WANDB_MODE", "disabled")
    setting = "off" if reason == "setting" else "auto"
    said = []
    board = Wandb(tmp_path / "w", {"tracking": {"wandb": setting}}, facts={}, say=said.append)
    use_everything(board, tmp_path)
    assert said == [] and not (tmp_path / "w").exists()


def test_best_follows_what_a_metric_means():
    keys = ("val/iou", "val/fmeasure", "val/accuracy", "val/loss", "train/loss", "perf/loss")
    assert [best_is(key) for key in keys] == ["max", "max", "max", "min", "min", None]
    assert best_is("train/learning_rate") is None


def test_a_sweep_brings_its_own_id(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    monkeypatch.setenv("WANDB_RUN_ID", "sweep7")
    board = Wandb(tmp_path, CONFIG, facts=FACTS, say=[].append, wait_s=60)
    board.finish(0)
    assert board.run_id == "sweep7"
