import cv2
import numpy as np
import pytest

from sigunet import image as images
from sigunet import suite
from sigunet.errors import ConfigError, DataError
from sigunet.frozen import Signature
from sigunet.suite.digests import table
from sigunet.suite.pictures import Hands


class Few:
    """Waves that nobody signed, by three writers."""

    def __init__(self, count=7):
        self.writers = [f"w{number % 3}" for number in range(count)]

    def __getitem__(self, index):
        x = np.linspace(15, 285, 300)
        y = 75 + 60 * np.sin(x / (9 + index)) * np.cos(x / 50 + index)
        canvas = np.zeros((600, 1200), np.uint8)
        points = np.rint(np.stack([x, y], -1) * 4).astype(np.int32)
        cv2.polylines(canvas, [points], False, 255, 16)
        ink = images.to_float(cv2.resize(canvas, (300, 150), interpolation=cv2.INTER_AREA))
        return Signature(ink, self.writers[index], f"{index}")


@pytest.fixture(scope="module")
def quick():
    """The quick set of the built-in base: two pictures a cell."""
    return list(suite.build(suite.base_s(), base="S", quick=True))


def test_the_quick_set_holds_what_the_suite_says(quick):
    cells = {(p.row, p.severity) for p in quick}
    assert cells == {(row, s) for row in suite.ROWS for s in suite.SEVERITIES} | {
        (suite.CLEAN, 0),
        (suite.EMPTY, 0),
    }
    assert len(quick) == len(suite.ROWS) * 5 * suite.PER_CELL_QUICK + 2 * suite.PER_PLAIN_ROW_QUICK
    assert len({(p.row, p.name) for p in quick}) == len(quick)
    assert len({p.digest for p in quick}) == len(quick)


def test_pictures_are_what_the_contract_says(quick):
    for picture in quick:
        assert picture.image.dtype == np.float32 and picture.truth.dtype == bool
        assert picture.image.shape == (*picture.truth.shape, 3)
        assert np.array_equal(images.to_float(images.to_uint8(picture.image)), picture.image)
        assert picture.truth.any() == (picture.row != suite.EMPTY)
        assert bool(picture.writer) == (picture.row != suite.EMPTY)
        height, width = picture.truth.shape
        assert 130 <= height <= 530 and 60 <= width <= 1400


def test_half_of_the_pictures_have_colour(quick):
    coloured = [bool(np.ptp(p.image, axis=-1).any()) for p in quick]
    numbers = [int(p.name.split("-")[1]) for p in quick]
    assert not any(has for has, number in zip(coloured, numbers, strict=True) if number % 2)
    assert 0.45 <= np.mean(coloured) <= 0.5


def test_pictures_depend_on_nothing_but_their_place(quick):
    rows = ("print", "mixed", suite.EMPTY)
    alone = list(suite.build(suite.base_s(), base="S", quick=True, rows=rows))
    assert [p.row for p in alone[:10]] == ["print"] * 10
    assert [p.digest for p in alone] == [p.digest for p in quick if p.row in rows]
    whole = table(suite.build(suite.base_s(), base="S", rows=["jpeg"]))["jpeg"]
    for severity, digests in table(p for p in quick if p.row == "jpeg")["jpeg"].items():
        assert len(whole[severity]) == suite.PER_CELL
        assert whole[severity][: suite.PER_CELL_QUICK] == digests


def test_another_base_has_other_pictures():
    one, other = (
        {p.digest for p in suite.build(Few(), base=base, quick=True, rows=["gaussian"])}
        for base in ("A", "B")
    )
    assert len(one) == 10 and not one & other


def test_writers_take_turns():
    hands = Hands(Few(), "A")
    dealt = [hands.deal(turn) for turn in range(9)]
    assert all({s.writer for s in dealt[n : n + 3]} == {"w0", "w1", "w2"} for n in (0, 3, 6))
    assert {s.name for s in dealt} == {f"{n}" for n in range(7)}


def test_backgrounds_are_the_users_scans(tmp_path):
    paper = np.full((60, 900, 3), (0.9, 0.7, 0.5), np.float32)
    images.write(tmp_path / "form.png", paper)
    pictures = list(
        suite.build(
            Few(),
            base="A",
            quick=True,
            rows=[suite.BACKGROUNDS],
            backgrounds=[tmp_path / "form.png"],
        )
    )
    assert len(pictures) == suite.PER_PLAIN_ROW_QUICK
    for number, picture in enumerate(pictures):
        corner = picture.image[2, 2]
        assert picture.severity == 0 and picture.truth.any()
        if number % 2 == 0:
            assert corner == pytest.approx([0.9, 0.7, 0.5], abs=0.01)
        assert picture.image[picture.truth].mean() < picture.image[~picture.truth].mean() - 0.1


def test_mistakes_are_sentences(tmp_path):
    with pytest.raises(ConfigError, match=r"no row 'gausian'; it has clean, gaussian, "):
        suite.build(Few(), base="A", rows=["gausian"])
    with pytest.raises(ConfigError, match="no row 'backgrounds'"):
        suite.build(Few(), base="A", rows=[suite.BACKGROUNDS])
    with pytest.raises(DataError, match="There are no signatures"):
        suite.build(Few(0), base="A")
    scans = [tmp_path / "none.png"]
    with pytest.raises(DataError, match=r"none\.png does not exist"):
        list(suite.build(Few(), base="A", rows=[suite.BACKGROUNDS], backgrounds=scans))
    with pytest.raises(DataError, match="does not exist"):
        suite.base_r(tmp_path / "none")


def test_the_built_in_set_is_the_frozen_one(quick):
    assert suite.verify(quick, "S") == ""
