"""Losses, on logits."""

import jax
import jax.numpy as jnp
import optax


def binary_cross_entropy(logits: jax.Array, ink: jax.Array, sharpness: float = 1.0) -> jax.Array:
    """Binary cross-entropy of each picture, averaged over its pixels.

    The target is coverage, not a binary mask: the loss is smallest, though not zero, where the
    sigmoid of the logit equals the coverage.

    Args:
        logits: float32[B, H, W].
        ink: float32[B, H, W] in [0, 1], 1 = ink.
        sharpness: Steepness of the target's edges about one half. With plain coverage, 1, it costs
            almost nothing to put a pixel of 0.45 at 0.55; but that is what a mask is judged by. At
            2 the edge of a scan, two pixels wide, becomes that of a drawing; where one half
            is crossed stays where it was.

    Returns:
        float32[B], in nats a pixel.
    """
    losses = optax.sigmoid_binary_cross_entropy(logits, sharpened(ink, sharpness))
    return jnp.mean(losses, axis=(1, 2))


def sharpened(ink: jax.Array, sharpness: float) -> jax.Array:
    """Returns coverage with steeper edges, as `binary_cross_entropy` asks for it; of any shape."""
    return jnp.clip(0.5 + sharpness * (ink - 0.5), 0.0, 1.0) if sharpness != 1.0 else ink
