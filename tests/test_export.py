import hashlib
import json
import sys

import jax
import numpy as np
import onnx
import onnxruntime
import pytest
from made_pictures import picture

from sigunet import checkpoint, config, export, sealed, shipped
from sigunet import model as model_lib
from sigunet.checkpoint import Meta
from sigunet.cleaning import Cleaner
from sigunet.errors import CheckpointError, ConfigError, MissingExtra, SigunetError

PROMISED = 1e-4
"""The largest difference to Flax."""

NETWORKS = {
    "as described": ("model.width=4", "model.depth=2"),
    "one convolution, detail": (
        "model.width=3",
        "model.depth=1",
        "model.convs=1",
        "model.detail=4",
    ),
    "colour, stem, detail": (
        "model.width=4",
        "model.depth=1",
        "model.channels=3",
        "model.stem=space_to_depth",
        "model.detail=6",
    ),
}

SIZES = ((1, 16, 16), (2, 33, 21), (1, 7, 50))


def drawn(*overrides):
    """A config and variables in halves, of which no scale, shift or statistic is trivial."""
    settings = config.load("tiny", overrides)
    network = model_lib.from_config(settings.model)
    image = jax.ShapeDtypeStruct((1, 32, 32, settings.model.channels), np.float32)
    rng = np.random.default_rng(1)

    def draw(leaf):
        if leaf.ndim == 4:
            values = rng.normal(0, np.sqrt(2 / np.prod(leaf.shape[:3])), leaf.shape)
        else:
            values = rng.uniform(0.1, 0.8, leaf.shape)
        return values.astype(np.float16)

    return settings, jax.tree.map(draw, jax.eval_shape(network.init, jax.random.key(0), image))


def about(settings):
    return Meta(7, settings, {"iou": 0.5}, 0.4, "d", (2.0, 6.0), "0.1.0")


def in_flax(settings, variables, image):
    """Predicts with Flax, which needs float32 to divide precisely by BatchNorm's deviations."""
    full = jax.tree.map(lambda leaf: leaf.astype(np.float32), variables)
    return np.asarray(model_lib.predict(model_lib.from_config(settings.model), full, image))


def session(data, options=None):
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def in_onnx(data, image):
    return session(data).run(["ink"], {"image": image})[0]


@pytest.fixture(scope="module")
def weights(trained, tmp_path_factory):
    file = tmp_path_factory.mktemp("weights") / "micro.safetensors"
    checkpoint.export_weights(trained[0], file)
    return file


@pytest.mark.parametrize("name", NETWORKS)
def test_any_network_and_size_is_as_in_flax(name):
    settings, variables = drawn(*NETWORKS[name])
    data, _ = export.graph(variables, about(settings), "")
    onnx.checker.check_model(onnx.load_from_string(data), full_check=True)
    rng = np.random.default_rng(2)
    for shape in SIZES:
        image = rng.random((*shape, settings.model.channels), np.float32)
        ink = in_onnx(data, image)
        assert ink.shape == shape and ink.dtype == np.float32
        assert ink.std() > 50 * PROMISED
        np.testing.assert_allclose(ink, in_flax(settings, variables, image), atol=PROMISED, rtol=0)


def test_halves_are_stored_as_they_are_and_full_precision_too():
    settings, halves = drawn("model.width=4", "model.depth=2")
    full = jax.tree.map(lambda leaf: leaf.astype(np.float32) * np.float32(1.0001), halves)
    image = np.random.default_rng(3).random((1, 24, 24, 1), np.float32)
    small, large = (export.graph(tree, about(settings), "")[0] for tree in (halves, full))
    kernel = halves["params"]["Block_0"]["Conv_0"]["kernel"]
    for data, dtype in ((small, np.float16), (large, np.float32)):
        stored = {
            tensor.name: onnx.numpy_helper.to_array(tensor)
            for tensor in onnx.load_from_string(data).graph.initializer
        }["params/Block_0/Conv_0/kernel"]
        assert stored.dtype == dtype
        if dtype == np.float16:
            np.testing.assert_array_equal(stored.transpose(2, 3, 1, 0), kernel)
    count = sum(leaf.size for leaf in jax.tree.leaves(halves))
    assert len(large) - len(small) == pytest.approx(2 * count, rel=0.2)
    np.testing.assert_allclose(
        in_onnx(large, image), in_flax(settings, full, image), atol=PROMISED, rtol=0
    )


def test_a_trained_checkpoint_is_as_in_flax_on_ink(trained, tmp_path):
    variables, meta = checkpoint.load_host(trained[0])
    export.write_onnx(trained[0], tmp_path / "x.onnx")
    for row in ("lines", "empty"):
        image = picture(row, 3).image[None]
        ink = in_onnx((tmp_path / "x.onnx").read_bytes(), image)
        expected = in_flax(meta.config, variables, image)
        np.testing.assert_allclose(ink, expected, atol=PROMISED, rtol=0)


