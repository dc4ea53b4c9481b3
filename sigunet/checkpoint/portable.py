"""Weights to hand on: one safetensors file in half precision, and a JSON file with all the rest.

    NAME.safetensors    the network's variables, float16
    NAME.json           step, config, metrics, threshold, strokes, version, refinement, of a mean its parts, and
                        SHA-256 of the other and of itself

Neither needs Orbax, nor runs any code when it is read.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import jax
import numpy as np
import safetensors
import safetensors.numpy

from sigunet import sealed
from sigunet.atomic import write_bytes
from sigunet.checkpoint.layout import Meta, meta_from_json, meta_json
from sigunet.errors import CheckpointError

_SEPARATOR = "/"


def write(path: str | os.PathLike, variables: Any, meta: Meta) -> None:
    """Writes weights and, beside them, what they need to be used.

    Args:
        path: The file to write; it ends in .safetensors.
        variables: {"params", "batch_stats"} as NumPy arrays.
        meta: Of the checkpoint they come from.

    Raises:
        SigunetError: If a file cannot be written.
    """
    path = Path(path)
    data = _serialised(variables)
    # The description last: a file without it is not taken for whole.
    write_bytes(path, data)
    sealed.write(path.with_suffix(".json"), meta_json(meta) | {"sha256": _sha256(data)})


def sha256(variables: Any) -> str:
    """The SHA-256 of the .safetensors file that these weights are written as, in hex.

    Args:
        variables: {"params", "batch_stats"} as NumPy arrays, in whatever precision.
    """
    return _sha256(_serialised(variables))


def read(path: str | os.PathLike) -> tuple[Any, Meta]:
    """Reads what `write` has written.

    Args:
        path: The .safetensors file.

    Returns:
        {"params", "batch_stats"} as float16 arrays, and the meta.

    Raises:
        CheckpointError: If a file is missing or damaged, or is not the one that was written.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
        beside = path.with_suffix(".json")
        raw = sealed.opened(json.loads(beside.read_text(encoding="utf-8")), beside)
        meta, expected = meta_from_json(raw), raw["sha256"]
    except OSError as error:
        raise CheckpointError(
            f"The weights {path} cannot be read: {error.filename}: {error.strerror}."
        ) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"The weights {path} have a damaged {path.stem}.json.") from error
    if _sha256(data) != expected:
        raise CheckpointError(
            f"The weights {path} have changed since they were written: their SHA-256 is not the one "
            f"in {path.stem}.json."
        )
    try:
        flat = safetensors.numpy.load(data)
    except safetensors.SafetensorError as error:
        raise CheckpointError(f"The weights {path} are no safetensors file: {error}.") from error
    variables: dict[str, Any] = {}
    for name, leaf in flat.items():
        *parents, last = name.split(_SEPARATOR)
        group = variables
        for parent in parents:
            group = group.setdefault(parent, {})
        group[last] = leaf
    return variables, meta


def _serialised(variables: Any) -> bytes:
    flat = {
        _SEPARATOR.join(str(entry.key) for entry in keys): np.ascontiguousarray(leaf, np.float16)
        for keys, leaf in jax.tree.leaves_with_path(variables)
    }
    return safetensors.numpy.save(flat)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
