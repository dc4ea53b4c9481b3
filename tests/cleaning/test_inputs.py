import io

import numpy as np
import pytest
from made_files import encoded, stroke
from PIL import Image

from sigunet import image
from sigunet.cleaning.inputs import Input, count_pages, read_input
from sigunet.errors import DataError, OptionError, PictureError, TooLarge, Unsupported


@pytest.mark.parametrize("channels", [1, 3])
def test_every_kind_of_source_gives_the_same_pixels(tmp_path, channels):
    picture = stroke()
    data = encoded(picture, "PNG", dpi=(300, 300))
    path = tmp_path / "scan.png"
    path.write_bytes(data)
    sources = [path, str(path), data, bytearray(data), io.BytesIO(data), np.asarray(picture)]
    with path.open("rb") as file, Image.open(path) as lazy:
        found = [read_input(source, channels=channels) for source in [*sources, file, lazy]]
    expected = image.read(path, channels=channels)
    for read in found:
        np.testing.assert_array_equal(read.picture, expected)
        assert (read.picture.dtype, read.notes) == (np.float32, ())
    names = [read.name for read in found]
    assert names == [str(path)] * 2 + ["the picture"] * 4 + [str(path)] * 2
    assert [read.dpi for read in found] == [300] * 5 + [None] + [300] * 2


def test_a_name_is_given_where_there_is_none():
    read = read_input(encoded(stroke(), "PNG"), channels=1, name="up\nload.png")
    assert read.name == "up?load.png"
    with pytest.raises(PictureError, match=r"^mine cannot be read: it is empty\.$"):
        read_input(b"", channels=1, name="mine")


def test_notes_come_along():
    data = encoded(stroke(), "GIF", save_all=True, append_images=[stroke().rotate(90)])
    assert read_input(data, channels=1, name="a.gif").notes == (
        "a.gif is animated; its first frame was read.",
    )


@pytest.mark.parametrize(
    ("source", "error", "status", "says"),
    [
        (b"", PictureError, 400, "it is empty"),
        (b"Dear Sir", Unsupported, 415, "it is text, not a picture"),
        (encoded(stroke(), "JPEG")[:-90], PictureError, 400, "its JPEG is cut off (truncated)"),
        (encoded(stroke(), "JPEG")[:60], PictureError, 400, "its JPEG is damaged, cut off"),
        (encoded(stroke(), "PNG") * 1000, TooLarge, 413, "at most 1,000,000 bytes"),
        (object(), Unsupported, 415, "it is a object"),
        ([[1, 2]], Unsupported, 415, "it is a list"),
        (None, Unsupported, 415, "it is a NoneType"),
        (io.StringIO("text"), PictureError, 400, "open it in binary mode"),
    ],
)
def test_what_is_no_picture(source, error, status, says):
    with pytest.raises(error, match=r"^[^\n]+\.$") as caught:
        read_input(source, channels=1, max_bytes=1_000_000)
    assert caught.value.status == status
    assert says in str(caught.value)


def test_text_with_the_name_of_a_picture(tmp_path):
    (tmp_path / "scan.png").write_text("no picture")
    with pytest.raises(Unsupported, match=r"scan\.png cannot be read: it is text"):
        read_input(tmp_path / "scan.png", channels=1)
    with pytest.raises(DataError, match=r"gone\.png does not exist"):
        read_input(tmp_path / "gone.png", channels=1)


def test_the_name_of_a_file_does_not_matter(tmp_path):
    (tmp_path / "scan.txt").write_bytes(encoded(stroke(), "WEBP"))
    assert read_input(tmp_path / "scan.txt", channels=1).picture.shape == (40, 60, 1)


def test_only_pdfs_have_pages():
    for source in (encoded(stroke(), "PNG"), stroke(), np.zeros((9, 9))):
        assert count_pages(source) == 1
        with pytest.raises(OptionError, match="has no page 3; only PDFs"):
            read_input(source, channels=1, page=2)
    with pytest.raises(PictureError, match="it is empty"):
        count_pages(b"")


def test_pillow_pictures_are_turned_capped_and_whole():
    picture = stroke()
    picture.getexif()[0x0112] = 6
    assert read_input(picture, channels=1).picture.shape == (60, 40, 1)
    with pytest.raises(TooLarge, match="30001 x 1"):
        read_input(Image.new("1", (30_001, 1)), channels=1)
    with pytest.raises(PictureError, match=r"no pixels \(0 x 5\)"):
        read_input(Image.new("L", (0, 5)), channels=1)
    data = encoded(stroke(), "PNG")
    with Image.open(io.BytesIO(data[:200])) as cut:
        with pytest.raises(PictureError, match="Pillow cannot decode it"):
            read_input(cut, channels=1)
    with pytest.raises(Unsupported, match="CIELAB"):
        read_input(Image.new("LAB", (5, 5)), channels=1)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (3, 2), (15, 15), (16, 16)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF"])
def test_small_pictures_do_not_crash(kind, size):
    read = read_input(encoded(stroke("RGB", size), kind), channels=3)
    assert isinstance(read, Input)
    assert read.picture.shape == (size[1], size[0], 3)
