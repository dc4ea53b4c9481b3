"""Frozen evaluation sets: the same degraded signatures for every method, run and machine.

A set is a pure function of the signatures, the split, a seed and the number of pictures a row. Each
picture is degraded at the native size of its signature and rounded to 8 bits, and carries a digest
of exactly those pixels.
"""

import dataclasses
import hashlib
import os
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np

from sigunet import image as images
from sigunet.data import scans
from sigunet.data.records import density
from sigunet.data.source import Source
from sigunet.errors import ConfigError, DataError
from sigunet.noise import DEFAULT_RECIPE, Scene, parse, render
from sigunet.truth import coverage_target, pen_from_scan

EMPTY = "empty"
"""The row without a signature: the whole recipe on blank paper."""

ROWS: Mapping[str, str] = {
    "clean": "",
    "gaussian": "gaussian(0.01, 0.15, p=1)",
    "salt_pepper": "salt_pepper(0.001, 0.06, p=1)",
    "speckle": "speckle(0.02, 0.3, p=1)",
    "lines": "lines(p=1)",
    "text": "text(p=1)",
    "stamp": "stamp(p=1)",
    "scribbles": "scribbles(p=1)",
    "scratches": "scratches(p=1)",
    "brightness_contrast": "brightness_contrast(p=1)",
    "default": DEFAULT_RECIPE,
    EMPTY: DEFAULT_RECIPE,
}
"""Recipe of each degradation of the described family, over the ranges that training draws from."""

_MARGIN = 0.15  # of a side; at most this much paper is added on each of the four sides
_PEN = (0.0, 0.4)  # grey of the ink where the source does not say
_PAPER = (0.85, 1.0)


@dataclass(frozen=True)
class Signature:
    """A clean signature to be degraded.

    Attributes:
        ink: float32[H, W] in [0, 1], 1 = ink; the truth is where it is over one half.
        writer: Who signed.
        name: Which signing.
        pen: Grey of the ink in [0, 1], or None where it is to be drawn.
        density: float32[H, W] in [0, 1], how much of its grey the ink shows, or None for all.
        picture: float32[H, W, 1 or 3] in [0, 1], what a scanner saw, where that is degraded
            further instead of drawing the ink on even paper.
    """

    ink: np.ndarray
    writer: str
    name: str
    pen: float | None = None
    density: np.ndarray | None = None
    picture: np.ndarray | None = None


class Signatures(Protocol):
    """Clean signatures by number; `writers[i]` signed number i."""

    writers: Sequence[str]

    def __getitem__(self, index: int) -> Signature:
        """Returns signature number `index`."""


def digest_of(image: np.ndarray, truth: np.ndarray) -> str:
    """SHA-256 over the shape, the 8-bit pixels and the truth of a picture, hexadecimal.

    Args:
        image: float32[H, W, C] in [0, 1].
        truth: bool[H, W].
    """
    pixels = images.to_uint8(image)
    hasher = hashlib.sha256(repr(pixels.shape).encode())
    hasher.update(np.ascontiguousarray(pixels))
    hasher.update(np.packbits(truth))
    return hasher.hexdigest()


@dataclass(frozen=True)
class Picture:
    """One picture of a frozen set.

    Attributes:
        image: float32[H, W, C] in [0, 1], 0 = black, multiples of 1/255.
        truth: bool[H, W], True = ink of the signature.
        row: Degradation.
        name: Unique in its row.
    """

    image: np.ndarray
    truth: np.ndarray
    row: str
    name: str

    @cached_property
    def digest(self) -> str:
        """SHA-256 over shape, 8-bit pixels and truth."""
        return digest_of(self.image, self.truth)


class Named(Protocol):
    """Anything that stands for one picture of a set."""

    row: str
    name: str
    digest: str


def set_digest(pictures: Iterable[Named]) -> str:
    """SHA-256 over rows, names and digests of a whole set, in its order."""
    hasher = hashlib.sha256()
    for picture in pictures:
        hasher.update(f"{picture.row}\t{picture.name}\t{picture.digest}\n".encode())
    return hasher.hexdigest()


