import json
import os
import re
import signal
import subprocess
import sys
import time

import jax
import numpy as np
import pytest
from conftest import MICRO

from sigunet import checkpoint, image
from sigunet import config as config_lib
from sigunet import train as train_lib
from sigunet.errors import ConfigError, TrainingStopped
from sigunet.tracking import read_metrics
from sigunet.train import train_and_evaluate


def lasting(folder):
    """The rows of metrics.jsonl without what depends on the machine's mood."""
    rows = read_metrics(folder / "metrics.jsonl")
    return [{k: v for k, v in row.items() if not k.startswith("perf/")} for row in rows]


def same_weights(one, other):
    trees = [checkpoint.load_host(place)[0] for place in (one, other)]
    return all(jax.tree.leaves(jax.tree.map(np.array_equal, *trees)))


def test_a_run_leaves_what_it_promises(trained):
    folder, result = trained
    assert result.step == 6
    assert result.stopped_by is None
    assert result.checkpoint.parent == folder / "checkpoints"
    assert result.samples.name == "validation-0000006.png"
    rows = lasting(folder)
    assert [row["step"] for row in rows if "train/loss" in row] == [2, 4, 6]
    assert [row["step"] for row in rows if "val/iou" in row] == [3, 6]
    assert {"val/accuracy", "val/fmeasure", "val/loss", "val/threshold"} <= rows[-1].keys()
    speed = read_metrics(folder / "metrics.jsonl")[0]
    for key in ("steps_per_second", "images_per_second", "tflops_per_second", "peak_memory_gib"):
        assert speed[f"perf/{key}"] > 0
    assert 0 <= speed["perf/input_wait"] < 1
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["config"]["model"]["width"] == 4
    assert manifest["devices"]["platform"] == "cpu"
    assert len(manifest["data_digest"]) >= 8
    meta = checkpoint.read_meta(result.checkpoint)
    assert meta.config == config_lib.load("tiny", MICRO)
    assert meta.metrics["iou"] == pytest.approx(max(r["val/iou"] for r in rows if "val/iou" in r))


def test_a_finished_run_is_not_trained_again(trained, micro, capfd):
    folder, result = trained
    before = (folder / "metrics.jsonl").read_bytes()
    again = train_and_evaluate(micro(), folder, quiet=True)
    assert again.step == 6
    assert again.checkpoint == result.checkpoint
    assert (folder / "metrics.jsonl").read_bytes() == before


class StopAfter(train_lib.StopRequest):
    """A SIGTERM that comes in the n-th step."""

    steps = 0

    @property
    def signal(self):
        self.steps += 1
        return signal.SIGTERM if self.steps >= 5 else None

    @signal.setter
    def signal(self, value):
        pass


def test_steps_restart_steps_is_bit_for_bit_all_steps(trained, micro, tmp_path, monkeypatch):
    """Five steps, which is in the middle between two log lines, then the sixth."""
    whole, _ = trained
    parts = tmp_path / "parts"
    with monkeypatch.context() as patch:
        patch.setattr(train_lib, "StopRequest", StopAfter)
        stopped = train_and_evaluate(micro(), parts, quiet=True)
    assert (stopped.step, stopped.stopped_by) == (5, signal.SIGTERM)
    # What a killed run wrote past its last checkpoint is written again, not twice.
    with (parts / "metrics.jsonl").open("a") as file:
        file.write('{"step": 6, "train/loss": 99.0}\n{"step": 7, "tra')
    result = train_and_evaluate(micro(), parts, quiet=True)
    assert result.step == 6
    assert lasting(parts) == lasting(whole)
    assert same_weights(parts / "checkpoints" / "6", whole / "checkpoints" / "6")
    starts = json.loads((parts / "manifest.json").read_text())["starts"]
    assert [start["restored_step"] for start in starts] == [None, 5]


