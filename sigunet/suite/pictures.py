"""Builds the pictures of the exam, each from its own generator."""

import functools
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np

from sigunet import image as images
from sigunet.errors import ConfigError, DataError
from sigunet.frozen import Signature, Signatures, digest_of
from sigunet.suite import degrade
from sigunet.suite.rows import (
    BACKGROUNDS,
    CLEAN,
    EMPTY,
    NAME,
    ROWS,
    cell_size,
    severities,
)
from sigunet.suite.setting import page_of, truth


@dataclass(frozen=True)
class SuitePicture:
    """One picture of the exam.

    Attributes:
        image: float32[H, W, 3] in [0, 1], 0 = black, multiples of 1/255; of the half that was
            scanned in grey the three channels are equal.
        truth: bool[H, W], True = ink of the signature.
        row: One of `ROWS`, or `CLEAN`, `EMPTY`, `BACKGROUNDS`.
        severity: 1 to 5; 0 of the rows that have none.
        name: Unique in its row.
        writer: Who signed; "" on empty pictures.
        cover: float64[H, W] in [0, 1], the share of each pixel that the signature covers, which the
            truth is read off; None where the truth alone is known.
    """

    image: np.ndarray
    truth: np.ndarray
    row: str
    severity: int
    name: str
    writer: str
    cover: np.ndarray | None = None

    @cached_property
    def digest(self) -> str:
        """SHA-256 over shape, 8-bit pixels and truth."""
        return digest_of(self.image, self.truth)


@dataclass(frozen=True)
class Listed:
    """A picture of the exam, or of the user's, before it is built.

    Attributes:
        row: As `SuitePicture.row`.
        name: As `SuitePicture.name`.
        files: The user's files it is made of.
        size: (width, height) in px, where the files tell it.
    """

    row: str
    name: str
    files: tuple[Path, ...] = ()
    size: tuple[int, int] | None = None


class ListedSignatures(Signatures, Protocol):
    """Signatures of which the names are known before they are read.

    `names[i]` is what number i will be called, `paths[i]` the user's file it is in; `paths` is
    empty where they are not the user's.
    """

    names: Sequence[str]
    paths: Sequence[Path]


@dataclass(frozen=True)
class _Place:
    """Where a picture stands in the exam."""

    row: str
    severity: int
    number: int

    @property
    def turn(self) -> int:
        """All severities of a row together deal every writer equally often."""
        within = max(self.severity - 1, 0) * cell_size(self.row) + self.number
        return self.start % 1000 + within

    @property
    def start(self) -> int:
        return zlib.crc32(self.row.encode())

    def name(self, writer: str, signing: str) -> str:
        signed = "" if self.row == EMPTY else f"-{writer}-{signing}"
        return f"{self.severity}-{self.number:02d}{signed}"


class Hands:
    """Signatures dealt out so that each row has as many hands as it can.

    Args:
        signatures: Of one base.
        base: Its name.

    Raises:
        DataError: There are none.
    """

    def __init__(self, signatures: Signatures, base: str):
        by_writer: dict[str, list[int]] = {}
        for index, writer in enumerate(signatures.writers):
            by_writer.setdefault(writer, []).append(index)
        if not by_writer:
            raise DataError("There are no signatures to set the suite on.")
        self._signatures = signatures
        self._hands = [by_writer[name] for name in sorted(by_writer)]
        np.random.default_rng([*NAME.encode(), *base.encode()]).shuffle(self._hands)

    def deal(self, turn: int) -> Signature:
        """Returns the signature of a turn; turns that follow on each other are other writers'."""
        return self._signatures[self.index(turn)]

    def index(self, turn: int) -> int:
        """Returns the number of the signature of a turn."""
        lap, hand = divmod(turn, len(self._hands))
        indices = self._hands[hand]
        return indices[lap % len(indices)]


