"""Who is trained on, validated on, tested on: by writer, so that no hand is ever in two splits."""

import hashlib
from collections.abc import Iterable

from sigunet.errors import DataError

SPLITS = ("train", "validation", "test")

# Where a writer's rank lies decides the split: 80, 10 and 10 %.
_RANGES = {"train": (0.2, 1.0), "validation": (0.0, 0.1), "test": (0.1, 0.2)}


def assign(groups: Iterable[str], seed: int) -> dict[str, str]:
    """Assigns each group to a split, by its own name and the seed.

    Groups that come later do not move those that are there: who was trained on is never validated
    or tested on after the data have grown. Only where a split would be empty is it given the
    group that is nearest to it, from train as long as there is another.

    Args:
        groups: Names, usually of writers; repeated ones count once.
        seed: Another seed gives another split.

    Returns:
        {group: "train", "validation" or "test"}: about 80, 10 and 10 % of the groups, at least
        one each.

    Raises:
        DataError: If there are fewer than three groups.
    """
    ranks = {name: _rank(name, seed) for name in sorted(set(groups))}
    if len(ranks) < len(SPLITS):
        found = f"only {next(iter(ranks))!r}" if len(ranks) == 1 else f"{len(ranks)}"
        raise DataError(
            f"Train, validation and test need at least 3 writers and there are {found}: "
            "make one subfolder a writer, or set data.writer_pattern."
        )
    members = {
        split: [name for name, rank in ranks.items() if low <= rank < high]
        for split, (low, high) in _RANGES.items()
    }
    for split, (low, high) in _RANGES.items():
        if members[split]:
            continue
        spare = len(members["train"]) > 1
        giving = "train" if spare else max(members, key=lambda other: len(members[other]))
        nearest = min(members[giving], key=lambda name: max(low - ranks[name], ranks[name] - high))
        members[giving].remove(nearest)
        members[split].append(nearest)
    return {name: split for split in SPLITS for name in members[split]}


def _rank(name: str, seed: int) -> float:
    """Returns a number in [0, 1), evenly spread over the names."""
    digest = hashlib.blake2b(f"{seed}|{name}".encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**48
