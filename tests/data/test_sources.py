import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sigunet import signatures
from sigunet.data import builders, sources
from sigunet.data.source import Source
from sigunet.data.sources import open_source, plan_of
from sigunet.data.synthetic import scanned
from sigunet.errors import DataError

from .conftest import tiny

SPLITS = ("train", "validation", "test")


def test_splits_share_no_writer_and_lose_no_signature(config):
    opened = [open_source(config.data, split) for split in SPLITS]
    assert sum(map(len, opened)) == 24
    writers = [set(source.writers) for source in opened]
    assert sum(map(len, writers)) == len(set.union(*writers)) == 6


def test_what_is_stored_is_what_the_renderer_draws(source):
    for index in range(3):
        sample = source[index]
        writer, signing = (int(part[1:]) for part in sample.name.split("-"))
        assert sample.writer == f"w{writer:05d}"
        ink, pigment = scanned(0, writer, signing)
        assert (sample.ink == ink).all() and (sample.pigment == pigment).all()


def test_the_store_without_tfds_holds_the_same(config, source, monkeypatch):
    monkeypatch.setattr(sources, "_has_tfds", lambda: False)
    other = open_source(config.data, "train")
    assert type(other.reader) is not type(source.reader)
    assert (other.digest, other.writers) == (source.digest, source.writers)
    assert [other.reader[i] for i in range(len(other))] == [
        source.reader[i] for i in range(len(source))
    ]


@pytest.mark.parametrize(
    "change",
    [{"signatures": 25}, {"writers": 5}, {"seed": 1}],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_parameter_is_another_place(config, cache, change):
    before = plan_of(config.data)
    after = plan_of(tiny(cache, **change).data)
    assert builders.place(before, cache) != builders.place(after, cache)


def test_another_renderer_is_another_place(config, monkeypatch):
    before = plan_of(config.data).digest
    monkeypatch.setattr(signatures, "RENDERER_VERSION", "of tomorrow")
    assert plan_of(config.data).digest != before


def test_the_place_is_where_tfds_writes(config, cache):
    plan = plan_of(config.data)
    assert Path(builders.builder(plan, cache).data_dir) == builders.place(plan, cache)


def test_a_smaller_set_begins_a_larger_one(config, cache):
    def names(data):
        return {s[i].name for s in (open_source(data, x) for x in SPLITS) for i in range(len(s))}

    assert names(config.data) < names(tiny(cache, signatures=30).data)


def test_a_failed_build_leaves_nothing_and_the_next_one_succeeds(tmp_path, monkeypatch):
    config = tiny(tmp_path)
    draw = signatures.draw_inked

    def interrupted(seed, writer, signing):
        if signing == 2:
            raise KeyboardInterrupt
        return draw(seed, writer, signing)

    monkeypatch.setattr(signatures, "draw_inked", interrupted)
    for has_tfds in (True, False):
        monkeypatch.setattr(sources, "_has_tfds", lambda value=has_tfds: value)
        with pytest.raises(KeyboardInterrupt):
            open_source(config.data, "train")
    left = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".lock"]
    assert left == []
    monkeypatch.setattr(signatures, "draw_inked", draw)
    assert len(open_source(config.data, "train")) == 16


def test_what_a_killed_build_left_is_swept_away(tmp_path):
    config = tiny(tmp_path)
    place = builders.place(plan_of(config.data), tmp_path)
    rest = place.parent / f"incomplete.ABCDEF_{place.name}"
    rest.mkdir(parents=True)
    (rest / "half").write_text("half")
    assert len(open_source(config.data, "train")) == 16
    assert not rest.exists()


BUILD = """
import sys
from sigunet import signatures
from sigunet.configs import default
from sigunet.data.sources import open_source
draw = signatures.draw_inked
def told(*numbers):
    print("drawn", file=sys.stderr, flush=True)
    {slowly}
    return draw(*numbers)
signatures.draw_inked = told
config = default.get_config()
config.data.update(cache_dir={place!r}, signatures=24, writers=6)
print(len(open_source(config.data, "train")), "tensorflow" in sys.modules, file=sys.stderr)
"""


