"""A convolution whose gradient is fast on a CPU too.

XLA computes the gradient of a convolution's kernel as another convolution, with a window as large as
the picture. Accelerators have kernels for that. On a CPU it takes ten times as long as the convolution
itself, and most of a training step; as a sum of matrix products, one for each place in the kernel, it
takes a quarter of that time.
"""

import itertools
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

_NUMBERS = ("NHWC", "HWIO", "NHWC")
_AT_ONCE = 1600  # px whose product is taken at once: as many as stay in a core's cache


@jax.custom_vjp
def same(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """Convolves with stride 1 and zeros around the picture, so that it keeps its size.

    Args:
        x: [B, H, W, C].
        kernel: [h, w, C, F]; h and w odd.

    Returns:
        [B, H, W, F], in the precision of its arguments.
    """
    return _convolve(x, kernel)


def _convolve(x: jax.Array, kernel: jax.Array) -> jax.Array:
    return lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=_NUMBERS)


def _forward(x: jax.Array, kernel: jax.Array) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    return _convolve(x, kernel), (x, kernel)


def _backward(
    kept: tuple[jax.Array, jax.Array], gradient: jax.Array
) -> tuple[jax.Array, jax.Array]:
    x, kernel = kept
    _, pull = jax.vjp(lambda x: _convolve(x, kernel), x)
    of_kernel = lax.platform_dependent(
        x, gradient, kernel, cpu=_kernel_by_products, default=_kernel_by_convolution
    )
    return pull(gradient)[0], of_kernel


same.defvjp(_forward, _backward)


def in_flax(
    x: jax.Array, kernel: jax.Array, strides: Any, padding: Any, **others: Any
) -> jax.Array:
    """Is `same` with the arguments that `flax.linen.Conv` gives to what convolves for it.

    Raises:
        ValueError: If another convolution is asked for than `same` is.
    """
    ones = all(step == 1 for step in (*strides, *others["lhs_dilation"], *others["rhs_dilation"]))
    if not ones or padding != "SAME" or others["feature_group_count"] != 1:
        raise ValueError("This convolution has stride 1, zeros around it, and no holes or groups.")
    return same(x, kernel)


def _kernel_by_convolution(x: jax.Array, gradient: jax.Array, kernel: jax.Array) -> jax.Array:
    _, pull = jax.vjp(lambda kernel: _convolve(x, kernel), kernel)
    return pull(gradient)[0]


def _kernel_by_products(x: jax.Array, gradient: jax.Array, kernel: jax.Array) -> jax.Array:
    """Computes the gradient of the kernel, a few rows of all pictures after the other.

    The rows, not the pictures, since these may lie on several devices.
    """
    high, wide, channels, features = kernel.shape
    batch, height, width, _ = x.shape
    padded = jnp.pad(x, ((0, 0), (high // 2,) * 2, (wide // 2,) * 2, (0, 0)))
    rows = _rows(batch, height, width)
    # bfloat16 is summed up in float32.
    precise = jnp.promote_types(kernel.dtype, jnp.float32)

    def add(sums: jax.Array, number: jax.Array) -> tuple[jax.Array, None]:
        strip = lax.dynamic_slice_in_dim(padded, number * rows, rows + high - 1, axis=1)
        above = lax.dynamic_slice_in_dim(gradient, number * rows, rows, axis=1)
        above = above.reshape(-1, features)
        products = [
            jnp.matmul(
                strip[:, top : top + rows, left : left + width].reshape(-1, channels).T,
                above,
                preferred_element_type=precise,
            )
            for top, left in itertools.product(range(high), range(wide))
        ]
        return sums + jnp.stack(products).reshape(kernel.shape), None

    sums, _ = lax.scan(add, jnp.zeros(kernel.shape, precise), jnp.arange(height // rows))
    return sums.astype(kernel.dtype)


def _rows(batch: int, height: int, width: int) -> int:
    """How many rows are taken at once: a divisor of the height."""
    fitting = [
        rows
        for rows in range(1, height + 1)
        if height % rows == 0 and batch * rows * width <= _AT_ONCE
    ]
    return max(fitting, default=1)
