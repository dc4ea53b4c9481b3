"""Weights out of checkpoints, on any device, whatever they were trained on."""

import dataclasses
import logging
import os
import shutil
from pathlib import Path
from typing import Any

import jax
import numpy as np
import orbax.checkpoint as ocp

from sigunet import config as config_lib
from sigunet import growing, shipped
from sigunet.checkpoint import portable
from sigunet.checkpoint.layout import (
    Meta,
    candidates,
    checksum,
    damaged_error,
    hush,
    read_meta,
    reraise_if_sound,
    verify,
    write_meta,
)
from sigunet.errors import CheckpointError, ConfigError
from sigunet.state import TrainState

_log = logging.getLogger(__name__)


def load_host(place: str | Path) -> tuple[Any, Meta]:
    """Loads the weights to use as NumPy arrays, with no device in play.

    Args:
        place: See `find`; or a .safetensors file, or the name of shipped weights. Where the best
            step of a run is damaged, the latest whole one is taken, and a warning logged.

    Returns:
        The averaged variables where the run averaged, else the trained ones, as
        {"params", "batch_stats"}, in the precision they were stored in; and the meta.

    Raises:
        CheckpointError: If there is no whole checkpoint there.
    """
    file = shipped.locate(place)
    if file is not None:
        return portable.read(file)
    hush()
    first = None
    for folder in candidates(place):
        try:
            return _load_step(folder)
        except CheckpointError as error:
            _log.warning("%s Taking the next one.", error)
            first = first or error
    raise first


def _load_step(folder: Path) -> tuple[Any, Meta]:
    meta = read_meta(folder)
    try:
        with ocp.Checkpointer(ocp.PyTreeCheckpointHandler()) as checkpointer:
            shape = checkpointer.metadata(folder / "weights").item_metadata.tree
            to_numpy = jax.tree.map(lambda _: ocp.RestoreArgs(restore_type=np.ndarray), shape)
            weights = checkpointer.restore(
                folder / "weights", args=ocp.args.PyTreeRestore(restore_args=to_numpy)
            )
    except Exception as error:
        reraise_if_sound(error)
        raise damaged_error(folder, "weights", error) from error
    verify(folder, "weights", weights)
    return weights["variables"] if weights["ema"] is None else weights["ema"], meta


def load(place: str | Path, *, device: jax.Device | None = None) -> tuple[Any, Meta]:
    """Loads the weights to use onto a device, whatever devices they were trained on.

    Args:
        place: See `load_host`.
        device: Where to; by default the first one JAX has.

    Returns:
        As `load_host`, as JAX arrays of float32: of halves Flax would compute BatchNorm's divisor in
        half precision, which can be seen in the fourth decimal of the output.

    Raises:
        CheckpointError: If there is no whole checkpoint there.
    """
    weights, meta = load_host(place)
    weights = jax.tree.map(lambda leaf: leaf.astype(np.promote_types(leaf.dtype, "f4")), weights)
    return jax.device_put(weights, device or jax.local_devices()[0]), meta


def initial_weights(state: TrainState, place: str | Path) -> tuple[TrainState, dict[str, Any]]:
    """Replaces the weights of a fresh state by those of a checkpoint, nothing else.

    Args:
        state: The state of step 0.
        place: See `load_host`. Weights for grey pictures may start a network for colour ones,
            those of a network without detail block one with it, those of a narrow one a wider one.

    Returns:
        The state, and the lineage for the manifest.

    Raises:
        CheckpointError: If the checkpoint holds another network.
    """
    variables, meta = load_host(place)
    if meta.config.model.channels == 1 and _shapes(variables) != _shapes(state.variables):
        variables = growing.coloured(variables)
    if not meta.config.model.detail and _shapes(variables) != _shapes(state.variables):
        variables = growing.with_detail(variables, state.variables)
    if growing.is_wider(state.variables, variables):
        variables = growing.widened(variables, state.variables, meta.config.model.depth)
    if _shapes(variables) != _shapes(state.variables):
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
        "checkpoint": str(place),
        "step": meta.step,
        "metrics": meta.metrics,
        "config_digest": config_lib.digest(meta.config),
        "version": meta.version,
    }
    return state.replace(variables=variables, ema=ema), lineage


def _shapes(tree: Any) -> dict[str, tuple[int, ...]]:
    return {
        jax.tree_util.keystr(path): leaf.shape for path, leaf in jax.tree.leaves_with_path(tree)
    }


def export_weights(place: str | Path, out: str | Path, *, threshold: float | None = None) -> Meta:
    """Writes the weights of a checkpoint alone, in half precision: an eighth of its size.

    What is written is a checkpoint to use and to start from, but not to go on with.

    Args:
        place: See `load_host`.
        out: A file that ends in .safetensors, with a JSON file beside it (see `portable`); or a new
            folder, in Orbax's format, written beside its place and renamed.
        threshold: On relative soft ink, in (0, 1), where it was calibrated elsewhere; None keeps
            the one that validation chose.

    Returns:
        The meta, which travels with the weights.

    Raises:
        CheckpointError: If there is no whole checkpoint there, or `out` exists or cannot be written.
        ConfigError: If the threshold is none.
    """
    if threshold is not None and not 0.0 < threshold < 1.0:
        raise ConfigError(f"--threshold {threshold} must lie between 0 and 1.")
    out = Path(out).absolute()
    if out.exists():
        raise CheckpointError(f"{out} exists already.")
    variables, meta = load_host(place)
    if threshold is not None:
        meta = dataclasses.replace(meta, threshold=threshold)
    if out.suffix == shipped.SUFFIX:
        portable.write(out, variables, meta)
        return meta
    half = jax.tree.map(lambda leaf: leaf.astype(np.float16), variables)
    weights = {"variables": half, "ema": None}
    partial = out.with_name(f".{out.name}.{os.getpid()}.partial")
    try:
        with ocp.Checkpointer(ocp.StandardCheckpointHandler()) as checkpointer:
            checkpointer.save(partial / "weights", args=ocp.args.StandardSave(weights))
        for note in partial.rglob("commit_success.txt"):
            # Orbax notes the absolute path, which is nobody's business where weights are shared.
            note.write_text("Complete.\n")
        write_meta(partial, meta, {"weights": checksum(weights)})
        partial.rename(out)
    except OSError as error:
        raise CheckpointError(f"{out} cannot be written: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return meta
