"""Paths, bytes and streams as one seekable file of bounded size."""

import contextlib
import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from sigunet.errors import DataError, PictureError, TooLarge, one_line
from sigunet.reading.guards import MAX_BYTES

_CHUNK = 1 << 20

_LONGEST_NAME = 200

NAMELESS = "the picture"
"""What sentences call a source without a path or a name."""


def name_of(source: object) -> str:
    """Says what sentences call a source: its path where it has one, on one line.

    Args:
        source: Anything that a picture is read from.
    """
    if isinstance(source, str | os.PathLike):
        return printable(os.fsdecode(source))
    name = getattr(source, "name", None) or getattr(source, "filename", None)
    return printable(name) if isinstance(name, str) and name else NAMELESS


def printable(name: str) -> str:
    """Makes a file name fit into one line of a terminal or a log, whatever is in it."""
    clean = one_line(name)
    return clean if len(clean) <= _LONGEST_NAME else f"{clean[:_LONGEST_NAME]}…"


@contextlib.contextmanager
def opened(
    source: str | os.PathLike | bytes | BinaryIO, name: str, *, max_bytes: int = MAX_BYTES
) -> Iterator[BinaryIO]:
    """Opens a source as a seekable binary file at its beginning.

    Args:
        source: A path, the bytes of a file, or a binary file object, which is read to its end.
        name: What the sentences call it.
        max_bytes: Largest accepted file; a stream is never read further.

    Raises:
        DataError: If a path cannot be opened, or a stream not be read.
        TooLarge: If there are more bytes.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        if memoryview(source).nbytes > max_bytes:
            raise _too_many(name, max_bytes)
        yield io.BytesIO(source)
        return
    if not isinstance(source, str | os.PathLike):
        yield io.BytesIO(_drained(source, name, max_bytes))
        return
    with _open(Path(source), name) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            # A pipe or a device, which may never end.
            yield io.BytesIO(_drained(file, name, max_bytes))
        elif status.st_size > max_bytes:
            raise _too_many(name, max_bytes)
        else:
            yield file


def _open(path: Path, name: str) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise DataError(f"{name} does not exist.") from error
    except IsADirectoryError as error:
        raise DataError(f"{name} is a folder, not a picture.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{name} cannot be opened: {reason}.") from error


def _drained(stream: BinaryIO, name: str, max_bytes: int) -> bytes:
    """Reads a stream to its end, or to the first byte too many."""
    parts, total = [], 0
    try:
        while part := stream.read(min(_CHUNK, max_bytes + 1 - total)):
            if isinstance(part, str):
                raise PictureError(f"{name} was opened as text; open it in binary mode.")
            parts.append(part)
            total += len(part)
            if total > max_bytes:
                raise _too_many(name, max_bytes)
    except UnicodeDecodeError as error:
        raise PictureError(f"{name} was opened as text; open it in binary mode.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{name} cannot be read: {reason}.") from error
    return b"".join(parts)


def _too_many(name: str, max_bytes: int) -> TooLarge:
    return TooLarge(f"{name} is too large: at most {max_bytes:,} bytes are read.")
