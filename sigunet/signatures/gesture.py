"""A pen-down run of virtual targets: what plans are made of."""

import dataclasses

import numpy as np


@dataclasses.dataclass
class Gesture:
    """A pen-down run.

    Attributes:
        points: float64[N, 2], virtual targets.
        corners: bool[N], where the pen may turn on the spot.
        leaves: True if the pen leaves the paper in motion, and so tapers.
        loose: Factor on how much it varies from one signing to the next.
    """

    points: np.ndarray
    corners: np.ndarray
    leaves: bool = False
    loose: float = 1.0
