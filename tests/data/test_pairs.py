import logging

import numpy as np
import pytest

from sigunet import image
from sigunet.data.pairs import PairsPlan
from sigunet.data.sources import open_source
from sigunet.errors import DataError

from .conftest import tiny

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


def test_a_pattern_says_who_signed(pairs):
    found = plan(pairs, r"(\d)\.png").splits()
    writers = [{record.writer for record in records} for records in found.values()]
    assert sum(map(len, writers)) == len(set.union(*writers)) == 10


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


def test_pairs_that_do_not_fit_are_named(pairs, caplog):
    (pairs / "images" / "00.png").unlink()
    (pairs / "gt" / "01.png").unlink()
    image.write(pairs / "gt" / "02.png", np.ones((90, 161), np.float32))
    (pairs / "images" / "03.png").write_text("not a picture")
    with caplog.at_level(logging.WARNING):
        assert sum(map(len, plan(pairs).splits().values())) == 8
    for reason in (
        "4 of 12 pictures",
        "00.png (has no partner in images/)",
        "01.png (has no partner in gt/)",
        "02.png (is 160 x 90 in images/ and 161 x 90 in gt/)",
        "03.png (cannot be read",
    ):
        assert reason in caplog.text
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
