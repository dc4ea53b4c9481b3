"""The signatures that the exam is set on: a built-in synthetic base, or real scans.

The synthetic base is one frozen file, so that it stays while the synthesiser improves.
"""

import hashlib
import io
import os
import zipfile
from importlib import resources
from pathlib import Path

import cv2
import numpy as np

from sigunet import image as images
from sigunet.errors import DataError
from sigunet.frozen import Scans, Signature, Signatures

SYNTHETIC = "S"
"""Name of the built-in base."""

REAL = "R"
"""Name of the base of real scans that digests are shipped for: SSBI, writers 010 to 019."""

REAL_WRITERS = "01[0-9].*"

FILE = "signatures-v1.npz"

SEED = 20_261_122
"""Seed of the built-in writers; training counts its seeds from 0 and never gets here."""

WRITERS = 24
SIGNINGS = 2

_KEYS = ("writers", "names", "pens", "ends", "png", "digest")


class Stored:
    """Signatures held as PNG in a file that `make_base` has written.

    Args:
        data: The file's bytes.

    Attributes:
        writers: Who signed each.
        names: Which signing each is.
        paths: Files of the user's that they are in: none.
        digest: SHA-256 of what the file holds, which is also in the file.

    Raises:
        DataError: If it is no such file, or not as it was written.
    """

    def __init__(self, data: bytes):
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                writers, names, pens, ends, png, digest = (file[key] for key in _KEYS)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise DataError(f"The signatures of the suite cannot be read: {error}.") from error
        self.writers = writers.tolist()
        self.names = names.tolist()
        self.paths: list[Path] = []
        self._pens = pens.tolist()
        self._ends = [0, *ends.tolist()]
        self._png = png.tobytes()
        self.digest = _digest(self.writers, self.names, self._pens, self._png)
        if self.digest != str(digest):
            raise DataError("The signatures of the suite are damaged; install sigunet again.")

    def __len__(self) -> int:
        return len(self.writers)

    def __getitem__(self, index: int) -> Signature:
        """Decodes signature number `index`."""
        cover, inked = (
            images.to_float(images.decode_png(self._png[self._ends[part] : self._ends[part + 1]]))
            for part in (2 * index, 2 * index + 1)
        )
        density = np.divide(inked, cover, out=np.zeros_like(cover), where=cover > 0).clip(0, 1)
        name, pen = self.names[index], self._pens[index]
        return Signature(cover, self.writers[index], name, pen, density)


def base_s() -> Stored:
    """Opens the built-in synthetic base.

    Returns:
        48 signatures of 24 writers, with coverage, density and the grey of the pen.

    Raises:
        DataError: If the file is damaged.
    """
    return Stored((resources.files("sigunet.suite") / FILE).read_bytes())


def base_r(directory: str | os.PathLike, writers: str = REAL_WRITERS) -> Signatures:
    """Opens a base of real scans.

    Args:
        directory: One subfolder a writer, with scans on plain paper.
        writers: Only writers whose whole name matches this regular expression.

    Returns:
        The signatures, measured by `sigunet.truth`.

    Raises:
        DataError: As `frozen.Scans`.
        ConfigError: As `frozen.Scans`.
    """
    return Scans(directory, writers)


def make_base(path: str | os.PathLike) -> None:
    """Draws the built-in base and writes it as one file.

    Each signature is stored as two grey PNGs: what counts as ink, measured on a clean scan of it as
    on scans of real ones, and the ink that the scanner saw.
    The grey of the pen follows that of real pens: most are black or dark blue, a quarter are pale
    ballpoints.

    Args:
        path: Where to; `sigunet/suite/signatures-v1.npz` is what the package reads.
    """
    from sigunet.data.synthetic import scanned

    writers, names, pens, pngs = [], [], [], []
    for number in range(WRITERS):
        rng = np.random.default_rng([SEED, number])
        pen = rng.uniform(0.06, 0.25) if rng.random() < 0.75 else rng.uniform(0.25, 0.6)
        for signing in range(SIGNINGS):
            writers.append(f"s{number:02d}")
            names.append(f"{signing}")
            pens.append(round(float(pen), 3))
            pngs += [_smallest_png(seen) for seen in scanned(SEED, number, signing)]
    png = b"".join(pngs)
    data = io.BytesIO()
    np.savez(
        data,
        writers=np.array(writers),
        names=np.array(names),
        pens=np.array(pens),
        ends=np.cumsum([len(png) for png in pngs]),
        png=np.frombuffer(png, np.uint8),
        digest=np.array(_digest(writers, names, pens, png)),
    )
    Path(path).write_bytes(data.getvalue())


def _digest(writers: list[str], names: list[str], pens: list[float], png: bytes) -> str:
    return hashlib.sha256(repr((writers, names, pens)).encode() + png).hexdigest()


def _smallest_png(array: np.ndarray) -> bytes:
    return cv2.imencode(".png", array, [cv2.IMWRITE_PNG_COMPRESSION, 9])[1].tobytes()
