"""Who is trained on, validated on, tested on: by writer, so that no hand is ever in two splits."""

import hashlib
from collections.abc import Iterable

from sigunet.errors import DataError

SPLITS = ("train", "validation", "test")


def assign(groups: Iterable[str], seed: int) -> dict[str, str]:
    """Assigns each group to a split, in an order that only the seed and the names decide.

    Args:
        groups: Names, usually of writers; repeated ones count once.
        seed: Another seed gives another split.

    Returns:
        {group: "train", "validation" or "test"}: 80, 10 and 10 % of the groups, at least one each.

    Raises:
        DataError: If there are fewer than three groups.
    """
    names = sorted(set(groups), key=lambda name: _rank(name, seed))
    if len(names) < len(SPLITS):
        found = f"only {names[0]!r}" if len(names) == 1 else f"{len(names)}"
        raise DataError(
            f"Train, validation and test need at least 3 writers and there are {found}: "
            "make one subfolder a writer, or set data.writer_pattern."
        )
    held = max(1, round(len(names) / 10))
    return {
        name: "validation" if i < held else "test" if i < 2 * held else "train"
        for i, name in enumerate(names)
    }


def _rank(name: str, seed: int) -> bytes:
    return hashlib.blake2b(f"{seed}|{name}".encode(), digest_size=16).digest()
