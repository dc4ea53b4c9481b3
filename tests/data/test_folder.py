import logging
import os
import pickle
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from sigunet import image
from sigunet.data import folder as folder_module
from sigunet.data import scans, sources
from sigunet.data.folder import FolderPlan, ink_of, unstored
from sigunet.data.sources import open_source, plan_of
from sigunet.errors import ConfigError, DataError

from .conftest import scan, tiny

SPLITS = ("train", "validation", "test")


def plan(path, pattern="", on_bad_file="skip"):
    return FolderPlan(str(path), pattern, on_bad_file, 0)


def huge_png() -> bytes:
    """A valid header of 20,000 x 20,000 pixels and no more."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IEND", b"")


def spoil(folder):
    """Adds one file of each bad kind to a folder."""
    whole = (folder / "w0" / "0.png").read_bytes()
    (folder / "w1" / "half.png").write_bytes(whole[: len(whole) // 2])
    (folder / "w1" / "text.png").write_text("not a picture")
    image.write(folder / "w2" / "dot.png", np.zeros((1, 1), np.float32))
    (folder / "w2" / "huge.png").write_bytes(huge_png())
    image.write(folder / "w3" / "blank.png", np.ones((50, 50), np.float32))
    image.write(folder / "stray.png", scan(0))


BAD = ("w1/half.png", "w1/text.png", "w2/dot.png", "w2/huge.png", "w3/blank.png", "stray.png")


def test_a_folder_is_a_source(folder, tmp_path):
    data = tiny(tmp_path / "cache", name="folder", path=str(folder)).data
    opened = [open_source(data, split) for split in SPLITS]
    assert [len(source) for source in opened] == [6, 3, 3]
    assert sorted(writer for source in opened for writer in source.writers) == [
        "w0",
        "w1",
        "w2",
        "w3",
    ]
    sample = opened[0][0]
    assert sample.name.startswith(f"{sample.writer}/")
    assert sample.ink.shape == (90, 160) and sample.ink.max() == 255
    assert np.median(sample.ink) == 0 and 0.01 < (sample.ink > 127).mean() < 0.3


def test_ink_is_ink_and_paper_is_nothing():
    grain = np.random.default_rng(0).normal(0, 0.01, (90, 160)).astype(np.float32)
    ink, pigment = ink_of(np.clip(scan(3) + grain, 0, 1))
    assert (pigment <= ink).all() and pigment[ink == 255].mean() > 200
    true = (0.97 - scan(3)) / 0.9
    assert (ink[true == 0] == 0).mean() > 0.95
    assert ink[true > 0.99].mean() > 240
    assert ((ink > 20) & (ink < 235)).any()


def test_half_of_a_pale_stroke_is_pigment_not_coverage():
    grey = scan(3)
    grey[:, :80] = 0.97 - (0.97 - grey[:, :80]) / 2
    ink, pigment = ink_of(grey)
    pale, dark = ink[:, :70] == 255, ink[:, 90:] == 255
    assert pale.sum() > 50 and dark.sum() > 50
    assert pigment[:, :70][pale].mean() == pytest.approx(128, abs=25)
    assert pigment[:, 90:][dark].mean() > 220


def test_scans_to_watch_are_those_of_some_writers_and_are_not_stored(folder):
    source = unstored(str(folder), "w[01]")
    assert source.writers == ("w0", "w1") and len(source) == 6
    assert source[0].ink.max() == 255 and source[0].pigment is not None
    with pytest.raises(DataError, match="no subfolder of a writer"):
        unstored(str(folder), "x")
    with pytest.raises(ConfigError, match="no regular expression"):
        unstored(str(folder), "(")


def test_one_subfolder_or_a_pattern_says_who_signed(folder):
    for path in sorted(folder.rglob("*.png")):
        path.rename(folder / f"{path.parent.name}_{path.name}")
    with pytest.raises(DataError, match=r"stray|subfolder"):
        plan(folder).splits()
    records = [r for rs in plan(folder, r"^(w\d)_").splits().values() for r in rs]
    assert len(records) == 12 and {record.writer for record in records} == {"w0", "w1", "w2", "w3"}


def test_a_pattern_may_join_folders(folder):
    (folder / "w0").rename(folder / "w1f")
    found = plan(folder, r"^(w\d)f?/").splits()
    assert sorted(len(records) for records in found.values()) == [3, 3, 6]


def test_bad_files_are_named_counted_and_skipped(folder):
    spoil(folder)
    found = plan(folder)
    assert sum(map(len, found.splits().values())) == 12
    assert found.skipped.count == 6
    said = found.skipped.sentence
    assert "6 of 18 pictures" in said and "and 1 more" in said
    assert sum(name in said for name in BAD) == 5
    assert "too large" in said and "1 x 1" in said


@pytest.mark.parametrize("has_tfds", [True, False])
def test_what_was_skipped_is_said_whenever_the_set_is_opened(
    folder, tmp_path, caplog, monkeypatch, has_tfds
):
    monkeypatch.setattr(sources, "_has_tfds", lambda: has_tfds)
    data = tiny(tmp_path / "cache", name="folder", path=str(folder)).data
    assert open_source(data, "train").skipped == 0 and not caplog.records
    spoil(folder)
    for split in ("train", "train", "test"):
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            source = open_source(data, split)
        (told,) = [record.getMessage() for record in caplog.records]
        assert "6 of 18 pictures" in told and "left out" in told and "\n" not in told
        assert source.skipped == source.shared_by(2).skipped == 6
        assert pickle.loads(pickle.dumps(source)).skipped == 6


def test_a_shared_plan_digests_the_folder_once(folder, tmp_path, monkeypatch):
    data = tiny(tmp_path / "cache", name="folder", path=str(folder)).data
    digested = []
    hash_files = folder_module.hash_files
    monkeypatch.setattr(
        folder_module, "hash_files", lambda files: digested.append(1) or hash_files(files)
    )
    shared = plan_of(data)
    opened = [open_source(data, split, plan=shared) for split in SPLITS]
    assert digested == [1]
    assert [len(source) for source in opened] == [len(open_source(data, s)) for s in SPLITS]


def test_names_that_are_no_utf8_stay_apart(folder):
    whole = (folder / "w0" / "0.png").read_bytes()
    for name in (b"\xe4.png", b"\xf6.png", b"\\udce4.png"):
        try:
            Path(os.fsdecode(os.fsencode(folder / "w0") + b"/" + name)).write_bytes(whole)
        except OSError:
            pytest.skip("this file system has names in UTF-8 only")
    found = scans.pictures(folder)
    assert len(found) == 15 and all(name.encode() for name in found)


def test_the_option_that_names_a_folder_is_in_the_sentence(tmp_path):
    with pytest.raises(DataError, match="does not exist; check --signatures"):
        scans.pictures(tmp_path / "nowhere", "--signatures")
    with pytest.raises(DataError, match=r"does not exist; check eval\.signatures"):
        unstored(str(tmp_path / "nowhere"), option="eval.signatures")
    with pytest.raises(ConfigError, match=r"^eval\.signatures is empty"):
        unstored("", option="eval.signatures")


def test_bad_files_stop_where_they_should_and_nothing_is_stored(folder, tmp_path):
    spoil(folder)
    cache = tmp_path / "cache"
    data = tiny(cache, name="folder", path=str(folder), on_bad_file="stop").data
    with pytest.raises(DataError, match=r"6 of 18 pictures.*data\.on_bad_file=skip") as caught:
        open_source(data, "train")
    assert "\n" not in str(caught.value)
    assert not [path for path in cache.rglob("*") if path.is_file() and path.suffix != ".lock"]


def test_nothing_but_bad_files_stops_anyway(tmp_path):
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "text.png").write_text("not a picture")
    with pytest.raises(DataError, match=r"1 of 1 pictures .*nothing is left"):
        plan(tmp_path).splits()


def test_missing_and_empty_folders(tmp_path):
    with pytest.raises(DataError, match=r"does not exist; check data.path"):
        plan(tmp_path / "nowhere")
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(DataError, match="holds no pictures"):
        plan(tmp_path)
    with pytest.raises(DataError, match="is not a folder"):
        plan(tmp_path / "notes.txt")
    with pytest.raises(ConfigError, match=r"data.path is empty"):
        plan("")


def test_a_single_writer_cannot_be_split(tmp_path):
    (tmp_path / "anna").mkdir()
    for number in range(4):
        image.write(tmp_path / "anna" / f"{number}.png", scan(number))
    with pytest.raises(DataError, match="at least 3 writers and there are only 'anna'"):
        plan(tmp_path).splits()


@pytest.mark.parametrize(
    "pattern, message",
    [
        ("(w", "no regular expression"),
        ("w", "has 0 groups"),
        ("(w)(.)", "has 2 groups"),
        ("(nobody)", "matches none of 12 files"),
    ],
)
def test_wrong_patterns(folder, pattern, message):
    with pytest.raises(ConfigError, match=message):
        plan(folder, pattern)


def test_the_digest_is_of_the_contents_not_of_dates_or_places(folder, tmp_path):
    before = plan(folder).digest
    moved = folder.rename(tmp_path / "elsewhere")
    (moved / "w0" / "0.png").touch()
    assert plan(moved).digest == before
    image.write(moved / "w0" / "0.png", scan(99))
    assert plan(moved).digest != before
    assert plan(moved, on_bad_file="stop").digest != plan(moved).digest


def test_many_files_are_read_by_processes(tmp_path):
    for writer in range(3):
        (tmp_path / f"w{writer}").mkdir()
        for number in range(12):
            image.write(tmp_path / f"w{writer}" / f"{number}.png", scan(number, 40, 60))
    two = FolderPlan(str(tmp_path), "", "skip", 0, workers=2).splits()
    assert two == FolderPlan(str(tmp_path), "", "skip", 0, workers=1).splits()
