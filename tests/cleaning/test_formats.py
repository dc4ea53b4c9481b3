import io

import cv2
import numpy as np
import pytest
import svg_raster
from PIL import Image

from sigunet import signatures
from sigunet.cleaning.formats import encode, render
from sigunet.cleaning.options import Options
from sigunet.errors import OptionError

PIXELS = ("mask", "gray", "rgba")
ALL = (*PIXELS, "svg")
PEN = np.array([0.1, 0.15, 0.55], np.float32)


@pytest.fixture(scope="module")
def scan():
    """A picture in blue ink and its soft ink; with a pale smudge that is no ink."""
    soft = cv2.GaussianBlur(signatures.draw(5, 2, 0) / np.float32(255), (0, 0), 0.7)
    paper = np.array([0.97, 0.94, 0.86], np.float32)
    picture = paper + soft[..., None] * (PEN - paper)
    rng = np.random.default_rng(0)
    picture = np.clip(picture + rng.normal(0, 0.02, picture.shape), 0, 1).astype(np.float32)
    soft[:3, :3] = 0.3
    return picture, soft


def drawn(scan, threshold=0.45, **asked):
    return render(*scan, Options(**asked), threshold=threshold)


def written(scan, threshold=0.45, own_dpi=None, **asked):
    return encode(*scan, Options(**asked), threshold=threshold, own_dpi=own_dpi)


def opened(data):
    return Image.open(io.BytesIO(data))


def test_mask_is_black_ink_on_white_in_one_bit(scan):
    picture = opened(written(scan))
    assert picture.format == "PNG" and picture.mode == "1"
    np.testing.assert_array_equal(np.asarray(picture), ~(scan[1] > 0.45))
    np.testing.assert_array_equal(np.asarray(picture) * np.uint8(255), drawn(scan))


def test_gray_is_soft_and_agrees_with_the_mask(scan):
    picture = opened(written(scan, format="gray"))
    gray = np.asarray(picture)
    assert picture.mode == "L" and len(np.unique(gray)) > 50
    np.testing.assert_array_equal(gray < 128, scan[1] > 0.45)
    np.testing.assert_array_equal(gray, drawn(scan, format="gray"))
    assert gray[:3, :3].min() == 255


def test_rgba_is_soft_ink_of_its_own_colour_on_nothing(scan):
    picture = opened(written(scan, format="rgba"))
    pixels = np.asarray(picture)
    assert picture.mode == "RGBA"
    np.testing.assert_array_equal(pixels, drawn(scan, format="rgba"))
    np.testing.assert_array_equal(pixels[..., 3], 255 - drawn(scan, format="gray"))
    clear = pixels[..., 3] == 0
    assert clear[:3, :3].all() and len(np.unique(pixels[clear], axis=0)) == 1
    np.testing.assert_allclose(
        pixels[pixels[..., 3] > 200][:, :3].mean(axis=0) / 255, PEN, atol=0.03
    )


def test_light_ink_on_dark_keeps_its_own_colour(scan):
    picture, soft = scan
    out = render(picture, soft, Options("rgba"), threshold=0.45, inverted=True)
    np.testing.assert_allclose(out[out[..., 3] > 200][:, :3].mean(axis=0) / 255, 1 - PEN, atol=0.03)


def test_a_fixed_ink_is_everywhere(scan):
    pixels = drawn(scan, format="rgba", ink="#1a237e")
    assert (pixels[..., :3] == [0x1A, 0x23, 0x7E]).all()
    assert b'fill="#1a237e"' in written(scan, format="svg", ink="#1a237e")


@pytest.mark.parametrize("format", PIXELS)
def test_a_threshold_of_ones_own_counts(scan, format):
    asked = drawn(scan, format=format, threshold=0.8)
    np.testing.assert_array_equal(asked, drawn(scan, 0.8, format=format))
    assert (asked != drawn(scan, format=format)).any()


def test_svg_has_the_pixels_of_the_mask(scan):
    data = written(scan, format="svg")
    filled = svg_raster.coverage(data.decode()) > 0.5
    mask = scan[1] > 0.45
    assert (filled & mask).sum() / (filled | mask).sum() > 0.98


