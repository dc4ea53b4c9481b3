"""Pictures of the page's own: an example to clean, signatures to degrade, the icon."""

import functools

import cv2
import numpy as np
from PIL import Image

from sigunet import noise, signatures
from sigunet.image import encode_png, to_float, to_uint8

EXAMPLES = (
    (
        51,
        "sheet(0.9, p=1)|ballpoint(0.3, colour=1, p=1)|lines(2, grey=0.5, p=1)"
        "|text(16, grey=0.3, p=1)|seal(0.8, colour=1, p=1)|shadow(0.3, p=1)|gaussian(0.03, p=1)",
    ),
    (
        37,
        "security(colour=1, p=1)|ballpoint(0.2, colour=1, p=1)|text(12, grey=0.2, p=1)"
        "|gaussian(0.02, p=1)",
    ),
    (26, "stains(0.4, colour=1, p=1)|pen(p=1)|form(p=1)|folds(p=1)|blur(0.6, p=1)|jpeg(35, p=1)"),
    (
        8,
        "ballpoint(0.3, colour=1, p=1)|lines(3, grey=0.3, p=1)|scribbles(2, p=1)"
        "|gradient(0.5, p=1)|poisson(60, p=1)",
    ),
)
"""Writers and recipes of the examples, which come round."""

_SEED = 20
_MARGIN = 0.16  # of the longer side of a signature, the paper around it


def drawn(number: int) -> np.ndarray:
    """Draws a signature that belongs to nobody, on a sheet of its own.

    Args:
        number: Of the writer, >= 0.

    Returns:
        float32[H, W] in [0, 1], 1 = ink.
    """
    ink = signatures.draw(_SEED, number, 0)
    return np.pad(to_float(ink), round(_MARGIN * max(ink.shape)))


@functools.lru_cache(maxsize=4)
def example(number: int) -> bytes:
    """Makes a picture to clean.

    Args:
        number: Which one, >= 0.

    Returns:
        The bytes of a PNG file.
    """
    writer, recipe = EXAMPLES[number % len(EXAMPLES)]
    rng = np.random.default_rng([_SEED, writer])
    picture, _ = noise.degrade(drawn(writer), recipe, rng, channels=3)
    return encode_png(to_uint8(picture))


def icon() -> Image.Image:
    """Draws a stroke of the pen."""
    picture = np.full((64, 64, 3), 255, np.uint8)
    t = np.linspace(0, 1, 60)
    path = np.stack([8 + 48 * t, 34 + 20 * np.cos(9 * t) * (1 - 0.6 * t)], axis=1)
    cv2.polylines(picture, [np.rint(path).astype(np.int32)], False, (31, 78, 156), 5, cv2.LINE_AA)
    return Image.fromarray(picture)
