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


def test_detail_block_starts_as_nothing_and_sees_the_picture():
    plain, with_block = UNet(width=4, depth=2, convs=1), UNet(width=4, depth=2, convs=1, detail=8)
    image = jax.random.uniform(jax.random.key(1), (2, 20, 24, 3))
    variables = model_lib.init(plain, jax.random.key(0), 16, 3)
    fresh = model_lib.init(with_block, jax.random.key(2), 16, 3)
    grown = model_lib.with_detail(variables, fresh)
    assert jax.tree.structure(grown) == jax.tree.structure(fresh)
    expected = plain.apply(variables, image)
    np.testing.assert_allclose(with_block.apply(grown, image), expected, atol=1e-6)
    kernel = grown["params"]["detail_head"]["kernel"]
    changed = {
        **grown,
        "params": {**grown["params"], "detail_head": {"kernel": jnp.ones_like(kernel)}},
    }
    assert not np.allclose(with_block.apply(changed, image), expected)
    # The block reads the decoder's four channels and the picture's three.
    assert grown["params"]["detail"]["Conv_0"]["kernel"].shape == (3, 3, 7, 8)


@pytest.mark.parametrize("stem", ["none", "space_to_depth"])
def test_a_wider_network_starts_as_the_narrow_one_and_learns_with_all_of_it(stem):
    narrow = UNet(width=4, depth=2, stem=stem, detail=8)
    wide = UNet(width=6, depth=2, stem=stem, detail=10)
    drawn = jax.random.uniform(jax.random.key(5), (4096,))
    variables = model_lib.init(narrow, jax.random.key(0), 16, 3)
    # No statistic and no scale at its start: each must find its own place.
    variables = jax.tree.map(
        lambda leaf: (
            leaf + 0.2 * drawn[: leaf.size].reshape(leaf.shape) if leaf.ndim == 1 else leaf
        ),
        variables,
    )
    fresh = model_lib.init(wide, jax.random.key(2), 16, 3)
    assert model_lib.is_wider(fresh, variables)
    assert not model_lib.is_wider(variables, fresh)
    assert not model_lib.is_wider(fresh, fresh)
    grown = model_lib.widened(variables, fresh, 2)
    image = jax.random.uniform(jax.random.key(1), (2, 21, 24, 3))
    expected = narrow.apply(variables, image)
    assert np.abs(expected).max() > 0.1
    np.testing.assert_allclose(wide.apply(grown, image), expected, atol=1e-4)

    # All that is new gets a gradient, at once or as soon as what it feeds is not zero.
    head = grown["params"]["Conv_0"]["kernel"]
    stirred = jax.tree.map(lambda leaf: leaf + 0.01, grown["params"])
    gradient = jax.grad(
        lambda params: jnp.sum(
            wide.apply({**grown, "params": params}, image, train=True, mutable=["batch_stats"])[0]
            ** 2
        )
    )
    assert np.abs(gradient(grown["params"])["Conv_0"]["kernel"][:, :, 4:]).min() > 0
    assert head[:, :, 4:].max() == 0
    new = gradient(stirred)["Block_0"]["Conv_0"]["kernel"][..., 4:]
    assert np.abs(new).max() > 0


def test_a_network_with_another_stem_or_depth_is_not_wider():
    def drawn(**attributes):
        return model_lib.init(UNet(**attributes), jax.random.key(0), 16, 1)

    plain = drawn(width=4, depth=2)
    assert not model_lib.is_wider(drawn(width=6, depth=2, stem="space_to_depth"), plain)
    assert not model_lib.is_wider(drawn(width=6, depth=1), plain)
    assert not model_lib.is_wider(drawn(width=6, depth=2, convs=1), plain)
    assert model_lib.is_wider(drawn(width=6, depth=2), plain)
