import io
import subprocess
import sys
import zlib

import made_files
import numpy as np
import pytest
from PIL import Image

from sigunet import image
from sigunet.errors import DataError, PictureError, TooLarge, Unsupported


def encoded(picture: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (12, 20, 3), np.uint8)


def test_png_is_read_exactly(tmp_path, pixels):
    Image.fromarray(pixels).save(tmp_path / "a.png")
    read = image.read(tmp_path / "a.png", channels=3)
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read, pixels.astype(np.float32) / 255)
    grey = image.read((tmp_path / "a.png").read_bytes())
    assert grey.shape == (12, 20, 1)
    np.testing.assert_allclose(grey, image.grey(read), atol=1.01 / 255)


def test_sixteen_bits_are_scaled_not_clipped():
    wide = np.linspace(0, 65535, 64, dtype=np.uint16).reshape(8, 8)
    read = image.read(encoded(Image.fromarray(wide), "PNG"))
    np.testing.assert_allclose(read[..., 0], wide / 65535, atol=1 / 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I", "F"])
def test_all_modes(mode):
    picture = Image.fromarray(np.tile(np.arange(0, 256, 8, np.uint8), (8, 1))).convert(mode)
    read = image.read(encoded(picture, "TIFF"))
    assert read.shape == (8, 32, 1)
    assert 0 <= read.min() < 0.1
    assert 0.9 < read.max() <= 1


def test_transparency_is_laid_on_white():
    clear = Image.fromarray(np.zeros((4, 4, 4), np.uint8), "RGBA")
    assert image.read(encoded(clear, "PNG")).min() == 1.0


def test_exif_rotation_is_applied():
    picture = Image.fromarray(np.zeros((4, 10), np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    assert image.read(encoded(picture, "JPEG", exif=exif)).shape == (10, 4, 1)


def png_header(width: int, height: int) -> bytes:
    """A PNG whose header promises more than it holds."""
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    chunks = b""
    for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")):
        body = kind + data
        chunks += len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "cannot be read"),
        (b"not a picture at all", "cannot be read"),
        (png_header(20_000, 20_000), "too large"),
        (png_header(10_000, 10_000), "10000 x 10000"),
        (png_header(100, 100), "cannot be read"),
    ],
    ids=["empty", "text", "bomb", "large", "hollow"],
)
def test_bad_pictures_are_sentences(tmp_path, data, says):
    path = tmp_path / "bad.png"
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"^[^\n]+$") as caught:
        image.read(path)
    assert says in str(caught.value)
    assert "bad.png" in str(caught.value)


def test_a_missing_and_a_truncated_file(tmp_path, pixels):
    with pytest.raises(DataError, match=r"gone\.png does not exist"):
        image.read(tmp_path / "gone.png")
    with pytest.raises(DataError, match="is a folder"):
        image.read(tmp_path)
    data = encoded(Image.fromarray(pixels), "PNG")
    with pytest.raises(DataError, match="cannot be read"):
        image.read(data[: len(data) // 2])


def test_write_leaves_no_partial_file(tmp_path):
    image.write(tmp_path / "a.png", np.zeros((3, 4, 1), np.float32))
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    with pytest.raises(DataError, match="cannot be written"):
        image.write(tmp_path / "a.nonsense", np.zeros((3, 4), np.float32))
    with pytest.raises(DataError, match="cannot be written"):
        image.write(tmp_path / "a.png" / "b.png", np.zeros((3, 4), np.float32))
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_own_png_round_trip(pixels):
    np.testing.assert_array_equal(image.decode_png(image.encode_png(pixels)), pixels)
    np.testing.assert_array_equal(
        image.decode_png(image.encode_png(pixels[..., 0])), pixels[..., 0]
    )


@pytest.mark.parametrize("shape", [(300, 700), (700, 300), (1, 1), (5, 2000)])
def test_letterbox_and_back(shape):
    smooth = np.ones((*shape, 1), np.float32) * 0.25
    square, place = image.letterbox(smooth, 64, fill=1.0)
    assert square.shape == (64, 64, 1)
    inside = square[place.top : place.top + place.height, place.left : place.left + place.width]
    np.testing.assert_allclose(inside, 0.25, atol=1e-6)
    assert max(place.height, place.width) == 64
    assert square.sum() == pytest.approx(0.25 * inside.size + (64 * 64 - inside.size), rel=1e-5)
    back = image.unletterbox(square, place)
    assert back.shape == smooth.shape
    np.testing.assert_allclose(back, smooth, atol=1e-5)


def test_shrinking_averages_areas():
    checker = np.indices((8, 8)).sum(0).astype(np.float32) % 2
    np.testing.assert_allclose(image.resize(checker, 4, 4), 0.5)


def test_pad_to_multiple_mirrors():
    picture = np.arange(6, dtype=np.float32).reshape(2, 3, 1)
    padded = image.pad_to_multiple(picture, 4)
    assert padded.shape == (4, 4, 1)
    np.testing.assert_array_equal(
        padded[..., 0], [[0, 1, 2, 2], [3, 4, 5, 5], [3, 4, 5, 5], [0, 1, 2, 2]]
    )
    assert image.pad_to_multiple(padded, 4) is padded


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        (b"", PictureError, "it is empty"),
        (b"not a picture at all", Unsupported, "it is text, not a picture"),
        (b"%PDF-1.7 and more", Unsupported, "it is a PDF, and a picture is wanted here"),
        (png_header(100, 100), PictureError, "its PNG is"),
        (png_header(10_000, 10_000), TooLarge, "at most 50,000,000 pixels"),
        (png_header(60_000, 60_000), TooLarge, "60000 x 60000"),
    ],
    ids=["empty", "text", "pdf", "hollow", "large", "bomb"],
)
def test_the_kind_of_error_says_whose_fault_it_is(data, error, says):
    with pytest.raises(DataError, match=says) as caught:
        image.read(data)
    assert type(caught.value) is error


