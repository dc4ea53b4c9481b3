"""Training: the loop, readable from top to bottom.

The order of a step is part of the contract: fetch a batch, dispatch the step, read the metrics of
the step before, validate, save. A run is a function of its config: what is stopped and started
again with the same command goes on as if nothing had happened.
"""

import contextlib
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
from ml_collections import ConfigDict

from sigunet import checkpoint, devices, teaching, workdir
from sigunet import config as config_lib
from sigunet import model as model_lib
from sigunet import state as state_lib
from sigunet.data import example, papers, pipeline, sources
from sigunet.data import folder as folder_data
from sigunet.errors import DataError, TrainingStopped
from sigunet.instruments import Clock, Profiler
from sigunet.progress import Progress
from sigunet.stopping import StopRequest
from sigunet.tracking import Tracker, manifest
from sigunet.truth import stroke_width
from sigunet.validation import Validation

_MEASURED = (
    256  # training pictures whose strokes are measured; of 64 the percentiles differ by 0.3 px
)


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
    jax.config.update("jax_debug_nans", config.debug_nans)

    # All that can be wrong with the input is found before anything is written.
    scans = papers.look_over(example.recipe_of(config.noise))
    if config.data.loader == "tf":
        pipeline.tensorflow()
    plan = sources.plan_of(config.data)
    source = sources.open_source(config.data, "train", plan=plan)
    teacher = teaching.Teacher.of(config)
    # What a network learns from is the pictures, the paper they are laid on, and what a teacher says.
    data_digest = "+".join([source.digest, *scans, *([teacher.digest] if teacher else [])])
    mesh = devices.mesh()
    validation = Validation(config, mesh, sources.open_source(config.data, "validation", plan=plan))
    watched = None
    if config.eval.signatures:
        real = folder_data.unstored(
            config.eval.signatures,
            config.eval.writers,
            config.data.writer_pattern,
            option="eval.signatures",
        )
        watched = Validation(config, mesh, real, stream="watched")
    state, lineage = state_lib.create(config), None
    if init_from and not workdir.has_checkpoints(folder):
        state, lineage = checkpoint.initial_weights(state, init_from)
    state = devices.replicate(state, mesh)

    with contextlib.ExitStack() as stack:
        checkpoints = checkpoint.Checkpoints(folder)
        stack.callback(checkpoints.close)
        threshold, metrics, start = 0.5, {}, 0
        restored = checkpoints.restore_latest(state)
        if restored:
            state, meta, damaged = restored
            start, threshold, metrics = meta.step, meta.threshold, meta.metrics
            _check_data(meta, data_digest, folder)
        workdir.claim(folder, config)
        stop = stack.enter_context(StopRequest())
        bar = stack.enter_context(
            Progress("training", config.steps, done=start, unit="steps", quiet=quiet)
        )
        if restored:
            for sentence in damaged:
                bar.say(f"{sentence} Going back to the one before.")
            bar.say(f"Going on from step {start} of {folder}.")
            if meta.config.steps != config.steps and config.optimizer.schedule == "cosine":
                bar.say(
                    f"The learning rate now ends at step {config.steps} instead of "
                    f"{meta.config.steps}."
                )
        parameters = model_lib.count_parameters(state.variables["params"])
        cost = model_lib.flops(
            model_lib.from_config(config.model), config.data.size, config.model.channels
        )
        bar.say(
            f"{parameters:,} parameters, "
            f"{cost / 1e9:.2f} GFLOP forward at {config.data.size} x {config.data.size}, "
            f"{len(source):,} signatures by {len(source.writers)} writers, on "
            f"{jax.device_count()} x {jax.devices()[0].device_kind}."
        )
        tracker = _start_tracker(config, folder, data_digest, command, lineage, restored and start)
        stack.push(tracker)
        tracker.summary({"parameters": parameters, "flops": cost})
        loader = stack.enter_context(
            pipeline.make_loader(
                config,
                source,
                start_step=start,
                process_index=jax.process_index(),
                process_count=jax.process_count(),
                teacher=teacher,
            )
        )
        profiler = stack.enter_context(Profiler(config.profile_steps, folder / "profile"))
        train_step = state_lib.jit_train_step(config, mesh)
        clock = Clock(3 * cost * config.batch_size)
        save = functools.partial(
            checkpoints.save,
            config=config,
            data_digest=data_digest,
            strokes=_stroke_range(config, source),
        )
        samples, latest, pending, stopped_by = None, None, None, 0

        for step in range(start, config.steps):
            with clock.waiting(latest and latest["failed_at"]):
                batch = devices.shard(next(loader), mesh)
            profiler.at(step, state)
            state, latest = train_step(state, batch)
            bar.advance()
            clock.step()

            # While the device works on this step, the one before is read.
            if pending is not None and int(pending[1]["failed_at"]) >= 0:
                break
            if pending is not None and pending[0] % config.log_every == 0:
                _log(tracker, bar, *pending, config, clock)
            done, pending = step + 1, (step + 1, latest)

            stopped_by = _stop_signal(stop, done, config)
            evaluate = done == config.steps or done % config.eval_every == 0
            due = config.checkpoint_every and done % config.checkpoint_every == 0
            if not (evaluate or due or stopped_by):
                continue
            if int(latest["failed_at"]) >= 0:
                break
            # Every row up to this step is written before the checkpoint that cuts the rows past it.
            if done % config.log_every == 0:
                _log(tracker, bar, done, latest, config, clock)
                pending = None
            with clock.paused():
                fresh = {}
                if evaluate:
                    fresh, grid = validation.run(state)
                    metrics, threshold = fresh, fresh["threshold"]
                    scores = {f"val/{key}": value for key, value in fresh.items()}
                    if grid is not None:
                        samples = tracker.picture(done, "validation", grid, f"step {done}")
                    if watched is not None:
                        seen, grid = watched.run(state)
                        scores |= {f"watched/{key}": value for key, value in seen.items()}
                        if grid is not None:
                            tracker.picture(done, "watched", grid, f"step {done}")
                        bar.say(f"step {done}: watched F-measure {seen['fmeasure']:.3f}")
                    tracker.scalars(done, scores)
                    bar.say(
                        f"step {done}: validation IoU {fresh['iou']:.3f}, "
                        f"F-measure {fresh['fmeasure']:.3f}, loss {fresh['loss']:.4f}"
                    )
                save(state, fresh, threshold=threshold)
            if stopped_by:
                break

        failed_at = int(state.failed_at)
        if failed_at >= 0:
            save(state.replace(failed_at=state.failed_at * 0 - 1), {}, threshold=threshold)
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
            stopped_by=stopped_by if stopped_by and int(state.step) < config.steps else None,
        )


