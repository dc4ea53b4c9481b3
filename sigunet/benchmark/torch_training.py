"""The network and its training step in PyTorch, as they are written there, to compare speeds with.

PyTorch is no dependency: it is imported by what is called here, and nothing else calls it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from ml_collections import ConfigDict

DTYPES = ("float32", "bfloat16")
"""What is compared; float16 would need its loss scaled, which our own step does not do."""


def unet(config: ConfigDict) -> Any:
    """Builds the twin of `sigunet.model.UNet`, with every parameter trainable.

    Args:
        config: `config.model`.

    Returns:
        An `nn.Module`, of float32[B, H, W, C] in [0, 1], 0 = black, to float32[B, H, W] logits of
        ink. `load` gives it weights.
    """
    import torch
    from torch import nn
    from torch.nn import functional

    side = 2 if config.stem == "space_to_depth" else 1
    multiple = 2**config.depth * side

    def block(inputs: int, features: int) -> nn.Sequential:
        layers: list[nn.Module] = []
        for _ in range(config.convs):
            # PyTorch's momentum is the share of the new value: 0.1 is Flax's 0.9, and its default.
            layers += [
                nn.Conv2d(inputs, features, 3, padding=1, bias=False),
                nn.BatchNorm2d(features),
                nn.ReLU(inplace=True),
            ]
            inputs = features
        return nn.Sequential(*layers)

    def blocked(x: torch.Tensor) -> torch.Tensor:
        # PyTorch's own `pixel_unshuffle` numbers channels colour first, the network blocks first.
        batch, channels, height, width = x.shape
        x = x.reshape(batch, channels, height // side, side, width // side, side)
        x = x.permute(0, 3, 5, 1, 2, 4).flatten(1, 3)
        return x.contiguous(memory_format=torch.channels_last)

    class UNet(nn.Module):
        """See `sigunet.model.UNet`."""

        def __init__(self) -> None:
            super().__init__()
            pixels = config.channels * side**2
            features = [config.width * 2**level for level in range(config.depth + 1)]
            self.down = nn.ModuleList(map(block, [pixels, *features], features))
            self.up = nn.ModuleList(
                block(below + here, here)
                for here, below in zip(features[-2::-1], features[:0:-1], strict=True)
            )
            self.head = nn.Conv2d(features[0], side**2, 1)
            if config.detail:
                self.detail = block(features[0] + pixels, config.detail)
                self.detail_head = nn.Conv2d(config.detail, side**2, 1, bias=False)

        def forward(self, image: torch.Tensor) -> torch.Tensor:
            x = 1 - image.permute(0, 3, 1, 2)
            height, width = x.shape[2:]
            missing = (0, -width % multiple, 0, -height % multiple)
            x = functional.pad(x, missing, mode="replicate") if any(missing) else x
            x = blocked(x) if side > 1 else x
            pixels, skips = x, []
            for level in self.down[:-1]:
                x = level(x)
                skips.append(x)
                x = functional.max_pool2d(x, 2)
            x = self.down[-1](x)
            for level, skip in zip(self.up, reversed(skips), strict=True):
                x = functional.interpolate(x, scale_factor=2, mode="nearest")
                x = level(torch.cat([x, skip], 1))
            # Also under autocast, the heads compute in float32.
            with torch.autocast(x.device.type, enabled=False):
                logits = self.head(x.float())
            if config.detail:
                x = self.detail(torch.cat([x, pixels.to(x.dtype)], 1))
                with torch.autocast(x.device.type, enabled=False):
                    logits = logits + self.detail_head(x.float())
            return functional.pixel_shuffle(logits, side)[:, 0, :height, :width]

    return UNet().to(memory_format=torch.channels_last)


def load(network: Any, variables: Any) -> None:
    """Copies the variables of the Flax network into its twin.

    Args:
        network: Of `unet`, of the same config.
        variables: {"params", "batch_stats"} as float32 arrays.
    """
    import torch

    params, stats = variables["params"], variables["batch_stats"]

    def put(target: Any, values: Any) -> None:
        values = np.asarray(values)
        # Height, width, inputs, outputs to PyTorch's outputs, inputs, height, width.
        values = values.transpose(3, 2, 0, 1) if values.ndim == 4 else values
        target.copy_(torch.tensor(values.copy()))

    blocks = {f"Block_{number}": one for number, one in enumerate([*network.down, *network.up])}
    with torch.no_grad():
        put(network.head.weight, params["Conv_0"]["kernel"])
        put(network.head.bias, params["Conv_0"]["bias"])
        if "detail" in params:
            blocks["detail"] = network.detail
            put(network.detail_head.weight, params["detail_head"]["kernel"])
        for name, layers in blocks.items():
            for number, conv in enumerate(layers[::3]):
                norm, numbered = layers[3 * number + 1], f"BatchNorm_{number}"
                put(conv.weight, params[name][f"Conv_{number}"]["kernel"])
                put(norm.weight, params[name][numbered]["scale"])
                put(norm.bias, params[name][numbered]["bias"])
                put(norm.running_mean, stats[name][numbered]["mean"])
                put(norm.running_var, stats[name][numbered]["var"])


def loss(network: Any, image: Any, ink: Any, sharpness: float) -> Any:
    """Computes the binary cross-entropy of `sigunet.losses`, averaged over the batch.

    Args:
        network: Of `unet`.
        image: uint8[B, H, W, C], 0 = black.
        ink: uint8[B, H, W], 255 = ink.
        sharpness: Steepness of the target's edges about one half.

    Returns:
        float32[], in nats a pixel.
    """
    from torch.nn import functional

    target = ink.float() / 255
    if sharpness != 1.0:
        target = (0.5 + sharpness * (target - 0.5)).clamp(0, 1)
    logits = network(image.float() / 255)
    return functional.binary_cross_entropy_with_logits(logits.float(), target)


def step(network: Any, config: ConfigDict, *, compiled: bool = False) -> Callable[[Any, Any], Any]:
    """Makes the training step that `sigunet.state.train_step` is in PyTorch.

    It counts neither accuracy nor IoU, nor does it look for what is not finite, as ours does; the
    learning rate is constant.

    Args:
        network: Of `unet`, on the device to train on.
        config: The whole config; its model.dtype must be one of `DTYPES`.
        compiled: Whether `torch.compile` makes the loss and its gradient.

    Returns:
        The step, of what `loss` takes as image and ink to the loss; it changes `network`. On a GPU
        it returns before it is done.
    """
    import torch

    settings = config.optimizer
    parameters = list(network.parameters())
    device = parameters[0].device.type
    kernels = [one for one in parameters if one.ndim > 1]
    others = [one for one in parameters if one.ndim == 1]
    optimizer = torch.optim.AdamW(
        [
            {"params": kernels, "weight_decay": settings.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ],
        lr=settings.learning_rate,
        fused=True,
    )
    values = [*parameters, *(one for one in network.buffers() if one.is_floating_point())]
    average = [one.detach().clone() for one in values] if settings.ema else []
    half = config.model.dtype == "bfloat16"

    def of_part(image, ink):
        with torch.autocast(device, dtype=torch.bfloat16, enabled=half):
            return loss(network, image, ink, config.loss.sharpness) / settings.accumulate

    of_part = torch.compile(of_part) if compiled else of_part

    def run(image, ink):
        optimizer.zero_grad(set_to_none=True)
        total = 0.0
        parts = (one.chunk(settings.accumulate) for one in (image, ink))
        for part in zip(*parts, strict=True):
            share = of_part(*part)
            share.backward()
            total = total + share.detach()
        if settings.clip_norm:
            torch.nn.utils.clip_grad_norm_(parameters, settings.clip_norm)
        optimizer.step()
        if average:
            with torch.no_grad():
                torch._foreach_lerp_(average, values, 1 - settings.ema)
        return total

    network.train()
    return run
