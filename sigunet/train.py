"""Training: the loop, readable from top to bottom.

The order of a step is part of the contract: fetch a batch, dispatch the step, read the metrics of
the step before, validate, save. A run is a function of its config: what is stopped and started
again with the same command goes on as if nothing had happened.
"""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh
from ml_collections import ConfigDict

from sigunet import checkpoint, devices, grids, workdir
from sigunet import config as config_lib
from sigunet import model as model_lib
from sigunet import state as state_lib
from sigunet.data import example, pipeline, sources
from sigunet.errors import TrainingStopped
from sigunet.progress import Progress
from sigunet.stopping import StopRequest
from sigunet.tracking import Tracker, manifest


@dataclass(frozen=True)
class Result:
    """How a call of `train_and_evaluate` ended.

    Attributes:
        step: Optimiser steps done.
        metrics: Of the last validation.
        checkpoint: Folder of the best checkpoint, or None if none was made.
        samples: The newest grid of validation pairs, or None.
        wandb: Folder of the W&B run, or None.
        stopped_by: The signal that stopped it, or None if it is done.
    """

    step: int
    metrics: dict[str, float]
    checkpoint: Path | None
    samples: Path | None
    wandb: Path | None
    stopped_by: int | None

    def lines(self) -> list[str]:
        """Says for a person where the run ended and where its results are."""
        if self.stopped_by is not None:
            return [f"Stopped at step {self.step}, saved; the same command goes on from there."]
        scores = ", ".join(f"{key} {value:.3f}" for key, value in self.metrics.items())
        return [
            f"Done after {self.step} steps: {scores}",
            f"  best checkpoint  {self.checkpoint}",
            f"  newest grid      {self.samples}",
            f"  W&B              {self.wandb or 'off'}",
        ]


