"""Which soft ink is ink: what has a share, the threshold, of the strength of the ink around it.

A network is sure of some strokes and doubts others; where it doubts, the whole stroke is paler in its
output, edge and middle alike. One threshold for all would make sure strokes too fat or take doubtful
ones away. So an edge is looked for where a scan has it by the rule of `sigunet.truth`, relative to the
strongest ink nearby, down to a floor under which there is no ink.
"""

import cv2
import numpy as np

FLOOR = 0.5
"""Strength that any ink is taken to have at least: paler patches grow paler still, not darker."""

REACH = 2
"""px to each side, at the scale of the network, in which the strongest ink is looked for."""


def strength(soft: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """The strongest soft ink near each pixel.

    Args:
        soft: float32[H, W] in [0, 1].
        scale: Of what the network saw as against `soft`; strokes that it saw at a quarter of their
            size have edges four times as wide.

    Returns:
        float32[H, W] in [`FLOOR`, 1].
    """
    side = 2 * max(1, round(REACH / scale)) + 1
    peak = cv2.dilate(soft, np.ones((side, side), np.uint8))
    return np.maximum(peak, np.float32(FLOOR), out=peak)


def relative(soft: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """Soft ink as a share of the strongest near it.

    Args:
        soft: float32[H, W] in [0, 1].
        scale: See `strength`.

    Returns:
        float32[H, W] in [0, 1], nowhere less than `soft`.
    """
    peak = strength(soft, scale)
    return np.divide(soft, peak, out=peak)
