"""Small files written whole or not at all."""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from sigunet.errors import SigunetError


def write_text(path: str | os.PathLike, text: str) -> None:
    """Writes a text file beside its place and renames it, so that no partial file is ever seen.

    Args:
        path: Where to; its folder is made if it is missing.
        text: The content, written as UTF-8.

    Raises:
        SigunetError: If it cannot be written, for example because the disk is full.
    """
    write_bytes(path, text.encode())


def write_bytes(path: str | os.PathLike, data: bytes) -> None:
    """Writes a file beside its place and renames it; as `write_text`, for bytes."""
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(data)
        partial.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise SigunetError(f"{path} cannot be written: {error.strerror or error}.") from error


def write_json(path: str | os.PathLike, content: Any) -> None:
    """Writes valid, indented JSON; as `write_text`.

    Args:
        path: Where to.
        content: Dicts, lists, strings and finite numbers; paths are written as text.

    Raises:
        SigunetError: If the file cannot be written.
    """
    write_text(path, json.dumps(content, indent=2, default=str, allow_nan=False) + "\n")
