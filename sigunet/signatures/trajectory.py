"""What a hand did on the paper: the movements of one signing, before ink."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Trace:
    """One pen-down movement, in the coordinates of the picture.

    Attributes:
        points: float64[T, 2], (x, y) in px; x to the right, y down, (0, 0) the corner of the
            picture, so that the centre of the first pixel is (0.5, 0.5).
        time: float64[T], s since the signing began.
        speed: float64[T], px/s.
        width: float64[T], width of the line of ink, px.
        strength: float64[T] in [0, 1], how much ink the pen left (1 = full).
    """

    points: np.ndarray
    time: np.ndarray
    speed: np.ndarray
    width: np.ndarray
    strength: np.ndarray


@dataclasses.dataclass(frozen=True)
class Trajectory:
    """All pen-down movements of one signing, in the order they were made.

    Attributes:
        traces: The movements.
        size: (height, width) of the picture they fit in, px.
        grain: Relative raggedness of the ink's edges (standard deviation of the half width).
        seed: Seed of that raggedness.
        tooth: Share of the ink that the paper's hollows do not take, in [0, 1].
        hollow: How much paler the middle of a pale line is than its sides, in [0, 1].
    """

    traces: tuple[Trace, ...]
    size: tuple[int, int]
    grain: float = 0.0
    seed: int = 0
    tooth: float = 0.0
    hollow: float = 0.0
