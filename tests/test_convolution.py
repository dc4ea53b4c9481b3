"""The convolution of the network and its gradients, by products and as XLA has them."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from sigunet import convolution


def reference(x, kernel):
    numbers = ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=numbers)


def drawn(shape, kernel, dtype=jnp.float32):
    rng = np.random.default_rng(0)
    return (jnp.asarray(rng.standard_normal(sides), dtype) for sides in (shape, kernel))


def gradients(function, x, kernel):
    """The result, and both gradients under weights that are all different."""
    found = function(x, kernel)
    weights = jnp.cos(jnp.arange(found.size, dtype=jnp.float32)).reshape(found.shape)

    def total(x, kernel):
        return (function(x, kernel).astype(jnp.float32) * weights).sum()

    return found, *jax.jit(jax.grad(total, (0, 1)))(x, kernel)


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (2, 7, 5, 3), (3, 48, 64, 4), (1, 60, 1700, 2)])
@pytest.mark.parametrize("window", [(3, 3), (1, 1), (5, 3)])
def test_gradients_are_those_of_xla(shape, window):
    x, kernel = drawn(shape, (*window, shape[-1], 6))
    for own, theirs in zip(
        gradients(convolution.same, x, kernel), gradients(reference, x, kernel), strict=True
    ):
        assert own.dtype == theirs.dtype and own.shape == theirs.shape
        np.testing.assert_allclose(own, theirs, rtol=0, atol=2e-6 * float(jnp.abs(theirs).max()))


@pytest.mark.parametrize(
    "other",
    [{"strides": 2}, {"padding": "VALID"}, {"kernel_dilation": 2}, {"feature_group_count": 2}],
)
def test_another_convolution_is_refused(other):
    layer = nn.Conv(4, (3, 3), conv_general_dilated=convolution.in_flax, use_bias=False)
    x = jnp.ones((1, 8, 8, 2))
    assert layer.init_with_output(jax.random.key(0), x)[0].shape == (1, 8, 8, 4)
    with pytest.raises(ValueError, match="stride 1"):
        layer.clone(**other).init(jax.random.key(0), x)


def test_on_a_cpu_the_kernel_takes_no_second_convolution():
    arguments = tuple(drawn((2, 32, 32, 4), (3, 3, 4, 6)))

    def convolutions(function):
        step = jax.jit(jax.grad(lambda x, kernel: (function(x, kernel) ** 2).sum(), 1))
        return step.lower(*arguments).compile().as_text().count(" convolution(")

    assert (convolutions(convolution.same), convolutions(reference)) == (1, 2)


def test_bfloat16_is_summed_up_in_float32():
    # In bfloat16 a sum of ones stays at 256.
    x, kernel = jnp.ones((1, 64, 64, 1), jnp.bfloat16), jnp.ones((3, 3, 1, 1), jnp.bfloat16)
    gradient = jax.grad(lambda k: convolution.same(x, k).astype(jnp.float32).sum())(kernel)
    assert gradient.dtype == jnp.bfloat16 and float(gradient[1, 1, 0, 0]) == 4096


def test_it_is_the_same_to_the_bit_each_time():
    x, kernel = drawn((4, 80, 80, 24), (3, 3, 24, 24))
    step = jax.jit(jax.grad(lambda k: (convolution.same(x, k) ** 2).sum()))
    first = step(kernel)
    for _ in range(5):
        np.testing.assert_array_equal(first, step(kernel))


@pytest.mark.parametrize(("batch", "height", "width"), [(8, 160, 160), (1, 7, 5), (256, 224, 224)])
def test_rows_divide_the_height(batch, height, width):
    rows = convolution._rows(batch, height, width)
    assert height % rows == 0 and (rows == 1 or batch * rows * width <= convolution._AT_ONCE)
