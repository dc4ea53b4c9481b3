import pytest

from sigunet.data.splits import assign
from sigunet.errors import DataError


def test_eighty_ten_ten_of_the_writers():
    found = list(assign([f"w{i}" for i in range(50)], seed=0).values())
    counts = {split: found.count(split) for split in ("train", "validation", "test")}
    assert counts == {"train": 40, "validation": 5, "test": 5}


def test_each_split_has_a_writer_even_of_three():
    assert sorted(assign("abc", seed=0).values()) == ["test", "train", "validation"]


def test_order_and_repeats_do_not_matter_and_the_seed_does():
    names = [f"w{i}" for i in range(20)]
    assert assign(names, seed=1) == assign([*reversed(names), *names], seed=1)
    assert assign(names, seed=1) != assign(names, seed=2)


def test_one_writer_cannot_be_split():
    with pytest.raises(DataError, match="only 'anna'"):
        assign(["anna", "anna"], seed=0)