def _check_data(meta: checkpoint.Meta, digest: str, folder: Path) -> None:
    if meta.data_digest != digest:
        raise DataError(
            f"The data, the scans of the recipe or the teacher has changed since the run in {folder} was "
            f"started, and a run that goes on must see the same pictures and split. Put the files back, or "
            f"start a new run with "
            f"--init-from {folder}."
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


def _stroke_range(config: ConfigDict, source: sources.Source) -> tuple[float, float]:
    """Measures the strokes in the first training pictures: 5th and 95th percentile, px."""
    pairs = example.Examples.of(config, source)
    widths = [stroke_width(pairs(n)[1] > 0.5) for n in range(_MEASURED)]
    low, high = np.percentile([width for width in widths if width] or [0.0], [5, 95])
    return round(float(low), 2), round(float(high), 2)


def _stop_signal(stop: StopRequest, done: int, config: ConfigDict) -> int:
    """Returns the signal that ends the run after this step, on all processes alike; 0 for none."""
    # Several processes must agree, which costs a round trip: not at every step.
    if jax.process_count() > 1 and done % min(config.log_every, 10):
        return 0
    return devices.largest(int(stop.signal or 0))


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
    text = f"loss {values['train/loss']:.4f}  IoU {values['train/iou']:.3f}"
    if performance:
        text += f"  {performance['perf/images_per_second']:.1f} images/s"
    bar.report(step, text)


def _newest(folder: Path) -> Path | None:
    return max(folder.glob("*.png"), default=None)
