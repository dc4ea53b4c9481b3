"""The network: a U-Net (Ronneberger et al., 2015) that maps a picture to ink logits.

Four encoder levels of 32, 64, 128 and 256 channels, a bottleneck of 512, a mirrored decoder, and a
1 x 1 convolution to one channel; the sigmoid stays outside. Each block is Conv 3x3 - BatchNorm -
ReLU, twice by default. The decoder enlarges by repetition and convolves (no transposed
convolutions: their gradient is slow and they print a checkerboard). What the description does not
have, a cheaper stem and a last block that sees the picture again, is off by default.
"""

import functools
import math
from collections.abc import Mapping

import flax.linen as nn
import jax
import jax.numpy as jnp
from ml_collections import ConfigDict

from sigunet import convolution


def parameter_dtype(dtype: jnp.dtype) -> jnp.dtype:
    """Parameters, statistics, head and loss are float32 at least, whatever the body computes in."""
    return jnp.promote_types(dtype, jnp.float32)


DETAIL, DETAIL_HEAD = "detail", "detail_head"
"""Names of the last block and of the convolution behind it, in the variables."""


class Block(nn.Module):
    """Conv 3x3 - BatchNorm - ReLU, `convs` times.

    Attributes:
        features: Channels of the output.
        convs: How many convolutions.
        dtype: Of the computation.
    """

    features: int
    convs: int
    dtype: jnp.dtype

    @nn.compact
    def __call__(self, x: jax.Array, *, train: bool) -> jax.Array:
        """Maps [B, H, W, C] to [B, H, W, features]."""
        for _ in range(self.convs):
            # BatchNorm's shift makes a bias redundant.
            x = nn.Conv(
                self.features,
                (3, 3),
                use_bias=False,
                dtype=self.dtype,
                param_dtype=parameter_dtype(self.dtype),
                conv_general_dilated=convolution.in_flax,
            )(x)
            x = nn.BatchNorm(
                use_running_average=not train,
                momentum=0.9,
                dtype=self.dtype,
                param_dtype=parameter_dtype(self.dtype),
            )(x)
            x = nn.relu(x)
        return x


class UNet(nn.Module):
    """The U-Net; any height and width.

    Attributes:
        width: Channels of the first level; level i has `width * 2**i`.
        depth: Levels of the encoder, the bottleneck not counted.
        convs: Convolutions in a block.
        stem: "none", or "space_to_depth": the network works on 2 x 2 pixel blocks as channels, which
            quarters its cost and doubles the field it sees; the head puts the pixels back.
        detail: Channels of a last block that sees the decoder's output beside the picture itself,
            and corrects the logits: edges are where the pixels say, not where the features have
            them. 0: none, as described.
        dtype: Of the computation.
    """

    width: int = 32
    depth: int = 4
    convs: int = 2
    stem: str = "none"
    detail: int = 0
    dtype: jnp.dtype = jnp.float32

    @property
    def multiple(self) -> int:
        """The number of pixels both sides are padded to a multiple of, inside."""
        return 2**self.depth * self._block

    @property
    def _block(self) -> int:
        return 2 if self.stem == "space_to_depth" else 1

    @nn.compact
    def __call__(self, image: jax.Array, *, train: bool = False) -> jax.Array:
        """Predicts ink.

        Args:
            image: float32[B, H, W, C] in [0, 1], 0 = black.
            train: Whether BatchNorm uses the batch's statistics and updates the running ones.

        Returns:
            float32[B, H, W] logits of ink.
        """
        height, width = image.shape[1:3]
        # 1 - image: paper is zero, as the padding of the convolutions. Subtracted before it is
        # rounded, since near zero, where pale ink is, low precision is relative.
        high = parameter_dtype(self.dtype)
        x = pad((1.0 - image.astype(high)).astype(self.dtype), self.multiple)
        if self._block > 1:
            x = space_to_depth(x, self._block)
        pixels, skips = x, []
        for level in range(self.depth):
            x = Block(self.width * 2**level, self.convs, self.dtype)(x, train=train)
            skips.append(x)
            x = nn.max_pool(x, (2, 2), (2, 2))
        x = Block(self.width * 2**self.depth, self.convs, self.dtype)(x, train=train)
        for level in reversed(range(self.depth)):
            x = jnp.concatenate([upsample(x), skips[level]], axis=-1)
            x = Block(self.width * 2**level, self.convs, self.dtype)(x, train=train)
        logits = nn.Conv(self._block**2, (1, 1), dtype=high, param_dtype=high)(x)
        if self.detail:
            x = jnp.concatenate([x, pixels], axis=-1)
            x = Block(self.detail, self.convs, self.dtype, name=DETAIL)(x, train=train)
            # From nothing: weights of a network without the block start it with what they know.
            correct = nn.Conv(
                self._block**2,
                (1, 1),
                use_bias=False,
                kernel_init=nn.initializers.zeros,
                dtype=high,
                param_dtype=high,
                name=DETAIL_HEAD,
            )
            logits += correct(x)
        return depth_to_space(logits, self._block)[:, :height, :width, 0]


