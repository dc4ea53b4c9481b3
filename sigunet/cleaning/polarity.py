"""Ink that is lighter than what it was written on: chalk, white pens, negatives, dark screens."""

import cv2
import numpy as np

_SIDE = 512  # px; the longer side of the picture that is looked at
_WINDOW = 31  # px of it; wider than strokes, narrower than most shadows
_CONTRAST = 0.12  # of the grey range; what differs less from its surroundings is grain
_DARK = 0.5  # grey; on lighter ground nobody writes with light ink
_AHEAD = 3.0  # so many times more must be lighter than its surroundings than darker


def light_on_dark(grey: np.ndarray) -> bool:
    """Tells whether strokes are lighter than their ground.

    Args:
        grey: float32[H, W] in [0, 1], 0 = black.

    Returns:
        True if the picture is to be inverted before it is cleaned: its ground is dark, and what
        stands out from its surroundings is nearly all lighter.
    """
    ratio = _SIDE / max(grey.shape)
    if ratio < 1:
        size = [max(1, round(side * ratio)) for side in grey.shape]
        grey = cv2.resize(grey, size[::-1], interpolation=cv2.INTER_AREA)
    if float(np.median(grey)) >= _DARK:
        return False
    pixels = np.rint(grey * 255).astype(np.uint8)
    ground = cv2.medianBlur(pixels, min(_WINDOW, 2 * (min(pixels.shape) // 2) + 1))
    contrast = (pixels.astype(np.float32) - ground) / 255
    lighter = float(np.maximum(contrast - _CONTRAST, 0).mean())
    darker = float(np.maximum(-contrast - _CONTRAST, 0).mean())
    return lighter > _AHEAD * darker and lighter > 1e-4
