"""What runs a network: ONNX Runtime, OpenVINO and JAX, which agree."""

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import jax
import numpy as np
import onnx
import pytest
from made_networks import RUN, imported_by, noise

from sigunet import arguments, checkpoint, sealed, shipped
from sigunet import model as model_lib
from sigunet.cleaning import backends, graph_backends, scaling
from sigunet.errors import CheckpointError, MissingExtra, OptionError

pytestmark = pytest.mark.usefixtures("cache")


def test_shipped_weights_need_numpy_and_onnxruntime_only():
    assert imported_by(RUN.format(place=shipped.DEFAULT)) == "[]"


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
    for place, backend in (
        (trained[0], "onnx"),
        (weights, "onnx"),
        (weights, "openvino"),
        (weights, "jax"),
    ):
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
        sealed.write(copy.with_suffix(".json"), described | {"strokes": unknown})
        assert backends.load(copy).strokes is None


def test_the_help_names_every_choice():
    assert arguments.BACKENDS == "{" + ",".join(backends.CHOICES) + "}"
    assert arguments.LOOKS == scaling.LOOKS


def test_jax_and_onnx_agree(weights):
    one, other = (backends.load(weights, backend=name) for name in ("onnx", "jax"))
    for shape in ((2, 128, 128), (3, 50, 70), (1, 16, 16)):
        image = noise(one.channels, shape)
        assert one(image).shape == shape
        np.testing.assert_allclose(one(image), other(image), atol=1e-4, rtol=0)


def test_openvino_agrees_as_far_as_it_computes(weights):
    one, other = (backends.load(weights, backend=name) for name in ("onnx", "openvino"))
    halves = "BF16" in openvino_abilities()
    for shape in ((2, 128, 128), (3, 50, 70), (1, 16, 16)):
        image = noise(one.channels, shape)
        ink = other(image)
        assert ink.shape == shape and ink.dtype == np.float32 and 0 <= ink.min() <= ink.max() <= 1
        np.testing.assert_allclose(one(image), ink, atol=0.05 if halves else 1e-4, rtol=0)


def openvino_abilities():
    core = graph_backends.import_openvino().Core()
    return core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def test_openvino_keeps_no_kernels_of_sizes_that_went():
    run = """
import resource
import numpy as np
from sigunet.cleaning import backends
backend = backends.load(backend="openvino", threads=1)
def peak(sizes):
    for height, width in sizes:
        backend(np.ones((1, height, width, backend.channels), np.float32))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
sizes = np.random.default_rng(0).integers(64, 400, (150, 2))
print(peak([(400, 400), *sizes[:50]]), peak(sizes[50:]))
"""
    done = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, check=True)
    first, last = map(int, done.stdout.split())
    assert last < 1.3 * first


def test_openvino_reports_to_nobody(weights):
    run = f"""
import sys
from sigunet.cleaning import backends
backends.load({str(weights)!r}, backend="openvino")
print(sys.modules["openvino_telemetry"], "openvino.tools.ovc.telemetry_stub" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "None True"


def test_without_openvino_there_is_a_sentence(weights, monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(MissingExtra, match=r"pip install 'sigunet\[openvino\]'"):
        backends.load(weights, backend="openvino")


@pytest.mark.parametrize("name", ["onnx", "openvino"])
@pytest.mark.parametrize("threads", [1, 2])
def test_several_threads_may_call_it(weights, name, threads):
    backend = backends.load(weights, backend=name, threads=threads)
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


def test_without_onnx_jax_takes_over(trained, weights, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    backend = backends.load(trained[0])
    assert backend.name == "jax"
    assert "pip install 'sigunet[export]'" in backend.notes[0]
    with pytest.raises(MissingExtra, match=r"pip install 'sigunet\[export\]'"):
        backends.load(trained[0], backend="onnx")
    # Where the file is there, it is not needed.
    assert backends.load(weights, backend="onnx").name == "onnx"


def test_what_cannot_be_used_is_a_sentence(weights, tmp_path):
    with pytest.raises(
        OptionError, match="--backend is 'tpu'; it must be one of auto, onnx, openvino"
    ):
        backends.load(weights, backend="tpu")
    with pytest.raises(OptionError, match="--threads is 0"):
        backends.load(weights, threads=0)
    with pytest.raises(CheckpointError, match="is no network for JAX"):
        backends.load(weights.with_suffix(".onnx"), backend="jax")
    with pytest.raises(CheckpointError, match=r"x\.onnx cannot be read"):
        backends.load(tmp_path / "x.onnx")
    with pytest.raises(CheckpointError, match="There is no folder"):
        backends.load(tmp_path / "nothing")
    (tmp_path / "scan.jpg").write_bytes(b"a picture")
    for name in ("auto", "onnx", "jax"):
        with pytest.raises(CheckpointError, match=r"scan\.jpg is no checkpoint"):
            backends.load(tmp_path / "scan.jpg", backend=name)


@pytest.mark.parametrize("name", ["onnx", "openvino"])
def test_a_damaged_graph_is_a_sentence(tmp_path, name):
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(CheckpointError, match=r"text\.onnx is damaged"):
        backends.load(tmp_path / "text.onnx", backend=name)


@pytest.mark.parametrize("name", ["onnx", "openvino"])
def test_a_graph_of_somebody_else_is_a_sentence(weights, tmp_path, name):
    model = onnx.load(weights.with_suffix(".onnx"))
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "foreign.onnx")
    with pytest.raises(CheckpointError, match=r"foreign\.onnx does not say how it was trained"):
        backends.load(tmp_path / "foreign.onnx", backend=name)


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
