"""How a state is scored on validation pairs: sums on the device, divided once on the host."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.sharding import Mesh
from ml_collections import ConfigDict

from sigunet import devices, losses, strength
from sigunet import model as model_lib

THRESHOLDS = tuple(round(0.05 * i, 2) for i in range(3, 18))
"""The thresholds on relative soft ink (`sigunet.strength`) that validation chooses from."""


def eval_step(
    variables: Any, batch: Mapping[str, jax.Array], *, model: model_lib.UNet, sharpness: float = 1.0
) -> dict[str, jax.Array]:
    """Scores a batch.

    Args:
        variables: The network's {"params", "batch_stats"}.
        batch: As in training, and "mask" bool[B]: rows that count; the padding of a last batch
            does not.
        model: The network.
        sharpness: Of the loss.

    Returns:
        Sums over the rows that count, to be added up over batches and divided once (`finish`):
        "loss", "accuracy", "iou" and "fmeasure" float32[T] (by threshold), "false_ink", "pictures",
        "inked".
    """
    logits = model.apply(variables, batch["image"])
    rows = batch["mask"].astype(jnp.float32)
    truth = batch["ink"] > 0.5
    soft = relative(jax.nn.sigmoid(logits))

    def at(threshold):
        found, claimed, there = counts(soft > threshold, truth)
        inked = rows * (there > 0)
        return {
            "iou": jnp.sum(inked * found / jnp.maximum(claimed + there - found, 1)),
            "fmeasure": jnp.sum(inked * 2 * found / jnp.maximum(claimed + there, 1)),
        }

    predicted = soft > 0.5
    _, claimed, there = counts(predicted, truth)
    empty = rows * (there == 0)
    return {
        "loss": jnp.sum(rows * losses.binary_cross_entropy(logits, batch["ink"], sharpness)),
        "accuracy": jnp.sum(rows * jnp.mean(predicted == truth, axis=(1, 2))),
        **jax.lax.map(at, jnp.asarray(THRESHOLDS)),
        "false_ink": jnp.sum(empty * claimed) / (truth.shape[1] * truth.shape[2]),
        "pictures": jnp.sum(rows),
        "inked": jnp.sum(rows) - jnp.sum(empty),
    }


def counts(predicted: jax.Array, truth: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Counts, in each picture, pixels of ink found, ink predicted and ink there: float[B] each."""
    found = jnp.sum(predicted & truth, axis=(1, 2), dtype=jnp.float32)
    return (
        found,
        jnp.sum(predicted, axis=(1, 2), dtype=jnp.float32),
        jnp.sum(truth, axis=(1, 2), dtype=jnp.float32),
    )


def relative(soft: jax.Array) -> jax.Array:
    """Does for [B, H, W] on the device what `strength.relative` does for one picture."""
    side = 2 * strength.REACH + 1
    peak = nn.max_pool(soft[..., None], (side, side), strides=(1, 1), padding="SAME")[..., 0]
    return soft / jnp.maximum(peak, strength.FLOOR)


def finish(sums: dict[str, Any]) -> dict[str, float]:
    """Divides the added-up sums of `eval_step` once.

    Args:
        sums: As `eval_step` gives them, added over batches, on the host.

    Returns:
        "loss", "accuracy", "iou" and "fmeasure" at 0.5 of relative soft ink, "threshold" with the
        best F-measure, "fmeasure_calibrated" at it, and "false_ink", the share of ink in pictures without
        any.
    """
    inked = max(float(sums["inked"]), 1.0)
    pictures = max(float(sums["pictures"]), 1.0)
    half = THRESHOLDS.index(0.5)
    # The middle of all that are equally good: an untrained network is no reason for an extreme.
    by_threshold = [float(value) / inked for value in sums["fmeasure"]]
    top = [i for i, value in enumerate(by_threshold) if value >= max(by_threshold) - 1e-4]
    best = top[len(top) // 2]
    return {
        "loss": float(sums["loss"]) / pictures,
        "accuracy": float(sums["accuracy"]) / pictures,
        "iou": float(sums["iou"][half]) / inked,
        "fmeasure": by_threshold[half],
        "fmeasure_calibrated": by_threshold[best],
        "threshold": THRESHOLDS[best],
        "false_ink": float(sums["false_ink"]) / max(pictures - float(sums["inked"]), 1.0),
    }


def jit_eval_step(config: ConfigDict, mesh: Mesh) -> Callable:
    """Compiles `eval_step` for a config and a mesh."""
    replicated, sharded = devices.shardings(mesh)
    return jax.jit(
        functools.partial(
            eval_step,
            model=model_lib.from_config(config.model),
            sharpness=config.loss.sharpness,
        ),
        in_shardings=(replicated, sharded),
        out_shardings=replicated,
    )
