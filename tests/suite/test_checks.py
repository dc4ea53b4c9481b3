import made_files
import numpy as np
import pytest

from sigunet import image as images
from sigunet.errors import DataError, PictureError
from sigunet.suite.checks import size_of


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF"])
def test_the_size_is_that_of_the_decoded_picture(tmp_path, kind):
    path = tmp_path / f"a.{kind.lower()}"
    path.write_bytes(made_files.encoded(made_files.stroke(size=(60, 40)), kind))
    assert size_of(path) == (60, 40) == images.read(path).shape[1::-1]


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_picture_is_as_large_as_it_is_upright(tmp_path, orientation):
    picture = made_files.stroke(size=(60, 40))
    exif = picture.getexif()
    exif[0x0112] = orientation
    path = tmp_path / "a.jpg"
    path.write_bytes(made_files.encoded(picture, "JPEG", exif=exif))
    assert size_of(path) == images.read(path).shape[1::-1]


def test_nothing_is_decoded(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(made_files.png(3000, 2000, b"no pixels"))
    assert size_of(path) == (3000, 2000)
    with pytest.raises(PictureError):
        images.read(path)


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
        size_of(path)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        size_of(tmp_path / "none.png")
    images.write(tmp_path / "a.png", np.ones((4, 5), np.float32))
    assert size_of(str(tmp_path / "a.png")) == (5, 4)
