import pytest

from sigunet.data import splits
from sigunet.data.splits import SPLITS, assign
from sigunet.errors import DataError


def split_of(names, seed=0):
    found = assign(names, seed)
    return {split: {n for n in found if found[n] == split} for split in SPLITS}


def test_eighty_ten_ten_of_the_writers():
    found = split_of([f"w{i}" for i in range(4000)])
    counts = [len(found[split]) / 4000 for split in SPLITS]
    assert counts == pytest.approx([0.8, 0.1, 0.1], abs=0.02)


@pytest.mark.parametrize("count", [3, 5, 8, 30, 200])
def test_a_writer_who_joins_moves_nobody_out_of_train(count):
    for seed in range(20):
        before = split_of([f"w{i}" for i in range(count)], seed)
        after = split_of([f"w{i}" for i in range(count + 7)], seed)
        assert before["train"] <= after["train"]
        if count == 200:
            assert all(before[split] <= after[split] for split in SPLITS)


def test_a_writer_who_leaves_moves_nobody():
    names = [f"w{i}" for i in range(100)]
    whole = assign(names, seed=3)
    assert assign(names[1:], seed=3) == {name: whole[name] for name in names[1:]}


@pytest.mark.parametrize("ranks", [(0.9, 0.5, 0.3), (0.01, 0.02, 0.03), (0.11, 0.15, 0.12)])
def test_an_empty_split_is_given_the_nearest(monkeypatch, ranks):
    monkeypatch.setattr(splits, "_rank", lambda name, seed: ranks[int(name)])
    in_order = {split: name for name, split in assign("012", seed=0).items()}
    assert set(in_order) == set(SPLITS)
    assert ranks[int(in_order["train"])] == max(ranks)


def test_each_split_has_a_writer_even_of_three():
    assert sorted(assign("abc", seed=0).values()) == ["test", "train", "validation"]


def test_order_and_repeats_do_not_matter_and_the_seed_does():
    names = [f"w{i}" for i in range(20)]
    assert assign(names, seed=1) == assign([*reversed(names), *names], seed=1)
    assert assign(names, seed=1) != assign(names, seed=2)


def test_one_writer_cannot_be_split():
    with pytest.raises(DataError, match="only 'anna'"):
        assign(["anna", "anna"], seed=0)
