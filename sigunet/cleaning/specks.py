"""From what the network says to what is written: relative soft ink without specks."""

import cv2
import numpy as np

from sigunet.strength import relative

_LEAST = 8  # px; smaller patches are no ink, see truth.MIN_SPECK
_SHARE = 0.5  # of the square of the stroke's width; the dot of an i is some 0.8 of it


def least_area(stroke: float) -> int:
    """Says how many px a patch of ink has at least.

    Args:
        stroke: Mean width of the strokes, px; 0 if there is no ink.
    """
    return max(_LEAST, round(_SHARE * stroke**2))


def without_specks(soft: np.ndarray, threshold: float, least: int) -> np.ndarray:
    """Takes small patches of ink away.

    Args:
        soft: float32[H, W] in [0, 1].
        threshold: From which soft ink on a pixel is ink.
        least: px; 8-connected patches of fewer go.

    Returns:
        float32[H, W]; zero where a patch was, the same array if there is none.
    """
    mask = (soft > threshold).view(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    small = stats[:, cv2.CC_STAT_AREA] < least
    small[0] = False
    if not small.any():
        return soft
    soft = soft.copy()
    for index in np.flatnonzero(small):
        left, top, width, height = stats[index, :4]
        # Its soft rim goes with it, as far as that lies beyond its box by one pixel.
        cut = np.s_[max(top - 1, 0) : top + height + 1, max(left - 1, 0) : left + width + 1]
        patch, inside = soft[cut], labels[cut]
        patch[(inside == index) | ((inside == 0) & (patch <= threshold))] = 0
    return soft


def settled(raw: np.ndarray, *, scale: float, stroke: float, threshold: float) -> np.ndarray:
    """Makes the soft ink that is written of what the network says.

    Args:
        raw: float32[H, W] in [0, 1], share of each pixel that is ink.
        scale: Of the picture that the network saw as against `raw`.
        stroke: Mean width of the strokes, px of `raw`; 0 if there is no ink.
        threshold: On relative soft ink.

    Returns:
        float32[H, W] in [0, 1]: ink where it is over the threshold.
    """
    return without_specks(relative(raw, scale), threshold, least_area(stroke))
