"""What a run measures of itself: rates, and a profiler trace of the steps asked for."""

import contextlib
import time
from collections.abc import Sequence
from pathlib import Path

import jax

from sigunet import devices
from sigunet import state as state_lib


class Clock:
    """Measures what the run's speed is made of; validation and saving are not counted."""

    def __init__(self, flops: float):
        """Takes the floating point operations of one training step."""
        self._flops = flops
        self._reset()

    def _reset(self) -> None:
        self._since, self._waited, self._steps = time.perf_counter(), 0.0, 0

    @contextlib.contextmanager
    def waiting(self, in_flight: jax.Array | None):
        """Counts the time inside as waiting for input, if the device has run out of work by its end.

        Args:
            in_flight: A result of the step that was dispatched last, or None.
        """
        begin = time.perf_counter()
        yield
        if in_flight is None or in_flight.is_ready():
            self._waited += time.perf_counter() - begin

    @contextlib.contextmanager
    def paused(self):
        """Does not count the time inside."""
        begin = time.perf_counter()
        yield
        self._since += time.perf_counter() - begin

    def step(self) -> None:
        """Counts a step."""
        self._steps += 1

    def read(self, batch_size: int) -> dict[str, float]:
        """Returns the rates since the last call, under perf/; none where no step was done."""
        if not self._steps:
            return {}
        elapsed = max(time.perf_counter() - self._since, 1e-9)
        steps = self._steps / elapsed
        rates = {
            "perf/steps_per_second": steps,
            "perf/images_per_second": steps * batch_size,
            "perf/input_wait": self._waited / elapsed,
            "perf/tflops_per_second": steps * self._flops / 1e12,
            "perf/peak_memory_gib": devices.memory_gib(),
        }
        self._reset()
        return rates


class Profiler:
    """A jax.profiler trace of the steps asked for."""

    def __init__(self, steps: Sequence[int], folder: Path):
        self._first, self._last = steps or (-1, -1)
        self._folder, self._running = folder, False

    def at(self, step: int, state: state_lib.TrainState) -> None:
        """Starts before the first step of the range and stops after the last.

        Args:
            step: The step that comes next.
            state: Waited for before the trace ends, since steps are dispatched ahead.
        """
        if step == self._first:
            jax.profiler.start_trace(str(self._folder))
            self._running = True
        elif self._running and step > self._last:
            jax.block_until_ready(state)
            self._stop()

    def _stop(self) -> None:
        if self._running:
            jax.profiler.stop_trace()
            self._running = False

    def __enter__(self) -> "Profiler":
        """Returns itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Stops a trace that is still open."""
        self._stop()
