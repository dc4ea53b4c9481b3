import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sigunet import model as model_lib
from sigunet.model import UNet


def parameters_on_paper(width: int, depth: int, convs: int, channels: int) -> int:
    """Counts the parameters from the description, level by level."""

    def block(inputs: int, outputs: int) -> int:
        total = 0
        for _ in range(convs):
            total += 9 * inputs * outputs + 2 * outputs  # bias-free 3x3, BatchNorm scale and shift
            inputs = outputs
        return total

    sizes = [width * 2**level for level in range(depth + 1)]
    total = sum(block(i, o) for i, o in zip([channels, *sizes[:-1]], sizes, strict=True))
    # Each decoder block sees the level below, enlarged, beside its skip.
    total += sum(block(sizes[level + 1] + sizes[level], sizes[level]) for level in range(depth))
    return total + width + 1


def test_described_network_has_the_described_parameters():
    assert parameters_on_paper(32, 4, 2, 1) == 7_849_025
    shapes = jax.eval_shape(UNet().init, jax.random.key(0), jnp.zeros((1, 32, 32, 1)))
    assert model_lib.count_parameters(shapes["params"]) == 7_849_025


@pytest.mark.parametrize(("width", "depth", "convs", "channels"), [(8, 3, 1, 3), (16, 2, 2, 1)])
def test_parameters_follow_the_config(width, depth, convs, channels):
    net = UNet(width=width, depth=depth, convs=convs)
    shapes = jax.eval_shape(net.init, jax.random.key(0), jnp.zeros((1, 32, 32, channels)))
    expected = parameters_on_paper(width, depth, convs, channels)
    assert model_lib.count_parameters(shapes["params"]) == expected


def test_flops_of_the_described_network():
    assert model_lib.flops(UNet(), 224, 1) / 1e9 == pytest.approx(21.3, abs=0.05)
    # A quarter, and a little more for the wider first and last convolutions.
    stem = UNet(stem="space_to_depth")
    assert 0.25 < model_lib.flops(stem, 224, 1) / model_lib.flops(UNet(), 224, 1) < 0.27


@pytest.mark.parametrize("stem", ["none", "space_to_depth"])
@pytest.mark.parametrize("shape", [(1, 1), (17, 33), (64, 50)])
def test_any_size(stem, shape):
    net = UNet(width=4, depth=2, convs=1, stem=stem)
    image = jnp.ones((2, *shape, 1))
    variables = model_lib.init(net, jax.random.key(0), 16, 1)
    logits = net.apply(variables, image)
    assert logits.shape == (2, *shape)
    assert logits.dtype == jnp.float32


def test_padding_changes_nothing_far_from_the_edge():
    net = UNet(width=4, depth=2, convs=1)
    image = jax.random.uniform(jax.random.key(1), (1, 64, 64, 1))
    variables = model_lib.init(net, jax.random.key(0), 16, 1)
    whole = net.apply(variables, image)
    cut = net.apply(variables, image[:, :61, :62])
    np.testing.assert_allclose(cut[:, :24, :24], whole[:, :24, :24], atol=1e-5)
    assert np.abs(cut - whole[:, :61, :62]).max() > 1e-3


def test_space_to_depth_round_trip():
    x = jnp.arange(2 * 6 * 4 * 3.0).reshape(2, 6, 4, 3)
    folded = model_lib.space_to_depth(x, 2)
    assert folded.shape == (2, 3, 2, 12)
    np.testing.assert_array_equal(model_lib.depth_to_space(folded, 2), x)
    np.testing.assert_array_equal(folded[0, 0, 0, :3], x[0, 0, 0])
    np.testing.assert_array_equal(folded[0, 0, 0, 9:], x[0, 1, 1])


def test_upsample_repeats():
    x = jnp.array([[1.0, 2.0], [3.0, 4.0]])[None, :, :, None]
    np.testing.assert_array_equal(
        model_lib.upsample(x)[0, :, :, 0],
        [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]],
    )


def test_bfloat16_computes_low_and_keeps_weights_and_logits_high():
    net = UNet(width=4, depth=1, convs=1, dtype=jnp.bfloat16)
    variables = model_lib.init(net, jax.random.key(0), 8, 1)
    assert all(leaf.dtype == jnp.float32 for leaf in jax.tree.leaves(variables))
    image = jax.random.uniform(jax.random.key(1), (1, 8, 8, 1))
    low = net.apply(variables, image)
    high = net.clone(dtype=jnp.float32).apply(variables, image)
    assert low.dtype == jnp.float32
    assert 0 < np.abs(low - high).max() < 0.1
