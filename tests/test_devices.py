"""One device, four devices, and two processes of two devices: the same five steps."""

import os
import signal
import socket
import subprocess
import sys
import time

import jax
import numpy as np
import pytest
from conftest import MICRO

from sigunet import checkpoint, devices
from sigunet.errors import ConfigError

STEPS = 5


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("localhost", 0))
        return server.getsockname()[1]


def pair_of_processes():
    """The arguments by which two processes find each other."""
    together = ["--coordinator", f"localhost:{free_port()}", "--processes", "2"]
    return [[*together, "--process-index", str(index)] for index in range(2)]


def start(workdir, count, data_dir, *more):
    """Starts `sigunet train` in float64 on some simulated devices."""
    ours = ("model.dtype=float64", f"steps={STEPS}", "log_every=1", "batch_size=8", "eval_every=5")
    overrides = [f"--config.{override}" for override in (*MICRO, *ours)]
    command = [sys.executable, "-m", "sigunet", "train", "--config", "tiny", *overrides]
    return subprocess.Popen(
        [*command, "--workdir", str(workdir), "--quiet", *more],
        env={
            **os.environ,
            "JAX_ENABLE_X64": "1",
            "JAX_NUM_CPU_DEVICES": str(count),
            "JAX_PLATFORMS": "cpu",
            "SIGUNET_DATA_DIR": str(data_dir),
        },
        stderr=subprocess.PIPE,
        text=True,
    )


def weights(workdir):
    variables, _ = checkpoint.load_host(workdir)
    return {jax.tree_util.keystr(path): leaf for path, leaf in jax.tree.leaves_with_path(variables)}


@pytest.fixture(scope="module")
def outcomes(data_dir, tmp_path_factory):
    """Weights after five steps, from three ways to spread the same global batches."""
    folder = tmp_path_factory.mktemp("devices")
    pair = [(2, more) for more in pair_of_processes()]
    ways = {"one": [(1, [])], "four": [(4, [])], "two processes": pair}
    found = {}
    for way, processes in ways.items():
        runs = [start(folder / way, count, data_dir, *more) for count, more in processes]
        for run in runs:
            _, errors = run.communicate(timeout=240)
            assert run.returncode == 0, errors
        found[way] = weights(folder / way)
    return found


@pytest.mark.parametrize("way", ["four", "two processes"])
def test_many_devices_agree_with_one(outcomes, way):
    one, many = outcomes["one"], outcomes[way]
    assert one.keys() == many.keys()
    assert all(value.dtype == np.float64 for value in one.values())
    for name in one:
        np.testing.assert_allclose(many[name], one[name], rtol=0, atol=1e-9, err_msg=name)


def test_the_steps_did_something(outcomes):
    # BatchNorm's scale begins as exactly one.
    scale = outcomes["one"]["['params']['Block_0']['BatchNorm_0']['scale']"]
    assert np.abs(scale - 1).max() > 1e-4


def test_a_signal_to_one_process_stops_both(data_dir, tmp_path):
    folder = tmp_path / "run"
    long = ("--config.steps=100000", "--config.eval_every=100000", "--config.checkpoint_every=0")
    runs = [start(folder, 1, data_dir, *more, *long) for more in pair_of_processes()]
    end = time.monotonic() + 120
    while not (folder / "metrics.jsonl").is_file() or not (folder / "metrics.jsonl").stat().st_size:
        assert all(run.poll() is None for run in runs) and time.monotonic() < end
        time.sleep(0.05)
    runs[1].send_signal(signal.SIGTERM)
    for run in runs:
        _, errors = run.communicate(timeout=120)
        assert run.returncode == 128 + signal.SIGTERM, errors
    assert checkpoint.load_host(folder)[1].step > 0


def test_a_batch_that_does_not_divide(monkeypatch):
    monkeypatch.setattr(jax, "device_count", lambda: 4)
    devices.check_batch(8, 2)
    with pytest.raises(ConfigError, match="4 devices; 8 or 12 would"):
        devices.check_batch(10, 1)
    with pytest.raises(ConfigError, match="4 devices x 2 accumulated parts; 8 or 16 would"):
        devices.check_batch(12, 2)


def test_half_of_a_coordinator(monkeypatch):
    with pytest.raises(ConfigError, match="must be below"):
        devices.initialize("localhost:1234", 2, 2)
    with pytest.raises(ConfigError, match="all three"):
        devices.initialize("localhost:1234", None, None)
    monkeypatch.setenv("JAX_PROCESS_ID", "x")
    with pytest.raises(ConfigError, match="JAX_PROCESS_ID=x is not a number"):
        devices.initialize()
