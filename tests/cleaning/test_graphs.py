"""Which ONNX file belongs to a checkpoint, and what is kept of those that were made."""

import json
import logging
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from made_networks import RUN, flip, imported_by, noise

from sigunet import checkpoint, export, sealed, shipped
from sigunet.cleaning import backends, graphs
from sigunet.errors import CheckpointError

pytestmark = pytest.mark.usefixtures("cache")


def test_a_kept_graph_needs_no_more(trained, cache):
    backends.load(trained[0])
    assert len(list(cache.iterdir())) == 1
    assert imported_by(RUN.format(place=str(trained[0]))) == "[]"


def test_what_is_written_beside_has_the_later_word(copy):
    path = copy.with_suffix(".json")
    described = json.loads(path.read_text())
    del described["config"]["model"]["detail"]
    sealed.write(path, described | {"threshold": 0.123})
    for place in (copy, copy.with_suffix(".onnx")):
        backend = backends.load(place)
        assert backend.threshold == 0.123
        # A key that the older description does not have.
        assert backend.meta["config"]["model"]["detail"] == 0


@pytest.mark.parametrize("suffix", [".safetensors", ".onnx"])
def test_a_tampered_graph_is_not_taken(copy, suffix):
    flip(copy.with_suffix(".onnx"))
    with pytest.raises(CheckpointError, match=r"micro\.onnx has changed since it was written"):
        backends.load(copy.with_suffix(suffix))


@pytest.mark.parametrize("described", ["nothing", "another", "without a digest"])
@pytest.mark.parametrize("backend", ["onnx", "openvino"])
def test_a_tampered_graph_is_not_taken_alone_either(copy, tmp_path, described, backend):
    alone = tmp_path / "alone.onnx"
    shutil.copy(copy.with_suffix(".onnx"), alone)
    if described != "nothing":
        alone.with_suffix(".json").write_text("{}" if described == "another" else '{"sha256": ""}')
    assert backends.load(alone, backend=backend).name == backend
    flip(alone)
    with pytest.raises(CheckpointError, match=r"alone\.onnx has changed since it was written: its"):
        backends.load(alone, backend=backend)


def test_shipped_graphs_must_be_there(copy, monkeypatch):
    monkeypatch.setattr(shipped, "folder", lambda: copy.parent)
    assert backends.load("micro").name == "onnx"
    copy.with_suffix(".onnx").unlink()
    with pytest.raises(CheckpointError, match=r"micro\.onnx cannot be read: No such file"):
        backends.load("micro")
    checkpoint.portable.write(copy, *checkpoint.load_host(copy))
    with pytest.raises(CheckpointError, match=r"micro\.json has no onnx_sha256: write micro\.onnx"):
        backends.load("micro")
    with pytest.raises(CheckpointError, match=r"no weights named 'macro'; shipped are micro\."):
        backends.check_shipped("macro")


def test_without_a_graph_beside_one_is_made_and_kept(copy, cache):
    copy.with_suffix(".onnx").unlink()
    made = backends.load(copy)
    (kept,) = cache.iterdir()
    before = kept.stat().st_mtime_ns
    np.testing.assert_array_equal(backends.load(copy)(noise()), made(noise()))
    assert [(path, path.stat().st_mtime_ns) for path in cache.iterdir()] == [(kept, before)]


def test_damaged_weights_are_told_of_although_a_graph_is_kept(copy):
    copy.with_suffix(".onnx").unlink()
    backends.load(copy)
    flip(copy)
    with pytest.raises(CheckpointError, match="have changed since they were written"):
        backends.load(copy)


@pytest.mark.parametrize("spoil", [flip, lambda path: path.write_bytes(b"")])
def test_a_damaged_kept_graph_is_made_again(trained, cache, spoil):
    expected = backends.load(trained[0])(noise())
    (kept,) = cache.iterdir()
    whole = kept.read_bytes()
    spoil(kept)
    np.testing.assert_array_equal(backends.load(trained[0])(noise()), expected)
    (kept,) = cache.iterdir()
    assert kept.read_bytes() == whole


def test_another_writer_makes_another_graph(trained, cache, monkeypatch):
    backends.load(trained[0])
    monkeypatch.setattr(export, "WRITER_VERSION", 0)
    backends.load(trained[0])
    assert len(list(cache.iterdir())) == 2


def test_a_checkpoint_that_went_on_is_another(trained, tmp_path, cache):
    run = tmp_path / "run"
    shutil.copytree(trained[0], run)
    step = checkpoint.find(run)
    assert backends.load(run).meta["step"] == int(step.name)
    shutil.rmtree(step)
    assert backends.load(run).meta["step"] == int(checkpoint.find(run).name) != int(step.name)
    assert len(list(cache.iterdir())) == 2


# TensorStore's other reads end after the first one has failed and its event loop is closed.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_was_fallen_back_to_is_not_kept(trained, tmp_path, cache, caplog):
    run = tmp_path / "run"
    shutil.copytree(trained[0], run)
    best = checkpoint.find(run)
    largest = max((best / "weights").rglob("*"), key=lambda path: path.stat().st_size)
    largest.write_bytes(b"")
    for _ in range(2):
        caplog.clear()
        assert backends.load(run).meta["step"] != int(best.name)
        assert "is damaged" in caplog.text
    assert not cache.exists()


def test_only_the_latest_graphs_are_kept(trained, cache, monkeypatch):
    monkeypatch.setattr(graphs, "_KEPT", 2)
    seen = []
    for version in range(4):
        monkeypatch.setattr(export, "WRITER_VERSION", version)
        backends.load(trained[0])
        (fresh,) = set(cache.iterdir()) - set(seen)
        os.utime(fresh, (version, version))
        seen.append(fresh)
    # The fresh one is written before it is aged, so that it is never the one that goes.
    assert set(cache.iterdir()) == set(seen[2:])


def test_a_cache_that_cannot_be_written_stops_nothing(trained, tmp_path, monkeypatch, caplog):
    (tmp_path / "file").touch()
    monkeypatch.setenv("SIGUNET_CACHE_DIR", str(tmp_path / "file"))
    with caplog.at_level(logging.INFO):
        backend = backends.load(trained[0])
    assert backend.name == "onnx" and backend(noise()).shape == (1, 40, 56)
    (note,) = backend.notes
    assert note.startswith("The ONNX file is not kept:") and note in caplog.text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"SIGUNET_CACHE_DIR": "/a"}, "/a/onnx"),
        ({"XDG_CACHE_HOME": "/b"}, "/b/sigunet/onnx"),
        ({"HOME": "/c"}, "/c/.cache/sigunet/onnx"),
    ],
)
def test_where_graphs_are_kept(given, expected, monkeypatch):
    for name in ("SIGUNET_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert graphs.cache_folder() == Path(expected)


def test_a_kept_graph_is_used_without_onnx(trained, monkeypatch):
    backends.load(trained[0])
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert backends.load(trained[0]).name == "onnx"


def test_a_damaged_description_is_a_sentence(copy):
    for text in ("{", "[]"):
        copy.with_suffix(".json").write_text(text)
        with pytest.raises(CheckpointError, match=r"damaged micro\.json"):
            backends.load(copy.with_suffix(".onnx"))
