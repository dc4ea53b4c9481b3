"""Every mode of a Pillow picture to the one image contract, in bands, so that memory is bounded."""

from collections.abc import Iterator

import numpy as np
from PIL import Image

from sigunet.errors import PictureError, Unsupported

# Pixels that are converted at once: what lies between the picture and the array stays small.
_BAND = 1 << 20

# Light ink on transparent ground: more than half of the picture is less opaque than this of 255, and
# of the rest, weighted by how opaque it is, this share at the most is darker than this of 255. Paler
# ink is hardly found on white; all that is darker is, and paper that was cut out has dark ink on it.
_GROUND = 32
_STRAY = 0.02
_LIGHT = 192

# What is white in pictures of 16 and 32 bits and of floats: of shares, 8, 12 and 16 bits. Values that
# pass it by less are those of a resampled edge.
_WHITES = (1.0, 255.0, 4095.0, 65535.0)
_OVERSHOOT = 1.1

_ROUTES = {"La": "LA", "RGBa": "RGBA", "HSV": "RGB", "YCbCr": "RGB", "RGBX": "RGB"}


def to_array(
    picture: Image.Image,
    channels: int,
    name: str = "the picture",
    *,
    negative: bool = False,
    light_ink: bool = False,
) -> np.ndarray:
    """Brings a decoded picture to pixels: transparency on white, 8 bits a channel.

    What is white in grey of more bits, or of floats, is chosen by its largest value, see `white_of`.

    Args:
        picture: Loaded, of any mode but LAB.
        channels: 1 for grey, 3 for RGB.
        name: What the sentences call it.
        negative: Whether the values of a picture in CMYK, or of 16 bits and more, are to be inverted.
        light_ink: Whether transparency is black where what lies on it could not be seen on white.

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
    scale = _scale(picture, name, negative) if picture.mode.startswith(("I", "F")) else None
    light = light_ink and scale is None and is_light_ink(picture)
    ground = "black" if light else "white"
    width, height = picture.size
    out = np.empty((height, width, channels), np.float32)
    for top, band in _bands(picture):
        if scale is not None:
            band = _scaled(band, scale, negative)
        band = _laid_on(ground, band).convert("L" if channels == 1 else "RGB")
        target = out[top : top + band.height]
        np.divide(np.asarray(band).reshape(target.shape), np.float32(255), out=target)
    return out


def is_light_ink(picture: Image.Image) -> bool:
    """Says whether a picture is light ink on transparent ground, which white would swallow.

    Args:
        picture: Loaded, of 8 bits a channel, not in LAB.
    """
    if not _may_be_clear(picture):
        return False
    clear = ink = dark = 0
    for _, band in _bands(picture):
        band = _routed(band).convert("RGBA")
        opacity, grey = np.asarray(band.getchannel("A")), np.asarray(band.convert("L"))
        clear += np.count_nonzero(opacity < _GROUND)
        ink += int(opacity.sum(dtype=np.int64))
        dark += int(opacity[grey < _LIGHT].sum(dtype=np.int64))
    return 2 * clear > picture.width * picture.height and ink > 0 and dark <= _STRAY * ink


def _bands(picture: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    """Yields the rows of a picture, some at a time, with the number of the first."""
    width, height = picture.size
    rows = max(1, _BAND // width)
    for top in range(0, height, rows):
        yield top, picture.crop((0, top, width, min(height, top + rows)))


def white_of(highest: float) -> float:
    """Chooses the value of white in a picture that does not say how many of its bits it uses.

    Args:
        highest: Its largest value, finite.

    Returns:
        The least of 1, 255, 4095 (12 bits) and 65535 that is not passed by more than a tenth, else
        `highest` itself. A scan of 16 bits that is all darker than 4096 is one of 12 bits.
    """
    return next((white for white in _WHITES if highest <= _OVERSHOOT * white), highest)


def _scale(picture: Image.Image, name: str, negative: bool) -> float:
    """Returns the value that is white, or black in a negative, in a picture of wide values."""
    if negative and picture.mode.startswith("I;16"):
        # Its largest value is its darkest ink, of which a page may have none.
        return _WHITES[-1]
    pixels = np.asarray(picture)
    lowest, highest = float(pixels.min(initial=0)), float(pixels.max(initial=0))
    if not np.isfinite([lowest, highest]).all():
        raise PictureError(f"{name} cannot be read: some of its values are not numbers.")
    return white_of(highest)


def _scaled(band: Image.Image, scale: float, negative: bool) -> Image.Image:
    """Scales to 8 bits; Pillow's own conversion clips."""
    values = np.asarray(band)
    share = np.clip(values.astype(np.float32) / np.float32(scale), 0.0, 1.0)
    share = 1.0 - share if negative else share
    clear = band.info.get("transparency")
    if isinstance(clear, int):
        share[values == clear] = 1.0
    return Image.fromarray(np.rint(share * 255.0).astype(np.uint8))


def _may_be_clear(picture: Image.Image) -> bool:
    return picture.mode.endswith(("A", "a")) or "transparency" in picture.info


def _routed(picture: Image.Image) -> Image.Image:
    return picture.convert(_ROUTES[picture.mode]) if picture.mode in _ROUTES else picture


def _laid_on(ground: str, picture: Image.Image) -> Image.Image:
    picture = _routed(picture)
    if not _may_be_clear(picture):
        return picture
    picture = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", picture.size, ground), picture)