def start(folder, data_dir, *more):
    overrides = [f"--config.{override}" for override in (*MICRO, *more)]
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "sigunet", "train", "--config", "tiny", *overrides),
            *("--workdir", str(folder)),
        ],
        # Compiled as users compile.
        env={
            **os.environ,
            "SIGUNET_DATA_DIR": str(data_dir),
            "JAX_DISABLE_MOST_OPTIMIZATIONS": "0",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for(condition, process, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.002)


LONG = ("steps=40", "checkpoint_every=1", "eval_every=40", "log_every=1", "eval.pictures=2")


@pytest.fixture(scope="module")
def uninterrupted(data_dir, tmp_path_factory):
    folder = tmp_path_factory.mktemp("long") / "run"
    process = start(folder, data_dir, *LONG)
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 0, output
    return folder


def test_killed_in_the_middle_of_a_save(uninterrupted, data_dir, tmp_path):
    """SIGKILL while Orbax writes; the same command ends where the unbroken run ended."""
    folder = tmp_path / "run"
    process = start(folder, data_dir, *LONG)
    saves = folder / "checkpoints"

    def saving():
        unfinished = [*saves.glob("*orbax-checkpoint-tmp*")] if saves.is_dir() else []
        finished = [int(p.name) for p in saves.glob("*") if p.name.isdigit()] if unfinished else []
        return bool(finished) and max(finished) >= 5

    wait_for(saving, process)
    process.kill()
    process.communicate()
    process = start(folder, data_dir, *LONG)
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 0, output
    restored = int(re.search(r"Going on from step (\d+)", output).group(1))
    assert 5 <= restored < 40
    assert lasting(folder) == lasting(uninterrupted)
    assert same_weights(folder / "checkpoints" / "40", uninterrupted / "checkpoints" / "40")
    assert not [*saves.glob("*orbax-checkpoint-tmp*")]


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_signals_save_and_exit(data_dir, tmp_path, kind):
    folder = tmp_path / "run"
    process = start(folder, data_dir, "steps=100000", "checkpoint_every=0", "eval_every=100000")
    wait_for(lambda: (folder / "metrics.jsonl").is_file() and lasting(folder), process)
    process.send_signal(kind)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 128 + kind, output
    step = int(re.search(r"Stopped at step (\d+), saved", output).group(1))
    assert checkpoint.find(folder).name == str(step)
    assert "Traceback" not in output


def test_a_step_that_is_not_finite_stops_until_the_config_changes(micro, tmp_path, monkeypatch):
    folder = tmp_path / "run"
    honest = train_lib.devices.shard
    calls = []

    def poisoned(batch, mesh):
        calls.append(1)
        # The third training batch; validation batches carry a mask.
        if len(calls) == 3 and "mask" not in batch:
            batch["image"] = np.full(batch["image"].shape, np.nan, np.float32)
        return honest(batch, mesh)

    monkeypatch.setattr(train_lib.devices, "shard", poisoned)
    config = micro("eval_every=6")
    with pytest.raises(TrainingStopped, match=r"Step 2 \(pairs 8 to 11\)"):
        train_and_evaluate(config, folder, quiet=True)
    monkeypatch.undo()
    failure = json.loads((folder / "failure.json").read_text())
    assert (failure["step"], failure["first_pair"], failure["last_pair"]) == (2, 8, 11)
    # The last finite state is there to go on from.
    weights, meta = checkpoint.load_host(folder)
    assert meta.step == 2
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(weights))
    with pytest.raises(TrainingStopped, match="Step 2"):
        train_and_evaluate(config, folder, quiet=True)
    # The remedy may change the optimiser, though not the network.
    with pytest.raises(ConfigError, match=r"model\.width"):
        train_and_evaluate(micro("eval_every=6", "model.width=8"), folder, quiet=True)
    assert (folder / "failure.json").exists()
    gentler = micro(
        "eval_every=6",
        "optimizer.learning_rate=0.0001",
        "optimizer.clip_norm=1.0",
        "optimizer.weight_decay=0.01",
        "optimizer.schedule=constant",
    )
    assert train_and_evaluate(gentler, folder, quiet=True).step == 6
    assert not (folder / "failure.json").exists()


