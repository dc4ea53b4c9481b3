"""Many inputs through a target, in worker processes that may crash, hang or run out of memory."""

import math
import multiprocessing
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path

from sigunet.fuzz import mutate
from sigunet.fuzz.targets import TARGETS, Target

MEMORY = 2 << 30
"""Bytes of address space a worker may take beyond what it has at its start."""

SECONDS = 20
"""Longest processor time for one input, in s."""

# Without using the processor, for example in a deadlock; a busy machine may stall a process long.
_WALL_FACTOR = 10
_START_SECONDS = 300


@dataclass
class Outcome:
    """What came of a run.

    Attributes:
        counts: How many inputs ended in which word: "picture", "refused", "failed".
        failures: What was wrong, by the number of the input.
    """

    counts: Counter[str] = field(default_factory=Counter)
    failures: dict[int, str] = field(default_factory=dict)


def fuzz(
    target: str | Target,
    *,
    count: int,
    seed: int,
    start: int = 0,
    workers: int = 2,
    memory: int = MEMORY,
    seconds: int = SECONDS,
    out: Path | None = None,
    progress: Callable[[], None] = lambda: None,
) -> Outcome:
    """Runs inputs `start` to `start + count` of a seed through a target.

    Args:
        target: A name in `targets.TARGETS`, or a function that can be pickled.
        count: How many inputs.
        seed: Of the whole run; the same seed makes the same inputs.
        start: Number of the first.
        workers: Processes at once.
        memory: Bytes of address space each may take beyond its start.
        seconds: Longest processor time for one input, in s; ten times as long on the clock.
        out: Folder for the inputs that failed, and a text beside each; made when needed.
        progress: Called after each input.

    Returns:
        Counts and failures.
    """
    outcome = Outcome()
    last = start + count
    pool = [
        _Worker(target, seed, range(start + k, last, workers), memory, seconds)
        for k in range(workers)
    ]
    try:
        while live := [worker for worker in pool if not worker.done]:
            wait([worker.pipe for worker in live], timeout=0.2)
            for worker in live:
                for number, word, reason in worker.news():
                    outcome.counts[word] += 1
                    if reason:
                        outcome.failures[number] = reason
                        _keep(out, seed, number, reason)
                    progress()
    finally:
        for worker in pool:
            worker.stop()
    return outcome


def _keep(out: Path | None, seed: int, number: int, reason: str) -> None:
    if out is None:
        return
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{seed}-{number}.bin").write_bytes(mutate.make(seed, number))
    (out / f"{seed}-{number}.txt").write_text(f"{reason}\n")


class _Worker:
    """A process that works through its inputs, started again after each that ends it."""

    def __init__(self, target: str | Target, seed: int, numbers: range, memory: int, seconds: int):
        self._arguments = target, seed, memory, seconds
        self._numbers = numbers
        self._start()

    def _start(self) -> None:
        self._at: int | None = None
        self._since = time.monotonic()
        self.done = not self._numbers
        # Not forked: a child should hold nothing of the parent's, its threads' locks least.
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_work, args=(*self._arguments, self._numbers, theirs), daemon=True
        )
        self._process.start()
        theirs.close()

    def news(self) -> list[tuple[int, str, str]]:
        """Takes in what the process has said: (number, word, what was wrong) of inputs that ended."""
        ended = []
        try:
            while self.pipe.poll():
                number, word, reason = self.pipe.recv()
                self._since = time.monotonic()
                if word == "begins":
                    self._at = number
                    continue
                self._numbers = self._numbers[1:]
                self.done = not self._numbers
                ended.append((number, word, reason))
            allowed = _START_SECONDS if self._at is None else _WALL_FACTOR * self._arguments[-1]
            if self.done or time.monotonic() - self._since <= allowed:
                return ended
            reason = f"hangs: more than {allowed} s"
        except (EOFError, OSError):
            if self.done:
                return ended
            self._process.join()
            reason = f"ends the process with exit code {self._process.exitcode}"
            if self._process.exitcode == -signal.SIGXCPU:
                reason = f"hangs: more than {self._arguments[-1]} s of the processor"
        if self._at is None:
            raise RuntimeError(f"A worker could not start: it {reason}.")
        ended.append((self._numbers[0], "failed", reason))
        self._numbers = self._numbers[1:]
        self.done = not self._numbers
        if not self.done:
            self.stop()
            self._start()
        return ended

    def stop(self) -> None:
        self._process.kill()
        self._process.join()
        self.pipe.close()


def _work(
    target: str | Target, seed: int, memory: int, seconds: int, numbers: range, pipe: Connection
) -> None:
    """Runs in the worker: tries inputs and says what became of each."""
    check = TARGETS[target] if isinstance(target, str) else target
    # Once outside the limits, so that they bound the input and not the imports.
    mutate.make(seed, 0)
    check(b"warm up")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        _limit_memory(memory)
    with tempfile.TemporaryFile() as printed:
        # C libraries write past Python.
        os.dup2(printed.fileno(), 1)
        os.dup2(printed.fileno(), 2)
        for number in numbers:
            data = mutate.make(seed, number)
            pipe.send((number, "begins", ""))
            _limit_time(seconds)
            pipe.send((number, *_tried(check, data, printed)))


def _limit_memory(memory: int) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _limit_time(seconds: int) -> None:
    """Lets the system kill this process once it has computed for so long from now on."""
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used) + seconds, hard))


def _tried(check: Callable[[bytes], str], data: bytes, printed) -> tuple[str, str]:
    """Returns (word, what was wrong)."""
    before = os.fstat(printed.fileno()).st_size
    try:
        with warnings.catch_warnings(record=True) as leaked:
            warnings.simplefilter("always")
            word = check(data)
    except Exception:
        return "failed", traceback.format_exc(limit=-6)
    if leaked:
        return "failed", f"warns: {leaked[0].message}"
    sys.stderr.flush()
    sys.stdout.flush()
    size = os.fstat(printed.fileno()).st_size
    if size > before:
        text = os.pread(printed.fileno(), min(size - before, 500), before)
        return "failed", f"prints: {text.decode(errors='replace')}"
    return word, ""
