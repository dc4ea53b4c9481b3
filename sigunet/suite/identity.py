"""Whether the pictures that were scored are those of the published suite."""

from collections.abc import Sequence

from sigunet.suite.digests import verify
from sigunet.suite.rows import BACKGROUNDS, CLEAN, EMPTY, NAME, ROWS, cell_size, severities
from sigunet.suite.scores import BaseScores
from sigunet.suite.sources import PAIRS

_WHOLE = sum(cell_size(row) * len(severities(row)) for row in (CLEAN, *ROWS, EMPTY))


def identity(bases: Sequence[BaseScores]) -> list[str]:
    """Says of each base whether its pictures have the digests of the suite.

    Args:
        bases: What was scored. A user's own pairs and backgrounds are nobody's suite and are left
            out of the comparison.

    Returns:
        The first lines of a report; a set that differs is the very first.
    """
    wrong, right = [], []
    for scores in bases:
        if scores.base == PAIRS:
            continue
        pictures = [picture for picture in scores.pictures if picture.row != BACKGROUNDS]
        if not pictures:
            continue
        if sentence := verify(pictures, scores.base):
            wrong.append(f"**Base {scores.base}: {sentence}**")
            continue
        part = "all" if len(pictures) == _WHOLE else "a part"
        right.append(
            f"{NAME}, base {scores.base}: {len(pictures)} of {_WHOLE} pictures ({part}), each with "
            "the digest of the suite."
        )
    lines = [*wrong, *right] or [f"No picture of {NAME} is among these."]
    return [text for line in lines for text in (line, "")][:-1]