def test_a_sentence_about_a_strange_name_is_one_line(tmp_path):
    path = tmp_path / "a\nb\x1b[2J.png"
    path.write_bytes(b"")
    with pytest.raises(PictureError, match=r"a\?b\?\[2J\.png cannot be read: it is empty\.$"):
        image.read(path)


def test_reading_needs_no_decoder_but_its_own():
    """A cold start imports the plugin of one format, and no other of Pillow's forty."""
    child = (
        "import io, sys; from PIL import Image; from sigunet import image\n"
        "data = io.BytesIO(); Image.new('L', (9, 9)).save(data, 'PNG')\n"
        "image.read(data.getvalue())\n"
        "print(*sorted(name for name in sys.modules if name.startswith('PIL.') "
        "and name.endswith('Plugin')))\n"
    )
    done = subprocess.run([sys.executable, "-c", child], capture_output=True, check=True, text=True)
    loaded = {name.removeprefix("PIL.") for name in done.stdout.split()}
    assert "PngImagePlugin" in loaded
    assert not loaded & {"EpsImagePlugin", "PsdImagePlugin", "FitsImagePlugin", "WmfImagePlugin"}


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF"])
def test_the_size_is_that_of_the_decoded_picture(tmp_path, kind):
    path = tmp_path / f"a.{kind.lower()}"
    path.write_bytes(made_files.encoded(made_files.stroke(size=(60, 40)), kind))
    assert image.check_header(path) == (60, 40) == image.read(path).shape[1::-1]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_as_large_as_it_is_upright(tmp_path, kind, orientation):
    picture = made_files.stroke(size=(60, 40))
    exif = picture.getexif()
    exif[0x0112] = orientation
    path = tmp_path / "a.any"
    path.write_bytes(made_files.encoded(picture, kind, exif=exif))
    assert image.check_header(path) == ((60, 40) if orientation < 5 else (40, 60))
    assert image.check_header(path) == image.read(path).shape[1::-1]


def test_nothing_is_decoded(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(made_files.png(3000, 2000, b"no pixels"))
    assert image.check_header(path) == (3000, 2000)
    with pytest.raises(PictureError):
        image.read(path)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"not a picture", "is text, not a picture"),
        (b"%PDF-1.4", "is a PDF"),
        (made_files.small_png()[:20], "header is cut off"),
        (b"II*\x00" + bytes(60), "has no pixels"),
        (made_files.png(60_000, 10), "too large"),
    ],
)
def test_what_is_no_picture_is_told(tmp_path, data, says):
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with pytest.raises(PictureError, match=rf"a\.png .*{says}"):
        image.check_header(path)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        image.check_header(tmp_path / "none.png")
    image.write(tmp_path / "a.png", np.ones((4, 5), np.float32))
    assert image.check_header(str(tmp_path / "a.png")) == (5, 4)