def train_and_evaluate(
    config: ConfigDict,
    folder: str | Path,
    *,
    init_from: str | Path | None = None,
    command: Sequence[str] = (),
    quiet: bool = False,
) -> Result:
    """Trains the network of a config, or goes on where an earlier call stopped.

    Args:
        config: From `sigunet.config.load`.
        folder: The run's workdir: checkpoints, metrics.jsonl, manifest.json, samples.
        init_from: A checkpoint whose weights a new run starts from; ignored by a run that goes on.
        command: The command line, for the manifest.
        quiet: Whether to show no progress.

    Returns:
        Where it ended.

    Raises:
        SigunetError: One sentence for each thing that can be wrong with config, data, folder or
            checkpoint; `TrainingStopped` for a step that is not finite.
    """
    folder = Path(folder).absolute()
    config_lib.check(config)
    devices.check_batch(config.batch_size, config.optimizer.accumulate)
    workdir.check(folder, config)
    quiet = quiet or jax.process_index() > 0
    if config.debug_nans:
        jax.config.update("jax_debug_nans", True)

    # All that can be wrong with the input is found before anything is written.
    example.recipe_of(config.noise)
    source = sources.open_source(config.data, "train")
    mesh = devices.mesh()
    validation = Validation(config, mesh)
    state, lineage = state_lib.create(config), None
    if init_from:
        state, lineage = checkpoint.initial_weights(state, init_from)
    state = devices.replicate(state, mesh)

    workdir.claim(folder, config)
    checkpoints = checkpoint.Checkpoints(folder)
    with contextlib.ExitStack() as stack:
        stack.callback(checkpoints.close)
        threshold, metrics, start = 0.5, {}, 0
        restored = checkpoints.restore_latest(state)
        if restored:
            state, meta, damaged = restored
            start, threshold, metrics = meta.step, meta.threshold, meta.metrics
        stop = stack.enter_context(StopRequest())
        bar = stack.enter_context(
            Progress("training", config.steps, done=start, unit="steps", quiet=quiet)
        )
        if restored:
            for sentence in damaged:
                bar.say(sentence)
            bar.say(f"Going on from step {start} of {folder}.")
        cost = model_lib.flops(
            model_lib.from_config(config.model), config.data.size, config.model.channels
        )
        bar.say(
            f"{model_lib.count_parameters(state.variables['params']):,} parameters, "
            f"{cost / 1e9:.2f} GFLOP forward at {config.data.size} x {config.data.size}, "
            f"{len(source):,} signatures by {len(source.writers)} writers, on "
            f"{jax.device_count()} x {jax.devices()[0].device_kind}."
        )
        tracker = _start_tracker(
            config, folder, source.digest, command, lineage, restored and start
        )
        stack.push(tracker)
        tracker.summary(
            {"parameters": model_lib.count_parameters(state.variables["params"]), "flops": cost}
        )
        loader = stack.enter_context(
            pipeline.make_loader(
                config,
                source,
                start_step=start,
                process_index=jax.process_index(),
                process_count=jax.process_count(),
            )
        )
        profiler = stack.enter_context(Profiler(config.profile_steps, folder / "profile"))
        train_step = state_lib.jit_train_step(config, mesh)
        clock = Clock(3 * cost * config.batch_size)
        samples, pending = None, None

        for step in range(start, config.steps):
            with clock.waiting():
                batch = devices.shard(next(loader), mesh)
            profiler.at(step)
            state, latest = train_step(state, batch)
            bar.advance()
            clock.step()

            # While the device works on this step, the one before is read.
            if pending is not None and int(pending[1]["failed_at"]) >= 0:
                break
            if pending is not None and pending[0] % config.log_every == 0:
                _log(tracker, bar, *pending, config, clock)
            done, pending = step + 1, (step + 1, latest)

            due = _Due(config, done, stop)
            if not (due.evaluate or due.save or due.stop):
                continue
            if int(latest["failed_at"]) >= 0:
                break
            if done % config.log_every == 0:
                _log(tracker, bar, done, latest, config, clock)
                pending = None
            with clock.paused():
                fresh = {}
                if due.evaluate:
                    fresh, grid = validation.run(state)
                    metrics, threshold = fresh, fresh["threshold"]
                    tracker.scalars(done, {f"val/{key}": value for key, value in fresh.items()})
                    samples = tracker.picture(done, "validation", grid, f"step {done}")
                    bar.say(
                        f"step {done}: validation IoU {fresh['iou']:.3f}, "
                        f"F-measure {fresh['fmeasure']:.3f}, loss {fresh['loss']:.4f}"
                    )
                checkpoints.save(state, config, fresh, threshold)
            if due.stop:
                break

        failed_at = int(state.failed_at)
        if failed_at >= 0:
            checkpoints.save(
                state.replace(failed_at=state.failed_at * 0 - 1), config, {}, threshold
            )
        checkpoints.wait()
        if failed_at >= 0:
            raise TrainingStopped(workdir.record_failure(folder, failed_at, config))
        best = checkpoint.find(folder) if checkpoints.steps() else None
        if best is not None:
            best_metrics = checkpoint.read_meta(best).metrics
            tracker.summary({f"best/{key}": value for key, value in best_metrics.items()})
            tracker.artifact(best, "checkpoint", {"step": int(best.name), **best_metrics})
        return Result(
            step=int(state.step),
            metrics=metrics,
            checkpoint=best,
            samples=samples or _newest(folder / "samples"),
            wandb=tracker.local_run_dir,
            stopped_by=stop.signal if int(state.step) < config.steps else None,
        )


def _start_tracker(
    config: ConfigDict,
    folder: Path,
    data_digest: str,
    command: Sequence[str],
    lineage: dict[str, Any] | None,
    restored_step: int | None,
) -> Tracker:
    if jax.process_index() > 0:
        return Tracker.silent()
    facts = manifest(
        config.to_dict(),
        command=command,
        data_digest=data_digest,
        devices=devices.describe(),
        lineage=lineage,
    )
    return Tracker.start(folder, config.to_dict(), manifest=facts, restored_step=restored_step)


