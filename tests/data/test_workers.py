import multiprocessing
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sigunet.data import workers
from sigunet.data.workers import OrderedMap
from sigunet.errors import DataError

from . import tasks


def test_results_come_in_order_whoever_is_faster():
    with OrderedMap(tasks.square, 5, 20, workers=3) as found:
        assert list(found) == [n**2 for n in range(5, 20)]


def test_arrays_arrive_whole_and_writable():
    with OrderedMap(tasks.arrays, 0, 3, workers=2) as found:
        for number, result in enumerate(found):
            assert result["b"] == f"n{number}"
            assert result["a"].shape == (300, 400) and (result["a"] == number).all()
            result["a"] += np.float32(1)


def test_a_sentence_stays_a_sentence():
    with OrderedMap(tasks.sentence, 0, 9, workers=2) as found:
        assert [next(found), next(found)] == [0, 1]
        with pytest.raises(DataError, match=r"^Picture 2 is upside down.$"):
            next(found)


def test_any_other_error_brings_its_traceback():
    with OrderedMap(tasks.failure, 2, 4, workers=1) as found:
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            next(found)


def test_a_dead_worker_is_an_error_and_no_hang():
    with OrderedMap(tasks.death, 0, 9, workers=2) as found:
        with pytest.raises(DataError, match=r"ended unexpectedly \(exit code -9\)"):
            list(found)


def test_signals_to_all_while_workers_start_reach_none_of_them():
    # A fresh interpreter, in which no resource tracker runs yet, in a group of its own.
    script = (
        "import os, signal, sys\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import tasks\n"
        "from sigunet.data.workers import OrderedMap\n"
        "came = []\n"
        "for number in (signal.SIGINT, signal.SIGTERM):\n"
        "    signal.signal(number, lambda number, frame: came.append(number))\n"
        "with OrderedMap(tasks.square, 0, 8, workers=4) as found:\n"
        "    os.killpg(0, signal.SIGINT)\n"
        "    os.killpg(0, signal.SIGTERM)\n"
        "    print(list(found), len(came))\n"
        "print(signal.pthread_sigmask(signal.SIG_BLOCK, ()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,
    )
    assert done.stdout == f"{[n**2 for n in range(8)]} 2\nset()\n", done.stderr


def test_an_interrupt_between_two_starts_leaves_no_worker(monkeypatch):
    started = []
    widen = workers._widen

    def interrupted(connection):
        started.append(connection)
        if len(started) == 2:
            raise KeyboardInterrupt
        widen(connection)

    monkeypatch.setattr(workers, "_widen", interrupted)
    with pytest.raises(KeyboardInterrupt):
        OrderedMap(tasks.square, 0, 8, workers=3)
    assert not multiprocessing.active_children()


def test_a_script_without_main_guard_on_standard_input_works_and_ends():
    # Not closed on purpose: the interpreter has to end all the same.
    script = (
        "from sigunet.data.workers import OrderedMap\n"
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import tasks\n"
        "found = OrderedMap(tasks.arrays, 0, 1000, workers=2)\n"
        "print(next(found)['b'], next(found)['b'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-"], input=script, capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.stderr, done.returncode) == ("n0 n1\n", "", 0)
