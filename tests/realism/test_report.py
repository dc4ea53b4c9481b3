import json

import cv2
import numpy as np
import pytest

from sigunet import image, realism
from sigunet.errors import ConfigError, DataError
from sigunet.signatures import draw

WRITERS, SIGNINGS = 10, 4


def scan(seed: int, writer: int, signing: int, *, fatter: int = 0) -> np.ndarray:
    ink = draw(seed, writer, signing)
    if fatter:
        ink = cv2.dilate(ink, np.ones((fatter, fatter), np.uint8))
    return 1 - 0.85 * ink.astype(np.float32) / 255


def sample(seed: int, **changes) -> realism.Sample:
    pairs = [(writer, signing) for writer in range(WRITERS) for signing in range(SIGNINGS)]
    values = [realism.measure(scan(seed, *pair, **changes)) for pair in pairs]
    return realism.Sample(np.array(values), np.array([writer for writer, _ in pairs]))


@pytest.fixture(scope="module")
def hands() -> realism.Sample:
    return sample(1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("scans")
    for writer in range(4):
        (place / f"w{writer}").mkdir()
        for signing in range(3):
            image.write(place / f"w{writer}" / f"{signing}.png", scan(9, writer, signing))
    return place


def row(found: realism.Realism, name: str) -> realism.Row:
    return next(row for row in found.rows if row.name == name)


def test_a_set_is_as_far_from_itself_as_nothing(hands):
    found = realism.compare(hands, hands, repetitions=2)
    assert max(row.ratio for row in found.rows) == 0
    assert found.all.auc < 0.65
    assert found.passed


def test_drawn_signatures_pass_for_others(hands):
    found = realism.compare(hands, sample(2), repetitions=4)
    assert found.named.auc < 0.75
    assert np.median([row.ratio for row in found.rows]) < 1.5


def test_doubled_strokes_are_told_apart(hands):
    found = realism.compare(hands, sample(2, fatter=5), repetitions=4)
    assert found.named.auc > 0.85
    assert row(found, "width").ratio > 2
    assert row(found, "width").drawn[1] > 1.6 * row(found, "width").real[1]
    assert not found.passed
    assert "NOT within" in found.table()


def test_one_writer_is_no_comparison(hands):
    alone = realism.Sample(hands.values[:SIGNINGS], hands.writers[:SIGNINGS])
    with pytest.raises(DataError, match="two writers"):
        realism.compare(alone, hands)


def test_a_folder_is_compared_and_shown(folder, tmp_path):
    seen = []
    found = realism.report(
        folder, tmp_path / "both.png", count=8, progress=lambda: seen.append(None)
    )
    assert found.pictures == (12, 8) and found.writers == (4, 4)
    assert len(seen) == 20
    assert image.read(tmp_path / "both.png", channels=3).shape[1] > 1000
    table = found.table()
    assert all(name in table for name in realism.FEATURES)
    restored = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert restored["rows"][0]["name"] == "width"
    assert restored["passed"] is found.passed


def test_the_same_seed_gives_the_same_numbers(folder):
    first = realism.report(folder, count=8, seed=3)
    assert first == realism.report(folder, count=8, seed=3)
    assert first != realism.report(folder, count=8, seed=4)


def test_a_sheet_without_real_signatures_does_not_depend_on_them(folder, tmp_path):
    one, other = tmp_path / "one.png", tmp_path / "other.png"
    realism.report(folder, one, count=8, show_real=False)
    realism.report(folder, other, count=8, show_real=False, writers="w[012]")
    assert one.read_bytes() == other.read_bytes()
    realism.report(folder, other, count=8)
    assert one.read_bytes() != other.read_bytes()


@pytest.mark.parametrize("wrong", [{"count": 3}, {"seed": -1}, {"writers": "("}])
def test_what_cannot_be_asked_for(folder, wrong):
    with pytest.raises(ConfigError):
        realism.report(folder, **wrong)


def test_a_missing_folder(tmp_path):
    with pytest.raises(DataError):
        realism.report(tmp_path / "nowhere")
