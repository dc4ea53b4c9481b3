"""Bounds that are checked on a file's header, before Pillow gives it any memory.

Pillow itself checks pixels only, late for some formats, and at more than three times what is
allowed here. What it does bound, and is relied on: text and profile chunks of a PNG (1 MB each,
64 MB together), the tag data of a TIFF (the size of the file).
"""

import re
import struct
from collections.abc import Iterator
from typing import BinaryIO

from sigunet.errors import PictureError, TooLarge, Unsupported

MAX_PIXELS = 50_000_000
"""Largest picture that is decoded, in pixels; a small file can unpack to gigabytes."""

MAX_SIDE = 30_000
"""Longest side that is decoded, in pixels."""

MAX_BYTES = 500_000_000
"""Largest file that is read, in bytes: room for 50 megapixels of four 16-bit channels, unpacked."""

# Every scan of a progressive JPEG passes over all its pixels. Encoders make about ten.
_MAX_SCANS = 100
_MAX_SCANNED = 1_500_000_000

# Pillow unpacks run lengths in Python: larger pictures would take it tens of seconds.
_MAX_RUN_LENGTH = 4_000_000

# Of anything but bytes and text; the offsets of 16 x 16 tiles of the largest picture are fewer.
_MAX_TIFF_VALUES = 200_000

# What scanners, fax machines and editors write; libtiff's other decoders are never reached.
_TIFF_COMPRESSIONS = frozenset({1, 2, 3, 4, 5, 7, 8, 32771, 32773, 32946})

# Types whose values are bytes or text.
_TIFF_BYTES = (1, 2, 6, 7)

_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


def check_size(width: int, height: int, name: str, max_pixels: int) -> None:
    """Refuses a picture that is larger than what is read.

    Args:
        width: In pixels.
        height: In pixels.
        name: What the sentence calls it.
        max_pixels: Largest accepted product of the two.

    Raises:
        PictureError: If a side has no pixels.
        TooLarge: If it has too many.
    """
    if width < 1 or height < 1:
        raise PictureError(f"{name} cannot be read: it has no pixels ({width} x {height}).")
    if width * height > max_pixels:
        raise TooLarge(
            f"{name} is too large: {width} x {height}, and at most {max_pixels:,} pixels are read."
        )
    if max(width, height) > MAX_SIDE:
        raise TooLarge(
            f"{name} is too large: {width} x {height}, and a side has at most {MAX_SIDE:,} pixels."
        )


def check_header(file: BinaryIO, kind: str, name: str, max_pixels: int) -> None:
    """Refuses what Pillow would spend memory or time on before its own checks.

    Args:
        file: Seekable; left at its beginning.
        kind: Its format, see `sniff.FORMATS`.
        name: What the sentences call it.
        max_pixels: Largest accepted picture.

    Raises:
        PictureError: If the header cannot be right.
        TooLarge: If the picture is larger than what is read, or takes too long to decode.
        Unsupported: If a TIFF is compressed in an unusual way.
    """
    check = _CHECKS.get(kind)
    if check is None:
        return
    try:
        check(file, name, max_pixels)
    except (struct.error, IndexError) as error:
        raise PictureError(f"{name} cannot be read: its header is cut off.") from error
    finally:
        file.seek(0)


def _check_png(file: BinaryIO, name: str, max_pixels: int) -> None:
    head = file.read(24)
    # Pillow, which checks as well, reads one whose header comes later.
    if head[12:16] == b"IHDR":
        check_size(*struct.unpack_from(">II", head, 16), name, max_pixels)


def _check_webp(file: BinaryIO, name: str, max_pixels: int) -> None:
    """Checks the canvas, for which the decoder takes memory when it is made."""
    head = file.read(30)
    if head[12:16] == b"VP8X":
        width = 1 + int.from_bytes(head[24:27], "little")
        height = 1 + int.from_bytes(head[27:30], "little")
    elif head[12:16] == b"VP8L":
        (bits,) = struct.unpack_from("<I", head, 21)
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    else:
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", head, 26))
    check_size(width, height, name, max_pixels)


def _check_jpeg(file: BinaryIO, name: str, max_pixels: int) -> None:
    """Counts the scans up to the end of the first picture; thumbnails and trailers are not it."""
    data = file.read()
    at, pixels, scans = 2, 0, 0
    while (found := _MARKER.search(data, at)) is not None:
        marker, at = data[found.start() + 1], found.end()
        if marker in (0x01, 0xD8):
            continue
        if marker == 0xD9 or len(data) < at + 2:
            break
        (length,) = struct.unpack_from(">H", data, at)
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 3)
            pixels = width * height
            check_size(width, height, name, max_pixels)
        scans += marker == 0xDA
        at += length
    if scans > _MAX_SCANS or scans * pixels > _MAX_SCANNED:
        raise TooLarge(f"{name} is too large: its JPEG is packed in {scans} scans.")