def test_init_from_takes_weights_and_notes_the_lineage(trained, micro, tmp_path):
    folder, result = trained
    config = micro("steps=1", "optimizer.learning_rate=1e-30", "seed=5")
    train_and_evaluate(config, tmp_path / "tuned", init_from=folder, quiet=True)
    kernels = [
        checkpoint.load_host(place)[0]["params"]["Conv_0"]["kernel"]
        for place in (folder, tmp_path / "tuned")
    ]
    np.testing.assert_allclose(*kernels, atol=1e-7)
    lineage = json.loads((tmp_path / "tuned" / "manifest.json").read_text())["lineage"]
    assert lineage["checkpoint"] == str(folder)
    assert lineage["step"] == int(result.checkpoint.name)
    # A run that goes on does not need the weights it began with any more.
    longer = micro("steps=2", "optimizer.learning_rate=1e-30", "seed=5")
    gone = tmp_path / "gone"
    assert train_and_evaluate(longer, tmp_path / "tuned", init_from=gone, quiet=True).step == 2


def test_real_signatures_are_watched_and_not_trained_on(trained, micro, tmp_path):
    grey = np.ones((60, 90), np.float32)
    grey[20:24, 10:80] = grey[30:50, 40:44] = 0.1
    for writer in "ab":
        image.write(tmp_path / "scans" / writer / "1.png", grey)
    config = micro("steps=3", f"eval.signatures={tmp_path / 'scans'}", "eval.writers=a")
    train_and_evaluate(config, tmp_path / "run", quiet=True)
    rows = read_metrics(tmp_path / "run" / "metrics.jsonl")
    scored = [row for row in rows if "watched/fmeasure" in row]
    assert [row["step"] for row in scored] == [3] and "val/fmeasure" in scored[0]
    assert list((tmp_path / "run" / "samples").glob("watched-*3.png"))
    # Watching changes nothing of what is learnt.
    plain = micro("steps=3")
    train_and_evaluate(plain, tmp_path / "plain", quiet=True)
    assert same_weights(tmp_path / "run", tmp_path / "plain")


def test_fine_tuning_on_pairs_learns_what_they_show(trained, data_dir, tmp_path):
    # Pale bars are the ink of these pairs, dark dots their noise.
    rng = np.random.default_rng(0)
    for number in range(9):
        ink, picture = np.zeros((2, 40, 48), np.float32)
        row = 6 + 3 * number
        ink[row : row + 5, 6:42] = 1
        picture = np.where(ink > 0, 0.55, 1.0)
        picture[rng.integers(0, 40, 12), rng.integers(0, 48, 12)] = 0.0
        image.write(tmp_path / "pairs" / "images" / f"{number}.png", picture)
        image.write(tmp_path / "pairs" / "gt" / f"{number}.png", 1 - ink)

    def tuned(name, *overrides):
        path = f"data.path={tmp_path / 'pairs'}"
        seconds = [key for key in MICRO if not key.startswith("data.signatures")]
        network = ("model.stem=none", "model.convs=1")
        config = config_lib.load("finetune", [*seconds, *network, path, *overrides])
        return train_and_evaluate(config, tmp_path / name, init_from=trained[0], quiet=True)

    before = tuned("before", "steps=1", "optimizer.learning_rate=1e-30").metrics
    faster = ("optimizer.learning_rate=1e-2", "optimizer.ema=0.9")
    after = tuned("after", "steps=60", *faster).metrics
    assert after["loss"] < 0.7 * before["loss"]
    assert after["fmeasure_calibrated"] > before["fmeasure_calibrated"]


def test_no_pictures_are_no_error(micro, tmp_path):
    result = train_and_evaluate(micro("tracking.pictures=0", "steps=1"), tmp_path / "r", quiet=True)
    assert result.samples is None


def test_profile_steps_write_a_trace(micro, tmp_path):
    train_and_evaluate(micro("steps=3", "profile_steps=(1, 2)"), tmp_path / "run", quiet=True)
    assert [*(tmp_path / "run" / "profile").rglob("*.xplane.pb")]


def test_debug_nans_names_the_operation(micro, tmp_path, monkeypatch):
    honest = train_lib.devices.shard

    def poisoned(batch, mesh):
        batch["image"] = np.full(batch["image"].shape, np.nan, np.float32)
        return honest(batch, mesh)

    monkeypatch.setattr(train_lib.devices, "shard", poisoned)
    try:
        with pytest.raises(FloatingPointError, match="nan"):
            train_and_evaluate(micro("steps=2", "debug_nans=True"), tmp_path / "run", quiet=True)
    finally:
        jax.config.update("jax_debug_nans", False)
