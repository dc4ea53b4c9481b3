import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sigunet import growing
from sigunet import model as model_lib
from sigunet.model import UNet


def test_detail_block_starts_as_nothing_and_sees_the_picture():
    plain, with_block = UNet(width=4, depth=2, convs=1), UNet(width=4, depth=2, convs=1, detail=8)
    image = jax.random.uniform(jax.random.key(1), (2, 20, 24, 3))
    variables = model_lib.init(plain, jax.random.key(0), 16, 3)
    fresh = model_lib.init(with_block, jax.random.key(2), 16, 3)
    grown = growing.with_detail(variables, fresh)
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
    assert growing.is_wider(fresh, variables)
    assert not growing.is_wider(variables, fresh)
    assert not growing.is_wider(fresh, fresh)
    grown = growing.widened(variables, fresh, 2)
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
    assert not growing.is_wider(drawn(width=6, depth=2, stem="space_to_depth"), plain)
    assert not growing.is_wider(drawn(width=6, depth=1), plain)
    assert not growing.is_wider(drawn(width=6, depth=2, convs=1), plain)
    assert growing.is_wider(drawn(width=6, depth=2), plain)