class _Due:
    """What a step is followed by."""

    def __init__(self, config: ConfigDict, done: int, stop: StopRequest):
        last = done == config.steps
        self.evaluate = last or done % config.eval_every == 0
        self.save = bool(config.checkpoint_every) and done % config.checkpoint_every == 0
        # Several processes must agree, and to ask each step would cost a round trip each step.
        ask = jax.process_count() == 1 or done % config.log_every == 0
        self.stop = ask and devices.any_process(stop.signal is not None)


def _log(
    tracker: Tracker,
    bar: Progress,
    step: int,
    metrics: dict[str, jax.Array],
    config: ConfigDict,
    clock: "Clock",
) -> None:
    values = {f"train/{name}": float(metrics[name]) for name in state_lib.RUNNING}
    rate = float(state_lib.schedule(config.optimizer, config.steps)(step - 1))
    performance = clock.read(config.batch_size)
    tracker.scalars(step, {**values, "train/learning_rate": rate, **performance})
    bar.report(
        step,
        f"loss {values['train/loss']:.4f}  IoU {values['train/iou']:.3f}  "
        f"{performance['perf/images_per_second']:.1f} images/s",
    )


def _newest(folder: Path) -> Path | None:
    return max(folder.glob("*.png"), default=None)


class Validation:
    """The fixed validation pairs, and the score of a state on them."""

    def __init__(self, config: ConfigDict, mesh: Mesh):
        self._config, self._mesh = config, mesh
        self._step = state_lib.jit_eval_step(config, mesh)
        self._batches = None
        self._source = sources.open_source(config.data, "validation")

    def _prepare(self) -> None:
        """Draws the pairs, once; the last batch is padded and masked."""
        config = self._config
        pairs = example.Examples.of(config, self._source, stream="validation")
        count, size = config.eval.pictures, config.batch_size
        drawn = [pairs(n) for n in range(count)]
        self.shown = drawn[: config.tracking.pictures]
        self._batches = []
        for first in range(0, count, size):
            rows = [min(n, count - 1) for n in range(first, first + size)]
            self._batches.append(
                {
                    "image": np.stack([drawn[n][0] for n in rows]),
                    "ink": np.stack([drawn[n][1] for n in rows]),
                    "mask": np.arange(first, first + size) < count,
                }
            )

    def run(self, state: state_lib.TrainState) -> tuple[dict[str, float], np.ndarray]:
        """Scores a state.

        Args:
            state: Its averaged weights are scored where it has them.

        Returns:
            The metrics of `state.finish`, and the grid input | target | output | errors.
        """
        if self._batches is None:
            self._prepare()
        variables = state.best_variables
        total = None
        for batch in self._batches:
            local = devices.local_rows(batch)
            sums = jax.device_get(self._step(variables, devices.shard(local, self._mesh)))
            total = sums if total is None else jax.tree.map(np.add, total, sums)
        metrics = state_lib.finish(total)
        model = model_lib.from_config(self._config.model)
        # One device, one process: the pictures are few.
        weights = jax.tree.map(lambda leaf: np.asarray(leaf.addressable_data(0)), variables)
        images = np.stack([image for image, _ in self.shown])
        soft = np.asarray(model_lib.predict(model, weights, images))
        grid = grids.prediction_grid(images, [ink for _, ink in self.shown], soft)
        return metrics, grid


class Clock:
    """Measures what the run's speed is made of; validation and saving are not counted."""

    def __init__(self, flops: float):
        """Takes the floating point operations of one training step."""
        self._flops = flops
        self._reset()

    def _reset(self) -> None:
        self._since, self._waited, self._steps = time.perf_counter(), 0.0, 0

    @contextlib.contextmanager
    def waiting(self):
        """Counts the time inside as waiting for input."""
        begin = time.perf_counter()
        yield
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
        """Returns the rates since the last call, under perf/."""
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

    def at(self, step: int) -> None:
        """Starts before the first step of the range and stops after the last."""
        if step == self._first:
            jax.profiler.start_trace(str(self._folder))
            self._running = True
        elif step > self._last:
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
