"""A signature under a seal, and what a network thinks of both."""

import cv2
import numpy as np


def scene(side=200):
    """A dark blue stroke that the network is sure of, and a red ring, as wide, that it doubts."""
    stroke, ring = np.zeros((2, side, side), np.uint8)
    curve = [(20, 60), (60, 100), (90, 40), (140, 110), (185, 50)]
    cv2.polylines(stroke, [np.array(curve)], False, 255, 3, cv2.LINE_AA)
    cv2.circle(ring, (100, 140), 40, 255, 3, cv2.LINE_AA)
    stroke, ring = (layer.astype(np.float32) / 255 for layer in (stroke, ring))
    page = np.full((side, side, 3), 0.95, np.float32)
    for cover, colour in ((ring, (0.85, 0.3, 0.3)), (stroke, (0.1, 0.1, 0.45))):
        page += cover[..., None] * (np.array(colour, np.float32) - page)
    return page, np.maximum(0.95 * stroke, 0.5 * ring), stroke > 0.5, (ring > 0.5) & (stroke < 0.1)
