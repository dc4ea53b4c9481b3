"""Where the suite's pictures come from: its bases, and a user's own pairs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from sigunet import image as images
from sigunet.data import scans
from sigunet.errors import DataError
from sigunet.frozen import Scans
from sigunet.suite import pictures as suite_pictures
from sigunet.suite.base import SYNTHETIC, base_s
from sigunet.suite.pictures import Listed, ListedSignatures, SuitePicture
from sigunet.suite.rows import BACKGROUNDS, CLEAN, EMPTY, ROWS, cell_size, severities

PAIRS = "pairs"
"""Name of the base, and of the row, that a user's pairs make."""

_CHUNK = 4  # pairs; a page of a contest has ten million pixels
_GT_FOLDERS = ("gt", "GT")
_GT_WORD = re.compile(r"(?<![a-z0-9])gt(?![a-z0-9])", re.IGNORECASE)
_GT_ENDINGS = ("_gt", "-gt", "_GT", "-GT", ".gt")


@dataclass(frozen=True)
class Base:
    """The suite's pictures on one base; a chunk is a row.

    Attributes:
        base: `base.SYNTHETIC`, or the name of a base of real scans.
        quick: The small part of the suite.
        directory: Of the scans; None for the built-in signatures.
        writers: Regular expression on the writers of the scans.
        writer_pattern: As `frozen.Scans`.
        backgrounds: Files of a user's own scans; they make one more row.
        rows: Only these; all if None.
    """

    base: str
    quick: bool = False
    directory: str | None = None
    writers: str = ".*"
    writer_pattern: str = ""
    backgrounds: tuple[str, ...] = ()
    rows: tuple[str, ...] | None = None

    @cached_property
    def signatures(self) -> ListedSignatures:
        """Opens the base.

        Raises:
            DataError: There are no signatures.
        """
        if self.directory is None:
            return base_s()
        return Scans(self.directory, self.writers, self.writer_pattern)

    def _rows(self) -> list[str]:
        known = [CLEAN, *ROWS, EMPTY, *([BACKGROUNDS] if self.backgrounds else [])]
        return [row for row in known if self.rows is None or row in self.rows]

    def chunks(self) -> int:
        """How many rows there are."""
        return len(self._rows())

    def count(self) -> int:
        """How many pictures there are in all."""
        return sum(cell_size(row, quick=self.quick) * len(severities(row)) for row in self._rows())

    def pictures(self, chunk: int) -> Iterator[SuitePicture]:
        """Builds the pictures of a row."""
        return suite_pictures.build(
            self.signatures,
            base=self.base,
            quick=self.quick,
            rows=[self._rows()[chunk]],
            backgrounds=self.backgrounds,
        )

    def listed(self) -> Iterator[Listed]:
        """Lists the pictures before they are built."""
        return suite_pictures.listed(
            self.signatures,
            base=self.base,
            quick=self.quick,
            rows=self._rows(),
            backgrounds=self.backgrounds,
        )