def frozen_set(
    signatures: Signatures,
    *,
    seed: int = 0,
    per_row: int = 10,
    rows: Mapping[str, str] = ROWS,
    channels: int = 1,
) -> list[Picture]:
    """Degrades signatures, row by row.

    Within a row writers take turns, so that it has as many hands as it can; a row is the same
    whichever other rows there are.

    Args:
        signatures: Of one split: those the network was not trained on.
        seed: 0 or more; another seed gives another set.
        per_row: Pictures a row.
        rows: Recipe by row.
        channels: 1 for grey, 3 for colour.

    Returns:
        `per_row` pictures for each row, in the order of `rows`.

    Raises:
        DataError: There are no signatures, or one cannot be read.
        ConfigError: A recipe cannot be read, or the seed is negative.
    """
    if seed < 0:
        raise ConfigError(f"The seed of a frozen set must be 0 or more, not {seed}.")
    by_writer: dict[str, list[int]] = {}
    for index, writer in enumerate(signatures.writers):
        by_writer.setdefault(writer, []).append(index)
    if not by_writer:
        raise DataError("There are no signatures to evaluate on.")
    hands = [by_writer[name] for name in sorted(by_writer)]
    np.random.default_rng([seed, 0]).shuffle(hands)
    pictures = []
    for row, text in rows.items():
        recipe, start = parse(text), zlib.crc32(row.encode())
        for number in range(per_row):
            turn, hand = divmod(start + number, len(hands))
            signature = signatures[hands[hand][turn % len(hands[hand])]]
            rng = np.random.default_rng([seed, 1, start, number])
            scene = _scene(signature, rng, blank=row == EMPTY)
            image, ink = render(recipe.apply(rng, scene), channels)
            name = f"{number:03d}-{signature.writer}-{signature.name}"
            rounded = images.to_float(images.to_uint8(image))
            pictures.append(Picture(rounded, ink > 0.5, row, name))
    return pictures


def demo_set(signatures: Signatures, *, seed: int = 0, channels: int = 1) -> list[Picture]:
    """The 20 pictures of the demo, all members together as in training."""
    rows = {"default": ROWS["default"]}
    return frozen_set(signatures, seed=seed, per_row=20, rows=rows, channels=channels)


class Stored:
    """The signatures of a data source, in its order.

    Args:
        source: One split of a data set.
    """

    def __init__(self, source: Source):
        self._source = source
        self.writers = source.reader.writers()

    def __getitem__(self, index: int) -> Signature:
        """Decodes signature number `index`."""
        sample = self._source[index]
        picture = sample.image
        if picture is not None:
            picture = images.to_float(picture)
            picture = picture[..., None] if picture.ndim == 2 else picture
        ink, thin = images.to_float(sample.ink), None
        if sample.pigment is not None:
            thin = density(ink, images.to_float(sample.pigment))
        return Signature(ink, sample.writer, sample.name, density=thin, picture=picture)


class Scans:
    """Scans of signatures on plain paper, measured by `sigunet.truth`.

    They keep the grey and the unevenness of the pen they were written with.

    Args:
        directory: One subfolder a writer, or any order with `writer_pattern`.
        writers: Only writers whose whole name matches this regular expression.
        writer_pattern: Regular expression whose one group is the writer in a file's name; "" takes
            the subfolder.

    Raises:
        DataError: The folder is missing or holds no picture, or none of a writer that matches.
        ConfigError: An expression cannot be read or `writer_pattern` matches nothing.
    """

    def __init__(self, directory: str | os.PathLike, writers: str = ".*", writer_pattern: str = ""):
        files = scans.pictures(Path(directory), "--signatures")
        names = scans.find_writers(list(files), writer_pattern)
        names = scans.matching(names, writers, directory)
        self.writers = list(names.values())
        self.paths = [files[name] for name in names]
        self.names = [path.stem for path in self.paths]

    def __getitem__(self, index: int) -> Signature:
        """Reads and measures scan number `index`.

        Raises:
            DataError: The file cannot be read or shows no ink.
        """
        path = self.paths[index]
        grey = images.read(path)[..., 0]
        ink = coverage_target(grey)
        if not ink.any():
            raise DataError(f"{path} holds no ink that can be told from the paper.")
        density, pen = pen_from_scan(grey)
        return Signature(ink, self.writers[index], self.names[index], pen, density)


def _scene(signature: Signature, rng: np.random.Generator, *, blank: bool) -> Scene:
    """The signature, or as much blank paper, ready to be degraded."""
    if signature.picture is not None and not blank:
        return Scene.from_picture(signature.picture, signature.ink)
    height, width = signature.ink.shape
    margins = rng.uniform(0, _MARGIN, 4) * (height, height, width, width)
    top, bottom, left, right = (int(side) for side in margins)
    around = ((top, bottom), (left, right))
    pen, paper = rng.uniform(*_PEN), rng.uniform(*_PAPER)
    if blank:
        shape = (height + top + bottom, width + left + right)
        return Scene.from_ink(np.zeros(shape, np.float32), paper=paper)
    scene = Scene.from_ink(
        np.pad(signature.ink, around),
        ink_value=pen if signature.pen is None else signature.pen,
        paper=paper,
    )
    if signature.density is None:
        return scene
    return dataclasses.replace(scene, density=np.pad(signature.density, around, mode="edge"))
