"""Each pixel judged again, by the ink of the whole picture.

The ring of a seal, what shines through from the back or a rule across the ink may look like a stroke where
they lie, but they are of another colour, or paler, or straighter than what the network is sure of; and
a faint end of a stroke is of the same pen as its beginning. So a second, small model looks at what
the first has found, beside a few numbers that the whole picture gives (`evidence`): auto-context (Tu and
Bai 2010, IEEE TPAMI 32(10)), with one round.

The model is fitted to one network's output, with `python -m sigunet.refining`, and lies in what its
checkpoint says of itself.
"""

import base64
import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from sigunet.cleaning.evidence import FEATURES, FORMAT, Evidence
from sigunet.errors import CheckpointError

_WIDEST = 4096  # units of a layer
_BLOCK = 128  # px
_BLOCKS = 32  # at once: what they come to stays in a core's cache
_TRUST = np.float32(0.6)  # in the second opinion, as against what the network found
_FAR = 4.0  # spreads; farther out there is nothing to learn from


@dataclass(frozen=True)
class Refinement:
    """A small network of dense layers, with ReLU between them and a sigmoid at the end.

    Attributes:
        centre: float32[F], taken off the `FEATURES`.
        spread: float32[F], that they are divided by.
        layers: Weights float32[i, o] and biases float32[o].
    """

    centre: np.ndarray
    spread: np.ndarray
    layers: tuple[tuple[np.ndarray, np.ndarray], ...]

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """Reads what `to_json` wrote.

        Raises:
            CheckpointError: If it is something else.
        """
        try:
            sizes = raw["sizes"]
            if raw["features"] != list(FEATURES):
                raise ValueError("features")
            values = np.frombuffer(base64.b64decode(raw["values"], validate=True), "<f4")
            if not all(type(size) is int and 0 < size <= _WIDEST for size in sizes):
                raise ValueError("sizes")
            if len(sizes) < 2 or (sizes[0], sizes[-1]) != (len(FEATURES), 1):
                raise ValueError("sizes")
            shapes = _shapes(sizes)
            cuts = np.cumsum([math.prod(shape) for shape in shapes])
            if cuts[-1] != values.size or not np.isfinite(values).all():
                raise ValueError("values")
            parts = np.split(values.astype(np.float32), cuts[:-1])
            centre, spread, *rest = (
                part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)
            )
            if not (spread > 0).all():
                raise ValueError("spread")
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError("The refinement of these weights is damaged.") from error
        return cls(centre, spread, tuple(zip(rest[::2], rest[1::2], strict=True)))

    def to_json(self) -> dict[str, Any]:
        """Brings it to what JSON holds: the numbers as float32, little-endian, in base 64."""
        arrays = [self.centre, self.spread, *(array for layer in self.layers for array in layer)]
        data = b"".join(np.ascontiguousarray(array, "<f4").tobytes() for array in arrays)
        return {
            "format": FORMAT,
            "features": list(FEATURES),
            "sizes": [len(self.centre), *(bias.size for _, bias in self.layers)],
            "values": base64.b64encode(data).decode(),
        }

    def standardised(self, measured: np.ndarray) -> np.ndarray:
        """Brings features to the same order of size, float32[N, F]; what lies far out is brought in."""
        return np.clip((measured - self.centre) / self.spread, -_FAR, _FAR)

    def probability(self, measured: np.ndarray) -> np.ndarray:
        """Says how likely pixels are ink.

        Args:
            measured: float32[N, F], by `FEATURES`.

        Returns:
            float32[N] in [0, 1].
        """
        # In blocks of one size, small enough for BLAS to leave to one thread: the sums are then the
        # same to the bit however many threads it has. NumPy goes from block to block by itself.
        blocks = -(-len(measured) // _BLOCK)
        width = measured.shape[1]
        padded = np.zeros((blocks * _BLOCK, width), np.float32)
        padded[: len(measured)] = self.standardised(measured)
        padded = padded.reshape(blocks, _BLOCK, width)
        out = np.empty((blocks, _BLOCK), np.float32)
        for first in range(0, blocks, _BLOCKS):
            x = padded[first : first + _BLOCKS]
            for layer, (weights, bias) in enumerate(self.layers):
                if layer:
                    np.maximum(x, 0, out=x)
                x = x @ weights
                x += bias
            out[first : first + _BLOCKS] = x[..., 0]
        out = out.ravel()[: len(measured)]
        return 1 / (1 + np.exp(-np.clip(out, -30, 30)))

    def __call__(
        self, picture: np.ndarray, soft: np.ndarray, first: np.ndarray | None = None
    ) -> np.ndarray:
        """Judges soft ink again.

        Args:
            picture: float32[H, W, C] in [0, 1], 0 = black, at the scale of the network.
            soft: float32[H, W] in [0, 1], what the network found in it.
            first: float32[H, W], what it found at the first of two looks, of which `soft` is the
                mean; None where there was one.

        Returns:
            float32[H, W] in [0, 1]: between both opinions where there may be ink, somewhat nearer to the
            second; the very array that was given where there is no `Evidence`.
        """
        found = Evidence.of(picture, soft, first)
        if found is None:
            return soft
        out = soft.copy()
        cut = out[found.box]
        cut[found.which] += _TRUST * (self.probability(found.features) - cut[found.which])
        return out


def _shapes(sizes: list[int]) -> list[tuple[int, ...]]:
    """Shapes of a refinement's arrays, in the order in which they are stored."""
    layers = ((pair, pair[1:]) for pair in itertools.pairwise(sizes))
    return [(sizes[0],), (sizes[0],), *itertools.chain.from_iterable(layers)]