@pytest.mark.parametrize("asked", [{}, {"pad": 0}, {"pad": 20}])
def test_a_crop_is_the_box_of_the_ink(scan, asked):
    rows, columns = (np.flatnonzero((scan[1] > 0.45).any(axis=axis)) for axis in (1, 0))
    margin = Options(crop=True, **asked).margin
    shape = tuple(int(side[-1] - side[0]) + 1 + 2 * margin for side in (rows, columns))
    whole = drawn(scan, format="gray")
    for format in PIXELS:
        assert drawn(scan, format=format, crop=True, **asked).shape[:2] == shape
    bare = drawn(scan, format="gray", crop=True, pad=0)
    np.testing.assert_array_equal(bare, whole[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    data = written(scan, format="svg", crop=True, **asked).decode()
    mask = drawn(scan, crop=True, **asked) == 0
    filled = svg_raster.coverage(data) > 0.5
    assert (filled & mask).sum() / (filled | mask).sum() > 0.98


@pytest.mark.parametrize("format", ALL)
def test_a_crop_of_nothing_keeps_the_picture(format):
    picture, soft = np.ones((20, 30, 1), np.float32), np.full((20, 30), 0.2, np.float32)
    data = encode(picture, soft, Options(format, crop=True, pad=2), threshold=0.5)
    if format == "svg":
        assert svg_raster.read(data)[1:] == ((34, 24), [])
        return
    pixels = np.asarray(opened(data).convert("RGBA"))
    assert pixels.shape == (24, 34, 4)
    assert (pixels == ([0, 0, 0, 0] if format == "rgba" else [255] * 4)).all()


@pytest.mark.parametrize("size", [(200, 100), (900, 900)])
def test_a_size_is_met_and_edges_stay_soft(scan, size):
    gray = drawn(scan, format="gray", crop=True, size=size)
    assert gray.shape == size[::-1]
    assert len(np.unique(gray)) > 50 and gray[0, 0] == 255
    np.testing.assert_array_equal(drawn(scan, crop=True, size=size) == 0, gray < 128)
    rgba = drawn(scan, format="rgba", crop=True, size=size)
    np.testing.assert_array_equal(rgba[..., 3], 255 - gray)
    filled = svg_raster.coverage(written(scan, format="svg", crop=True, size=size).decode()) > 0.5
    mask = gray < 128
    assert (filled & mask).sum() / (filled | mask).sum() > 0.85


def test_an_enlarged_mask_has_no_stairs(scan):
    """Thresholded first, every edge would lie on the grid of the small picture."""
    height, width = scan[1].shape
    mask = drawn(scan, size=(4 * width, 4 * height)) == 0
    stairs = np.kron(scan[1] > 0.45, np.ones((4, 4), bool))
    on_grid = [
        np.diff(each, axis=1)[:, 3::4].sum() / np.diff(each, axis=1).sum()
        for each in (mask, stairs)
    ]
    assert on_grid[1] == 1 and on_grid[0] < 0.5


@pytest.mark.parametrize("format", PIXELS)
def test_few_bytes_are_met(scan, format):
    full = len(written(scan, format=format))
    for most in (full, full // 2, full // 4):
        data = written(scan, format=format, max_bytes=most)
        assert len(data) <= most
        assert (np.asarray(opened(data).convert("L" if format != "rgba" else "RGBA")) != 255).any()
    # Nothing is given away that need not be.
    assert written(scan, format=format, max_bytes=full) == written(scan, format=format)


def test_fewer_levels_come_before_fewer_pixels(scan):
    full = written(scan, format="gray")
    picture = opened(written(scan, format="gray", max_bytes=len(full) * 3 // 4))
    assert picture.size == opened(full).size
    gray = np.asarray(picture)
    assert 2 < len(np.unique(gray)) <= 16
    np.testing.assert_array_equal(gray < 128, scan[1] > 0.45)


@pytest.mark.parametrize("format", ["gray", "rgba"])
def test_few_bytes_leave_the_size_that_was_asked_for(scan, format):
    size = (500, 200)
    mask = drawn(scan, size=size) == 0
    least = len(written(scan, format=format, size=size))
    counts = []
    with pytest.raises(OptionError, match=rf"as {format} of 500 x 200 this picture takes \d+"):
        while True:
            data = written(scan, format=format, size=size, max_bytes=least)
            assert len(data) <= least
            picture = opened(data)
            assert picture.size == size and picture.mode == ("L" if format == "gray" else "RGBA")
            ink = 255 - np.asarray(picture) if format == "gray" else np.asarray(picture)[..., 3]
            np.testing.assert_array_equal(ink > 127, mask)
            counts.append(len(np.unique(ink)))
            least = len(data) - 1
    assert counts[0] > 50 and counts[-3:] == [16, 4, 2]


def test_a_mask_of_a_size_is_never_smaller(scan):
    data = written(scan, size=(500, 200))
    assert written(scan, size=(500, 200), max_bytes=len(data)) == data
    with pytest.raises(OptionError, match="mask of 500 x 200"):
        written(scan, size=(500, 200), max_bytes=len(data) // 2)


def test_few_bytes_make_a_coarser_svg(scan):
    full = len(written(scan, format="svg"))
    data = written(scan, format="svg", max_bytes=full // 2)
    assert len(data) <= full // 2
    filled = svg_raster.coverage(data.decode()) > 0.5
    mask = scan[1] > 0.45
    assert (filled & mask).sum() / (filled | mask).sum() > 0.85


@pytest.mark.parametrize("format", ALL)
def test_too_few_bytes_are_refused(scan, format):
    with pytest.raises(OptionError, match=r"^max_bytes 60 cannot be reached.*\d+ bytes"):
        written(scan, format=format, max_bytes=60)


@pytest.mark.parametrize("format", PIXELS)
def test_the_resolution_is_written(scan, format):
    assert opened(written(scan, format=format, dpi=300)).info["dpi"] == pytest.approx(
        (300, 300), abs=0.1
    )
    assert "dpi" not in opened(written(scan, format=format)).info


def paper(data) -> float:
    """How wide a file says that it is, inches."""
    if b"<svg" in data:
        width = svg_raster.read(data.decode())[0].get("width")
        return float(width.removesuffix("mm")) / 25.4
    with opened(data) as picture:
        return picture.width / picture.info["dpi"][0]


@pytest.mark.parametrize("format", ALL)
@pytest.mark.parametrize("factor", [0.5, 1, 3])
def test_ink_stays_as_large_as_it_was_on_paper(scan, format, factor):
    height, width = scan[1].shape
    size = round(width * factor), round(height * factor)
    data = written(scan, format=format, size=size, own_dpi=300)
    assert paper(data) == pytest.approx(width / 300, rel=1e-3)
    # What is asked for is as it was asked for.
    data = written(scan, format=format, size=size, own_dpi=300, dpi=200)
    assert paper(data) == pytest.approx(size[0] / 200, rel=1e-3)
    plain = written(scan, format=format, own_dpi=300)
    assert plain == written(scan, format=format, dpi=300)
    assert written(scan, format=format, crop=True, own_dpi=300) == written(
        scan, format=format, crop=True, dpi=300
    )


@pytest.mark.parametrize("format", PIXELS)
def test_paper_around_it_changes_no_resolution(scan, format):
    """The picture is centred in a canvas of other proportions: its own scale counts."""
    height, width = scan[1].shape
    data = written(scan, format=format, size=(width // 2, height * 2), own_dpi=300)
    assert opened(data).info["dpi"][0] == pytest.approx(300 * (width // 2) / width, rel=1e-3)


@pytest.mark.parametrize("format", PIXELS)
def test_few_bytes_leave_the_ink_as_large_as_on_paper(scan, format):
    most = len(written(scan, format=format)) // 4
    data = written(scan, format=format, max_bytes=most, own_dpi=300)
    width = scan[1].shape[1]
    assert opened(data).width < width
    assert paper(data) == pytest.approx(width / 300, rel=0.01)


@pytest.mark.parametrize("own", [1.0, 100_000.0])
def test_a_resolution_that_no_file_can_say_is_left_out(scan, own):
    size = (50, 50) if own == 1 else (1000, 1000)
    for format in PIXELS:
        assert "dpi" not in opened(written(scan, format=format, size=size, own_dpi=own)).info
    assert b"mm" not in written(scan, format="svg", size=size, own_dpi=own)


def test_svg_has_no_pixels(scan):
    with pytest.raises(OptionError, match="svg"):
        drawn(scan, format="svg")


@pytest.mark.parametrize("format", ALL)
@pytest.mark.parametrize("shape", [(1, 1), (16, 16), (2, 300)])
@pytest.mark.parametrize("ink", [0.0, 0.4, 1.0])
def test_any_size_and_any_ink(format, shape, ink):
    soft = np.full(shape, ink, np.float32)
    data = encode(1 - soft[..., None], soft, Options(format, crop=True), threshold=0.5)
    assert data == encode(1 - soft[..., None], soft, Options(format, crop=True), threshold=0.5)
    if format != "svg":
        with opened(data) as picture:
            picture.load()
