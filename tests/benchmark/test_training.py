import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from test_export import NETWORKS, drawn

from sigunet import cli, losses
from sigunet import model as model_lib
from sigunet.benchmark import peers, torch_training, training

needs_torch = pytest.mark.skipif(
    not peers.installed("torch"), reason="PyTorch is a peer of the benchmark only"
)

TINY = ("model.width=2", "model.depth=1", "batch_size=2", "data.size=8")


def both(name):
    """A network with weights of which none is trivial, and its twin in PyTorch."""
    settings, variables = drawn(*NETWORKS[name])
    full = jax.tree.map(lambda leaf: leaf.astype(np.float32), variables)
    twin = torch_training.unet(settings.model)
    torch_training.load(twin, full)
    return settings, model_lib.from_config(settings.model), full, twin


@needs_torch
@pytest.mark.parametrize("name", NETWORKS)
def test_the_twin_finds_the_same_logits(name):
    import torch

    settings, model, variables, twin = both(name)
    image = np.random.default_rng(0).random((2, 33, 21, settings.model.channels), np.float32)
    with torch.no_grad():
        found = twin.eval()(torch.from_numpy(image)).numpy()
    expected = jax.jit(model.apply)(variables, image)
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=0)


@needs_torch
@pytest.mark.parametrize("name", NETWORKS)
def test_the_twin_has_the_same_loss_and_gradient(name):
    import torch

    settings, model, variables, twin = both(name)
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (3, 32, 32, settings.model.channels), np.uint8)
    ink = rng.integers(0, 256, (3, 32, 32), np.uint8)

    def loss_fn(params):
        logits, _ = model.apply(
            {**variables, "params": params},
            jnp.float32(image) / 255,
            train=True,
            mutable=["batch_stats"],
        )
        return jnp.mean(losses.binary_cross_entropy(logits, jnp.float32(ink) / 255, 2.0))

    expected, gradient = jax.jit(jax.value_and_grad(loss_fn))(variables["params"])
    twin.train()
    found = torch_training.loss(twin, torch.from_numpy(image), torch.from_numpy(ink), 2.0)
    found.backward()
    assert found.item() == pytest.approx(float(expected), abs=1e-5)
    first = gradient["Block_0"]["Conv_0"]["kernel"]
    for weight, kernel in (
        (twin.head.weight, gradient["Conv_0"]["kernel"]),
        (twin.down[0][0].weight, first),
    ):
        kernel = np.asarray(kernel)
        assert np.abs(kernel).max() > 1e-3
        transposed = weight.grad.numpy().transpose(2, 3, 1, 0)
        np.testing.assert_allclose(transposed, kernel, atol=1e-4, rtol=0)


@needs_torch
@pytest.mark.parametrize("dtype", torch_training.DTYPES)
def test_the_twin_learns_a_batch(dtype):
    import torch

    overrides = ("optimizer.ema=0.9", "optimizer.clip_norm=1.0", "optimizer.accumulate=2")
    settings, _ = drawn(*NETWORKS["colour, stem, detail"], *overrides, f"model.dtype={dtype}")
    torch.manual_seed(0)
    step = torch_training.step(torch_training.unet(settings.model), settings)
    image = torch.randint(0, 256, (4, 16, 16, 3), dtype=torch.uint8)
    ink = 255 - image[..., 0]
    taken = [float(step(image, ink)) for _ in range(20)]
    assert taken[-1] < taken[0] - 0.02


@needs_torch
def test_both_are_timed_and_a_compiler_that_fails_is_told(micro, monkeypatch):
    import torch

    def broken(function):
        raise RuntimeError("raised:\nno compiler\nat all")

    monkeypatch.setattr(torch, "compile", broken)
    result = training.training(micro(*TINY), seconds=0.05)
    assert result["skipped"] == {"pytorch compiled": "RuntimeError: raised: no compiler"}
    for key in ("images_per_second", "milliseconds", "teraflops"):
        assert set(result[key]) == {"sigunet", "pytorch"}
        assert all(value > 0 for value in result[key].values())
    for name, rate in result["images_per_second"].items():
        assert rate == pytest.approx(1000 * 2 / result["milliseconds"][name])
    assert (result["dtype"], result["size"], result["batch_size"]) == ("float32", 8, 2)
    text = training.table(result)
    assert "| pytorch |" in text and "pytorch compiled: RuntimeError: raised: no compiler" in text


def test_without_pytorch_our_own_is_timed_and_printed_as_json(monkeypatch, capsys):
    monkeypatch.setattr(peers, "installed", lambda module: False)
    overrides = [f"--config.{override}" for override in TINY]
    code = cli.main(
        ["benchmark", "train", "--config", "tiny", *overrides, "--seconds", "0.05", "--json"]
    )
    result = json.loads(capsys.readouterr().out)
    assert code == 0 and result["images_per_second"]["sigunet"] > 0
    assert result["skipped"] == dict.fromkeys(training.PEERS, "PyTorch is not installed")


def test_pytorch_is_left_out_on_demand_and_for_what_it_would_do_otherwise(micro):
    result = training.training(micro(*TINY), seconds=0.05, pytorch=False)
    assert set(result["images_per_second"]) == {"sigunet"} and result["skipped"] == {}
    result = training.training(micro(*TINY, "model.dtype=float16"), seconds=0.05)
    assert set(result["skipped"]) == set(training.PEERS)


def test_the_table_has_the_fastest_first():
    rates = {"sigunet": 50.0, "pytorch": 25.0, "pytorch compiled": 100.0}
    result = {"device": "cpu", "dtype": "float32", "size": 8, "batch_size": 2, "skipped": {}}
    result |= {"images_per_second": rates, "teraflops": rates}
    result |= {"milliseconds": {name: 2000 / rate for name, rate in rates.items()}}
    rows = training.table(result).splitlines()[4:]
    assert [row.split(" | ")[0] for row in rows] == [
        "| pytorch compiled",
        "| sigunet",
        "| pytorch",
    ]
    assert rows[0].split()[-2] == "0.50"
