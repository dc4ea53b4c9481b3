"""The fuzzer itself: that it finds what it looks for, and finds nothing in the decoder."""

import subprocess
import sys

import pytest
from faulty_targets import FAULTS, Faulty

from sigunet.fuzz import mutate, run
from sigunet.fuzz.targets import TARGETS


@pytest.mark.parametrize("seed", [0, 7])
def test_the_decoder_keeps_its_promises(seed):
    outcome = run.fuzz("decoder", count=300, seed=seed)
    assert outcome.failures == {}
    assert outcome.counts["picture"] + outcome.counts["refused"] == 300
    assert outcome.counts["picture"] > 30


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_and_kept_and_the_rest_goes_on(fault, tmp_path):
    target, says = Faulty(fault, mutate.make(0, 2)), FAULTS[fault][1]
    limits = {"workers": 1, "memory": 1 << 30, "seconds": 1}
    outcome = run.fuzz(target, count=4, seed=0, out=tmp_path, **limits)
    assert outcome.counts == {"picture": 3, "failed": 1}
    assert list(outcome.failures) == [2]
    assert says in outcome.failures[2]
    assert (tmp_path / "0-2.bin").read_bytes() == mutate.make(0, 2)
    assert says in (tmp_path / "0-2.txt").read_text()


def test_a_fault_at_the_last_input_is_found():
    target = Faulty("crash", mutate.make(0, 2))
    assert list(run.fuzz(target, count=1, start=2, seed=0, workers=1).failures) == [2]


def test_the_command(tmp_path):
    command = [sys.executable, "-m", "sigunet.fuzz", "decoder", "--count", "40", "--workers", "1"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stdout.split(":")[0]) == (0, "40 inputs")
    assert not list(tmp_path.iterdir())
    done = subprocess.run([*command[:3], "nonsense"], capture_output=True, text=True)
    assert done.returncode == 2 and "decoder" in done.stderr


def test_targets_are_named():
    assert callable(TARGETS["decoder"])
