"""What the exam asks: its rows, severities and how many pictures each holds."""

import numpy as np

NAME = "signature-cleaning-v1"

ROWS: tuple[str, ...] = (
    "gaussian",
    "salt_pepper",
    "speckle",
    "brightness_contrast",
    "lines",
    "scribbles",
    "print",
    "stamp",
    "paper",
    "light",
    "blur",
    "resolution",
    "jpeg",
    "fade",
    "bleed_through",
    "copy",
    "photo",
    "mixed",
)
"""The degradations, in their order."""

SEVERITIES = (1, 2, 3, 4, 5)

CLEAN = "clean"
"""The row without any degradation."""

EMPTY = "empty"
"""The row without any signature: degraded paper."""

BACKGROUNDS = "backgrounds"
"""The row on crops of the user's own scans, only where there are some."""

PER_CELL = 8
"""Pictures a row and severity."""

PER_CELL_QUICK = 2

PER_PLAIN_ROW = 40
"""Pictures of `CLEAN`, `EMPTY` and `BACKGROUNDS`, whose severity is 0."""

PER_PLAIN_ROW_QUICK = 6


def cell_size(row: str, *, quick: bool = False) -> int:
    """How many pictures one severity of a row holds.

    Args:
        row: A row's name.
        quick: Of the quick set, which is a part of the full one.

    Returns:
        Pictures.
    """
    if row in ROWS:
        return PER_CELL_QUICK if quick else PER_CELL
    return PER_PLAIN_ROW_QUICK if quick else PER_PLAIN_ROW


def severities(row: str) -> tuple[int, ...]:
    """The severities of a row: 1 to 5, or 0 alone for a row that has none."""
    return SEVERITIES if row in ROWS else (0,)


def at(severity: float, *table: float) -> float:
    """Reads a parameter off its table.

    Args:
        severity: In [0, 5]; between two columns the value is interpolated.
        table: The parameter at severity 0 (which changes nothing), 1, 2, 3, 4 and 5.

    Returns:
        The parameter.
    """
    return float(np.interp(severity, range(len(table)), table))
