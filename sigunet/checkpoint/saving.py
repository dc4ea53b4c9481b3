"""The checkpoints of a run that trains: written asynchronously, restored whole."""

import shutil
from pathlib import Path
from typing import Any

import jax
import numpy as np
import orbax.checkpoint as ocp
from ml_collections import ConfigDict
from orbax.checkpoint import checkpoint_managers as policies

import sigunet
from sigunet import devices
from sigunet.checkpoint.layout import (
    BEST_METRIC,
    Meta,
    checksum,
    damaged_error,
    hush,
    meta_json,
    read_meta,
    reraise_if_sound,
    verify,
)
from sigunet.errors import CheckpointError
from sigunet.state import TrainState
from sigunet.workdir import CHECKPOINTS


class Checkpoints:
    """The checkpoints of one run, written asynchronously."""

    def __init__(self, workdir: Path):
        hush()
        self.folder = Path(workdir).absolute() / CHECKPOINTS
        best = policies.BestN(
            get_metric_fn=lambda metrics: metrics[BEST_METRIC],
            n=1,
            keep_checkpoints_without_metrics=False,
        )
        latest = policies.LatestN(2)
        try:
            self._manager = ocp.CheckpointManager(
                self.folder,
                options=ocp.CheckpointManagerOptions(
                    preservation_policy=policies.AnyPreservationPolicy([latest, best]),
                    # The policy decides; without a best_fn Orbax would not store the metrics, and
                    # a manager opened later would take the best for a step without any.
                    best_fn=lambda metrics: metrics[BEST_METRIC],
                    enable_async_checkpointing=True,
                ),
            )
        except OSError as error:
            raise CheckpointError(f"{self.folder} cannot be written: {error}") from error

    def steps(self) -> list[int]:
        """Returns the steps there are, in order."""
        return sorted(self._manager.all_steps())

    def save(
        self,
        state: TrainState,
        metrics: dict[str, float],
        *,
        config: ConfigDict,
        threshold: float,
        data_digest: str,
        strokes: tuple[float, float],
    ) -> None:
        """Starts to save a state; returns as soon as it may be donated.

        Args:
            state: The current state, replicated.
            metrics: Validation metrics at this step, or none.
            config: The run's config.
            threshold: Calibrated on validation.
            data_digest: Of the data set.
            strokes: Narrowest and widest stroke that is trained on, px.

        Raises:
            CheckpointError: If this save, or the one before, could not be written.
        """
        step = int(state.step)
        if step in self._manager.all_steps():
            return
        weights, training = _parts(state)
        meta = Meta(step, config, metrics, threshold, data_digest, strokes, sigunet.__version__)
        sums = {"weights": checksum(weights), "training": checksum(training)}
        finite = np.isfinite(metrics.get(BEST_METRIC, np.nan))
        try:
            saved = self._manager.save(
                step,
                args=ocp.args.Composite(
                    weights=ocp.args.StandardSave(weights),
                    training=ocp.args.StandardSave(training),
                    meta=ocp.args.JsonSave(meta_json(meta) | {"checksums": sums}),
                ),
                # A NaN would sort anywhere among the best.
                metrics=metrics if finite else None,
            )
        except Exception as error:
            raise _unsaved(self.folder, error) from error
        if not saved:
            raise CheckpointError(
                f"Step {step} was not saved: {self.folder} already holds step "
                f"{self._manager.latest_step()}."
            )

    def wait(self) -> None:
        """Waits until all is on disk.

        Raises:
            CheckpointError: If a save could not be written, for example on a full disk.
        """
        try:
            self._manager.wait_until_finished()
        except Exception as error:
            raise _unsaved(self.folder, error) from error

    def restore_latest(self, like: TrainState) -> tuple[TrainState, Meta, list[str]] | None:
        """Restores the newest checkpoint that is whole; damaged ones are moved aside.

        Args:
            like: A state of the run's shape; its leaves say the shardings to restore to.

        Returns:
            The state, its meta, and a sentence for each damaged checkpoint that was passed over;
            None if there is no checkpoint at all.

        Raises:
            CheckpointError: If there are checkpoints and none is whole.
        """
        damaged = []
        steps = self.steps()
        for step in reversed(steps):
            folder = self.folder / str(step)
            weights, training = _parts(like)
            try:
                meta = read_meta(folder)
                weights = _restore(folder, "weights", weights)
                training = _restore(folder, "training", training)
            except CheckpointError as error:
                damaged.append(str(error))
                continue
            self._move_aside([newer for newer in steps if newer > step])
            return like.replace(**weights, **training), meta, damaged
        if steps:
            raise CheckpointError(f"No checkpoint in {self.folder} is whole: {damaged[0]}")
        return None

    def _move_aside(self, steps: list[int]) -> None:
        """Moves damaged steps out of the way of the same steps being saved again."""
        if not steps:
            return
        aside = self.folder.with_name(f"{CHECKPOINTS}-damaged")
        if jax.process_index() == 0:
            aside.mkdir(exist_ok=True)
            for step in steps:
                shutil.rmtree(aside / str(step), ignore_errors=True)
                (self.folder / str(step)).rename(aside / str(step))
        devices.largest(0)
        self._manager.reload()

    def close(self) -> None:
        """Waits for what is being written and releases the threads.

        Raises:
            CheckpointError: If what was being written could not be.
        """
        try:
            self._manager.close()
        except Exception as error:
            raise _unsaved(self.folder, error) from error


def _parts(state: TrainState) -> tuple[dict[str, Any], dict[str, Any]]:
    weights = {"variables": state.variables, "ema": state.ema}
    training = {
        "step": state.step,
        "opt_state": state.opt_state,
        "running": state.running,
        "failed_at": state.failed_at,
    }
    return weights, training


def _unsaved(folder: Path, error: Exception) -> CheckpointError:
    text = " ".join(str(error).split())
    for reason in ("No space left on device", "File too large", "Disk quota exceeded"):
        if reason.lower() in text.lower() or reason.upper().replace(" ", "_") in text:
            text = reason
            break
    return CheckpointError(
        f"The checkpoint could not be written to {folder}: {text[:300]}. "
        f"What was saved before is whole; make room and start the same command again."
    )


def _restore(folder: Path, item: str, like: Any) -> Any:
    """Restores one item into the shape and shardings of `like`, and checks its checksum."""

    def abstract(leaf):
        sharding = leaf.sharding if isinstance(leaf, jax.Array) else None
        return jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=sharding)

    handler = ocp.StandardCheckpointHandler()
    try:
        with ocp.Checkpointer(handler) as checkpointer:
            tree = checkpointer.restore(
                folder / item, args=ocp.args.StandardRestore(jax.tree.map(abstract, like))
            )
    except Exception as error:
        # Orbax and TensorStore raise a dozen kinds for a damaged folder.
        reraise_if_sound(error)
        raise damaged_error(folder, item, error) from error
    verify(folder, item, tree)
    # Restored buffers are not always donatable; copies are.
    return jax.tree.map(lambda leaf: leaf.copy() if isinstance(leaf, jax.Array) else leaf, tree)
