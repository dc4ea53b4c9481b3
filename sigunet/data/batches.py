"""Which examples make up which batch, on which host: arithmetic, the same for every loader."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from sigunet import image as images
from sigunet.data.example import Examples, generator
from sigunet.errors import ConfigError

# Threads and processes are ours to count: OpenCV's own would fight with them.
cv2.setNumThreads(0)

# Enlargement of the pictures that are shown from closer by: what a second look in cleaning has.
_CLOSER = (math.sqrt(2), 2.0)

Batch = dict[str, np.ndarray]
"""image: uint8[b, S, S, C], 0 = black, 255 = white; ink: uint8[b, S, S], 255 = ink; and, of a run
that has a teacher, taught: uint8[b, S, S], what that takes for ink.

A scan has 8 bits, and a batch goes through a pipe and to the device: at a thousand pictures of
384 x 384 a second, 32 bits would be 2.4 GB each second.
"""


class Loader(Protocol):
    """Batches in order; a context manager, and `close` ends its threads or processes."""

    def __iter__(self) -> "Loader": ...

    def __next__(self) -> Batch: ...

    def __enter__(self) -> "Loader": ...

    def __exit__(self, *error: object) -> None: ...

    def close(self) -> None:
        """Stops; may be called more than once."""


@dataclass(frozen=True)
class Batches:
    """One host's part of every batch of a run; picklable.

    Global batch k holds the examples k * batch_size and following, in order; host p of P takes
    the p-th of P equal runs of them. So the hosts' parts laid end to end are the batch of one host.

    Attributes:
        examples: Makes an example of a position.
        batch_size: Examples in a global batch.
        process_index: Which host this is.
        process_count: How many there are.
        teacher: Picture float32[S, S, C] in [0, 1] to soft ink float32[S, S]; None if there is none.
        closer: Share of the examples that are shown from closer by, as a second look in cleaning
            has them: a part of the picture, enlarged 1.4 to 2 times.
    """

    examples: Examples
    batch_size: int
    process_index: int = 0
    process_count: int = 1
    teacher: Callable[[np.ndarray], np.ndarray] | None = None
    closer: float = 0.0

    def __post_init__(self):
        if self.batch_size % self.process_count:
            raise ConfigError(
                f"batch_size {self.batch_size} does not divide by {self.process_count} processes."
            )

    @property
    def rows(self) -> int:
        """Examples in this host's part."""
        return self.batch_size // self.process_count

    def position(self, step: int, row: int) -> int:
        """Returns the position of the example that stands in a row of this host's part."""
        return step * self.batch_size + self.process_index * self.rows + row

    def __call__(self, step: int) -> Batch:
        """Makes this host's part of a batch."""
        batch = {
            name: np.empty((self.rows, *shape), np.uint8) for name, shape in self.shapes.items()
        }
        for row in range(self.rows):
            for name, values in self.row(self.position(step, row)).items():
                batch[name][row] = values
        return batch

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """What a row holds: shapes by name."""
        size = self.examples.size
        shapes = {"image": (size, size, self.examples.channels), "ink": (size, size)}
        return shapes if self.teacher is None else {**shapes, "taught": (size, size)}

    def row(self, position: int) -> Batch:
        """Makes one row of a batch: the example of a position, at 8 bits."""
        image, ink = self.examples(position)
        row = {"image": image, "ink": ink}
        if self.teacher is not None:
            row["taught"] = self.teacher(image)
        cut = self._cut(position)
        if cut is not None:
            # A teacher has seen the whole, and what it says of a part is better for that.
            size = self.examples.size
            row = {name: images.resize(values[cut], size, size) for name, values in row.items()}
        return {name: images.to_uint8(values) for name, values in row.items()}

    def _cut(self, position: int) -> tuple[slice, slice] | None:
        """Draws the part that is shown of the example of a position; None is all of it."""
        # Of a stream of its own: the examples are the same whatever the share is.
        rng = generator(self.examples.seed, f"{self.examples.stream}|closer", position)
        if rng.random() >= self.closer:
            return None
        side = round(self.examples.size / rng.uniform(*_CLOSER))
        top, left = rng.integers(self.examples.size - side + 1, size=2).tolist()
        return np.s_[top : top + side, left : left + side]
