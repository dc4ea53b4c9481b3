"""Small files written whole or not at all."""

import contextlib
import json
import os
import stat
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
    """Writes a file beside its place and renames it; as `write_text`, for bytes.

    A link is followed, a file that is there keeps its permissions, and what is no file, such as a
    named pipe, is written to as it is.
    """
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            Path(path).write_bytes(data)
        else:
            _replace(Path(os.path.realpath(path)), data)
    except OSError as error:
        raise SigunetError(f"{path} cannot be written: {error.strerror or error}.") from error


def _replace(path: Path, data: bytes) -> None:
    # The name of the place itself may be as long as names can be.
    partial = path.with_name(f".{os.urandom(8).hex()}.partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        partial.write_bytes(data)
        # Some network shares have no permissions to set.
        with contextlib.suppress(OSError):
            partial.chmod(stat.S_IMODE(path.stat().st_mode))
        partial.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise


def write_json(path: str | os.PathLike, content: Any) -> None:
    """Writes valid, indented JSON; as `write_text`.

    Args:
        path: Where to.
        content: Dicts, lists, strings and finite numbers; paths are written as text.

    Raises:
        SigunetError: If the file cannot be written.
    """
    write_text(path, json.dumps(content, indent=2, default=str, allow_nan=False) + "\n")