def _check_bmp(file: BinaryIO, name: str, max_pixels: int) -> None:
    head = file.read(34)
    if struct.unpack_from("<I", head, 14)[0] < 40:
        return  # The header of OS/2, whose sides have 16 bits.
    width, height, _, _, method = struct.unpack_from("<iiHHI", head, 18)
    # Pictures that are stored from the top down have a negative height.
    check_size(width, abs(height), name, max_pixels)
    size = file.seek(0, 2)
    if method in (1, 2) and max(size, width * abs(height)) > _MAX_RUN_LENGTH:
        raise TooLarge(
            f"{name} is too large: its BMP is packed by run lengths, and such are read up to "
            f"{_MAX_RUN_LENGTH:,} pixels and bytes; save it as PNG."
        )


def _check_gif(file: BinaryIO, name: str, max_pixels: int) -> None:
    """Checks the screen and the first frame, which may reach beyond it."""
    head = file.read(13)
    screen = struct.unpack_from("<HH", head, 6)
    check_size(*screen, name, max_pixels)
    if head[10] & 0x80:
        file.seek(3 << (head[10] & 7) + 1, 1)
    while (block := file.read(1)) and block != b";":
        if block == b"!":
            file.seek(1, 1)
            while size := file.read(1)[0]:
                file.seek(size, 1)
        elif block == b",":
            left, top, width, height = struct.unpack("<HHHH", file.read(8))
            width, height = max(left + width, screen[0]), max(top + height, screen[1])
            return check_size(width, height, name, max_pixels)


def _check_tiff(file: BinaryIO, name: str, max_pixels: int) -> None:
    """Checks the first directory: sizes of the picture and its tiles, and lengths of lists."""
    # Of a tag that is there twice, Pillow takes the last and libtiff the first.
    tags: dict[int, list[int]] = {}
    for tag, type_, count, value in _tiff_entries(file):
        if type_ not in _TIFF_BYTES and count > _MAX_TIFF_VALUES:
            raise PictureError(f"{name} cannot be read: its TIFF lists {count:,} values in a tag.")
        tags.setdefault(tag, []).append(value)
    width, height, *tile = (max(tags.get(tag, [0])) for tag in (256, 257, 322, 323))
    check_size(width, height, name, max_pixels)
    for method in tags.get(259, []):
        if method not in _TIFF_COMPRESSIONS:
            raise Unsupported(
                f"{name} cannot be read: its TIFF is compressed by method {method}; save it with "
                f"LZW, Deflate or no compression."
            )
    # The decoder takes memory for a whole tile, whatever the size of the picture.
    if tile[0] * tile[1] > max(2 * max_pixels, 1 << 20) or max(tile) > 2 * MAX_SIDE:
        raise TooLarge(f"{name} is too large: its TIFF has tiles of {tile[0]} x {tile[1]}.")


def _tiff_entries(file: BinaryIO) -> Iterator[tuple[int, int, int, int]]:
    """Yields (tag, type, count, first value where it lies in the entry) of the first directory."""
    head = file.read(16)
    order = "<" if head[:2] == b"II" else ">"
    big = 43 in head[2:4]
    (start,) = struct.unpack_from(order + ("Q" if big else "I"), head, 8 if big else 4)
    file.seek(min(start, MAX_BYTES))
    size = 20 if big else 12
    (number,) = struct.unpack(order + ("Q" if big else "H"), file.read(8 if big else 2))
    table = file.read(size * min(number, 65_535))
    for at in range(0, len(table) - size + 1, size):
        tag, type_ = struct.unpack_from(order + "HH", table, at)
        (count,) = struct.unpack_from(order + ("Q" if big else "I"), table, at + 4)
        form = order + {1: "B", 3: "H", 6: "B", 8: "H", 16: "Q", 17: "Q"}.get(type_, "I")
        yield tag, type_, count, struct.unpack_from(form, table, at + (12 if big else 8))[0]


_CHECKS = {
    "BMP": _check_bmp,
    "GIF": _check_gif,
    "JPEG": _check_jpeg,
    "PNG": _check_png,
    "TIFF": _check_tiff,
    "WEBP": _check_webp,
}
