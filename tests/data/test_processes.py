import os
import signal
import subprocess
import sys
import time

import pytest

from sigunet.data.batches import Batches
from sigunet.data.example import Examples
from sigunet.data.processes import ProcessLoader
from sigunet.data.workers import OrderedMap
from sigunet.errors import DataError

from .tasks import Heavy


@pytest.fixture
def made(config, source):
    return Batches(Examples.of(config, source), 4)


def test_workers_import_neither_tensorflow_nor_jax(made):
    with OrderedMap(Heavy(made), 0, 2, workers=2) as found:
        assert list(found) == [[], []]


def test_a_killed_worker_is_an_error_and_no_hang(made):
    with ProcessLoader(made, 0, 10**6, workers=2) as loader:
        next(loader)
        os.kill(loader.pids[0], signal.SIGKILL)
        with pytest.raises(DataError, match="worker process ended unexpectedly"):
            for _ in range(100):
                next(loader)


def test_workers_outlive_the_signals_that_stop_a_run(made):
    with ProcessLoader(made, 0, 40, workers=2) as loader:
        next(loader)
        for pid in loader.pids:
            os.kill(pid, signal.SIGINT)
            os.kill(pid, signal.SIGTERM)
        assert sum(1 for _ in loader) == 39


def test_nothing_is_left_running(made):
    loader = ProcessLoader(made, 0, 10**6, workers=2)
    next(loader)
    pids = loader.pids
    loader.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_workers_of_a_killed_program_end(cache, source):
    script = (
        "from sigunet.configs import default\n"
        "from sigunet.data.pipeline import make_loader\n"
        "from sigunet.data.sources import open_source\n"
        "config = default.get_config()\n"
        f"config.data.update(cache_dir={str(cache)!r}, signatures=24, writers=6, size=64)\n"
        "config.data.update(loader='processes', workers=2)\n"
        "loader = make_loader(config, open_source(config.data, 'train'))\n"
        "next(loader)\n"
        "print(*loader.pids, flush=True)\n"
        "import time; time.sleep(60)\n"
    )
    program = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    pids = [int(pid) for pid in program.stdout.readline().split()]
    program.kill()
    program.communicate()
    assert len(pids) == 2
    end = time.monotonic() + 20
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < end, "a worker goes on without its program"
        time.sleep(0.1)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            # A dead process whose parent has not asked for it yet is a zombie.
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