def test_the_file_says_what_it_is(weights, tmp_path):
    said = export.write_onnx(weights, tmp_path / "x.onnx")
    stored = session((tmp_path / "x.onnx").read_bytes()).get_modelmeta().custom_metadata_map
    assert json.loads(stored["sigunet"]) == said
    meta = checkpoint.load_host(weights)[1]
    assert checkpoint.layout.meta_from_json(said) == meta
    assert said["sha256"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert said["multiple"] == model_lib.from_config(meta.config.model).multiple


def test_a_file_tells_whether_any_byte_of_it_has_changed(weights):
    data, _ = export.onnx_bytes(weights)
    model = onnx.load_from_string(data)
    assert [entry.key for entry in model.metadata_props] == [export.METADATA, export.SEAL]
    assert not export.is_changed(data)
    digest = model.metadata_props[1].value.encode()
    assert hashlib.sha256(data.replace(digest, b"0" * 64)).hexdigest().encode() == digest
    places = np.linspace(0, len(data) - 1, 200).astype(int)
    for at in (*places, data.rindex(digest), data.rindex(b'"threshold": ') + 15):
        changed = bytearray(data)
        changed[at] ^= 1
        # All but the name of the digest's own entry.
        named = data.rindex(export.SEAL.encode()) - 2 <= at < data.rindex(digest)
        assert export.is_changed(bytes(changed)) is not named
    assert export.is_changed(data + b" ") and export.is_changed(data[: len(data) - 30])
    del model.metadata_props[:]
    assert not export.is_changed(model.SerializeToString()), "what carries no digest is not judged"


def test_the_same_checkpoint_makes_the_same_bytes(trained, weights):
    for place in (trained[0], weights):
        assert export.onnx_bytes(place) == export.onnx_bytes(place)
    # Of a folder as of a file it says which weights it was made of.
    digests = [export.onnx_bytes(place)[1]["sha256"] for place in (trained[0], weights)]
    assert len(set(digests)) == 2 and all(len(digest) == 64 for digest in digests)


def test_a_runtime_folds_casts_and_norms_away(weights, tmp_path):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    session(export.onnx_bytes(weights)[0], options)
    kinds = {node.op_type for node in onnx.load(tmp_path / "optimised.onnx").graph.node}
    assert "FusedConv" in kinds
    assert kinds.isdisjoint({"Cast", "BatchNormalization", "Relu"})


def _described(path):
    return sealed.opened(json.loads(path.read_text()), path)


def test_beside_its_weights_it_is_noted_with_them(weights, tmp_path):
    for suffix in (".safetensors", ".json"):
        (tmp_path / f"a{suffix}").write_bytes(weights.with_suffix(suffix).read_bytes())
    before = _described(tmp_path / "a.json")
    export.write_onnx(tmp_path / "a.safetensors", tmp_path / "a.onnx")
    digest = hashlib.sha256((tmp_path / "a.onnx").read_bytes()).hexdigest()
    assert _described(tmp_path / "a.json") == before | {"onnx_sha256": digest}
    checkpoint.load_host(tmp_path / "a.safetensors")


def test_a_threshold_that_would_not_count_is_refused(weights, tmp_path):
    for suffix in (".safetensors", ".json"):
        (tmp_path / f"a{suffix}").write_bytes(weights.with_suffix(suffix).read_bytes())
    before = (tmp_path / "a.json").read_bytes()
    with pytest.raises(ConfigError, match=r"a\.json beside it has the threshold"):
        export.write_onnx(tmp_path / "a.safetensors", tmp_path / "a.onnx", threshold=0.123)
    assert not (tmp_path / "a.onnx").exists() and (tmp_path / "a.json").read_bytes() == before


def test_beside_other_weights_nothing_is_noted(trained, weights, tmp_path):
    (tmp_path / "a.json").write_bytes(weights.with_suffix(".json").read_bytes())
    export.write_onnx(trained[0], tmp_path / "a.onnx")
    assert (tmp_path / "a.json").read_bytes() == weights.with_suffix(".json").read_bytes()


def test_another_threshold_goes_into_the_file(weights, tmp_path):
    assert export.write_onnx(weights, tmp_path / "x.onnx", threshold=0.3)["threshold"] == 0.3
    with pytest.raises(ConfigError, match=r"--threshold 1\.0 must lie between 0 and 1"):
        export.write_onnx(weights, tmp_path / "y.onnx", threshold=1.0)


def test_what_cannot_be_written_is_a_sentence(weights, tmp_path):
    (tmp_path / "x.onnx").touch()
    with pytest.raises(CheckpointError, match=r"x\.onnx exists already"):
        export.write_onnx(weights, tmp_path / "x.onnx")
    with pytest.raises(CheckpointError, match=r"must end in \.onnx"):
        export.write_onnx(weights, tmp_path / "x.bin")
    with pytest.raises(CheckpointError, match="There is no folder"):
        export.write_onnx(tmp_path / "nothing", tmp_path / "y.onnx")
    with pytest.raises(SigunetError, match="cannot be written"):
        export.write_onnx(weights, tmp_path / "x.onnx" / "y.onnx")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.onnx"]


def test_without_onnx_it_says_what_to_install(weights, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingExtra, match=r"pip install 'sigunet\[export\]'"):
        export.write_onnx(weights, tmp_path / "x.onnx")
    assert not (tmp_path / "x.onnx").exists()


def test_a_refinement_goes_with_the_network_wherever_it_goes(tmp_path):
    described = json.loads((shipped.folder() / "base.json").read_text())["refinement"]
    checkpoint.export_weights("base", tmp_path / "own.safetensors")
    export.write_onnx(tmp_path / "own.safetensors", tmp_path / "alone" / "own.onnx")
    for place in (tmp_path / "own.safetensors", tmp_path / "alone" / "own.onnx"):
        cleaner = Cleaner.from_checkpoint(place)
        assert cleaner.backend.refinement.to_json() == described
    assert Cleaner.from_checkpoint("base", backend="jax").backend.refinement.to_json() == described
