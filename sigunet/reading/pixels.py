"""Every mode of a Pillow picture to the one image contract, in bands, so that memory is bounded."""

import numpy as np
from PIL import Image

from sigunet.errors import PictureError, Unsupported

# Pixels that are converted at once: what lies between the picture and the array stays small.
_BAND = 1 << 20

_ROUTES = {"La": "LA", "RGBa": "RGBA", "HSV": "RGB", "YCbCr": "RGB", "RGBX": "RGB"}


def to_array(
    picture: Image.Image, channels: int, name: str = "the picture", *, negative: bool = False
) -> np.ndarray:
    """Brings a decoded picture to pixels: transparency on white, 8 bits a channel.

    Args:
        picture: Loaded, of any mode but LAB.
        channels: 1 for grey, 3 for RGB.
        name: What the sentences call it.
        negative: Whether the values of a picture in CMYK, or of 16 bits and more, are to be inverted.

    Returns:
        float32[H, W, channels] in [0, 1], 0 = black.

    Raises:
        PictureError: If a float picture holds values that are no numbers.
        Unsupported: If the mode has no plain way to grey or RGB.
    """
    if picture.mode == "LAB":
        raise Unsupported(f"{name} cannot be read: it is in CIELAB colours; save it as RGB.")
    if negative and picture.mode == "CMYK":
        picture = Image.eval(picture, lambda value: 255 - value)
    scale = _scale(picture, name) if picture.mode.startswith(("I", "F")) else None
    width, height = picture.size
    out = np.empty((height, width, channels), np.float32)
    rows = max(1, _BAND // width)
    for top in range(0, height, rows):
        band = picture.crop((0, top, width, min(height, top + rows)))
        if scale is not None:
            band = _scaled(band, scale, negative)
        band = _on_white(band).convert("L" if channels == 1 else "RGB")
        target = out[top : top + rows]
        np.divide(np.asarray(band).reshape(target.shape), np.float32(255), out=target)
    return out


def _scale(picture: Image.Image, name: str) -> float:
    """Returns the value that is white in a picture of 16 or 32 bits, or of floats."""
    if picture.mode.startswith("I;16"):
        return 65535.0
    pixels = np.asarray(picture)
    highest = float(pixels.max(initial=0))
    if picture.mode == "I":
        return 255.0 if highest <= 255 else 65535.0
    if not np.isfinite([highest, float(pixels.min(initial=0))]).all():
        raise PictureError(f"{name} cannot be read: some of its values are not numbers.")
    return 1.0 if highest <= 1.0 else 255.0


def _scaled(band: Image.Image, scale: float, negative: bool) -> Image.Image:
    """Scales to 8 bits; Pillow's own conversion clips."""
    values = np.asarray(band)
    share = np.clip(values.astype(np.float32) / np.float32(scale), 0.0, 1.0)
    share = 1.0 - share if negative else share
    clear = band.info.get("transparency")
    if isinstance(clear, int):
        share[values == clear] = 1.0
    return Image.fromarray(np.rint(share * 255.0).astype(np.uint8))


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode in _ROUTES:
        picture = picture.convert(_ROUTES[picture.mode])
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture
    picture = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
