"""A user's folder of clean signatures: scans of ink on plain paper, by writer."""

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sigunet import image, truth
from sigunet.data import scans, splits
from sigunet.data.plan import digest_of
from sigunet.data.records import NOTHING_SKIPPED, InMemory, Record, encode_ink
from sigunet.data.source import Source
from sigunet.errors import DataError

_log = logging.getLogger(__name__)


class FolderPlan:
    """Which scans a folder holds.

    Args:
        path: The folder: one subfolder a writer, or any order with `writer_pattern`.
        writer_pattern: Regular expression whose one group is the writer in a file's name; "" takes
            the subfolder.
        on_bad_file: "skip" leaves unusable files out with a warning, "stop" raises.
        seed: Of the split.
        workers: Processes that read; 0 means as many as cores.

    Raises:
        DataError: If the folder is missing or holds no pictures.
        ConfigError: If the path is empty or the pattern is wrong or matches nothing.
    """

    name = "folder"

    def __init__(
        self, path: str, writer_pattern: str, on_bad_file: str, seed: int, *, workers: int = 0
    ):
        self._folder = scans.data_folder(path)
        self._files = scans.pictures(self._folder)
        self._writers = scans.find_writers(list(self._files), writer_pattern)
        self._on_bad_file, self._seed, self._workers = on_bad_file, seed, workers
        self.count, self.skipped = len(self._files), NOTHING_SKIPPED
        self.digest = digest_of(
            self.name,
            files=hash_files(self._files),
            writers=self._writers,
            on_bad_file=on_bad_file,
            seed=seed,
        )

    def splits(self) -> dict[str, list[Record]]:
        """Reads every file and returns the records of each split.

        Raises:
            DataError: If the usable files are of fewer than three writers, if there are none, or
                if one is unusable and `on_bad_file` is "stop".
        """
        convert = _Convert(tuple(self._files.items()), self._writers)
        results = scans.convert_all(convert, self.count, self._workers)
        good, self.skipped = scans.usable(results, self._folder, self._on_bad_file)
        return by_split(good, self._seed)


def unstored(
    path: str, writers: str = ".*", writer_pattern: str = "", *, option: str = "data.path"
) -> Source:
    """Reads the scans of some writers into memory, all as one split; nothing is stored.

    Args:
        path: As for `FolderPlan`.
        writers: Only writers whose whole name matches this regular expression.
        writer_pattern: As for `FolderPlan`.
        option: What the user has named the folder by, for the messages.

    Returns:
        The source; scans without ink are left out, with a warning.

    Raises:
        DataError: If the folder is missing, or holds no usable picture of a writer that matches.
        ConfigError: If an expression is wrong.
    """
    folder = scans.data_folder(path, option)
    files = scans.pictures(folder, option)
    found = scans.matching(scans.find_writers(list(files), writer_pattern), writers, folder)
    convert = _Convert(tuple((name, files[name]) for name in found), found)
    good, skipped = scans.usable([convert(i) for i in range(len(found))], folder, "skip")
    if skipped.count:
        _log.warning("%s; they are left out.", skipped.sentence)
    digest = digest_of("unstored", files=hash_files({name: files[name] for name in found}))
    return Source(InMemory(tuple(item.record for item in good)), digest=digest, split="all")


def by_split(good: list[scans.Converted], seed: int) -> dict[str, list[Record]]:
    """Sorts converted files into the splits by their groups.

    Raises:
        DataError: If there are fewer than three groups.
    """
    assigned = splits.assign((item.group for item in good), seed)
    return {
        split: [item.record for item in good if assigned[item.group] == split]
        for split in splits.SPLITS
    }


def hash_files(files: dict[str, Path]) -> str:
    """Digests names and contents, so that the same files are the same data on any machine.

    Raises:
        DataError: If a file cannot be opened.
    """
    total = hashlib.blake2b(digest_size=16)
    for name, path in scans.shown(files.items(), "digesting", total=len(files)):
        try:
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "blake2b").hexdigest()
        except OSError as error:
            raise DataError(f"{path} cannot be opened: {error.strerror}.") from error
        total.update(f"{name}\0{content}\0".encode("utf-8", "surrogateescape"))
    return total.hexdigest()


@dataclass(frozen=True)
class _Convert:
    """Turns file number i into ink coverage; picklable, for worker processes."""

    files: tuple[tuple[str, Path], ...]
    writers: dict[str, str]

    def __call__(self, i: int) -> scans.Converted | scans.Unusable:
        name, path = self.files[i]
        if name not in self.writers:
            return scans.Unusable(name, "lies in no writer's subfolder, matches no pattern")
        try:
            ink, pigment = ink_of(scans.read(path, 1)[..., 0])
        except DataError as error:
            return scans.Unusable(name, str(error))
        writer = self.writers[name]
        record = Record(encode_ink(ink), writer, name, pigment=encode_ink(pigment))
        return scans.Converted(record, writer)


def ink_of(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Measures the ink of a clean scan.

    Args:
        grey: float32[H, W] in [0, 1], 0 = black.

    Returns:
        uint8[H, W], `truth.coverage_target` in 8 bits, 0 = paper, 255 = ink; and uint8[H, W], how
        much ink each pixel holds, as against the darkest of the picture.

    Raises:
        DataError: If there is no ink.
    """
    ink = truth.coverage_target(grey)
    if not ink.any():
        raise DataError("holds no ink that can be told from the paper")
    strength, _ = truth.pen_from_scan(grey)
    return image.to_uint8(ink), image.to_uint8(ink * strength)
