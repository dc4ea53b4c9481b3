"""Losses, on logits."""

import jax
import jax.numpy as jnp
import optax


def binary_cross_entropy(logits: jax.Array, ink: jax.Array) -> jax.Array:
    """Binary cross-entropy of each picture, averaged over its pixels.

    The target is coverage, not a binary mask: the loss is smallest, though not zero, where the
    sigmoid of the logit equals the coverage.

    Args:
        logits: float32[B, H, W].
        ink: float32[B, H, W] in [0, 1], 1 = ink.

    Returns:
        float32[B], in nats a pixel.
    """
    return jnp.mean(optax.sigmoid_binary_cross_entropy(logits, ink), axis=(1, 2))
