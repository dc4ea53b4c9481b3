import json
from dataclasses import dataclass

import pytest

from sigunet.suite import ROWS, cell_size, digests, severities


@dataclass(frozen=True)
class Drawn:
    row: str
    severity: int
    digest: str


@pytest.fixture
def known():
    """The pictures of base S, by the digests that are shipped."""
    return [
        Drawn(row, int(severity), digest + "0" * 48)
        for row, cells in digests.shipped()["S"].items()
        for severity, those in cells.items()
        for digest in those
    ]


def test_each_shipped_base_is_whole():
    for rows in digests.shipped().values():
        assert {*ROWS, "clean", "empty"} == set(rows)
        for row, cells in rows.items():
            assert [int(severity) for severity in cells] == list(severities(row))
            for those in cells.values():
                assert len(those) == cell_size(row)
                assert all(len(digest) == 16 and int(digest, 16) >= 0 for digest in those)


def test_a_set_that_differs_is_named(known):
    assert digests.verify(known, "S") == ""
    assert digests.verify([p for p in known if p.row == "jpeg"], "S") == ""
    place = next(n for n, p in enumerate(known) if (p.row, p.severity) == ("print", 4))
    other = Drawn("print", 4, "0" * 64)
    changed = [*known[: place + 2], other, *known[place + 3 :]]
    assert digests.verify(changed, "S") == (
        f"This set is not signature-cleaning-v1: 1 of {len(known)} pictures differ, the first is "
        "print, severity 4, number 2."
    )
    more = [*known, Drawn("print", 5, known[0].digest)]
    assert "1 of" in digests.verify(more, "S")


def test_a_base_of_the_users_own_is_said_to_be(known):
    assert "'T' is the user's own" in digests.verify(known, "T")


def test_digests_are_written_by_base(tmp_path, known):
    path = tmp_path / "digests.json"
    digests.write_digests({"S": known}, path)
    digests.write_digests({"R": known[:3]}, path)
    written = json.loads(path.read_text())
    assert written["S"] == digests.shipped()["S"]
    assert sum(len(d) for cells in written["R"].values() for d in cells.values()) == 3
