"""Small valid files of every format that is read, made by Pillow in memory."""

import functools
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, PngImagePlugin


@dataclass(frozen=True)
class Seed:
    """A valid file.

    Attributes:
        kind: Its format, by Pillow's name.
        data: Its bytes.
    """

    kind: str
    data: bytes


@functools.cache
def seeds() -> tuple[Seed, ...]:
    """Makes one file of every format, mode and packing; the same ones every time."""
    return tuple(Seed(kind, _encoded(kind, picture, options)) for kind, picture, options in _all())


def _encoded(kind: str, picture: Image.Image, options: dict) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def _picture(mode: str = "RGB", size: tuple[int, int] = (48, 31)) -> Image.Image:
    """Paper with a dark stroke and some grain, so that every coder has something to do."""
    width, height = size
    rng = np.random.default_rng(len(mode) * 1000 + width)
    pixels = rng.integers(200, 256, (height, width, 3)).astype(np.uint8)
    columns = np.arange(width)
    rows = (height / 2 + height / 3 * np.sin(columns / 5)).astype(int)
    pixels[rows, columns] = (20, 30, 90)
    picture = Image.fromarray(pixels)
    if mode == "I;16":
        return Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
    if mode in ("LA", "RGBA"):
        picture.putalpha(Image.fromarray(rng.integers(0, 256, (height, width)).astype(np.uint8)))
    return picture.convert(mode)


def _all():
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x011A] = 300.0
    profile = bytes(range(256)) * 2
    frames = [_picture("P"), _picture("P", (48, 31)).rotate(180)]
    yield from _jpegs(exif, profile)
    yield from _pngs(exif, profile, frames)
    yield from _tiffs(frames)
    for options in ({}, {"lossless": True}, {"exif": exif, "icc_profile": profile}):
        yield "WEBP", _picture(), options
    yield "WEBP", _picture("RGBA"), {"lossless": True}
    yield "WEBP", _picture(), {"save_all": True, "append_images": frames}
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        yield "BMP", _picture(mode), {"dpi": (200, 200)}
    yield "GIF", _picture("L"), {"comment": b"made"}
    yield "GIF", _picture("P"), {"interlace": 1, "transparency": 3}
    yield "GIF", frames[0], {"save_all": True, "append_images": frames[1:], "loop": 2}
    yield "PDF", _picture("L"), {"resolution": 200.0}
    yield "PDF", _picture(), {"save_all": True, "append_images": [_picture("1")]}


def _jpegs(exif, profile):
    for options in ({}, {"progressive": True}, {"subsampling": 2, "restart_marker_blocks": 2}):
        yield "JPEG", _picture(), options
    yield "JPEG", _picture(), {"exif": exif, "icc_profile": profile, "dpi": (300, 300)}
    yield "JPEG", _picture("L"), {"quality": 20, "comment": b"made"}
    yield "JPEG", _picture("CMYK"), {}
    yield "JPEG", _picture(size=(300, 2)), {}


def _pngs(exif, profile, frames):
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        yield "PNG", _picture(mode), {"dpi": (300, 300)}
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "made" * 50, zip=True)
    text.add_itxt("Title", "made", zip=True)
    yield "PNG", _picture(), {"pnginfo": text, "exif": exif, "icc_profile": profile}
    yield "PNG", _picture("P"), {"transparency": bytes(range(0, 256, 2))}
    yield "PNG", _picture("L"), {"transparency": 250}
    yield "PNG", frames[0], {"save_all": True, "append_images": frames[1:]}


def _tiffs(frames):
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"):
        yield "TIFF", _picture(mode), {"dpi": (300, 300)}
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        yield "TIFF", _picture(), {"compression": compression}
    for compression in ("group3", "group4", "tiff_ccitt"):
        yield "TIFF", _picture("1"), {"compression": compression}
    yield "TIFF", _picture(), {"big_tiff": True}
    yield "TIFF", frames[0], {"save_all": True, "append_images": frames[1:]}
    yield "TIFF", _picture("I;16"), {"compression": "tiff_lzw", "tiffinfo": {317: 2}}