def build(place, slowly="pass"):
    script = BUILD.format(place=str(place), slowly=slowly)
    return subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True)


def test_two_processes_build_once_and_without_tensorflow(tmp_path):
    running = [build(tmp_path) for _ in range(2)]
    said = [process.communicate(timeout=60)[1].split("\n") for process in running]
    assert sorted(lines.count("drawn") for lines in said) == [0, 24]
    assert [lines[-2] for lines in said] == ["16 False"] * 2


def test_a_killed_build_is_built_again(tmp_path):
    running = build(tmp_path, slowly="import time; time.sleep(0.2)")
    for _ in range(3):
        running.stderr.readline()
    running.send_signal(signal.SIGKILL)
    running.communicate()
    assert not list(tmp_path.rglob("dataset_info.json"))
    assert build(tmp_path).communicate(timeout=60)[1].endswith("16 False\n")


def test_a_damaged_set_says_what_to_do(tmp_path):
    config = tiny(tmp_path)
    open_source(config.data, "train")
    next(tmp_path.rglob("*train.array_record*")).write_bytes(b"")
    with pytest.raises(DataError, match="damaged; delete that folder"):
        open_source(config.data, "train")


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match=r"cannot be stored in .*set data.cache_dir"):
        open_source(tiny(tmp_path / "file").data, "train")


FULL = """
import resource, signal, sys
from sigunet.configs import default
from sigunet.data import sources
from sigunet.errors import DataError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
sources._has_tfds = lambda: {has_tfds}
config = default.get_config()
config.data.update(cache_dir={place!r}, signatures=24, writers=6, workers=1)
try:
    sources.open_source(config.data, "train")
except DataError as error:
    print(error)
"""


@pytest.mark.parametrize("has_tfds", [True, False])
def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path, has_tfds):
    script = FULL.format(place=str(tmp_path), has_tfds=has_tfds)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert re.fullmatch(
        r"The data set cannot be stored in .*: File too large; set data.cache_dir to .*\n",
        done.stdout,
    ), done.stderr
    left = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".lock"]
    assert left == []


def test_a_failure_of_ours_is_not_taken_for_a_full_disk(tmp_path, monkeypatch):
    def broken(seed, writer, signing):
        raise RuntimeError("no pen")

    monkeypatch.setattr(signatures, "draw_inked", broken)
    with pytest.raises(RuntimeError, match="no pen"):
        open_source(tiny(tmp_path).data, "train")


def test_two_writers_cannot_be_split(tmp_path):
    with pytest.raises(DataError, match="at least 3 writers and there are 2"):
        open_source(tiny(tmp_path, writers=2).data, "train")
    assert not list(tmp_path.rglob("incomplete*"))


def test_the_cache_stays_within_its_bytes(source):
    size = source[0].nbytes
    small = Source(source.reader, digest="", split="train", cache_bytes=int(2.5 * size))
    read = [small[index] for index in range(len(small))]
    kept = sum(small[index] is sample for index, sample in enumerate(read))
    assert 1 <= kept < len(small)
    assert not source[0].ink.flags.writeable
    assert all((small[i].ink == source[i].ink).all() for i in range(len(small)))


def test_standard_output_is_left_alone(tmp_path, capsys):
    open_source(tiny(tmp_path).data, "train")
    assert capsys.readouterr().out == ""


def test_many_drawn_by_processes_are_the_same_as_few_by_one(cache, monkeypatch):
    config = tiny(cache, signatures=90, writers=3, workers=1)
    one = [r.ink for rs in plan_of(config.data).splits().values() for r in rs]
    config.data.workers = 2
    monkeypatch.setattr(sources, "_has_tfds", lambda: False)
    opened = [open_source(config.data, split) for split in SPLITS]
    assert [s.reader[i].ink for s in opened for i in range(len(s))] == one
