"""A plan says what a data set holds before it exists: its digest, its splits, its records."""

import hashlib
import json
from collections.abc import Iterable
from typing import Protocol

from sigunet.data.records import Record, Skipped

FORMAT = 3
"""Raised whenever the same parameters come to mean other stored records."""


class Plan(Protocol):
    """What every kind of data set offers to the builders.

    Attributes:
        name: "synthetic", "folder" or "pairs".
        digest: Of everything that decides the stored records.
        count: How many signatures, or at most how many, if some turn out to be unusable.
        skipped: What turned out to be unusable; known once `splits` has been called.
    """

    name: str
    digest: str
    count: int
    skipped: Skipped

    def splits(self) -> dict[str, Iterable[Record]]:
        """Returns the records of each split, to be iterated over once."""


def digest_of(name: str, **parameters: object) -> str:
    """Returns 16 hexadecimal digits that change with any of the parameters."""
    text = json.dumps([FORMAT, name, parameters], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]
