import json

import jax
import numpy as np
import pytest
from test_export import NETWORKS, drawn, in_flax

from sigunet import checkpoint
from sigunet.benchmark import peers, runtimes


@pytest.fixture(scope="module")
def weights(trained, tmp_path_factory):
    file = tmp_path_factory.mktemp("weights") / "micro.safetensors"
    checkpoint.export_weights(trained[0], file)
    return file


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SIGUNET_CACHE_DIR", str(tmp_path))


def test_all_runtimes_are_timed_and_agree(weights):
    result = runtimes.backends(str(weights), size=32, seconds=0.1, threads=1)
    names = {"sigunet", "onnxruntime", "jax"}
    names |= {"pytorch"} if peers.installed("torch") else set()
    names |= {"openvino", "openvino bf16"} if peers.installed("openvino") else set()
    for key in ("seconds", "per_second", "speed", "difference"):
        assert set(result[key]) == names
    assert result["speed"]["sigunet"] == 1 and result["difference"]["sigunet"] == 0
    for name, median in result["seconds"].items():
        assert result["per_second"][name] == pytest.approx(1 / median)
        assert result["speed"][name] == pytest.approx(median / result["seconds"]["sigunet"])
    json.dumps(result)


def test_options_are_timed_beside_ours(weights):
    result = runtimes.session_options(str(weights), size=32, seconds=0.1, threads=1)
    assert {"ours", "one thread", "threads do not spin", "no memory arena"} <= set(result)
    assert all(median > 0 for median in result.values())


def test_turns_go_round_and_the_first_call_of_each_is_not_timed():
    order = []
    calls = {name: lambda name=name: order.append(name) for name in "ab"}
    medians = runtimes.in_turns(calls, 0.01)
    changes = [one for one, after in zip(order, [*order[1:], ""], strict=True) if one != after]
    assert changes[:6] == ["a", "b", "a", "b", "a", "b"]
    assert set(medians) == {"a", "b"}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_twin_in_pytorch_is_the_same_network(name):
    pytest.importorskip("torch", reason="PyTorch is a peer of the benchmark only")
    settings, variables = drawn(*NETWORKS[name])
    full = jax.tree.map(lambda leaf: leaf.astype(np.float32), variables)
    image = np.random.default_rng(0).random((2, 33, 21, settings.model.channels), np.float32)
    found = peers.pytorch(full, settings.model, 1)(image)
    expected = in_flax(settings, variables, image)
    np.testing.assert_allclose(found, expected, atol=runtimes.AGREEMENT, rtol=0)


def test_the_table_has_the_fastest_first():
    seconds = {"sigunet": 0.02, "onnxruntime": 0.01}
    result = {"size": 224, "threads": 2, "seconds": seconds}
    result |= {"per_second": {name: 1 / value for name, value in seconds.items()}}
    result |= {"speed": {name: value / 0.02 for name, value in seconds.items()}}
    rows = runtimes.table(result).splitlines()[4:]
    assert [row.split()[1] for row in rows] == ["onnxruntime", "sigunet"]
    assert rows[0].split()[-2] == "0.50"
