import json

import jax
import numpy as np
import pytest
from test_export import NETWORKS, drawn, in_flax

from sigunet import benchmark_clean, benchmark_peers, checkpoint


@pytest.fixture(scope="module")
def weights(trained, tmp_path_factory):
    file = tmp_path_factory.mktemp("weights") / "micro.safetensors"
    checkpoint.export_weights(trained[0], file)
    return file


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SIGUNET_CACHE_DIR", str(tmp_path))


def test_all_runtimes_are_timed_and_agree(weights):
    result = benchmark_clean.backends(str(weights), size=32, seconds=0.1, threads=1)
    names = {"sigunet", "onnxruntime", "jax"}
    names |= {"pytorch"} if benchmark_peers.installed("torch") else set()
    names |= {"openvino", "openvino bf16"} if benchmark_peers.installed("openvino") else set()
    for key in ("seconds", "per_second", "speed", "difference"):
        assert set(result[key]) == names
    assert result["speed"]["sigunet"] == 1 and result["difference"]["sigunet"] == 0
    for name, median in result["seconds"].items():
        assert result["per_second"][name] == pytest.approx(1 / median)
        assert result["speed"][name] == pytest.approx(median / result["seconds"]["sigunet"])
    json.dumps(result)


def test_options_are_timed_beside_ours(weights):
    result = benchmark_clean.session_options(str(weights), size=32, seconds=0.1, threads=1)
    assert {"ours", "one thread", "threads do not spin", "no memory arena"} <= set(result)
    assert all(median > 0 for median in result.values())


def test_turns_go_round_and_the_first_call_of_each_is_not_timed():
    order = []
    calls = {name: lambda name=name: order.append(name) for name in "ab"}
    medians = benchmark_clean.in_turns(calls, 0.01)
    changes = [one for one, after in zip(order, [*order[1:], ""], strict=True) if one != after]
    assert changes[:6] == ["a", "b", "a", "b", "a", "b"]
    assert set(medians) == {"a", "b"}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_twin_in_pytorch_is_the_same_network(name):
    pytest.importorskip("torch", reason="PyTorch is a peer of the benchmark only")
    settings, variables = drawn(*NETWORKS[name])
    full = jax.tree.map(lambda leaf: leaf.astype(np.float32), variables)
    image = np.random.default_rng(0).random((2, 33, 21, settings.model.channels), np.float32)
    found = benchmark_peers.pytorch(full, settings.model, 1)(image)
    expected = in_flax(settings, variables, image)
    np.testing.assert_allclose(found, expected, atol=benchmark_clean.AGREEMENT, rtol=0)
