import io
import struct

import numpy as np
import pytest
from made_files import encoded, stroke, tiff
from PIL import Image, ImageChops, ImageOps

from sigunet import image
from sigunet.cleaning.inputs import read_input
from sigunet.errors import PictureError, Unsupported
from sigunet.reading import pixels, to_array
from sigunet.reading.pixels import white_of

RAMP = np.tile(np.arange(0, 256, 4, np.uint8), (4, 1))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    "mode",
    ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV"],
)
def test_every_mode_keeps_the_ramp(mode, channels):
    through = {"La": "LA", "RGBa": "RGBA", "PA": "P", "YCbCr": "RGB", "HSV": "RGB"}
    picture = Image.fromarray(RAMP)
    if mode == "1":
        picture = picture.point(lambda value: 255 * (value >= 128))
    picture = picture.convert(through.get(mode, mode)).convert(mode)
    found = to_array(picture, channels)
    assert found.shape == (4, 64, channels)
    expected = (RAMP >= 128) if mode == "1" else RAMP / 255
    np.testing.assert_allclose(found, np.repeat(expected[..., None], channels, 2), atol=3 / 255)


def test_bands_join_without_a_seam(monkeypatch):
    picture = stroke("RGBA", (50, 37))
    whole = to_array(picture, 3)
    monkeypatch.setattr(pixels, "_BAND", 130)  # Two rows.
    np.testing.assert_array_equal(to_array(picture, 3), whole)


def test_half_transparent_ink_is_half_as_dark():
    ink = np.zeros((2, 3, 4), np.uint8)
    ink[:, 1, 3], ink[:, 2, 3] = 128, 255
    data = encoded(Image.fromarray(ink), "PNG")
    np.testing.assert_allclose(image.read(data)[0, :, 0], [1, 127 / 255, 0], atol=0.6 / 255)


def on_nothing(colour, *, opacity=255, rows=slice(18, 22)) -> Image.Image:
    """A stroke of one colour, the rest transparent."""
    pixels = np.zeros((40, 60, 4), np.uint8)
    pixels[rows, 5:55] = (*colour, opacity)
    return Image.fromarray(pixels)


@pytest.mark.parametrize("colour", [(255, 255, 255), (255, 255, 0), (224, 224, 224)], ids=str)
@pytest.mark.parametrize("mode", ["RGBA", "LA", "La", "RGBa", "PA"])
def test_light_ink_is_laid_on_black_where_that_is_asked(mode, colour, monkeypatch):
    through = {"La": "LA", "RGBa": "RGBA", "PA": "P"}
    picture = on_nothing(colour).convert(through.get(mode, mode)).convert(mode)
    found = to_array(picture, 1, light_ink=True)[..., 0]
    assert found[20, 30] > 0.85 and found[5, 5] == 0
    assert to_array(picture, 1)[5, 5, 0] == 1
    monkeypatch.setattr(pixels, "_BAND", 130)  # Two rows, of which most hold no ink.
    np.testing.assert_array_equal(to_array(picture, 1, light_ink=True)[..., 0], found)


def test_light_ink_on_a_transparent_colour_is_laid_on_black():
    picture = on_nothing((255, 255, 255)).convert("RGB").convert("P")
    data = encoded(picture, "PNG", transparency=picture.getpixel((0, 0)))
    found = read_input(data, channels=1).picture[..., 0]
    assert found[20, 30] == 1 and found[5, 5] == 0


def cut_out(ink: int) -> Image.Image:
    """A piece of white paper with something written on it, the rest transparent."""
    pixels = np.asarray(on_nothing((255, 255, 255), rows=slice(12, 30))).copy()
    pixels[20, 10 : 10 + ink, :3] = 30
    return Image.fromarray(pixels)


