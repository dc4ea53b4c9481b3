"""What makes a set of pictures `signature-cleaning-v1`: a digest for each of them."""

import json
import os
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Protocol

from sigunet.suite.rows import NAME

FILE = "digests-v1.json"

_LENGTH = 16  # hex digits of a picture's SHA-256 that are kept


class Drawn(Protocol):
    """A picture of the suite."""

    row: str
    severity: int
    digest: str


Table = Mapping[str, Mapping[str, list[str]]]
"""{row: {severity: [first 16 hex digits of a picture's SHA-256]}}."""


def table(pictures: Iterable[Drawn]) -> Table:
    """Lists the digests of pictures by row and severity, in their order."""
    rows: dict[str, dict[str, list[str]]] = {}
    for picture in pictures:
        cells = rows.setdefault(picture.row, {})
        cells.setdefault(str(picture.severity), []).append(picture.digest[:_LENGTH])
    return rows


def shipped() -> Mapping[str, Table]:
    """Reads the digests of the suite: {base: table of the whole set}."""
    return json.loads((resources.files("sigunet.suite") / FILE).read_text("utf-8"))


def verify(pictures: Iterable[Drawn], base: str) -> str:
    """Compares pictures with the digests of the suite.

    Args:
        pictures: What `build` made (or anything that names row, severity and digest), whole cells
            or the first pictures of each, as in the quick set.
        base: Name of the base.

    Returns:
        "" if each picture is that of the suite; else a sentence for the user.
    """
    known = shipped().get(base)
    if known is None:
        return f"The base {base!r} is the user's own: no digests of {NAME} are known for it."
    total, wrong, first = 0, 0, ""
    for row, cells in table(pictures).items():
        for severity, digests in cells.items():
            wanted = known.get(row, {}).get(severity, [])
            for number, digest in enumerate(digests):
                total += 1
                if number >= len(wanted) or wanted[number] != digest:
                    wrong += 1
                    first = first or f"{row}, severity {severity}, number {number}"
    if not wrong:
        return ""
    return f"This set is not {NAME}: {wrong} of {total} pictures differ, the first is {first}."


def write_digests(
    tables: Mapping[str, Iterable[Drawn]], path: str | os.PathLike, *, keep: bool = True
) -> None:
    """Writes the digests of whole sets.

    Args:
        tables: Pictures by base.
        path: Where to; `sigunet/suite/digests-v1.json` is what the package reads.
        keep: Bases that are in the file and not in `tables` stay.
    """
    path = Path(path)
    bases = json.loads(path.read_text("utf-8")) if keep and path.exists() else {}
    bases.update({base: table(pictures) for base, pictures in tables.items()})
    path.write_text(json.dumps(bases, indent=1, sort_keys=True) + "\n", "utf-8")
