"""A user's pairs: `images/` as the scanner saw them, `gt/` the same dark on white, equal names."""

import dataclasses
import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sigunet import image
from sigunet.data import scans
from sigunet.data.folder import by_split, hash_files
from sigunet.data.plan import digest_of
from sigunet.data.records import NOTHING_SKIPPED, Record, encode_ink
from sigunet.errors import DataError

_log = logging.getLogger(__name__)


class PairsPlan:
    """Which pairs a folder holds.

    The writer is the first subfolder, or what a pattern finds. What shares a writer stays in one
    split, and so do pairs whose `gt` pictures are equal: the same signature with other noise. Of
    files without subfolder or pattern the latter is all that is known, and a warning says so.

    Args:
        path: A folder with the subfolders `images` and `gt`; partners have the same path in them
            up to the suffix.
        writer_pattern: Regular expression whose one group is the writer in a file's name, or "".
        on_bad_file: "skip" leaves unusable pairs out with a warning, "stop" raises.
        seed: Of the split.
        workers: Processes that read; 0 means as many as cores.

    Raises:
        DataError: If a folder is missing or holds no pictures.
        ConfigError: If the path is empty or the pattern is wrong or matches nothing.
    """

    name = "pairs"

    def __init__(
        self, path: str, writer_pattern: str, on_bad_file: str, seed: int, *, workers: int = 0
    ):
        self._folder = scans.data_folder(path)
        images = scans.pictures(self._folder / "images")
        truths = scans.pictures(self._folder / "gt")
        names = list(images)
        self._writers = scans.find_writers(names, writer_pattern)
        self._pattern = writer_pattern
        self._on_bad_file, self._seed, self._workers = on_bad_file, seed, workers
        self._pairs = _match(images, truths)
        self.count, self.skipped = len(self._pairs), NOTHING_SKIPPED
        self.digest = digest_of(
            self.name,
            images=hash_files(images),
            truths=hash_files(truths),
            pattern=writer_pattern,
            on_bad_file=on_bad_file,
            seed=seed,
        )

    def splits(self) -> dict[str, list[Record]]:
        """Reads every pair and returns the records of each split.

        Raises:
            DataError: If the usable pairs are of fewer than three writers or `gt` pictures, if
                there are none, or if one is unusable and `on_bad_file` is "stop".
        """
        convert = _Convert(tuple(self._pairs), self._writers, bool(self._pattern))
        results = scans.convert_all(convert, self.count, self._workers)
        good, self.skipped = scans.usable(results, self._folder, self._on_bad_file)
        unknown = sum(item.record.name not in self._writers for item in good)
        if unknown:
            _log.warning(
                "Who wrote %d of %d pairs in %s is not known, so a writer can be in two splits: "
                "make one subfolder a writer, or set data.writer_pattern.",
                unknown,
                len(good),
                self._folder,
            )
        return by_split(_joined(good), self._seed)


def _joined(items: list[scans.Converted]) -> list[scans.Converted]:
    """Makes one group of all that is linked by a shared writer or an equal `gt`.

    Args:
        items: Each with its writer in the record, and its `gt` as the group.

    Returns:
        The same with the first writer of all that it is linked to as the group.
    """
    first: dict[str, str] = {}  # writer -> a writer before it in the same group, or itself

    def root(writer: str) -> str:
        while first.setdefault(writer, writer) != writer:
            writer = first[writer]
        return writer

    signers: dict[str, str] = {}
    for item in items:
        one = root(item.record.writer)
        other = root(signers.setdefault(item.group, item.record.writer))
        first[max(one, other)] = min(one, other)
    return [dataclasses.replace(item, group=root(item.record.writer)) for item in items]


@dataclass(frozen=True)
class _Pair:
    """Two files that may belong together; `reason` is set if it is clear that they do not."""

    name: str
    image: Path | None
    truth: Path | None
    reason: str = ""


def _match(images: dict[str, Path], truths: dict[str, Path]) -> list[_Pair]:
    """Pairs files by their paths without suffix."""
    left, right = _by_stem(images), _by_stem(truths)
    pairs = []
    for stem in sorted(left.keys() | right.keys()):
        seen, true = left.get(stem, []), right.get(stem, [])
        if max(len(seen), len(true)) == 1:
            name = (seen or true)[0]
            picture = images[seen[0]] if seen else None
            pairs.append(_Pair(name, picture, truths[true[0]] if true else None))
            continue
        for folder, names in (("images", seen), ("gt", true)):
            if len(names) > 1:
                reason = f"shares its name but for the suffix with another file in {folder}/"
                pairs += [_Pair(name, None, None, reason) for name in names]
    return pairs


def _by_stem(files: dict[str, Path]) -> dict[str, list[str]]:
    stems: dict[str, list[str]] = {}
    for name in files:
        stems.setdefault(str(Path(name).with_suffix("")), []).append(name)
    return stems


@dataclass(frozen=True)
class _Convert:
    """Turns pair number i into a record; picklable, for worker processes."""

    pairs: tuple[_Pair, ...]
    writers: dict[str, str]
    by_writer: bool

    def __call__(self, i: int) -> scans.Converted | scans.Unusable:
        pair = self.pairs[i]
        name = pair.name
        if pair.reason:
            return scans.Unusable(name, pair.reason)
        if pair.image is None or pair.truth is None:
            missing = "images" if pair.image is None else "gt"
            return scans.Unusable(name, f"has no partner in {missing}/")
        if self.by_writer and name not in self.writers:
            return scans.Unusable(name, "does not match data.writer_pattern")
        try:
            picture = image.to_uint8(scans.read(pair.image, 3))
            ink = image.to_uint8(1.0 - scans.read(pair.truth, 1)[..., 0])
        except DataError as error:
            return scans.Unusable(name, str(error))
        if picture.shape[:2] != ink.shape:
            sizes = [f"{pixels.shape[1]} x {pixels.shape[0]}" for pixels in (picture, ink)]
            return scans.Unusable(name, f"is {sizes[0]} in images/ and {sizes[1]} in gt/")
        return self._converted(name, picture, ink)

    def _converted(self, name: str, picture: np.ndarray, ink: np.ndarray) -> scans.Converted:
        if (picture == picture[..., :1]).all():
            picture = picture[..., 0]
        same = hashlib.blake2b(ink.tobytes() + str(ink.shape).encode(), digest_size=8).hexdigest()
        writer = self.writers.get(name, f"gt-{same}")
        # Blank paper is everybody's.
        group = f"gt-{same}" if ink.any() else writer
        return scans.Converted(
            Record(encode_ink(ink), writer, name, image.encode_png(picture)), group
        )