@pytest.mark.parametrize(
    "picture",
    [
        on_nothing((0, 0, 0)),
        on_nothing((30, 40, 160)),
        on_nothing((160, 160, 160)),
        on_nothing((0, 0, 0), opacity=40),
        on_nothing((255, 255, 255), rows=slice(5, 35)),
        cut_out(30),
        Image.new("RGBA", (60, 40)),
        Image.new("RGBA", (60, 40), (255, 255, 255, 0)),
        Image.new("RGBA", (60, 40), (250, 250, 240, 90)),
    ],
    ids="dark blue grey shadow opaque paper nothing white faded".split(),
)
def test_what_is_no_light_ink_stays_on_white(picture):
    on_white = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    found = to_array(picture, 3, light_ink=True)
    np.testing.assert_array_equal(image.to_uint8(found), np.asarray(on_white)[..., :3])


@pytest.mark.parametrize("mode", ["L", "P", "RGB", "I;16"])
def test_a_transparent_colour_is_white(mode):
    picture = Image.fromarray(np.array([[0, 100]], np.uint8))
    if mode == "I;16":
        picture = Image.fromarray(np.array([[0, 100 * 257]], np.uint16))
    elif mode == "P":
        picture.putpalette(bytes(value for value in range(256) for _ in range(3)))
    else:
        picture = picture.convert(mode)
    clear = (0, 0, 0) if mode == "RGB" else 0
    found = image.read(encoded(picture, "PNG", transparency=clear))
    np.testing.assert_allclose(found[0, :, 0], [1, 100 / 255], atol=1 / 255)


def cmyk_jpeg(picture: Image.Image, **options) -> bytes:
    """A CMYK JPEG of inks as they are, without Adobe's mark, which Pillow always sets."""
    adobe = encoded(ImageChops.invert(picture), "JPEG", quality=100, **options)
    start = adobe.index(b"\xff\xee")
    length = int.from_bytes(adobe[start + 2 : start + 4], "big")
    return adobe[:start] + adobe[start + 2 + length :]


def test_cmyk_of_adobe_and_of_others():
    """Adobe's JPEGs store inks inverted and say so; without the mark they are as they are."""
    light = Image.new("CMYK", (16, 16), (0, 0, 0, 10))
    adobe = encoded(light, "JPEG", quality=100)
    assert b"Adobe" in adobe
    assert image.read(adobe).min() > 0.9
    unmarked = cmyk_jpeg(light)
    assert b"Adobe" not in unmarked
    assert image.read(unmarked).min() > 0.9
    assert image.read(encoded(light, "TIFF")).min() > 0.9


@pytest.mark.parametrize("orientation", range(1, 9))
def test_cmyk_of_others_is_as_dark_however_it_is_turned(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = cmyk_jpeg(stroke("CMYK"), exif=exif)
    expected = np.asarray(ImageOps.exif_transpose(_tagged(stroke("L"), exif))) / 255
    found = image.read(data)[..., 0]
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=0.1)
    with Image.open(io.BytesIO(data)) as opened:
        np.testing.assert_array_equal(read_input(opened, channels=1).picture[..., 0], found)


def _tagged(picture: Image.Image, exif: Image.Exif) -> Image.Image:
    picture.getexif().update(exif)
    return picture


def test_white_is_zero_in_a_wide_tiff():
    wide = np.array([[0, 20_000, 65_535]], np.uint16)
    plain = encoded(Image.fromarray(wide), "TIFF")
    turned = encoded(Image.fromarray(wide), "TIFF", tiffinfo={262: 0})
    with Image.open(io.BytesIO(turned)) as file:
        assert file.tag_v2[262] == 0
    np.testing.assert_allclose(image.read(turned), 1 - image.read(plain), atol=1 / 255)
    with Image.open(io.BytesIO(turned)) as opened:
        np.testing.assert_array_equal(read_input(opened, channels=1).picture, image.read(turned))


SHARE = np.linspace(0, 1, 16, dtype=np.float32).reshape(4, 4)


