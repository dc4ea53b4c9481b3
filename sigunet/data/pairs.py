"""A user's pairs: `images/` as the scanner saw them, `gt/` the same dark on white, equal names."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sigunet import image
from sigunet.data import scans
from sigunet.data.folder import by_split, hash_files
from sigunet.data.plan import digest_of
from sigunet.data.records import Record, encode_ink
from sigunet.errors import DataError


class PairsPlan:
    """Which pairs a folder holds.

    Without a pattern for the writer, pairs whose `gt` pictures are equal stay in one split.

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
        self._writers = scans.find_writers(names, writer_pattern) if writer_pattern else {}
        self._pattern = writer_pattern
        self._on_bad_file, self._seed, self._workers = on_bad_file, seed, workers
        self._pairs = _match(images, truths)
        self.count = len(self._pairs)
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
        good = scans.usable(results, self._folder, self._on_bad_file)
        return by_split(good, self._seed)


def _match(
    images: dict[str, Path], truths: dict[str, Path]
) -> list[tuple[str, Path | None, Path | None]]:
    """Pairs files by their paths without suffix: (name, image or None, gt or None)."""
    left = {str(Path(name).with_suffix("")): name for name in images}
    right = {str(Path(name).with_suffix("")): name for name in truths}
    return [
        (
            left.get(stem) or right[stem],
            images.get(left.get(stem, "")),
            truths.get(right.get(stem, "")),
        )
        for stem in sorted(left.keys() | right.keys())
    ]


@dataclass(frozen=True)
class _Convert:
    """Turns pair number i into a record; picklable, for worker processes."""

    pairs: tuple[tuple[str, Path | None, Path | None], ...]
    writers: dict[str, str]
    by_writer: bool

    def __call__(self, i: int) -> scans.Converted | scans.Unusable:
        name, seen, truth = self.pairs[i]
        if seen is None or truth is None:
            missing = "images" if seen is None else "gt"
            return scans.Unusable(name, f"has no partner in {missing}/")
        if self.by_writer and name not in self.writers:
            return scans.Unusable(name, "does not match data.writer_pattern")
        try:
            picture = image.to_uint8(scans.read(seen, 3))
            ink = image.to_uint8(1.0 - scans.read(truth, 1)[..., 0])
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
        return scans.Converted(
            Record(encode_ink(ink), writer, name, image.encode_png(picture)), writer
        )
