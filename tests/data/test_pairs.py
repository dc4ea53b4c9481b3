import logging

import numpy as np
import pytest

from sigunet import image
from sigunet.data import pairs as pairs_module
from sigunet.data.pairs import PairsPlan
from sigunet.data.sources import open_source
from sigunet.errors import DataError

from .conftest import scan, tiny

SPLITS = ("train", "validation", "test")


def plan(path, pattern="", on_bad_file="skip"):
    return PairsPlan(str(path), pattern, on_bad_file, 0)


def test_pairs_are_a_source(pairs, tmp_path):
    data = tiny(tmp_path / "cache", name="pairs", path=str(pairs)).data
    source = open_source(data, "train")
    assert len(source) == 6
    for index in range(len(source)):
        sample = source[index]
        assert sample.image.shape == sample.ink.shape == (90, 160)
        seen = image.read(pairs / "images" / sample.name)[..., 0]
        truth = image.read(pairs / "gt" / sample.name)[..., 0]
        np.testing.assert_array_equal(sample.image, image.to_uint8(seen))
        np.testing.assert_array_equal(sample.ink, image.to_uint8(1 - truth))


def test_equal_truths_stay_together(pairs):
    found = plan(pairs).splits()
    truths = [{int(record.name[:2]) % 4 for record in records} for records in found.values()]
    assert sum(map(len, truths)) == len(set.union(*truths)) == 4


def write_pair(folder, name, seed):
    for part in ("images", "gt"):
        path = folder / part / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image.write(path, scan(seed))


def groups(path, pattern=""):
    """The writers of each split, and the split of each name."""
    found = plan(path, pattern).splits()
    writers = [{record.writer for record in records} for records in found.values()]
    assert sum(map(len, writers)) == len(set.union(*writers))
    return set.union(*writers), {r.name: split for split, rs in found.items() for r in rs}


def test_a_pattern_says_who_signed(tmp_path):
    for number in range(20):
        write_pair(tmp_path, f"{number:02d}.png", seed=number)
    writers, _ = groups(tmp_path, r"(\d)\.png")
    assert writers == set("0123456789")


def test_a_subfolder_says_who_signed(tmp_path, caplog):
    for writer in range(8):
        for number in range(3):
            write_pair(tmp_path, f"w{writer}/{number}.png", seed=10 * writer + number)
    writers, _ = groups(tmp_path)
    assert writers == {f"w{writer}" for writer in range(8)}
    assert not caplog.records


@pytest.mark.parametrize("pattern", ["", r"^(w\d+)/"])
def test_writers_with_an_equal_truth_are_one_group(tmp_path, monkeypatch, pattern):
    # A chain through all of w0 to w3: w0/b = w1/a, w1/b = w2/a, w2/b = w3/a.
    for writer in range(7):
        for place in range(2):
            seed = writer + place if writer < 4 else 100 + 2 * writer + place
            write_pair(tmp_path, f"w{writer}/{'ab'[place]}.png", seed=seed)
    grouped = []
    by_split = pairs_module.by_split
    monkeypatch.setattr(
        pairs_module, "by_split", lambda good, seed: grouped.extend(good) or by_split(good, seed)
    )
    found = plan(tmp_path, pattern).splits()
    group_of = {item.record.writer: item.group for item in grouped}
    assert len(grouped) == sum(map(len, found.values())) == 14
    assert group_of == {f"w{n}": "w0" if n < 4 else f"w{n}" for n in range(7)}


def test_blank_truths_join_no_writers(tmp_path):
    for writer in range(4):
        write_pair(tmp_path, f"w{writer}/0.png", seed=writer)
        write_pair(tmp_path, f"w{writer}/blank.png", seed=writer)
        image.write(tmp_path / "gt" / f"w{writer}" / "blank.png", np.ones((90, 160), np.float32))
    assert len(groups(tmp_path)[0]) == 4


def test_that_writers_are_not_known_is_said_once(pairs, caplog):
    with caplog.at_level(logging.WARNING):
        plan(pairs).splits()
    (told,) = [record.getMessage() for record in caplog.records]
    assert "12 of 12 pairs" in told and "a writer can be in two splits" in told


def test_names_that_differ_in_the_suffix_alone_are_named(pairs):
    picture = image.read(pairs / "images" / "00.png")
    image.write(pairs / "images" / "00.jpg", picture)
    found = plan(pairs)
    assert sum(map(len, found.splits().values())) == 11
    assert found.skipped.count == 2
    assert "00.jpg (shares its name" in found.skipped.sentence
    assert "00.png (shares its name" in found.skipped.sentence
    with pytest.raises(DataError, match=r"2 of 13 pictures .*shares its name"):
        plan(pairs, on_bad_file="stop").splits()


def test_colour_is_kept(pairs):
    colour = np.full((90, 160, 3), (0.9, 0.8, 0.7), np.float32)
    image.write(pairs / "images" / "00.png", colour)
    records = [record for records in plan(pairs).splits().values() for record in records]
    stored = image.decode_png(next(r.image for r in records if r.name == "00.png"))
    assert (stored == image.to_uint8(colour)).all()


def test_partners_may_have_other_suffixes(pairs):
    image.write(pairs / "images" / "00.jpg", image.read(pairs / "images" / "00.png"))
    (pairs / "images" / "00.png").unlink()
    assert sum(map(len, plan(pairs).splits().values())) == 12


def test_pairs_that_do_not_fit_are_named(pairs):
    (pairs / "images" / "00.png").unlink()
    (pairs / "gt" / "01.png").unlink()
    image.write(pairs / "gt" / "02.png", np.ones((90, 161), np.float32))
    (pairs / "images" / "03.png").write_text("not a picture")
    found = plan(pairs)
    assert sum(map(len, found.splits().values())) == 8
    for reason in (
        "4 of 12 pictures",
        "00.png (has no partner in images/)",
        "01.png (has no partner in gt/)",
        "02.png (is 160 x 90 in images/ and 161 x 90 in gt/)",
        "03.png (cannot be read",
    ):
        assert reason in found.skipped.sentence
    with pytest.raises(DataError, match="4 of 12"):
        plan(pairs, on_bad_file="stop").splits()


def test_a_missing_half(pairs):
    for path in (pairs / "gt").iterdir():
        path.unlink()
    with pytest.raises(DataError, match="gt holds no pictures"):
        plan(pairs)
    (pairs / "gt").rmdir()
    with pytest.raises(DataError, match="gt does not exist"):
        plan(pairs)


def test_one_truth_cannot_be_split(tmp_path):
    for part in ("images", "gt"):
        (tmp_path / part).mkdir()
        for number in range(4):
            image.write(tmp_path / part / f"{number}.png", np.zeros((20, 20), np.float32))
    with pytest.raises(DataError, match="at least 3"):
        plan(tmp_path).splits()


def test_the_digest_is_of_both_halves(pairs):
    before = plan(pairs).digest
    image.write(pairs / "gt" / "00.png", np.ones((90, 160), np.float32))
    assert plan(pairs).digest != before
