import json
import logging
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jax
import numpy as np
import onnx
import pytest

from sigunet import checkpoint, export, shipped
from sigunet import model as model_lib
from sigunet.cleaning import backends, graphs
from sigunet.errors import CheckpointError, MissingExtra, OptionError

HEAVY = ("jax", "flax", "orbax", "ml_collections", "scipy", "onnx", "tensorflow")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache of the test's own, and a machine without accelerators."""
    monkeypatch.setenv("SIGUNET_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    return tmp_path / "cache" / "onnx"


@pytest.fixture(scope="module")
def weights(trained, tmp_path_factory):
    """Weights with their graph beside them, as they are shipped."""
    file = tmp_path_factory.mktemp("weights") / "micro.safetensors"
    checkpoint.export_weights(trained[0], file)
    export.write_onnx(file, file.with_suffix(".onnx"))
    return file


@pytest.fixture
def copy(weights, tmp_path):
    """A copy of the weights to spoil."""
    folder = tmp_path / "copy"
    shutil.copytree(weights.parent, folder)
    return folder / weights.name


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(bytes(data))


def noise(channels=1, shape=(1, 40, 56)):
    return np.random.default_rng(0).random((*shape, channels), np.float32)


def imported_by(code):
    """Runs Python code elsewhere; says which heavy packages it imported."""
    listed = f"print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\n{listed}"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONWARNINGS": "error"},
    )
    assert done.stderr == ""
    return done.stdout.strip()


RUN = """
import numpy as np
from sigunet.cleaning import backends
backend = backends.load({place!r})
assert backend.name == "onnx"
assert backend(np.ones((1, 20, 30, backend.channels), np.float32)).shape == (1, 20, 30)
"""


def test_shipped_weights_need_numpy_and_onnxruntime_only():
    assert imported_by(RUN.format(place=shipped.DEFAULT)) == "[]"


def test_a_kept_graph_needs_no_more(trained, cache):
    backends.load(trained[0])
    assert len(list(cache.iterdir())) == 1
    assert imported_by(RUN.format(place=str(trained[0]))) == "[]"


def test_shipped_weights_are_as_in_flax():
    name = shipped.DEFAULT
    backend = backends.load(name)
    variables, meta = checkpoint.load_host(name)
    full = jax.tree.map(lambda leaf: leaf.astype(np.float32), variables)
    image = noise(backend.channels, (1, 45, 83))
    expected = model_lib.predict(model_lib.from_config(meta.config.model), full, image)
    np.testing.assert_allclose(backend(image), expected, atol=1e-4, rtol=0)


def test_a_backend_says_how_it_was_trained(trained, weights):
    meta = checkpoint.load_host(trained[0])[1]
    for place, backend in ((trained[0], "onnx"), (weights, "onnx"), (weights, "jax")):
        network = backends.load(place, backend=backend)
        assert network.name == backend
        assert checkpoint.layout.meta_from_json(network.meta) == meta
        assert network.channels == meta.config.model.channels
        assert network.multiple == model_lib.from_config(meta.config.model).multiple
        assert network.threshold == meta.threshold
        assert network.sampling == meta.config.data.sampling
        assert network.size == meta.config.data.size
        assert network.strokes == meta.strokes
        assert network.notes == ()


def test_strokes_nobody_knows_are_none(copy):
    described = json.loads(copy.with_suffix(".json").read_text())
    for unknown in (None, [0.0, 0.0]):
        copy.with_suffix(".json").write_text(json.dumps(described | {"strokes": unknown}))
        assert backends.load(copy).strokes is None


def test_jax_and_onnx_agree(weights):
    one, other = (backends.load(weights, backend=name) for name in ("onnx", "jax"))
    for shape in ((2, 128, 128), (3, 50, 70), (1, 16, 16)):
        image = noise(one.channels, shape)
        assert one(image).shape == shape
        np.testing.assert_allclose(one(image), other(image), atol=1e-4, rtol=0)


def test_several_threads_may_call_it(weights):
    backend = backends.load(weights, threads=2)
    images = [noise(shape=(1, 24 + n, 40)) for n in range(8)]
    alone = [backend(image) for image in images]
    with ThreadPoolExecutor(4) as pool:
        for expected, found in zip(alone * 4, pool.map(backend, images * 4), strict=True):
            np.testing.assert_array_equal(expected, found)