@dataclass(frozen=True)
class Pairs:
    """A user's pictures with their truths, a few to a chunk.

    Attributes:
        files: (name, picture, truth) of each pair.
    """

    files: tuple[tuple[str, Path, Path], ...]
    base: str = PAIRS

    def chunks(self) -> int:
        """How many chunks there are."""
        return -(-len(self.files) // _CHUNK)

    def count(self) -> int:
        """How many pairs there are."""
        return len(self.files)

    def pictures(self, chunk: int) -> Iterator[SuitePicture]:
        """Reads the pairs of a chunk; ink is where the truth is darker than middle grey.

        Raises:
            DataError: A file cannot be read, or a pair differs in size.
        """
        for name, picture, truth in self.files[chunk * _CHUNK : (chunk + 1) * _CHUNK]:
            image = images.to_float(images.to_uint8(images.read(picture, channels=3)))
            ink = images.read(truth)[..., 0] < 0.5
            _same_size(picture, image.shape[1::-1], truth, ink.shape[::-1])
            yield SuitePicture(image, ink, PAIRS, 0, name, "")

    def listed(self) -> Iterator[Listed]:
        """Lists the pairs, with the sizes that their headers tell.

        Raises:
            DataError: A header cannot be read, or a pair differs in size.
        """
        for name, picture, truth in self.files:
            size = images.check_header(picture)
            _same_size(picture, size, truth, images.check_header(truth))
            yield Listed(PAIRS, name, (picture, truth), size)


def _same_size(picture: Path, size: tuple[int, int], truth: Path, other: tuple[int, int]) -> None:
    if size != other:
        sizes = [f"{width} x {height}" for width, height in (size, other)]
        raise DataError(f"{picture} is {sizes[0]} px and its truth {truth} is {sizes[1]}.")


def find_pairs(directory: str | Path) -> Pairs:
    """Finds pictures and their truths, dark on white, in one of four layouts.

    `images/` and `gt/` hold files of the same names but for the suffix; or a folder holds NAME and,
    in itself or in a subfolder `gt`, NAME_gt (also `-gt`, in capitals), as the sets of the DIBCO
    contests do; or its subfolder `gt` holds NAME; or NAME and its truth lie in folders beside each
    other, of which one has the word GT in its name (as `H_DIBCO2010_GT`), and no third one has
    a NAME without partner.

    Args:
        directory: It is searched with its subfolders.

    Returns:
        The pairs, by name.

    Raises:
        DataError: The folder holds no pair, or a truth has no picture.
    """
    found = scans.pictures(Path(directory), "--pairs")
    truths: dict[str, Path] = {}
    pictures: dict[str, Path] = {}
    for name, path in found.items():
        *folders, stem = str(Path(name).with_suffix("")).split("/")
        marked = any(folder in _GT_FOLDERS for folder in folders)
        for ending in _GT_ENDINGS:
            if stem.endswith(ending):
                stem, marked = stem.removesuffix(ending), True
                break
        kept = [folder for folder in folders if folder not in (*_GT_FOLDERS, "images")]
        there = truths if marked else pictures
        key = "/".join([*kept, stem])
        if key in there:
            raise DataError(f"{path} and {there[key]} have the same name; one of them must go.")
        there[key] = path
    _pair_across_folders(pictures, truths)
    pairs = tuple(
        (name.replace("/", "-"), pictures[name], truths[name])
        for name in sorted(pictures)
        if name in truths
    )
    if not pairs:
        raise DataError(
            f"{directory} holds no pair: images/NAME and gt/NAME, or NAME and NAME_gt, are needed."
        )
    if alone := sorted(pictures.keys() ^ truths.keys()):
        raise DataError(f"{directory}: {alone[0]} has no partner ({len(alone)} files have none).")
    return Pairs(pairs)


def _pair_across_folders(pictures: dict[str, Path], truths: dict[str, Path]) -> None:
    """Gives the truth in one of two folders beside each other the key of its picture, in place."""
    alike: dict[tuple[str, str], list[str]] = {}
    for key in sorted(pictures.keys() ^ truths.keys()):
        if "/" in key:
            place = PurePosixPath(key)
            alike.setdefault((str(place.parent.parent), place.name), []).append(key)
    for keys in alike.values():
        own = [key for key in keys if key in pictures and not _in_truths(key)]
        true = [key for key in keys if _in_truths(key)]
        if len(keys) == 2 and len(own) == len(true) == 1:
            truths[own[0]] = (truths if true[0] in truths else pictures).pop(true[0])


def _in_truths(key: str) -> bool:
    return _GT_WORD.search(key.split("/")[-2]) is not None


def built_in(quick: bool, backgrounds: tuple[str, ...], rows: tuple[str, ...] | None) -> Base:
    """The base that needs nothing."""
    return Base(SYNTHETIC, quick, backgrounds=backgrounds, rows=rows)
