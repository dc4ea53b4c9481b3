"""What lies in a checkpoint folder, and which of several is meant."""

import json
import logging
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
from ml_collections import ConfigDict

from sigunet import config as config_lib
from sigunet.atomic import write_json
from sigunet.errors import CheckpointError
from sigunet.workdir import CHECKPOINTS

BEST_METRIC = "iou"
"""The validation metric that the best checkpoint is best in."""


@dataclass(frozen=True)
class Meta:
    """What a checkpoint says of itself.

    Attributes:
        step: Optimiser steps done.
        config: The config of the run.
        metrics: The validation metrics at this step; empty where none was made.
        threshold: On relative soft ink (`sigunet.strength`), calibrated on validation.
        data_digest: Of the data set it was trained on.
        strokes: Narrowest and widest stroke it was trained on, px (5th and 95th percentile).
        version: Of sigunet.
        refinement: As `cleaning.refinement.Refinement.to_json` writes it; None if there is none.
        mixed: Of a mean of two networks, as `sigunet.mixing` writes it: which they were, and its share; None
            of any other. Step, config and data are those of the second then, strokes a mean too.
    """

    step: int
    config: ConfigDict
    metrics: dict[str, float]
    threshold: float
    data_digest: str
    strokes: tuple[float, float]
    version: str
    refinement: dict[str, Any] | None = None
    mixed: dict[str, Any] | None = None


def hush() -> None:
    """Keeps Orbax from logging each step of its work: what goes wrong arrives as an exception."""
    logging.getLogger("absl").setLevel(logging.ERROR)


def checksum(tree: Any) -> int:
    """CRC-32 over the bytes of all leaves; replicated leaves are read from one device."""
    crc = 0
    for leaf in jax.tree.leaves(tree):
        local = leaf.addressable_data(0) if isinstance(leaf, jax.Array) else leaf
        crc = zlib.crc32(np.ascontiguousarray(np.asarray(local)).data, crc)
    return crc


def verify(folder: Path, item: str, tree: Any) -> None:
    """Checks what was read of a checkpoint against the checksum it was saved with.

    Args:
        folder: Of the step.
        item: "weights" or "training".
        tree: The arrays read.

    Raises:
        CheckpointError: If they are not those that were saved.
    """
    expected = _read_meta_json(folder)["checksums"][item]
    if checksum(tree) != expected:
        raise CheckpointError(f"The checkpoint {folder} is damaged: {item} has changed on disk.")


def damaged_error(folder: Path, item: str, error: Exception) -> CheckpointError:
    """Makes the error that says which part of a checkpoint is damaged, and how it shows."""
    reason = " ".join(str(error).split())[:200]
    return CheckpointError(f"The checkpoint {folder} is damaged ({item}: {reason}).")


def reraise_if_sound(error: Exception) -> None:
    """Lets through what says nothing against the checkpoint: no memory, no permission."""
    if isinstance(error, PermissionError | MemoryError) or "RESOURCE_EXHAUSTED" in str(error):
        raise error


def _read_meta_json(folder: Path) -> dict[str, Any]:
    try:
        return json.loads((folder / "meta" / "metadata").read_text())
    except (OSError, ValueError) as error:
        raise damaged_error(folder, "meta", error) from error


def meta_json(meta: Meta) -> dict[str, Any]:
    """Brings a meta to what JSON holds; `meta_from_json` reads it."""
    return {
        "step": meta.step,
        "config": json.loads(config_lib.to_json(meta.config)),
        "metrics": meta.metrics,
        "threshold": meta.threshold,
        "data_digest": meta.data_digest,
        "strokes": meta.strokes,
        "version": meta.version,
        **({"mixed": meta.mixed} if meta.mixed else {}),
        **({"refinement": meta.refinement} if meta.refinement else {}),
    }


def meta_from_json(raw: dict[str, Any]) -> Meta:
    """Reads what `meta_json` made.

    Raises:
        KeyError, TypeError, ValueError: If it is something else.
    """
    return Meta(
        # Not the folder's name: a copy, or a download from W&B, has another.
        step=raw["step"],
        config=config_lib.from_json(json.dumps(raw["config"])),
        metrics=raw["metrics"],
        threshold=raw["threshold"],
        data_digest=raw["data_digest"],
        strokes=tuple(raw["strokes"]),
        version=raw["version"],
        refinement=raw.get("refinement"),
        mixed=raw.get("mixed"),
    )


def write_meta(folder: Path, meta: Meta, checksums: dict[str, int]) -> None:
    """Writes what `read_meta` reads, where Orbax does not do it."""
    write_json(folder / "meta" / "metadata", meta_json(meta) | {"checksums": checksums})


def read_meta(folder: Path) -> Meta:
    """Reads what the checkpoint of one step says of itself.

    Args:
        folder: Of the step.

    Raises:
        CheckpointError: If it is damaged.
    """
    raw = _read_meta_json(folder)
    try:
        return meta_from_json(raw)
    except (KeyError, TypeError, ValueError) as error:
        raise damaged_error(folder, "meta", error) from error


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
    return candidates(place, best=best)[0]


def candidates(place: str | Path, *, best: bool = True) -> list[Path]:
    """Finds the steps' folders, the one to use first, those to fall back to behind it.

    Args:
        place: A step's folder, a run's `checkpoints` folder, or its workdir.
        best: Whether the one with the best validation IoU comes first, rather than the latest.

    Returns:
        At least one folder; a step's folder named by the user has no other to fall back to.

    Raises:
        CheckpointError: If there is none.
    """
    place = Path(place).absolute()
    if place.is_file():
        raise CheckpointError(
            f"{place} is no checkpoint: that is a folder, a .safetensors file or, to clean with, a "
            ".onnx file."
        )
    if not place.is_dir():
        raise CheckpointError(f"There is no folder {place}.")
    if (place / "meta").is_dir():
        return [place]
    folder = place / CHECKPOINTS if (place / CHECKPOINTS).is_dir() else place
    steps = sorted((entry for entry in folder.iterdir() if _is_step(entry)), key=_step)[::-1]
    if not steps:
        raise CheckpointError(f"There is no checkpoint in {place}.")
    if best:
        steps.sort(key=_score, reverse=True)
    return steps


def _score(folder: Path) -> float:
    try:
        score = read_meta(folder).metrics.get(BEST_METRIC, -1.0)
    except CheckpointError:
        return -2.0
    # A NaN would make any order right.
    return score if np.isfinite(score) else -1.0


def _step(folder: Path) -> int:
    return int(folder.name)


def _is_step(folder: Path) -> bool:
    # Orbax gives an unfinished step another name, with a suffix.
    return folder.is_dir() and folder.name.isdigit()
