"""The loss: where its minimum lies, and what sharper edges change."""

import jax.numpy as jnp
import numpy as np
import pytest

from sigunet import config as config_lib
from sigunet import devices, losses, scoring
from sigunet import model as model_lib
from sigunet import state as state_lib


def minimum(coverage, sharpness):
    """Soft ink with the smallest loss for one coverage."""
    soft = np.linspace(0.001, 0.999, 999)
    logits = jnp.log(soft / (1 - soft))[:, None, None]
    target = jnp.full_like(logits, coverage)
    return soft[int(jnp.argmin(losses.binary_cross_entropy(logits, target, sharpness)))]


@pytest.mark.parametrize(
    ("coverage", "sharpness", "expected"),
    [
        (0.3, 1.0, 0.3),
        (0.8, 1.0, 0.8),
        (0.3, 2.0, 0.1),
        (0.5, 2.0, 0.5),
        (0.6, 2.0, 0.7),
        (0.2, 2.0, 0.001),  # the end of what is looked at: the minimum lies at zero
        (0.8, 3.0, 0.999),
    ],
)
def test_the_minimum_is_the_sharpened_coverage(coverage, sharpness, expected):
    assert minimum(coverage, sharpness) == pytest.approx(expected, abs=2e-3)


def test_is_a_mean_over_the_pixels_of_each_picture():
    logits = jnp.zeros((2, 4, 6))
    ink = jnp.stack([jnp.zeros((4, 6)), jnp.ones((4, 6))])
    got = losses.binary_cross_entropy(logits, ink, 2.0)
    np.testing.assert_allclose(got, [np.log(2)] * 2, rtol=1e-6)
    steep = losses.binary_cross_entropy(logits + 3, ink, 2.0)
    assert steep[0] > got[0] > steep[1]


def test_training_and_validation_use_the_sharpness_of_the_config():
    """A batch of coverage 0.75 is surely ink at sharpness 2, and 0.75 at 1: the losses say so."""
    found = {}
    for sharpness in (1.0, 2.0):
        config = config_lib.load("tiny", [f"loss.sharpness={sharpness}", "batch_size=8"])
        mesh = devices.mesh()
        state = devices.replicate(state_lib.create(config), mesh)
        size, channels = 32, config.model.channels
        batch = {
            "image": np.full((8, size, size, channels), 0.5, np.float32),
            "ink": np.full((8, size, size), 0.75, np.float32),
        }
        scored = scoring.jit_eval_step(config, mesh)(
            state.best_variables, devices.shard({**batch, "mask": np.ones(8, bool)}, mesh)
        )
        _, metrics = state_lib.jit_train_step(config, mesh)(state, devices.shard(batch, mesh))
        found[sharpness] = float(scored["loss"]) / 8, float(metrics["loss"])
    for plain, sharp in zip(found[1.0], found[2.0], strict=True):
        assert sharp != pytest.approx(plain, abs=1e-4)
    # BCE is linear in the target: the difference is a quarter of the mean logit.
    assert found[1.0][0] - found[2.0][0] == pytest.approx(0.25 * mean_logit(), rel=1e-3)


def mean_logit():
    config = config_lib.load("tiny")
    model = model_lib.from_config(config.model)
    variables = state_lib.create(config).variables
    image = jnp.full((2, 32, 32, config.model.channels), 0.5)
    return float(model.apply(variables, image).mean())
