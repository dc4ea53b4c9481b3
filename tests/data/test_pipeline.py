import subprocess
import sys

import numpy as np
import pytest

from sigunet.data import pipeline
from sigunet.data.batches import Batches
from sigunet.data.example import Examples
from sigunet.data.pipeline import make_loader
from sigunet.data.source import Source
from sigunet.errors import DataError

from .conftest import tiny

LOADERS = ("tf", "processes")


def batches(config, source, loader, **options):
    config.data.loader = loader
    with make_loader(config, source, **options) as batches:
        return list(batches)


def assert_equal(some, others):
    assert len(some) == len(others)
    for one, other in zip(some, others, strict=True):
        assert one.keys() == other.keys() == {"image", "ink"}
        for key in one:
            assert one[key].dtype == other[key].dtype == np.uint8
            np.testing.assert_array_equal(one[key], other[key])


@pytest.fixture
def plain(config, source):
    """The batches of the six steps, without any loader."""
    return [Batches(Examples.of(config, source), 4)(step) for step in range(6)]


@pytest.mark.parametrize("loader", LOADERS)
def test_every_loader_gives_the_same_bits(config, source, plain, loader):
    assert_equal(batches(config, source, loader), plain)


@pytest.mark.parametrize("loader", LOADERS)
def test_a_restart_goes_on_where_it_was(config, source, plain, loader):
    assert_equal(batches(config, source, loader, start_step=4), plain[4:])
    assert batches(config, source, loader, start_step=6) == []


@pytest.mark.parametrize("loader", LOADERS)
def test_the_number_of_workers_does_not_matter(cache, source, plain, loader):
    for workers in (1, 4):
        config = tiny(cache, workers=workers)
        assert_equal(batches(config, source, loader, stop_step=6), plain)


@pytest.mark.parametrize("loader", LOADERS)
def test_two_hosts_are_one(config, source, plain, loader):
    halves = [
        batches(config, source, loader, process_index=index, process_count=2) for index in (0, 1)
    ]
    joined = [
        {key: np.concatenate([left[key], right[key]]) for key in left}
        for left, right in zip(*halves, strict=True)
    ]
    assert_equal(joined, plain)


class Broken:
    """A store whose records cannot be read."""

    def __len__(self):
        return 9

    def __getitem__(self, index):
        raise DataError(f"Record {index} is gone.")

    def writers(self):
        return []


@pytest.mark.parametrize("loader", LOADERS)
def test_an_error_in_an_example_reaches_the_loop_as_it_is(config, loader):
    source = Source(Broken(), digest="", split="train")
    with pytest.raises(DataError, match=r"^Record \d is gone\.$"):
        batches(config, source, loader)


@pytest.mark.parametrize("loader", LOADERS)
def test_closing_twice_and_early_is_fine(config, source, loader):
    config.data.loader = loader
    with make_loader(config, source, stop_step=10**6) as found:
        next(found)
        found.close()
    found.close()
    with pytest.raises(StopIteration):
        next(found)


def test_tensorflow_sees_no_accelerator():
    tf = pipeline.tensorflow()
    assert tf.config.get_visible_devices("GPU") == []
    assert tf.config.get_visible_devices("TPU") == []


LEFT_OPEN = """
from sigunet.configs import default
from sigunet.data.pipeline import make_loader
from sigunet.data.sources import open_source
config = default.get_config()
config.batch_size = 4
config.data.update(cache_dir={cache!r}, signatures=24, writers=6, size=64, loader={loader!r})
for step, batch in enumerate(make_loader(config, open_source(config.data, "train"))):
    print(step, batch["image"].shape, flush=True)
    if step == 2:
        {how}
"""


# Importing TensorFlow takes seconds: one way out is enough for it.
@pytest.mark.parametrize(
    "loader, how",
    [("tf", "break"), ("processes", "break"), ("processes", "raise KeyboardInterrupt")],
)
def test_a_program_that_leaves_in_the_middle_ends(cache, source, loader, how):
    script = LEFT_OPEN.format(cache=str(cache), loader=loader, how=how)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.endswith("2 (4, 64, 64, 1)\n")
    assert (done.returncode == 0) == (how == "break"), done.stderr
