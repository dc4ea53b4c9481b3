"""Large pictures piece by piece: bounded memory, and seams that are not seen."""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Predict = Callable[[np.ndarray], np.ndarray]
"""float32[H, W, C] in [0, 1], 0 = black, to float32[H, W] in [0, 1], the share that is ink."""

WHOLE = 4_000_000
"""Pictures of up to so many pixels are cleaned in one piece, in some 0.5 GB of memory."""

CORE = 1536
"""Side in pixels of what a piece answers for."""

BLEND = 32
"""Half the width of the seam in which one piece fades into the next, px."""


@dataclass(frozen=True)
class Span:
    """One piece along one axis, in pixels.

    Attributes:
        start: First pixel that the piece sees.
        stop: One past the last.
        weights: float32[stop - start] in [0, 1], its share in the result; those of all pieces add
            up to 1 everywhere.
    """

    start: int
    stop: int
    weights: np.ndarray


def predict(
    network: Predict,
    picture: np.ndarray,
    *,
    multiple: int,
    margin: int,
    whole: int = WHOLE,
    core: int = CORE,
    blend: int = BLEND,
) -> np.ndarray:
    """Predicts soft ink of a picture of any size.

    Args:
        network: Takes pieces of any size.
        picture: float32[H, W, C] in [0, 1], 0 = black.
        multiple: Pieces start at multiples of so many px, so that the network's grid of pooled
            pixels lies alike in all of them.
        margin: What a piece sees beyond what it answers for and the seam, px; see `reach`.
        whole: Largest number of pixels that is not cut up.
        core: Side of what a piece answers for, px; brought to a multiple.
        blend: Half the width of a seam, px.

    Returns:
        float32[H, W] in [0, 1].
    """
    height, width = picture.shape[:2]
    if height * width <= whole:
        return network(picture)
    rows = spans(height, multiple=multiple, core=core, margin=margin, blend=blend)
    columns = spans(width, multiple=multiple, core=core, margin=margin, blend=blend)
    out = np.zeros((height, width), np.float32)
    for row in rows:
        for column in columns:
            piece = picture[row.start : row.stop, column.start : column.stop]
            soft = network(np.ascontiguousarray(piece))
            soft *= row.weights[:, None]
            soft *= column.weights
            out[row.start : row.stop, column.start : column.stop] += soft
    # Shares add up to 1 but for their rounding.
    return np.minimum(out, 1.0, out=out)


def reach(depth: int, convs: int, *, block: int, detail: bool) -> int:
    """How far the U-Net looks: what lies farther off than so many px changes nothing.

    Each 3 x 3 convolution of a level sees one of the level's pixels farther, and those of level i
    are 2^i of the first one's wide. That pooled pixels are whole blocks is left to pieces that start
    at multiples of the deepest ones.

    Args:
        depth: Levels of the encoder.
        convs: Convolutions in a block; a level has a block on each side, the bottleneck one.
        block: Pixels to one of the first level's, across.
        detail: Whether there is one more block at the end.

    Returns:
        px.
    """
    return block * convs * (2 * (2**depth - 1) + 2**depth + int(detail))


def spans(length: int, *, multiple: int, core: int, margin: int, blend: int) -> list[Span]:
    """Cuts an axis into pieces that overlap.

    Args:
        length: Of the axis, px.
        multiple: See `predict`; so the others.
        core: Side of what a piece answers for, px.
        margin: What it sees beyond that and the seam, px.
        blend: Half the width of a seam, px.

    Returns:
        The pieces from first to last.
    """
    step = max(multiple, 2 * blend, core // multiple * multiple)
    step = math.ceil(step / multiple) * multiple
    count = max(1, round(length / step))
    # Pieces of one size but for the last, which is at most half a piece longer or shorter.
    edges = [min(index * step, length) for index in range(count)] + [length]
    reach = math.ceil((margin + blend) / multiple) * multiple
    pieces = []
    for index, (first, last) in enumerate(itertools.pairwise(edges)):
        start, stop = max(0, first - reach), min(length, last + reach)
        places = np.arange(start, stop, dtype=np.float32) + np.float32(0.5)
        weights = np.ones(stop - start, np.float32)
        if index:
            weights *= np.clip((places - (first - blend)) / (2 * blend), 0, 1)
        if index < count - 1:
            weights *= np.clip(((last + blend) - places) / (2 * blend), 0, 1)
        pieces.append(Span(start, stop, weights))
    return pieces