def test_other_layouts_in_memory_and_kinds_are_taken(weights):
    backend = backends.load(weights)
    image = noise(shape=(1, 32, 48))
    turned = np.asfortranarray(image).astype(np.float64)
    np.testing.assert_array_equal(backend(turned), backend(image))


def test_a_graph_is_enough_alone(weights, tmp_path):
    alone = tmp_path / "alone.onnx"
    shutil.copy(weights.with_suffix(".onnx"), alone)
    backend = backends.load(alone)
    beside = dict(backends.load(weights).meta)
    del beside["onnx_sha256"]
    assert backend.meta == beside
    np.testing.assert_array_equal(backend(noise()), backends.load(weights)(noise()))


def test_what_is_written_beside_has_the_later_word(copy):
    path = copy.with_suffix(".json")
    described = json.loads(path.read_text())
    del described["config"]["model"]["detail"]
    path.write_text(json.dumps(described | {"threshold": 0.123}))
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


def test_without_onnx_jax_takes_over(trained, weights, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    backend = backends.load(trained[0])
    assert backend.name == "jax"
    assert "pip install 'sigunet[export]'" in backend.notes[0]
    with pytest.raises(MissingExtra, match=r"pip install 'sigunet\[export\]'"):
        backends.load(trained[0], backend="onnx")
    # Where the file is there, it is not needed.
    assert backends.load(weights, backend="onnx").name == "onnx"


def test_a_kept_graph_is_used_without_onnx(trained, monkeypatch):
    backends.load(trained[0])
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert backends.load(trained[0]).name == "onnx"


def test_what_cannot_be_used_is_a_sentence(weights, tmp_path):
    with pytest.raises(OptionError, match="--backend is 'tpu'; it must be one of auto, onnx, jax"):
        backends.load(weights, backend="tpu")
    with pytest.raises(OptionError, match="--threads is 0"):
        backends.load(weights, threads=0)
    with pytest.raises(CheckpointError, match="runs in ONNX Runtime only"):
        backends.load(weights.with_suffix(".onnx"), backend="jax")
    with pytest.raises(CheckpointError, match=r"x\.onnx cannot be read"):
        backends.load(tmp_path / "x.onnx")
    with pytest.raises(CheckpointError, match="There is no folder"):
        backends.load(tmp_path / "nothing")
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(CheckpointError, match=r"text\.onnx is damaged"):
        backends.load(tmp_path / "text.onnx")


def test_a_graph_of_somebody_else_is_a_sentence(weights, tmp_path):
    model = onnx.load(weights.with_suffix(".onnx"))
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "foreign.onnx")
    with pytest.raises(CheckpointError, match=r"foreign\.onnx does not say how it was trained"):
        backends.load(tmp_path / "foreign.onnx")


def test_a_damaged_description_is_a_sentence(copy):
    for text in ("{", "[]"):
        copy.with_suffix(".json").write_text(text)
        with pytest.raises(CheckpointError, match=r"damaged micro\.json"):
            backends.load(copy.with_suffix(".onnx"))


def test_an_accelerator_is_one_that_is_there_and_not_hidden(tmp_path, monkeypatch):
    monkeypatch.delenv("JAX_PLATFORMS")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    device = tmp_path / "device"
    # "json" stands for an installed plugin.
    kind = (("cuda", "gpu"), ("no_such_plugin", "json"), (str(device),))
    monkeypatch.setattr(backends, "_ACCELERATORS", (kind,))
    assert not backends.has_accelerator()
    device.touch()
    assert backends.has_accelerator()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert not backends.has_accelerator()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    assert not backends.has_accelerator()
    monkeypatch.setenv("JAX_PLATFORMS", "cuda,cpu")
    assert backends.has_accelerator()
    monkeypatch.setattr(backends, "_ACCELERATORS", ((kind[0], ("no_such_plugin",), kind[2]),))
    assert not backends.has_accelerator()


def test_with_an_accelerator_jax_is_taken(weights, monkeypatch):
    monkeypatch.setattr(backends, "has_accelerator", lambda: True)
    assert backends.load(weights).name == "jax"
    assert backends.load(weights, backend="onnx").name == "onnx"
    assert backends.load(weights.with_suffix(".onnx")).name == "onnx"
