"""Signatures that belong to nobody: synthesised from a kinematic model of the hand.

A writer is a stable plan (letters, flourishes, habits); every signing of it varies as real ones do.
The pen's path is a sum of lognormal strokes, and the line is drawn at several times the size and
averaged down, so the coverage of every pixel is known exactly.
"""

import numpy as np

from sigunet.signatures.pen import coverage, density
from sigunet.signatures.trajectory import Trace, Trajectory
from sigunet.signatures.writer import Writer

RENDERER_VERSION = "2"

__all__ = [
    "RENDERER_VERSION",
    "Trace",
    "Trajectory",
    "Writer",
    "coverage",
    "density",
    "draw",
]


def draw(seed: int, writer: int, signing: int) -> np.ndarray:
    """Draws one signature.

    Args:
        seed: Seed of the whole set, >= 0.
        writer: Number of the writer, >= 0.
        signing: Number of this writer's signing, >= 0.

    Returns:
        uint8[H, W], ink coverage * 255 (0 paper, 255 ink), at about 300 dpi; a pure function of
        the arguments.
    """
    return coverage(Writer.from_seed(seed, writer).sign(signing))
