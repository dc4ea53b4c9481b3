"""Scans of synthetic signatures on paper."""

import numpy as np

from sigunet.data.synthetic import scanned


def picture(number, colour=(0.1, 0.15, 0.5)):
    """uint8[H, W, 3] of a synthetic signature on yellowish paper."""
    _, pigment = (layer / np.float32(255) for layer in scanned(77, number, 0))
    paper = np.array([0.97, 0.95, 0.9])
    page = paper + pigment[..., None] * (np.array(colour) - paper)
    return np.rint(np.clip(page, 0, 1) * 255).astype(np.uint8)
