"""metrics.jsonl: one flat JSON object a line, with an integer `step`."""

import contextlib
import json
import math
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sigunet.atomic import write_text
from sigunet.errors import SigunetError

NAME = "metrics.jsonl"


class MetricsLog:
    """Appends rows of metrics to a file that is in order after any kind of interruption.

    Opening it cuts every row past the restored step, and a last line torn by a kill, so that the
    resumed run writes each row once. What is not deterministic belongs under `perf/`: the other
    keys of two equal runs are equal.
    """

    def __init__(self, path: str | os.PathLike, *, restored_step: int | None = None):
        """Opens the file for appending.

        Args:
            path: The file; it is made if it is missing.
            restored_step: The last step that is kept; None: the run starts from scratch.

        Raises:
            SigunetError: If the file cannot be read or written.
        """
        self.path = Path(path)
        cut(self.path, restored_step)
        try:
            self._file = open(self.path, "a", encoding="utf-8")
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def write(self, step: int, values: Mapping[str, Any]) -> None:
        """Appends one row and flushes it.

        Args:
            step: The step the values belong to.
            values: Numbers, or zero-dimensional arrays, by key; NaN and infinity become null.

        Raises:
            SigunetError: If the row cannot be written, for example because the disk is full.
        """
        row = {"step": int(step), **{key: plain(value) for key, value in values.items()}}
        try:
            # One write for a row: a kill tears at most the last line.
            self._file.write(json.dumps(row, allow_nan=False) + "\n")
            self._file.flush()
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def close(self) -> None:
        """Closes the file."""
        # A row that could not be written is still buffered, and has been reported by `write`.
        with contextlib.suppress(OSError):
            self._file.close()


def _unwritable(path: Path, error: OSError) -> SigunetError:
    return SigunetError(f"{path} cannot be written: {error.strerror or error}.")


def plain(value: Any) -> int | float | str | None:
    """Brings a number, text or zero-dimensional array to what JSON can hold; NaN becomes None."""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, int | str) or value is None:
        return value
    return float(value) if math.isfinite(value) else None


def read_metrics(path: str | os.PathLike) -> list[dict[str, Any]]:
    """Reads the rows of a metrics file, leaving out lines that are torn or no rows.

    Args:
        path: A metrics.jsonl, also one that is being written.

    Returns:
        Rows in file order, each with an integer `step`; null is None.

    Raises:
        SigunetError: If the file cannot be read.
    """
    return _rows(_read(path))


def _read(path: str | os.PathLike) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise SigunetError(f"{path} cannot be read: {error.strerror or error}.") from error


def _rows(text: str) -> list[dict[str, Any]]:
    return [row for row in map(_row, text.splitlines()) if row is not None]


def _row(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) and isinstance(row.get("step"), int) else None


def cut(path: str | os.PathLike, restored_step: int | None) -> int:
    """Removes the rows past a step and whatever is no row, in one atomic replacement.

    Args:
        path: A metrics.jsonl; one that does not exist is left so.
        restored_step: The last step that is kept; None keeps nothing.

    Returns:
        The number of lines removed.

    Raises:
        SigunetError: If the file cannot be read or written.
    """
    # Unlike Path.exists, this does not raise where the folder may not be looked into.
    if not os.path.exists(path):
        return 0
    before = _read(path)
    limit = -1 if restored_step is None else restored_step
    kept = [row for row in _rows(before) if row["step"] <= limit]
    after = _lines(kept)
    if after != before:
        write_text(path, after)
    return len(before.splitlines()) - len(kept)


def thin(
    source: str | os.PathLike, destination: str | os.PathLike, *, max_bytes: int = 200_000
) -> int:
    """Writes a metrics file small enough to commit: every validation row, and every k-th other.

    Args:
        source: A metrics.jsonl.
        destination: Where the thinned file goes.
        max_bytes: Size the result stays below; k is the smallest power of two that does it.

    Returns:
        k: 1 if nothing was left out.

    Raises:
        SigunetError: If a file cannot be read or written, or the validation rows alone are larger.
    """
    rows = read_metrics(source)
    others = [index for index, row in enumerate(rows) if not _validates(row)]
    every = 1
    while True:
        left_out = set(others) - set(others[::every])
        text = _lines(row for index, row in enumerate(rows) if index not in left_out)
        if len(text) <= max_bytes:
            write_text(destination, text)
            return every
        if every > len(others):
            raise SigunetError(f"The validation rows of {source} alone exceed {max_bytes} bytes.")
        every *= 2


def _validates(row: Mapping[str, Any]) -> bool:
    return any(key.startswith("val/") for key in row)


def _lines(rows: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)
