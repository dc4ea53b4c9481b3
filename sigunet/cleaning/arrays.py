"""Arrays that users hand over, checked and brought to the one image contract."""

import numpy as np
from PIL import Image

from sigunet.errors import PictureError, Unsupported
from sigunet.reading import guards, to_array
from sigunet.reading.pixels import is_light_ink, white_of

# How far above 1 or below 0 a resized or filtered picture may lie by rounding.
_SLACK = 1e-3

_MODES = {1: "L", 3: "RGB", 4: "RGBA"}


def from_array(array: np.ndarray, name: str, *, channels: int, max_pixels: int) -> np.ndarray:
    """Checks an array and brings it to pixels.

    Args:
        array: [H, W], [H, W, 1], [H, W, 3] (RGB) or [H, W, 4] (RGBA, not premultiplied) of uint8,
            uint16 (or 12 bits in it, see `white_of`), bool (true = white) or float in [0, 1]; 0 =
            black.
        name: What the sentences call it.
        channels: 1 for grey, 3 for RGB.
        max_pixels: Largest accepted picture.

    Returns:
        float32[H, W, channels] in [0, 1], 0 = black.

    Raises:
        PictureError: If it is empty, or floats leave [0, 1] or are no numbers.
        TooLarge: If it has too many pixels or too long a side.
        Unsupported: If it is of another shape or type.
    """
    # A matrix keeps two axes whatever is asked of it.
    array = np.asarray(array)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in _MODES):
        raise Unsupported(
            f"{name} cannot be read: its shape is {list(array.shape)}; [H, W], [H, W, 1], "
            f"[H, W, 3] and [H, W, 4] are read."
        )
    height, width = array.shape[:2]
    guards.check_size(width, height, name, max_pixels)
    layers = array.reshape(height, width, -1)
    if array.dtype == np.uint8:
        return _from_bytes(layers, channels, name)
    if array.dtype == bool:
        return _from_bytes(layers.astype(np.uint8) * np.uint8(255), channels, name)
    if array.dtype.kind == "f":
        return _combined(_checked(layers, name), channels)
    if array.dtype.kind == "u" and array.dtype.itemsize == 2:
        shares = layers.astype(np.float32) / np.float32(white_of(float(layers.max())))
        return _combined(np.minimum(shares, np.float32(1)), channels)
    raise Unsupported(
        f"{name} cannot be read: its type is {array.dtype}; uint8, uint16, bool and float in "
        f"[0, 1] are read."
    )


def _from_bytes(layers: np.ndarray, channels: int, name: str) -> np.ndarray:
    """Takes the same road as a file, so that both give the same pixels."""
    single = layers.shape[2] == 1
    picture = Image.fromarray(np.ascontiguousarray(layers[..., 0] if single else layers))
    return to_array(picture, channels, name, light_ink=True)


def _checked(layers: np.ndarray, name: str) -> np.ndarray:
    low, high = float(layers.min()), float(layers.max())
    if not np.isfinite([low, high]).all():
        raise PictureError(f"{name} cannot be read: some of its values are not finite numbers.")
    if low < -_SLACK or high > 1 + _SLACK:
        raise PictureError(
            f"{name} cannot be read: its floats reach from {low:.6g} to {high:.6g}, and [0, 1] is "
            f"read; divide by the value of white, or give uint8."
        )
    return np.clip(layers, 0.0, 1.0).astype(np.float32)


def _combined(layers: np.ndarray, channels: int) -> np.ndarray:
    """Lays float32[H, W, 1, 3 or 4] on its ground, and brings it to the channels that are wanted."""
    # Here, since `image` needs OpenCV and bytes do not.
    from sigunet import image

    if layers.shape[2] == 4:
        opacity = layers[..., 3:]
        light = is_light_ink(Image.fromarray(image.to_uint8(layers)))
        layers = layers[..., :3] * opacity
        layers += 0 if light else 1 - opacity
    if channels == 1:
        # The sum of the weights may pass 1 by a rounding step.
        return np.minimum(image.grey(layers), np.float32(1))
    return np.ascontiguousarray(np.broadcast_to(layers, (*layers.shape[:2], 3)))
