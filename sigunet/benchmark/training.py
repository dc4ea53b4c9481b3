"""How fast one training step is, beside that of the same network in PyTorch, on one device.

Both work on batches that are on the device already: what brings them there is measured by
`sigunet.benchmark.data`.
"""

import math
import time
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh
from ml_collections import ConfigDict

from sigunet import devices, state
from sigunet import model as model_lib
from sigunet.benchmark import peers, runtimes, torch_training
from sigunet.errors import SigunetError
from sigunet.machine import cores

OURS = "sigunet"
PEERS = {"pytorch": False, "pytorch compiled": True}
"""{name: whether by torch.compile}."""

_GROUP = 0.1  # seconds that the steps last that are timed together: far above what a call costs
_WARM = 3  # steps before any is timed; the first compiles

Steps = Callable[[int], None]
"""Does so many steps, and returns when the device has done them."""


def training(config: ConfigDict, *, seconds: float = 5.0, pytorch: bool = True) -> dict[str, Any]:
    """Times training steps, in turns of a fraction of a second, after all is compiled.

    Args:
        config: The whole config; its data and their noise are not looked at.
        seconds: For each of those that are compared.
        pytorch: Whether to compare with PyTorch, where it is installed.

    Returns:
        device: Of the one device all ran on, the name.
        dtype, size, batch_size: As the config has them; size is the side of a picture, px.
        images_per_second: {name: batch_size by the median of a step}.
        milliseconds: {name: median of a step}.
        teraflops: {name: 10^12 operations a second}: three times those of the convolutions forward,
            since the gradient costs one such pass for the weights and one for the features.
        skipped: {name: why it could not be timed}.
    """
    batch = _batch(config)
    runs = {OURS: _jax_steps(config, batch)}
    skipped = {}
    for name, compiled in PEERS.items() if pytorch else ():
        try:
            runs[name] = _torch_steps(config, batch, compiled)
        # What goes wrong in a compiler, or for want of one, comes as any kind of error.
        except Exception as error:
            skipped[name] = _reason(error)
    calls, lengths = {}, {}
    for name, steps in runs.items():
        start = time.perf_counter()
        steps(1)
        lengths[name] = count = math.ceil(_GROUP / (time.perf_counter() - start))
        calls[name] = lambda steps=steps, count=count: steps(count)
    medians = runtimes.in_turns(calls, seconds * len(calls))
    rates = {name: config.batch_size * lengths[name] / medians[name] for name in calls}
    size, model = config.data.size, model_lib.from_config(config.model)
    forward = model_lib.flops(model, size, config.model.channels)
    return {
        "device": jax.devices()[0].device_kind,
        "dtype": config.model.dtype,
        "size": size,
        "batch_size": config.batch_size,
        "images_per_second": rates,
        "milliseconds": {name: 1000 * medians[name] / lengths[name] for name in calls},
        "teraflops": {name: 3 * forward * rate / 1e12 for name, rate in rates.items()},
        "skipped": skipped,
    }


def table(result: dict[str, Any]) -> str:
    """Writes what `training` found as a Markdown table, the fastest first."""
    size, rates = result["size"], result["images_per_second"]
    lines = [
        f"Training steps of {result['batch_size']} pictures of {size} x {size}, "
        f"{result['dtype']}, on {result['device']}.",
        "",
        "| training step | ms | images/s | TFLOP/s | our speed by its own |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name in sorted(rates, key=rates.get, reverse=True):
        lines.append(
            f"| {name} | {result['milliseconds'][name]:.1f} | {rates[name]:.1f} | "
            f"{result['teraflops'][name]:.2f} | {rates[OURS] / rates[name]:.2f} |"
        )
    skipped = [f"Not timed: {name}: {reason}" for name, reason in result["skipped"].items()]
    return "\n".join([*lines, *([""] if skipped else []), *skipped])


def _batch(config: ConfigDict) -> dict[str, np.ndarray]:
    """Draws "image" uint8[B, H, W, C] and "ink" uint8[B, H, W], always the same."""
    rng = np.random.default_rng(0)
    shape = (config.batch_size, config.data.size, config.data.size)
    return {
        "image": rng.integers(0, 256, (*shape, config.model.channels), np.uint8),
        "ink": rng.integers(0, 256, shape, np.uint8),
    }


def _jax_steps(config: ConfigDict, batch: dict[str, np.ndarray]) -> Steps:
    # One device, however many there are: PyTorch's step runs on one.
    mesh = Mesh(np.asarray(jax.devices()[:1]), ("data",))
    step = state.jit_train_step(config, mesh)
    placed = devices.shard(batch, mesh)
    current = devices.replicate(state.create(config), mesh)

    def steps(count: int) -> None:
        nonlocal current
        for _ in range(count):
            # The state is donated: the old one is gone.
            current, metrics = step(current, placed)
        jax.block_until_ready((current, metrics))

    steps(_WARM)
    return steps


def _torch_steps(config: ConfigDict, batch: dict[str, np.ndarray], compiled: bool) -> Steps:
    device = _torch_device(config)
    import torch

    if device == "cpu":
        torch.set_num_threads(cores())
    else:
        # What XLA does unasked: it tries the convolutions there are, and takes TF32 for float32.
        torch.backends.cudnn.benchmark = True
        torch.set_float32_matmul_precision("high")
    network = torch_training.unet(config.model)
    torch_training.load(network, state.create(config).variables)
    step = torch_training.step(network.to(device), config, compiled=compiled)
    image, ink = (torch.from_numpy(batch[key]).to(device) for key in ("image", "ink"))

    def steps(count: int) -> None:
        for _ in range(count):
            step(image, ink)
        if device == "cuda":
            torch.cuda.synchronize()

    steps(_WARM)
    return steps


def _torch_device(config: ConfigDict) -> str:
    """Returns PyTorch's name of the kind of device that JAX runs on."""
    if not peers.installed("torch"):
        raise SigunetError("PyTorch is not installed")
    if config.model.dtype not in torch_training.DTYPES:
        raise SigunetError(f"{config.model.dtype} is not compared")
    import torch

    platform = jax.devices()[0].platform
    if platform == "cpu":
        return "cpu"
    if platform == "gpu" and torch.cuda.is_available():
        return "cuda"
    raise SigunetError(f"PyTorch does not reach the {platform} that JAX runs on")


def _reason(error: Exception) -> str:
    if isinstance(error, SigunetError):
        return str(error)
    # PyTorch's compiler has the cause on the second line; what follows is how to look further.
    text = " ".join(str(error).split("\n")[:2])
    return f"{type(error).__name__}: {text}"
