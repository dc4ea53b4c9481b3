import io
import threading
import warnings

import numpy as np
import pytest
from made_files import encoded, png, stroke
from PIL import Image, ImageOps

from sigunet import image
from sigunet.errors import PictureError, SigunetError
from sigunet.reading import sniff
from sigunet.reading.decode import _quiet, check, decode

PACKED = [
    ("JPEG", {}),
    ("JPEG", {"progressive": True}),
    ("PNG", {}),
    ("TIFF", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("TIFF", {"compression": "tiff_adobe_deflate"}),
    ("TIFF", {"compression": "packbits"}),
    ("TIFF", {"compression": "jpeg"}),
    ("WEBP", {}),
    ("WEBP", {"lossless": True}),
    ("BMP", {}),
    ("GIF", {}),
]


def frame_of(data: bytes, **options):
    return decode(io.BytesIO(data), "it", **options)


@pytest.mark.parametrize(("kind", "options"), PACKED)
def test_cut_anywhere_it_is_whole_or_refused(kind, options, capfd):
    """Never half a picture: a missing last byte or two may be no loss."""
    data = encoded(stroke(size=(30, 20)), kind, **options)
    whole = image.read(data, channels=3)
    read = 0
    for cut in range(len(data)):
        try:
            found = image.read(data[:cut], channels=3)
        except PictureError as error:
            assert error.status == 400, (cut, str(error))
            continue
        read += 1
        np.testing.assert_array_equal(found, whole)
    # What follows the last pixel: checksums and end marks.
    assert read <= (24 if kind == "PNG" else 3)
    # libtiff and its friends are hushed as well.
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("kind", "options"), PACKED)
def test_a_header_is_checked_without_what_follows(kind, options):
    data = encoded(stroke(size=(300, 200)), kind, **options)
    check(io.BytesIO(data), "it")
    with pytest.raises(PictureError, match=r"^it (cannot be read|is empty)"):
        check(io.BytesIO(data[:8]), "it")
    with pytest.raises(PictureError, match="too large"):
        check(io.BytesIO(data), "it", max_pixels=1000)


def test_no_other_decoder_is_reached():
    """Pillow knows how to read these; here nothing but the formats that are named is tried."""
    for kind in ("PPM", "ICO", "PCX", "TGA", "SGI", "JPEG2000", "EPS", "DDS"):
        data = encoded(stroke(size=(32, 32)), kind)
        with Image.open(io.BytesIO(data)) as readable:
            assert readable.size == (32, 32)
        with pytest.raises(SigunetError, match=r"^the picture cannot be read: [^\n]+\.$"):
            image.read(data)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_every_exif_turn(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    plain = stroke("L" if kind != "WEBP" else "RGB")
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(plain, kind, exif=exif, **options)
    with Image.open(io.BytesIO(data)) as stored:
        expected = np.asarray(ImageOps.exif_transpose(stored).convert("L"))
    assert expected.shape == ((60, 40) if orientation > 4 else (40, 60))
    np.testing.assert_array_equal(image.to_uint8(image.read(data))[..., 0], expected)


def test_damaged_exif_data_turns_nothing():
    data = encoded(stroke(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f")
    assert image.read(data).shape == (40, 60, 1)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BMP"])
def test_dots_per_inch(kind):
    assert frame_of(encoded(stroke(), kind, dpi=(300, 300))).dpi == 300
    # A fax: no one number says it.
    assert frame_of(encoded(stroke(), kind, dpi=(204, 98))).dpi is None


def test_no_dots_per_inch_are_made_up():
    for kind in ("JPEG", "PNG", "TIFF", "WEBP", "GIF"):
        assert frame_of(encoded(stroke(), kind)).dpi is None
    exif = Image.Exif()
    exif[0x0112] = 1
    assert frame_of(encoded(stroke(), "JPEG", exif=exif)).dpi is None
    exif[0x0128], exif[0x011A], exif[0x011B] = 2, 240.0, 240.0
    assert frame_of(encoded(stroke(), "JPEG", exif=exif)).dpi == 240


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("GIF", "it is animated; its first frame was read."),
        ("WEBP", "it is animated; its first frame was read."),
        ("PNG", "it is animated; its first frame was read."),
        ("TIFF", "it has several pages; the first was read."),
    ],
)
def test_the_first_of_several_with_a_note(kind, says):
    first, second = stroke(), ImageOps.invert(stroke())
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(first, kind, save_all=True, append_images=[second], **options)
    found = frame_of(data)
    assert found.notes == (says,)
    alone = frame_of(encoded(first, kind, **options))
    assert alone.notes == ()
    pixels = [np.asarray(frame.picture.convert("RGB"), float) for frame in (found, alone)]
    assert np.abs(pixels[0] - pixels[1]).max() <= (8 if kind == "GIF" else 0)


def test_an_animation_whose_second_frame_is_damaged():
    data = encoded(stroke(), "GIF", save_all=True, append_images=[ImageOps.invert(stroke())])
    end = data.rindex(b",")
    np.testing.assert_array_equal(image.read(data[: end + 4]), image.read(data))


def test_a_phone_picture_with_a_second_one_behind_gets_no_note():
    data = encoded(stroke(), "MPO", save_all=True, append_images=[stroke("RGB", (6, 4))])
    found = frame_of(data)
    assert (found.picture.size, found.notes) == ((60, 40), ())


def test_warnings_stay_inside_and_filters_are_put_back():
    before = list(warnings.filters)
    bomb = png(10_000, 9_500)
    with pytest.raises(PictureError, match="10000 x 9500"):
        image.read(bomb)  # 95 megapixels: Pillow would warn, and warnings are errors here.
    assert warnings.filters == before


def test_filters_are_put_back_whichever_thread_ends_last():
    before = list(warnings.filters)
    inside, leave = threading.Event(), threading.Event()

    def work():
        with _quiet:
            inside.set()
            leave.wait(30)

    thread = threading.Thread(target=work)
    with _quiet:
        thread.start()
        assert inside.wait(30)
    assert warnings.filters != before
    leave.set()
    thread.join()
    assert warnings.filters == before


def test_many_threads_read_the_same():
    data = encoded(stroke(), "TIFF", compression="tiff_lzw")
    whole = image.read(data)
    same = []

    def work():
        same.extend(np.array_equal(image.read(data), whole) for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert same == [True] * 80


def test_formats_are_those_of_pillow():
    Image.init()
    assert set(sniff.FORMATS) <= set(Image.OPEN)