@pytest.mark.parametrize(
    ("kind", "white"),
    [
        *((np.uint16, white) for white in (255, 4095, 65_535)),
        *((np.int32, white) for white in (255, 4095, 65_535, 2**31 - 1)),
        *((np.float32, white) for white in (1, 255, 4095, 65_535, 3e6)),
    ],
)
def test_white_is_read_off_the_largest_value(kind, white):
    values = SHARE.astype(np.float64) * white
    stored = (values if kind == np.float32 else np.rint(values)).astype(kind)
    found = image.read(encoded(Image.fromarray(stored), "TIFF"))[..., 0]
    np.testing.assert_allclose(found, SHARE, atol=1 / 255)


@pytest.mark.parametrize(
    ("highest", "white"),
    [
        (0, 1),
        (1.08, 1),
        (2, 255),
        (270, 255),
        (300, 4095),
        (4095, 4095),
        (5000, 65_535),
        (65_535, 65_535),
        (1e9, 1e9),
    ],
)
def test_white_by_the_largest_value(highest, white):
    assert white_of(highest) == white


def unsigned_tiff(values: np.ndarray) -> bytes:
    """A TIFF of 32 bits unsigned, which Pillow reads and does not write."""
    height, width = values.shape
    tags = {256: width, 257: height, 258: 32, 259: 1, 262: 1, 273: 122, 277: 1, 278: height}
    entries = [(tag, 4, 1, value) for tag, value in {**tags, 279: values.nbytes}.items()]
    return tiff(*entries, tail=values.astype("<u4").tobytes())


@pytest.mark.parametrize("highest", [4095, 2**31 - 1, 2**32 - 1])
def test_unsigned_values_of_32_bits(highest):
    values = np.rint(np.linspace(0, highest, 16)).reshape(4, 4)
    data = unsigned_tiff(values)
    np.testing.assert_allclose(image.read(data)[..., 0], values / highest, atol=1 / 255)
    with Image.open(io.BytesIO(data)) as opened:
        assert opened.mode == "I"
        np.testing.assert_array_equal(read_input(opened, channels=1).picture, image.read(data))


def test_a_dark_negative_is_no_dark_picture():
    """What has no ink has no large value where 0 is white."""
    page = np.array([[0, 20, 200]], np.uint16)
    assert image.read(encoded(Image.fromarray(page), "TIFF", tiffinfo={262: 0})).min() > 0.98


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("white", [1, 4095])
def test_what_is_no_number_is_refused(bad, white):
    values = SHARE * white
    values[1, 1] = bad
    with pytest.raises(PictureError, match="values are not numbers"):
        image.read(encoded(Image.fromarray(values), "TIFF"))


@pytest.mark.parametrize("opacity", [0, 100])
def test_the_alpha_of_a_bitmap_counts_where_it_is_set(opacity):
    """The clipboard of Windows leaves it 0 in bitmaps that say they have one."""
    picture = stroke("RGBA")
    picture.putalpha(opacity)
    body = encoded(picture, "BMP")[54:]
    header = struct.pack("<IiiHHIIiiII", 124, 60, 40, 1, 32, 3, len(body), 0, 0, 0, 0)
    header += struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000) + bytes(68)
    data = b"BM" + struct.pack("<IHHI", 138 + len(body), 0, 0, 138) + header + body
    with Image.open(io.BytesIO(data)) as opened:
        assert opened.mode == "RGBA" and opened.getchannel("A").getextrema() == (opacity, opacity)
        found = read_input(opened, channels=1).picture
    np.testing.assert_array_equal(found, image.read(data))
    assert found.min() == pytest.approx(0.16 if opacity == 0 else 1 - 0.84 * 100 / 255, abs=0.03)
    # Of no other format is it known to be a mistake.
    assert (image.read(encoded(picture, "PNG")).min() == 1) == (opacity == 0)


def test_cielab_is_unsupported():
    with pytest.raises(Unsupported, match="CIELAB"):
        to_array(Image.new("LAB", (3, 3)), 1)