def build(
    signatures: Signatures,
    *,
    base: str,
    quick: bool = False,
    rows: Sequence[str] | None = None,
    severity: int | None = None,
    backgrounds: Sequence[str | os.PathLike] = (),
) -> Iterator[SuitePicture]:
    """Draws the exam, picture by picture.

    A picture is a function of the signatures, the base's name, its row, severity and number alone:
    neither other rows nor the size of the set change it, and the quick set is a part of the full.

    Args:
        signatures: Clean signatures that no method was fitted to.
        base: Name of the base; another name gives other pictures.
        quick: Two pictures a cell instead of eight.
        rows: Only these, in the suite's order; all if None.
        severity: Only this one, of rows that have several; all if None.
        backgrounds: Files of the user's own scans; the signature is written on crops of them in
            one more row.

    Yields:
        The pictures of `clean`, then row by row and severity by severity, then `empty`, then
        `backgrounds`.

    Raises:
        ConfigError: A row is unknown.
        DataError: There are no signatures, or a file cannot be read.
    """
    places = _places(quick, rows, severity, backgrounds)
    hands = Hands(signatures, base)
    return (_picture(hands, base, place, backgrounds) for place in places)


def listed(
    signatures: ListedSignatures,
    *,
    base: str,
    quick: bool = False,
    rows: Sequence[str] | None = None,
    severity: int | None = None,
    backgrounds: Sequence[str | os.PathLike] = (),
) -> Iterator[Listed]:
    """Lists what `build` would build of the same arguments, and reads nothing.

    Yields:
        The pictures in their order. Another signature that is laid below one is not among its
        files.

    Raises:
        ConfigError: A row is unknown.
        DataError: There are no signatures.
    """
    places = _places(quick, rows, severity, backgrounds)
    hands = Hands(signatures, base)
    for place in places:
        index = hands.index(place.turn)
        files = [*signatures.paths[index : index + 1]]
        if place.row == BACKGROUNDS:
            files.append(Path(_background(place, backgrounds)))
        name = place.name(signatures.writers[index], signatures.names[index])
        yield Listed(place.row, name, tuple(files))


def _places(
    quick: bool, rows: Sequence[str] | None, severity: int | None, backgrounds: Sequence
) -> list[_Place]:
    known = (CLEAN, *ROWS, EMPTY, *((BACKGROUNDS,) if backgrounds else ()))
    unknown = [row for row in rows or () if row not in known]
    if unknown:
        raise ConfigError(f"The suite has no row {unknown[0]!r}; it has {', '.join(known)}.")
    return [
        _Place(row, each, number)
        for row in known
        if rows is None or row in rows
        for each in severities(row)
        if severity is None or row not in ROWS or each == severity
        for number in range(cell_size(row, quick=quick))
    ]


def _background(place: _Place, backgrounds: Sequence[str | os.PathLike]) -> str | os.PathLike:
    return backgrounds[place.number % len(backgrounds)]


def _picture(hands: Hands, base: str, place: _Place, backgrounds: Sequence) -> SuitePicture:
    row, severity, number = place.row, place.severity, place.number
    signature = hands.deal(place.turn)
    another = functools.partial(hands.deal, place.turn + 1)
    rng = np.random.default_rng([*NAME.encode(), *base.encode(), place.start, severity, number])
    # Four in a row hold both kinds of colour with both sides of a row's either-or.
    grey, other = number % 2 == 1, (number + number // 2) % 2 == 1
    page = page_of(signature, rng, grey=grey, other=other)
    if row == EMPTY:
        page = degrade.empty(rng, page, number, another)
    elif row == BACKGROUNDS:
        page = degrade.background(rng, page, _background(place, backgrounds))
    elif row != CLEAN:
        page = degrade.ROWS[row](rng, page, severity, another)
    page = page.flat()
    pixels = images.to_float(images.to_uint8(page.image))
    image = np.ascontiguousarray(np.broadcast_to(pixels, (*page.shape, 3)))
    writer = "" if row == EMPTY else signature.writer
    name = place.name(signature.writer, signature.name)
    return SuitePicture(image, truth(page.cover), row, severity, name, writer, page.cover)
