"""What must be refused before it takes memory: measured, in a process of its own."""

import subprocess
import sys
import zlib
from pathlib import Path

import made_files as made
import pytest

from sigunet import image
from sigunet.errors import PictureError, TooLarge, Unsupported

ROW = made.long_tags(t256=64, t257=64, t258=8, t262=1, t277=1)

BOMBS = {
    "png-24000": lambda: made.png(24_000, 24_000, made.zeros(24_000 * 3_001)),
    "png-60000": lambda: made.png(60_000, 60_000, made.zeros(60_000 * 7_501)),
    "png-text": lambda: made.small_png((b"zTXt", b"a\0\0" + made.zeros(200 << 20))),
    "png-profile": lambda: made.small_png((b"iCCP", b"a\0\0" + made.zeros(200 << 20))),
    "gif-screen": lambda: made.gif((65_535, 65_535), (8, 8)),
    "gif-frame": lambda: made.gif((8, 8), (13_000, 13_000)),
    "webp-canvas": lambda: made.webp_canvas(16_383, 16_383),
    "bmp-size": lambda: made.bmp(100_000, -100_000, 1, 0, bytes(64)),
    "jpeg-size": lambda: made.jpeg_of(65_500, 65_500),
    "tiff-size": lambda: made.tiff(*made.long_tags(t256=1 << 31, t257=1 << 31)),
    "tiff-tiles": lambda: made.tiff(
        *ROW, *made.long_tags(t259=8, t322=60_000, t323=60_000, t324=8, t325=99)
    ),
    "tiff-list": lambda: made.tiff(*ROW, (273, 4, 2_000_000, 8), tail=bytes(8_000_000)),
}

CHILD = """
import sys
from pathlib import Path
from sigunet import image
from sigunet.errors import PictureError

def peak():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024

def read(path):
    try:
        return "x".join(map(str, image.read(path, channels=int(sys.argv[1])).shape))
    except PictureError as error:
        return type(error).__name__

read(sys.argv[2])
for path in sys.argv[2:]:
    Path("/proc/self/clear_refs").write_text("5")
    before = peak()
    print(Path(path).name, read(path), peak() - before)
"""


