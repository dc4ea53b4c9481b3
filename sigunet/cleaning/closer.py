"""A second look at a picture, closer by.

What a stroke is, is seen from farther off and closer by, and errors of one look are seldom those of the other:
what both agree on is more often right. It is at what the first look found, for of the rest of a page there is
nothing to say.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple, Self

import numpy as np

from sigunet import image as images
from sigunet.cleaning.evidence import candidates, ink_box
from sigunet.cleaning.tiles import Predict
from sigunet.strength import relative

# Enlargement: less of it for wide strokes, though never so little that the two looks would be one and the same,
_FINER = (math.sqrt(2), 2.0)
_FINER_AREA = 2_500_000  # px; no larger than this,
_FINER_LEAST = 1.2  # and none where that would hardly be another picture
# Px of what the network saw, around what it found: so much is shown, and so much of it changed. What is cut off at
# the rim of the part is not to be judged by what is left of it.
_SHOWN, _CHANGED = 48, 24
# Share of a picture from which on a part of it is not worth while.
_WHOLE = 0.85

_Box = tuple[slice, slice]
_Shape = tuple[int, int]


class _Part(NamedTuple):
    """Rows and columns of a picture: what the network is shown, and what is changed by it."""

    shown: _Box
    changed: _Box

    @classmethod
    def whole(cls, shape: _Shape) -> Self:
        whole = np.s_[0 : shape[0], 0 : shape[1]]
        return cls(whole, whole)

    @property
    def area(self) -> int:
        rows, columns = self.shown
        return (rows.stop - rows.start) * (columns.stop - columns.start)

    @property
    def inside(self) -> _Box:
        """What is changed, of what is shown."""
        rows, columns = (
            slice(changed.start - shown.start, changed.stop - shown.start)
            for shown, changed in zip(self.shown, self.changed, strict=True)
        )
        return rows, columns


def second_look(
    network: Predict,
    picture: np.ndarray,
    soft: np.ndarray,
    native: np.ndarray,
    *,
    scale: float,
    width: float,
    strokes: tuple[float, float],
    threshold: float,
) -> np.ndarray | None:
    """Looks again at what a first look found, at up to twice the size, and takes the mean of both.

    Args:
        network: Predicts soft ink of a picture of any size.
        picture: float32[H, W, C] in [0, 1], 0 = black.
        soft: float32[h, w] in [0, 1], what was found, at the size at which it was seen.
        native: float32[H, W], the same at the picture's own size.
        scale: Of `soft` as against the picture.
        width: Of its strokes, px of `soft`; 0 if there are none.
        strokes: Least and largest width of strokes that the network knows, px.
        threshold: On relative soft ink.

    Returns:
        float32[H, W] in [0, 1]: `native` where nothing was found, all of it a mean where nothing at
        all was; None where what was found fills so much of the page, 1.7 megapixels as the network
        saw it, that it could hardly be enlarged.
    """
    # Where strokes have room to grow in what the network knows, they take it.
    wanted = float(np.clip(strokes[1] / width, *_FINER)) if width else _FINER[1]
    for part in _parts(soft, threshold, picture.shape[:2]):
        finer = min(wanted, math.sqrt(_FINER_AREA / part.area) / scale)
        if finer >= _FINER_LEAST:
            break
    else:
        return None
    again = closer_look(network, picture[part.shown], native[part.shown], scale * finer)
    both = native.copy()
    both[part.changed] = again[part.inside]
    return both


def closer_look(
    network: Predict, picture: np.ndarray, soft: np.ndarray, scale: float = _FINER[1]
) -> np.ndarray:
    """Looks once more, closer by, and takes the mean.

    Args:
        network: Predicts soft ink of a picture of any size.
        picture: float32[H, W, C] in [0, 1], 0 = black.
        soft: float32[H, W] in [0, 1], what the first look found.
        scale: Of the second look, as against the picture.

    Returns:
        float32[H, W] in [0, 1].
    """
    height, width = picture.shape[:2]
    return (soft + images.resize(network(images.scaled(picture, scale)), height, width)) / 2


def _parts(soft: np.ndarray, threshold: float, shape: _Shape) -> Iterator[_Part]:
    """Says what might be looked at again of a picture of (height, width), the best first."""
    whole, which = _Part.whole(shape), candidates(soft)
    part = _around(which, soft.shape, shape)
    if part is None or part.area > _WHOLE * whole.area:
        yield whole
    if part is not None:
        yield part
        # On a large page there may be all sorts of things that are hardly ink.
        surer = _around(relative(soft) > threshold, soft.shape, shape)
        if surer is not None:
            yield surer


def _around(which: np.ndarray, seen: _Shape, shape: _Shape) -> _Part | None:
    """The part of a picture of (height, width) that is around bool[h, w]; None if nothing is."""
    boxes = [ink_box(which, margin) for margin in (_SHOWN, _CHANGED)]
    if boxes[0] is None:
        return None
    return _Part(
        *(
            tuple(
                slice(
                    math.floor(side.start * pixels / saw),
                    min(math.ceil(side.stop * pixels / saw), pixels),
                )
                for side, pixels, saw in zip(box, shape, seen, strict=True)
            )
            for box in boxes
        )
    )
