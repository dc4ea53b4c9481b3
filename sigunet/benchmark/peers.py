"""The network in other runtimes, to compare speeds with; none of them is a dependency."""

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np

from sigunet import export
from sigunet.cleaning import graph_backends

Run = Callable[[np.ndarray], np.ndarray]
"""float32[N, H, W, C] in [0, 1], 0 = black, to float32[N, H, W] in [0, 1], share that is ink."""

_BATCHNORM_EPSILON = 1e-5  # Flax's default


def installed(module: str) -> bool:
    """Says whether a package can be imported."""
    return importlib.util.find_spec(module) is not None


def jax(variables: Any, model_config: Any) -> Run:
    """Compiles the network with JAX for the shapes that come.

    Args:
        variables: {"params", "batch_stats"} as float32 arrays.
        model_config: `config.model`.
    """
    import jax

    from sigunet import model as model_lib

    model = model_lib.from_config(model_config)
    weights = jax.device_put(variables)
    return lambda image: np.asarray(model_lib.predict(model, weights, image))


def bare_onnxruntime(data: bytes, threads: int, options: Any = None) -> Run:
    """Runs the graph as the first example of ONNX Runtime's documentation does.

    Args:
        data: Of the ONNX file.
        threads: Of one prediction.
        options: Session options instead.
    """
    import onnxruntime

    if options is None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    return lambda image: session.run(None, {export.IMAGE: image})[0]


def openvino(data: bytes, threads: int, precision: str) -> Run:
    """Compiles the graph with OpenVINO for low latency.

    Args:
        data: Of the ONNX file.
        threads: Of one prediction.
        precision: "f32" or "bf16".
    """
    core = graph_backends.import_openvino().Core()
    hints = graph_backends.openvino_hints(threads, precision)
    model = core.compile_model(core.read_model(data), "CPU", hints)
    return lambda image: model([image])[0]


def pytorch(variables: Any, model_config: Any, threads: int) -> Run:
    """Runs the same network in PyTorch: channels last, BatchNorm folded into the convolutions.

    Args:
        variables: {"params", "batch_stats"} as float32 arrays.
        model_config: `config.model`.
        threads: Of one prediction; PyTorch keeps them for the whole process.
    """
    import torch
    from torch.nn import functional

    torch.set_num_threads(threads)
    params, stats = variables["params"], variables["batch_stats"]
    block = 2 if model_config.stem == "space_to_depth" else 1
    depth = model_config.depth

    def conv(kernel: np.ndarray, bias: np.ndarray | None) -> Callable[[Any], Any]:
        weight = torch.tensor(kernel.transpose(3, 2, 0, 1).copy())
        weight = weight.contiguous(memory_format=torch.channels_last)
        shift = None if bias is None else torch.tensor(bias)
        return lambda x: functional.conv2d(x, weight, shift, padding=kernel.shape[0] // 2)

    def blocks(name: str) -> Callable[[Any], Any]:
        steps = []
        for number in range(model_config.convs):
            norm, moments = (tree[name][f"BatchNorm_{number}"] for tree in (params, stats))
            scale = norm["scale"] / np.sqrt(moments["var"] + np.float32(_BATCHNORM_EPSILON))
            kernel = params[name][f"Conv_{number}"]["kernel"] * scale
            steps.append(conv(kernel, norm["bias"] - moments["mean"] * scale))

        def run(x):
            for step in steps:
                x = functional.relu(step(x), inplace=True)
            return x

        return run

    levels = [blocks(f"Block_{number}") for number in range(2 * depth + 1)]
    head = conv(params["Conv_0"]["kernel"], params["Conv_0"]["bias"])
    if model_config.detail:
        detail = blocks("detail")
        correct = conv(params["detail_head"]["kernel"], None)

    def blocked(x):
        # PyTorch's own `pixel_unshuffle` numbers channels colour first, the network blocks first.
        batch, channels, height, width = x.shape
        x = x.reshape(batch, channels, height // block, block, width // block, block)
        x = x.permute(0, 3, 5, 1, 2, 4).flatten(1, 3)
        return x.contiguous(memory_format=torch.channels_last)

    def run(image: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            x = 1 - torch.from_numpy(image).permute(0, 3, 1, 2)
            height, width = x.shape[2:]
            multiple = 2**depth * block
            missing = (0, -width % multiple, 0, -height % multiple)
            x = functional.pad(x, missing, mode="replicate") if any(missing) else x
            x = blocked(x)
            pixels, skips = x, []
            for level in range(depth):
                x = levels[level](x)
                skips.append(x)
                x = functional.max_pool2d(x, 2)
            x = levels[depth](x)
            for level, skip in zip(levels[depth + 1 :], reversed(skips), strict=True):
                x = functional.interpolate(x, scale_factor=2, mode="nearest")
                x = level(torch.cat([x, skip], 1))
            logits = head(x)
            if model_config.detail:
                logits = logits + correct(detail(torch.cat([x, pixels], 1)))
            ink = torch.sigmoid(functional.pixel_shuffle(logits, block))
            return ink[:, 0, :height, :width].numpy()

    return run