def peaks(paths: list[Path], channels: int) -> dict[str, tuple[str, int]]:
    """Reads pictures in another process: what became of each, and the MiB it took at most."""
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("the peak of memory is read from Linux's /proc")
    command = [sys.executable, "-c", CHILD, str(channels), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = (line.split() for line in done.stdout.splitlines())
    return {name: (word, int(megabytes)) for name, word, megabytes in lines}


def test_bombs_are_refused_before_they_take_memory(tmp_path):
    paths = [tmp_path / name for name in BOMBS]
    for path in paths:
        path.write_bytes(BOMBS[path.name]())
        assert path.stat().st_size < 9_000_000
    seen = peaks(paths, 1)
    refused = {name: word for name, (word, _) in seen.items()}
    damaged = {"png-text", "png-profile", "tiff-list"}
    assert refused == {name: "PictureError" if name in damaged else "TooLarge" for name in BOMBS}
    most = {name: megabytes for name, (_, megabytes) in seen.items() if megabytes > 16}
    assert not most


def test_twelve_megapixels_take_little_memory(tmp_path):
    """The array itself is 46 MiB grey and 137 MiB in colour."""
    paths = [tmp_path / name for name in ("a.jpg", "a.webp", "a.png")]
    for path in paths:
        made.stroke(size=(4000, 3000)).save(path, quality=50, method=0, compress_level=1)
    for channels, most in ((1, 250), (3, 300)):
        # `peaks` counts in MiB, whole ones, and what was decoded may lie where the last one did.
        array = 3000 * 4000 * 4 * channels // 2**20
        for word, megabytes in peaks(paths, channels).values():
            assert word == f"3000x4000x{channels}"
            assert array <= megabytes < most


def test_long_strips_are_read_and_longer_ones_refused():
    assert image.read(made.encoded(made.stroke("L", (30_000, 10)), "PNG")).shape == (10, 30_000, 1)
    assert image.read(made.encoded(made.stroke("L", (10, 30_000)), "TIFF")).shape == (30_000, 10, 1)
    with pytest.raises(TooLarge, match=r"30001 x 10, and a side has at most 30,000") as caught:
        image.read(made.encoded(made.stroke("L", (30_001, 10)), "PNG"))
    assert caught.value.status == 413


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF"])
def test_the_pixel_cap_is_exact(kind):
    data = made.encoded(made.stroke(), kind)
    assert image.read(data, max_pixels=60 * 40).shape == (40, 60, 1)
    with pytest.raises(TooLarge, match="60 x 40, and at most 2,399 pixels"):
        image.read(data, max_pixels=60 * 40 - 1)


@pytest.mark.parametrize("lossless", [False, True])
def test_the_canvas_of_each_kind_of_webp_is_seen(lossless):
    picture = made.stroke(size=(300, 200))
    for options in ({"lossless": lossless}, {"lossless": lossless, "exif": b"Exif\0\0II*\0"}):
        data = made.encoded(picture, "WEBP", **options)
        assert image.read(data, max_pixels=60_000).shape == (200, 300, 1)
        with pytest.raises(TooLarge, match="300 x 200"):
            image.read(data, max_pixels=59_999)


def test_a_jpeg_of_endless_scans_is_refused():
    assert image.read(made.jpeg_of_scans(20)).shape == (40, 60, 1)
    with pytest.raises(TooLarge, match="packed in 2005 scans"):
        image.read(made.jpeg_of_scans(2000))


def test_bytes_behind_a_jpeg_are_no_scans_of_it():
    data = made.encoded(made.stroke(), "JPEG")
    behind = image.read(data + b"\xff\xda\x00\x02" * 500)
    assert (behind == image.read(data)).all()


def test_run_lengths_are_read_where_they_are_short():
    # One row of 8 pixels of colour 1, which is the second of the palette.
    row = b"\x08\x01\x00\x00"
    assert image.read(made.bmp(8, 8, 8, 1, row * 8 + b"\x00\x01")).shape == (8, 8, 1)
    with pytest.raises(TooLarge, match="packed by run lengths"):
        image.read(made.bmp(3000, 3000, 8, 1, row))


def test_tiffs_are_unpacked_by_common_methods_only():
    entries = [*ROW, *made.long_tags(t273=8, t278=64, t279=99)]
    with pytest.raises(Unsupported, match="compressed by method 50000") as caught:
        image.read(made.tiff(*entries, *made.long_tags(t259=50_000)))
    assert caught.value.status == 415
    # libtiff takes the first of a tag that is there twice, Pillow the last.
    twice = [(259, 3, 1, 1), (259, 3, 1, 34_925)]
    with pytest.raises(Unsupported, match="compressed by method 34925"):
        image.read(made.tiff(*entries, *twice))


def test_missing_strips_are_not_black():
    data = bytearray(made.encoded(made.stroke("L"), "TIFF", tiffinfo={278: 10}))
    assert image.read(bytes(data)).min() > 0.05
    raw = b"\xff" * 64 * 64
    whole = [*ROW, *made.long_tags(t273=8 + 2 + 12 * 7 + 4, t278=64)]
    assert image.read(made.tiff(*whole, tail=raw)).min() == 1.0
    half = [*ROW, *made.long_tags(t273=8 + 2 + 12 * 7 + 4, t278=32)]
    with pytest.raises(PictureError, match="cut off"):
        image.read(made.tiff(*half, tail=raw))


def test_a_picture_without_pixels_is_damaged():
    with pytest.raises(PictureError, match=r"no pixels \(0 x 9\)") as caught:
        image.read(made.tiff(*made.long_tags(t256=0, t257=9)))
    assert caught.value.status == 400
    with pytest.raises(PictureError, match="cannot be read"):
        image.read(made.png(0, 5, zlib.compress(b"")))


def test_the_size_of_a_png_is_read_from_its_header_and_nothing_else():
    data = made.small_png()
    late = data[:8] + made.small_png((b"tEXt", b"a\0b"))[33:48] + data[8:]
    assert (image.read(late) == image.read(data)).all()
    with pytest.raises(TooLarge, match="24000 x 24000"):
        image.read(made.png(24_000, 24_000))
