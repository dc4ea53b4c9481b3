"""The signatures of one split, decoded as they are asked for, and kept while there is room."""

import threading
from functools import cached_property
from typing import Protocol

from sigunet.data.records import Record, Sample, Skipped, decode

CACHE_BYTES = 256 * 2**20
"""How much memory decoded signatures may take in one process."""


class Reader(Protocol):
    """Records of one split by index; picklable, and safe to read from many threads."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Record: ...

    def writers(self) -> list[str]:
        """Returns the writer of each record."""

    def skipped(self) -> Skipped:
        """Returns what the whole set was built without."""


class Source:
    """The signatures of one split, decoded; picklable, and safe to read from many threads.

    What is decoded is kept while there is room. An epoch is a shuffle without repeats, of which a
    cache that drops its oldest would hold nothing when it is needed: the first ones stay.

    Args:
        reader: Where the records are.
        digest: Of everything that decides them.
        split: "train", "validation" or "test".
        cache_bytes: How much memory decoded signatures may take.
        skipped: How many files of the user the set, all splits together, was built without.
    """

    def __init__(
        self,
        reader: Reader,
        *,
        digest: str,
        split: str,
        cache_bytes: int = CACHE_BYTES,
        skipped: int = 0,
    ):
        self.reader, self.digest, self.split = reader, digest, split
        self.cache_bytes, self.skipped = cache_bytes, skipped
        self._cache: dict[int, Sample] = {}
        self._cached = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.reader)

    def __getitem__(self, index: int) -> Sample:
        sample = self._cache.get(index)
        if sample is not None:
            return sample
        sample = decode(self.reader[index])
        sample.ink.flags.writeable = False
        with self._lock:
            if self._cached + sample.nbytes <= self.cache_bytes and index not in self._cache:
                self._cache[index] = sample
                self._cached += sample.nbytes
        return sample

    @cached_property
    def writers(self) -> tuple[str, ...]:
        """Who signed, each writer once, sorted."""
        return tuple(sorted(set(self.reader.writers())))

    def shared_by(self, processes: int) -> "Source":
        """Returns the same source with a cache of one process's part."""
        part = self.cache_bytes // max(1, processes)
        return _reopened(self.reader, self.digest, self.split, part, self.skipped)

    def __reduce__(self) -> tuple:
        return _reopened, (self.reader, self.digest, self.split, self.cache_bytes, self.skipped)


def _reopened(reader: Reader, digest: str, split: str, cache_bytes: int, skipped: int) -> Source:
    return Source(reader, digest=digest, split=split, cache_bytes=cache_bytes, skipped=skipped)
