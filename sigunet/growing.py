"""Weights of one network as the start of a larger one, which predicts the same at first.

For colour where there was grey, with a last block where there was none, with more channels.
"""

import functools
from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np

from sigunet.image import REC601
from sigunet.model import DETAIL, DETAIL_HEAD


def coloured(variables: Mapping) -> Mapping:
    """Makes a network that takes RGB of one that takes grey, so that training can go on in colour.

    Its first convolution reads each colour by its share of the luma (ITU-R BT.601): of any picture
    it makes what the first network makes of its grey.

    Args:
        variables: {"params", "batch_stats"} of a `UNet` for one channel.

    Returns:
        The same for three channels.
    """
    params = variables["params"]
    kernel = params["Block_0"]["Conv_0"]["kernel"]
    # Blocks of pixels come first in a channel's number, the colour last.
    shared = kernel[:, :, :, None, :] * jnp.asarray(REC601, kernel.dtype)[:, None]
    wide = shared.reshape(*kernel.shape[:2], -1, kernel.shape[-1])
    first = {**params["Block_0"], "Conv_0": {"kernel": wide}}
    return {**variables, "params": {**params, "Block_0": first}}


def with_detail(variables: Mapping, fresh: Mapping) -> Mapping:
    """Gives a network the last block that it was trained without; it goes on predicting the same.

    Args:
        variables: {"params", "batch_stats"} of a `UNet` with `detail=0`.
        fresh: The same of one with the block, as `init` draws them.

    Returns:
        `variables` with the block's own from `fresh`, whose correction is zero.
    """
    return {
        group: {
            **leaves,
            **{name: fresh[group][name] for name in (DETAIL, DETAIL_HEAD) if name in fresh[group]},
        }
        for group, leaves in variables.items()
    }


def is_wider(variables: Mapping, other: Mapping) -> bool:
    """Says whether a network is another with more channels in its levels and else the same.

    Args:
        variables: {"params", "batch_stats"} of a `UNet`.
        other: The same of another.
    """
    if jax.tree.structure(variables) != jax.tree.structure(other):
        return False
    wide, narrow = ([leaf.shape for leaf in jax.tree.leaves(tree)] for tree in (variables, other))

    def ends(tree: Mapping) -> tuple[int, int]:
        """What goes in and out: the stem and the colours."""
        params = tree["params"]
        return params["Block_0"]["Conv_0"]["kernel"].shape[-2], params["Conv_0"]["bias"].shape[0]

    return (
        wide != narrow
        and ends(variables) == ends(other)
        and all(
            len(a) == len(b) and all(map(int.__ge__, a, b))
            for a, b in zip(wide, narrow, strict=True)
        )
    )


def widened(variables: Mapping, fresh: Mapping, depth: int) -> Mapping:
    """Gives a network more channels in each level; it goes on predicting the same.

    The channels that it had come first and see none of the new ones, which start as `init` draws
    them (after Chen, Goodfellow and Shlens, Net2Net, ICLR 2016, with weights of zero where they
    have copies: what is new need not unlearn).

    Args:
        variables: {"params", "batch_stats"} of a `UNet`, none of whose levels is wider than those
            of the other; all else equal.
        fresh: The same of the wider one, as `init` draws them.
        depth: Levels of the encoder of both.

    Returns:
        `fresh` with all that `variables` know.
    """
    blocks = [f"Block_{level}" for level in range(2 * depth + 1)]

    def side(tree: Mapping, block: str) -> int:
        return tree["params"][block]["Conv_0"]["kernel"].shape[-1]

    def parts(tree: Mapping, block: str) -> list[int]:
        """What a block's first convolution reads, in channels: the pixels are the rest."""
        number = blocks.index(block) if block in blocks else len(blocks)
        if number == 0:
            return []
        below = [side(tree, blocks[number - 1])]
        return below + [side(tree, blocks[2 * depth - number])] * (depth < number < len(blocks))

    def grown(path: tuple, new: jax.Array) -> jax.Array:
        names = [entry.key for entry in path]
        block = names[1]
        old = functools.reduce(lambda tree, name: tree[name], names, variables)
        if names[-1] != "kernel":
            return new.at[: old.shape[0]].set(old)
        wide, narrow = new.shape[-2], old.shape[-2]
        ins = parts(variables, block), parts(fresh, block)
        if names[-2] != "Conv_0" or block not in (*blocks, DETAIL):
            ins = [narrow], [wide]
        else:
            ins = [*ins[0], narrow - sum(ins[0])], [*ins[1], wide - sum(ins[1])]
        place = np.concatenate(
            [start + np.arange(count) for start, count in zip(_starts(ins[1]), ins[0], strict=True)]
        )
        outs = old.shape[-1]
        return new.at[..., :outs].set(0).at[..., place, :outs].set(old)

    return jax.tree.map_with_path(grown, fresh)


def _starts(sizes: list[int]) -> list[int]:
    return [sum(sizes[:number]) for number in range(len(sizes))]
