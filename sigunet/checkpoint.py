"""Checkpoints with Orbax: weights, optimiser, and all that is needed to use them again.

A step's folder holds `weights` (variables and their average), `training` (optimiser and counters)
and `meta` (config, preprocessing, threshold, metrics, version, checksums). Kept are the two latest
steps and the one with the best validation IoU. No other module imports Orbax.
"""

import json
import logging
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
import orbax.checkpoint as ocp
from ml_collections import ConfigDict
from orbax.checkpoint import checkpoint_managers as policies

import sigunet
from sigunet import config as config_lib
from sigunet.errors import CheckpointError
from sigunet.state import TrainState

FOLDER = "checkpoints"
BEST_METRIC = "iou"


@dataclass(frozen=True)
class Meta:
    """What a checkpoint says of itself.

    Attributes:
        step: Optimiser steps done.
        config: The config of the run.
        metrics: The validation metrics at this step; empty where none was made.
        threshold: On soft ink, calibrated on validation.
        version: Of sigunet.
    """

    step: int
    config: ConfigDict
    metrics: dict[str, float]
    threshold: float
    version: str


class Checkpoints:
    """The checkpoints of one run, written asynchronously."""

    def __init__(self, workdir: Path):
        _hush()
        self.folder = Path(workdir).absolute() / FOLDER
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
                    enable_async_checkpointing=True,
                ),
            )
        except OSError as error:
            raise CheckpointError(f"{self.folder} cannot be written: {error}") from error

    def steps(self) -> list[int]:
        """Returns the steps there are, in order."""
        return sorted(self._manager.all_steps())

    def save(
        self, state: TrainState, config: ConfigDict, metrics: dict[str, float], threshold: float
    ) -> None:
        """Starts to save a state; returns as soon as it may be donated.

        Args:
            state: The current state, replicated.
            config: The run's config.
            metrics: Validation metrics at this step, or none.
            threshold: Calibrated on validation.

        Raises:
            CheckpointError: If this save, or the one before, could not be written.
        """
        step = int(state.step)
        if step in self._manager.all_steps():
            return
        weights, training = _parts(state)
        meta = {
            "config": json.loads(config_lib.to_json(config)),
            "metrics": metrics,
            "threshold": threshold,
            "version": sigunet.__version__,
            "checksums": {"weights": _checksum(weights), "training": _checksum(training)},
        }
        finite = np.isfinite(metrics.get(BEST_METRIC, np.nan))
        try:
            saved = self._manager.save(
                step,
                args=ocp.args.Composite(
                    weights=ocp.args.StandardSave(weights),
                    training=ocp.args.StandardSave(training),
                    meta=ocp.args.JsonSave(meta),
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
        """Restores the newest checkpoint that is whole.

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
            try:
                meta = read_meta(self.folder / str(step))
                weights, training = _parts(like)
                weights = _restore(self.folder / str(step), "weights", weights)
                training = _restore(self.folder / str(step), "training", training)
            except CheckpointError as error:
                damaged.append(f"{error} Going back to the one before.")
                continue
            for newer in steps[steps.index(step) + 1 :]:
                # A damaged step would stand in the way of saving the same step again.
                self._manager.delete(newer)
            return like.replace(**weights, **training), meta, damaged
        if steps:
            raise CheckpointError(f"No checkpoint in {self.folder} is whole: {damaged[0]}")
        return None

    def close(self) -> None:
        """Waits for what is being written and releases the threads."""
        self._manager.close()


def _hush() -> None:
    # Orbax reports each step of its work in a dozen lines; what goes wrong arrives as an exception.
    logging.getLogger("absl").setLevel(logging.ERROR)


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


def _checksum(tree: Any) -> int:
    """CRC-32 over the bytes of all leaves; replicated leaves are read from one device."""
    crc = 0
    for leaf in jax.tree.leaves(tree):
        local = leaf.addressable_data(0) if isinstance(leaf, jax.Array) else leaf
        crc = zlib.crc32(np.ascontiguousarray(np.asarray(local)).data, crc)
    return crc


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
        raise _damaged(folder, item, error) from error
    _verify(folder, item, tree)
    # Restored buffers are not always donatable; copies are.
    return jax.tree.map(lambda leaf: leaf.copy() if isinstance(leaf, jax.Array) else leaf, tree)


def _verify(folder: Path, item: str, tree: Any) -> None:
    expected = _read_meta_json(folder)["checksums"][item]
    if _checksum(tree) != expected:
        raise CheckpointError(f"The checkpoint {folder} is damaged: {item} has changed on disk.")


def _damaged(folder: Path, item: str, error: Exception) -> CheckpointError:
    reason = " ".join(str(error).split())[:200]
    return CheckpointError(f"The checkpoint {folder} is damaged ({item}: {reason}).")


def _read_meta_json(folder: Path) -> dict[str, Any]:
    try:
        return json.loads((folder / "meta" / "metadata").read_text())
    except (OSError, ValueError) as error:
        raise _damaged(folder, "meta", error) from error


def read_meta(folder: Path) -> Meta:
    """Reads what the checkpoint of one step says of itself.

    Args:
        folder: Of the step.

    Raises:
        CheckpointError: If it is damaged.
    """
    raw = _read_meta_json(folder)
    try:
        return Meta(
            step=int(folder.name),
            config=config_lib.from_json(json.dumps(raw["config"])),
            metrics=raw["metrics"],
            threshold=raw["threshold"],
            version=raw["version"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(folder, "meta", error) from error


def find(place: str | Path, *, best: bool = True) -> Path:
    """Finds a step's folder.

    Args:
        place: A step's folder, a run's `checkpoints` folder, or its workdir.
        best: Of several steps, the one with the best validation IoU rather than the latest.

    Returns:
        The folder of one step.

    Raises:
        CheckpointError: If there is none.
    """
    place = Path(place).absolute()
    if not place.is_dir():
        raise CheckpointError(f"There is no folder {place}.")
    if (place / "meta").is_dir():
        return place
    folder = place / FOLDER if (place / FOLDER).is_dir() else place
    steps = sorted((entry for entry in folder.iterdir() if _is_step(entry)), key=_step)
    if not steps:
        raise CheckpointError(f"There is no checkpoint in {place}.")
    if not best:
        return steps[-1]
    scored = []
    for step in steps:
        try:
            scored.append((read_meta(step).metrics.get(BEST_METRIC, -1.0), _step(step), step))
        except CheckpointError:
            continue
    if not scored:
        raise CheckpointError(f"No checkpoint in {place} is whole.")
    return max(scored)[-1]


def _step(folder: Path) -> int:
    return int(folder.name)


def _is_step(folder: Path) -> bool:
    # Orbax gives an unfinished step another name, with a suffix.
    return folder.is_dir() and folder.name.isdigit()


def load_host(place: str | Path) -> tuple[Any, Meta]:
    """Loads the weights to use as NumPy arrays, with no device in play.

    Args:
        place: See `find`.

    Returns:
        The averaged variables where the run averaged, else the trained ones, as
        {"params", "batch_stats"}, in the precision they were stored in; and the meta.

    Raises:
        CheckpointError: If there is no whole checkpoint there.
    """
    _hush()
    folder = find(place)
    meta = read_meta(folder)
    try:
        with ocp.Checkpointer(ocp.PyTreeCheckpointHandler()) as checkpointer:
            shape = checkpointer.metadata(folder / "weights").item_metadata.tree
            to_numpy = jax.tree.map(lambda _: ocp.RestoreArgs(restore_type=np.ndarray), shape)
            weights = checkpointer.restore(
                folder / "weights", args=ocp.args.PyTreeRestore(restore_args=to_numpy)
            )
    except Exception as error:
        raise _damaged(folder, "weights", error) from error
    _verify(folder, "weights", weights)
    return weights["variables"] if weights["ema"] is None else weights["ema"], meta


def load(place: str | Path, *, device: jax.Device | None = None) -> tuple[Any, Meta]:
    """Loads the weights to use onto a device, whatever devices they were trained on.

    Args:
        place: See `find`.
        device: Where to; by default the first one JAX has.

    Returns:
        As `load_host`, as JAX arrays.

    Raises:
        CheckpointError: If there is no whole checkpoint there.
    """
    weights, meta = load_host(place)
    return jax.device_put(weights, device or jax.local_devices()[0]), meta


def initial_weights(state: TrainState, place: str | Path) -> tuple[TrainState, dict[str, Any]]:
    """Replaces the weights of a fresh state by those of a checkpoint, nothing else.

    Args:
        state: The state of step 0.
        place: See `find`.

    Returns:
        The state, and the lineage for the manifest.

    Raises:
        CheckpointError: If the checkpoint holds another network.
    """
    variables, meta = load_host(place)
    mine, theirs = (
        {jax.tree_util.keystr(path): leaf.shape for path, leaf in jax.tree.leaves_with_path(tree)}
        for tree in (state.variables, variables)
    )
    if mine != theirs:
        raise CheckpointError(
            f"{place} holds another network (width {meta.config.model.width}, depth "
            f"{meta.config.model.depth}, {meta.config.model.channels} channels, stem "
            f"{meta.config.model.stem}): its weights do not fit this config's model."
        )
    variables = jax.tree.map(
        lambda old, new: jax.numpy.asarray(new, old.dtype), state.variables, variables
    )
    ema = None if state.ema is None else jax.tree.map(jax.numpy.copy, variables)
    lineage = {
        "checkpoint": str(find(place)),
        "step": meta.step,
        "metrics": meta.metrics,
        "config_digest": config_lib.digest(meta.config),
        "version": meta.version,
    }
    return state.replace(variables=variables, ema=ema), lineage