def pad(x: jax.Array, multiple: int) -> jax.Array:
    """Pads [B, H, W, C] at the bottom and right, repeating the edge, to a multiple of pixels."""
    missing = [math.ceil(side / multiple) * multiple - side for side in x.shape[1:3]]
    if not any(missing):
        return x
    return jnp.pad(x, ((0, 0), (0, missing[0]), (0, missing[1]), (0, 0)), mode="edge")


def upsample(x: jax.Array) -> jax.Array:
    """Repeats each pixel of [B, H, W, C] 2 x 2."""
    batch, height, width, channels = x.shape
    x = jnp.broadcast_to(x[:, :, None, :, None], (batch, height, 2, width, 2, channels))
    return x.reshape(batch, 2 * height, 2 * width, channels)


def space_to_depth(x: jax.Array, block: int) -> jax.Array:
    """Turns blocks of pixels into channels: [B, H, W, C] to [B, H/b, W/b, b*b*C]."""
    batch, height, width, channels = x.shape
    x = x.reshape(batch, height // block, block, width // block, block, channels)
    x = x.transpose(0, 1, 3, 2, 4, 5)
    return x.reshape(batch, height // block, width // block, block * block * channels)


def depth_to_space(x: jax.Array, block: int) -> jax.Array:
    """Turns channels into blocks of pixels: [B, H, W, b*b*C] to [B, b*H, b*W, C]."""
    batch, height, width, channels = x.shape
    channels //= block * block
    x = x.reshape(batch, height, width, block, block, channels)
    return x.transpose(0, 1, 3, 2, 4, 5).reshape(batch, height * block, width * block, channels)


def from_config(config: ConfigDict) -> UNet:
    """Builds the network of `config.model`."""
    return UNet(
        width=config.width,
        depth=config.depth,
        convs=config.convs,
        stem=config.stem,
        detail=config.detail,
        dtype=jnp.dtype(config.dtype),
    )


def init(model: UNet, key: jax.Array, size: int, channels: int) -> Mapping:
    """Draws the variables: {"params": ..., "batch_stats": ...}.

    Args:
        model: The network.
        key: A JAX random key.
        size: Side of the picture to trace with; the parameters do not depend on it.
        channels: 1 or 3.
    """
    variables = jax.jit(model.init)(key, jnp.zeros((1, size, size, channels)))
    # Flax starts BatchNorm's statistics as float32 even where float64 is asked for.
    dtype = parameter_dtype(model.dtype)
    return jax.tree.map(lambda leaf: leaf.astype(dtype), variables)


@functools.partial(jax.jit, static_argnums=0)
def predict(model: UNet, variables: Mapping, image: jax.Array) -> jax.Array:
    """Predicts soft ink.

    Args:
        model: The network.
        variables: Its {"params", "batch_stats"}.
        image: float32[B, H, W, C] in [0, 1], 0 = black.

    Returns:
        float32[B, H, W] in [0, 1], the share of each pixel that is ink.
    """
    return jax.nn.sigmoid(model.apply(variables, image))


def count_parameters(params: Mapping) -> int:
    """Returns the number of trained parameters."""
    return sum(leaf.size for leaf in jax.tree.leaves(params))


def flops(model: UNet, size: int, channels: int) -> int:
    """Counts the floating point operations of one forward pass, convolutions only.

    A multiplication and an addition count as two. BatchNorm, ReLU and pooling come to less than
    two percent and are left out, so that the number can be derived on paper.

    Args:
        model: The network.
        size: Side of the square picture in pixels.
        channels: 1 or 3.

    Returns:
        Operations for one picture.
    """
    shapes = jax.eval_shape(
        model.init, jax.random.key(0), jax.ShapeDtypeStruct((1, size, size, channels), "float32")
    )
    _, state = jax.eval_shape(
        lambda variables, image: model.apply(
            variables, image, capture_intermediates=_is_conv, mutable=["intermediates"]
        ),
        shapes,
        jax.ShapeDtypeStruct((1, size, size, channels), "float32"),
    )
    outputs = jax.tree.leaves_with_path(state["intermediates"])
    total = 0
    for path, output in outputs:
        kernel = shapes["params"]
        for entry in path:
            if getattr(entry, "key", None) in kernel:
                kernel = kernel[entry.key]
        height, width = output.shape[1:3]
        total += 2 * height * width * math.prod(kernel["kernel"].shape)
    return total


def _is_conv(module: nn.Module, _: str) -> bool:
    return isinstance(module, nn.Conv)
