"""What is dark in a picture, and how much of it was taken for ink.

A signature on paper is most of what is as dark as it; what a network takes for ink on a page of print, stains
or rules without a signature is little of what is there.
"""

import math

import cv2
import numpy as np

from sigunet import image as images

_MOST = 500_000  # px that are looked at; of more, the picture is taken smaller
_STROKE = 4.0  # px; wider ones are narrowed to it, so that they are narrow beside the window
_WINDOW = 31  # px, of the closing that takes strokes for paper
_AS_DARK = 0.5  # of the median darkness of ink
_NEAR = 5  # px; the edge of a stroke is dark, and ink or not as it happens


def share_of_dark(
    picture: np.ndarray, mask: np.ndarray, stroke: float, *, inverted: bool = False
) -> float:
    """Measures how much of what is dark is ink.

    Dark is what is at least half as dark as most of the ink, as against the paper around it. The paper is a
    closing, as in `classical.background`, but over squares and at reduced size, which takes a tenth
    of the time.

    Args:
        picture: float32[H, W, C] in [0, 1], 0 = black.
        mask: bool[H, W], True = ink.
        stroke: Mean width of the strokes, px.
        inverted: Whether ink is lighter than its ground in `picture`.

    Returns:
        In [0, 1]: of all dark pixels, the share within 2 px of ink, at the size that is looked at; 0 if no
        ink is left there, or none that is darker than its paper.
    """
    height, width = mask.shape
    factor = min(1.0, math.sqrt(_MOST / (height * width)), _STROKE / max(stroke, 1e-6))
    covered = mask.astype(np.uint8)
    if factor < 1:
        picture = images.scaled(picture, factor)
        size = picture.shape[1::-1]
        covered = cv2.resize(covered * np.uint8(255), size, interpolation=cv2.INTER_AREA)
        covered = (covered > 127).view(np.uint8)
    grey = images.to_uint8(images.grey(picture)[..., 0])
    # Not 0, for black in black is not dark.
    grey = np.maximum(cv2.medianBlur(255 - grey if inverted else grey, 3), 1)
    window = np.ones((_WINDOW, _WINDOW), np.uint8)
    paper = cv2.blur(cv2.morphologyEx(grey, cv2.MORPH_CLOSE, window), (_WINDOW, _WINDOW))
    darkness = 255 - cv2.divide(grey, paper, scale=255)
    ink = darkness[covered.view(bool)]
    level = _AS_DARK * float(np.median(ink)) if ink.size else 0.0
    if not level:
        return 0.0
    dark = darkness > level
    near = cv2.dilate(covered, np.ones((_NEAR, _NEAR), np.uint8)).view(bool)
    return float(np.count_nonzero(dark & near) / max(np.count_nonzero(dark), 1))
