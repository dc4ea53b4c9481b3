import pickle

import numpy as np
import pytest

from sigunet import image
from sigunet.data.records import Packed, Record, decode, density, encode_ink, packing
from sigunet.errors import DataError


@pytest.fixture
def records():
    rng = np.random.default_rng(0)
    inks = [rng.integers(0, 256, (20 + i, 30), np.uint8) for i in range(5)]
    scan = image.encode_png(rng.integers(0, 256, (20, 30, 3), np.uint8))
    return [
        Record(encode_ink(ink), f"ä{i % 2}", f"n{i}", scan if i % 2 else b"", encode_ink(ink // 2))
        for i, ink in enumerate(inks)
    ]


@pytest.fixture
def packed(records, tmp_path):
    path = tmp_path / "some.sigunet"
    with packing(path) as add:
        for number, record in enumerate(records):
            add("train" if number < 3 else "test", record)
    return path


def test_ink_comes_back_to_the_bit():
    ink = np.random.default_rng(0).integers(0, 256, (37, 51), np.uint8)
    sample = decode(Record(encode_ink(ink), "w", "n"))
    assert sample.ink.dtype == np.uint8 and (sample.ink == ink).all()
    assert sample.image is None and sample.pigment is None


def test_density_is_how_much_of_the_covered_part_shows():
    ink = np.array([[0.0, 0.5, 1.0, 0.1]], np.float32)
    pigment = np.array([[0.0, 0.25, 1.0, 0.2]], np.float32)
    assert density(ink, pigment).tolist() == [[1.0, 0.5, 1.0, 1.0]]


def test_packed_records_come_back_by_split_and_through_a_pickle(packed, records):
    stored = Packed(packed, "train")
    assert list(map(stored.__getitem__, range(len(stored)))) == records[:3]
    again = pickle.loads(pickle.dumps(Packed(packed, "test")))
    assert [again[0], again[1]] == records[3:]
    assert again.writers() == ["ä1", "ä0"]


def test_a_damaged_file_is_named(packed):
    packed.write_bytes(packed.read_bytes()[:-3])
    with pytest.raises(DataError, match=r"some\.sigunet are damaged"):
        Packed(packed, "train")


def test_nothing_is_left_of_what_failed(tmp_path, records):
    with pytest.raises(KeyboardInterrupt), packing(tmp_path / "some.sigunet") as add:
        add("train", records[0])
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())
