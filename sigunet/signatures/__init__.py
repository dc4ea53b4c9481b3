"""Signatures that belong to nobody: synthesised from a kinematic model of the hand.

A writer is a stable plan (letters, flourishes, habits); every signing of it varies as real ones do.
The pen's path is a sum of lognormal strokes, and the line is drawn at several times the size and
averaged down, so the coverage of every pixel is known exactly.
"""

import numpy as np

from sigunet.signatures.pen import coverage, inked
from sigunet.signatures.trajectory import Trace, Trajectory
from sigunet.signatures.writer import Writer

RENDERER_VERSION = "6"

__all__ = [
    "RENDERER_VERSION",
    "Trace",
    "Trajectory",
    "Writer",
    "coverage",
    "draw",
    "draw_inked",
    "inked",
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


def draw_inked(seed: int, writer: int, signing: int) -> np.ndarray:
    """Draws one signature with the ink that each pixel holds.

    Args:
        seed: As `draw`.
        writer: As `draw`.
        signing: As `draw`.

    Returns:
        uint8[H, W, 2]: first exactly what `draw` returns; then coverage * strength * 255, never
        above it, less where the pen was fast, ran dry or skipped.
    """
    return inked(Writer.from_seed(seed, writer).sign(signing))
