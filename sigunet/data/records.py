"""What the data sets hold: signatures as PNG of ink coverage, and how they come back as arrays."""

import contextlib
import itertools
import json
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from sigunet import image
from sigunet.errors import DataError

# Decoding is a good part of the price of an example, and unfiltered rows decode twice as fast.
_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 6]
if hasattr(cv2, "IMWRITE_PNG_FILTER"):
    _PNG += [cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_NONE]

_MAGIC = b"sigunet3"
_TRAILER = struct.Struct("<Q8s")


@dataclass(frozen=True)
class Record:
    """One signature as it is stored.

    Attributes:
        ink: PNG of uint8[H, W] coverage, 0 = paper, 255 = ink.
        writer: Who signed.
        name: Which signing, unique in its data set.
        image: PNG of uint8[H, W] or uint8[H, W, 3], what the scanner saw, of a pair; else empty.
        pigment: PNG of uint8[H, W], how much ink each pixel holds, at most its coverage: less of
            it where the pen was fast or ran dry. Of a pair empty.
    """

    ink: bytes
    writer: str
    name: str
    image: bytes = b""
    pigment: bytes = b""


@dataclass(frozen=True)
class Skipped:
    """What a data set was built without; it is stored with the set.

    Attributes:
        count: How many files could not be used.
        sentence: Which, and why, in one line; empty if none.
    """

    count: int = 0
    sentence: str = ""


NOTHING_SKIPPED = Skipped()


@dataclass(frozen=True)
class Sample:
    """One signature as arrays.

    Attributes:
        ink: uint8[H, W] coverage, 0 = paper, 255 = ink.
        writer: Who signed.
        name: Which signing.
        image: uint8[H, W] or uint8[H, W, 3], 0 = black, or None where there is only ink.
        pigment: uint8[H, W], how much ink each pixel holds, 0 to its coverage, or None where
            nobody knows.
    """

    ink: np.ndarray
    writer: str
    name: str
    image: np.ndarray | None = None
    pigment: np.ndarray | None = None

    @property
    def nbytes(self) -> int:
        """Memory of the arrays in bytes."""
        arrays = (self.ink, self.image, self.pigment)
        return sum(array.nbytes for array in arrays if array is not None)


def encode_ink(ink: np.ndarray) -> bytes:
    """Encodes uint8[H, W] coverage as PNG that decodes quickly."""
    return cv2.imencode(".png", np.ascontiguousarray(ink), _PNG)[1].tobytes()


def decode(record: Record) -> Sample:
    """Turns a stored record into arrays."""
    return Sample(
        ink=image.decode_png(record.ink),
        writer=record.writer,
        name=record.name,
        image=image.decode_png(record.image) if record.image else None,
        pigment=image.decode_png(record.pigment) if record.pigment else None,
    )


def density(ink: np.ndarray, pigment: np.ndarray) -> np.ndarray:
    """Divides what ink each pixel holds by the share of it that ink covers.

    Args:
        ink: float32[H, W] coverage in [0, 1].
        pigment: float32[H, W] in [0, 1], brought to its place and size like `ink`.

    Returns:
        float32[H, W] in [0, 1]; 1 where there is no ink.
    """
    out = np.ones_like(ink)
    np.divide(pigment, ink, out=out, where=ink > 0)
    return np.minimum(out, 1.0, out=out)


@dataclass(frozen=True)
class InMemory:
    """Records that are at hand.

    Attributes:
        records: All of them.
    """

    records: tuple[Record, ...]

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, index: int) -> Record:
        return self.records[index]

    def writers(self) -> list[str]:
        """Returns the writer of each record."""
        return [record.writer for record in self.records]

    def skipped(self) -> Skipped:
        """Returns that nothing was left out."""
        return NOTHING_SKIPPED


class Packed:
    """Records in one file, each within one read: the store that needs nothing but Python.

    The file holds the PNGs one after the other, then an index (JSON), its place and a magic word.

    Args:
        path: A file that `packing` has written.
        split: Which split is read; None for all records.

    Raises:
        DataError: If the file is missing or damaged.
    """

    def __init__(self, path: str | os.PathLike, split: str | None = None):
        self.path, self.split = Path(path), split
        self._open()

    def _open(self) -> None:
        try:
            with self.path.open("rb") as file:
                file.seek(-_TRAILER.size, os.SEEK_END)
                end = file.tell()
                start, magic = _TRAILER.unpack(file.read())
                if magic != _MAGIC:
                    raise ValueError("no magic word")
                file.seek(start)
                index = json.loads(file.read(end - start))
        except (OSError, ValueError, struct.error) as error:
            raise DataError(f"The stored data {self.path} are damaged; delete the file.") from error
        self._rows = [row for row in index["rows"] if self.split in (None, row[0])]
        self._skipped = Skipped(*index["skipped"])
        self._data = np.memmap(self.path, np.uint8, "r", shape=(start,)) if start else b""

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Record:
        _, writer, name, *ends = self._rows[index]
        ink, picture, pigment = (
            bytes(self._data[start:end]) for start, end in itertools.pairwise(ends)
        )
        return Record(ink, writer, name, picture, pigment)

    def writers(self) -> list[str]:
        """Returns the writer of each record."""
        return [row[1] for row in self._rows]

    def skipped(self) -> Skipped:
        """Returns what the whole set was built without."""
        return self._skipped

    def __getstate__(self) -> dict:
        return {"path": self.path, "split": self.split}

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state)
        self._open()


@contextlib.contextmanager
def packing(
    path: Path, skipped: Skipped = NOTHING_SKIPPED
) -> Iterator[Callable[[str, Record], None]]:
    """Writes a packed file beside its place and renames it when the block ends well.

    Args:
        path: The file to write.
        skipped: What the set is built without.

    Yields:
        A function `add(split, record)`.
    """
    partial = path.with_name(f"incomplete.{os.getpid()}_{path.name}")
    rows = []
    try:
        with partial.open("wb") as file:

            def add(split: str, record: Record) -> None:
                ends = [file.tell()]
                for part in (record.ink, record.image, record.pigment):
                    ends.append(ends[-1] + file.write(part))
                rows.append([split, record.writer, record.name, *ends])

            yield add
            start = file.tell()
            index = {"rows": rows, "skipped": [skipped.count, skipped.sentence]}
            file.write(json.dumps(index).encode())
            file.write(_TRAILER.pack(start, _MAGIC))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
