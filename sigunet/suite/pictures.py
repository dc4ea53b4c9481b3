"""Builds the pictures of the exam, each from its own generator."""

import functools
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

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
        lap, hand = divmod(turn, len(self._hands))
        indices = self._hands[hand]
        return self._signatures[indices[lap % len(indices)]]


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
    known = (CLEAN, *ROWS, EMPTY, *((BACKGROUNDS,) if backgrounds else ()))
    unknown = [row for row in rows or () if row not in known]
    if unknown:
        raise ConfigError(f"The suite has no row {unknown[0]!r}; it has {', '.join(known)}.")
    hands = Hands(signatures, base)
    chosen = [row for row in known if rows is None or row in rows]
    cells = [
        (row, each)
        for row in chosen
        for each in severities(row)
        if severity is None or row not in ROWS or each == severity
    ]
    return _pictures(hands, base, quick, cells, backgrounds)


def _pictures(
    hands: Hands,
    base: str,
    quick: bool,
    cells: Sequence[tuple[str, int]],
    backgrounds: Sequence,
) -> Iterator[SuitePicture]:
    for row, severity in cells:
        for number in range(cell_size(row, quick=quick)):
            yield _picture(hands, base, row, severity, number, backgrounds)


def _picture(
    hands: Hands, base: str, row: str, severity: int, number: int, backgrounds: Sequence
) -> SuitePicture:
    start = zlib.crc32(row.encode())
    # All severities of a row together deal every writer equally often.
    turn = start % 1000 + max(severity - 1, 0) * cell_size(row) + number
    signature, another = hands.deal(turn), functools.partial(hands.deal, turn + 1)
    rng = np.random.default_rng([*NAME.encode(), *base.encode(), start, severity, number])
    # Four in a row hold both kinds of colour with both sides of a row's either-or.
    grey, other = number % 2 == 1, (number + number // 2) % 2 == 1
    page = page_of(signature, rng, grey=grey, other=other)
    if row == EMPTY:
        page = degrade.empty(rng, page, number, another)
    elif row == BACKGROUNDS:
        page = degrade.background(rng, page, backgrounds[number % len(backgrounds)])
    elif row != CLEAN:
        page = degrade.ROWS[row](rng, page, severity, another)
    page = page.flat()
    pixels = images.to_float(images.to_uint8(page.image))
    image = np.ascontiguousarray(np.broadcast_to(pixels, (*page.shape, 3)))
    writer = "" if row == EMPTY else signature.writer
    name = f"{severity}-{number:02d}" + ("" if row == EMPTY else f"-{writer}-{signature.name}")
    return SuitePicture(image, truth(page.cover), row, severity, name, writer, page.cover)
