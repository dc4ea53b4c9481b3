"""Where the parts and the number fields of a file lie, read leniently: the file may be damaged."""

import itertools
import re
import struct
from collections.abc import Iterator

Part = tuple[int, int]
"""Start and end in bytes."""

Field = tuple[int, str]
"""Place in bytes and form, as `struct` writes it."""


def parts(kind: str, data: bytes) -> list[Part]:
    """Lists the parts of a file that can be moved about whole.

    Args:
        kind: Its format, by Pillow's name.
        data: Its bytes, damaged or not.
    """
    return _collected(_PARTS[kind](data), len(data)) if kind in _PARTS else []


def fields(kind: str, data: bytes) -> list[Field]:
    """Lists the places where a file keeps sizes, lengths, counts and offsets.

    Args:
        kind: Its format, by Pillow's name.
        data: Its bytes, damaged or not.
    """
    return _collected(_FIELDS[kind](data), len(data)) if kind in _FIELDS else []


def _collected(found: Iterator, size: int, most: int = 500) -> list:
    out = []
    try:
        for item in found:
            if item[0] >= size or len(out) == most:
                break
            out.append(item)
    except (struct.error, IndexError, OverflowError):
        pass  # The rest is not there.
    return out


def _starts(pattern: bytes, data: bytes) -> Iterator[int]:
    return (found.start() for found in re.finditer(pattern, data))


def _png_parts(data: bytes) -> Iterator[Part]:
    at = 8
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        end = at + 12 + length
        if end > len(data):
            return
        yield at, end
        at = end


def _png_fields(data: bytes) -> Iterator[Field]:
    yield from ((16, ">I"), (20, ">I"), (24, "B"), (25, "B"), (26, "B"), (27, "B"), (28, "B"))
    for start, _ in _png_parts(data):
        yield start, ">I"
        yield start + 8, ">I"


def _jpeg_parts(data: bytes) -> Iterator[Part]:
    yield from itertools.pairwise([*_starts(rb"\xff[\xc0-\xfe]", data), len(data)])


def _jpeg_fields(data: bytes) -> Iterator[Field]:
    for start, end in _jpeg_parts(data):
        if end - start > 4:
            yield start + 2, ">H"
        if data[start + 1] in (0xC0, 0xC1, 0xC2):
            yield from ((start + at, form) for at, form in ((4, "B"), (5, ">H"), (7, ">H")))
            yield from ((start + at, "B") for at in range(9, end - start))
        elif data[start + 1] in (0xC4, 0xDA, 0xDB, 0xE1):
            yield from ((start + at, "B") for at in range(4, min(24, end - start)))


def _riff_parts(data: bytes) -> Iterator[Part]:
    at = 12
    while at + 8 <= len(data):
        (length,) = struct.unpack_from("<I", data, at + 4)
        end = at + 8 + length + length % 2
        yield at, min(end, len(data))
        at = end


def _riff_fields(data: bytes) -> Iterator[Field]:
    yield 4, "<I"
    for start, _ in _riff_parts(data):
        yield start + 4, "<I"
        yield from ((start + at, form) for at in range(8, 24) for form in ("B", "<H"))


def _gif_parts(data: bytes) -> Iterator[Part]:
    yield from itertools.pairwise([13, *_starts(rb"!\xf9|!\xfe|!\xff|\x00,", data), len(data)])


def _gif_fields(data: bytes) -> Iterator[Field]:
    yield from ((6, "<H"), (8, "<H"), (10, "B"), (11, "B"))
    for start, _ in _gif_parts(data):
        yield from ((start + at, "<H") for at in (2, 4, 6, 8))
        yield from ((start + at, "B") for at in range(1, 14))


def _bmp_fields(data: bytes) -> Iterator[Field]:
    yield from ((at, "<I") for at in (2, 10, 14, 18, 22, 30, 34, 38, 42, 46, 50))
    yield from ((26, "<H"), (28, "<H"))


def _tiff_order(data: bytes) -> tuple[str, bool]:
    return ("<" if data[:2] == b"II" else ">"), 43 in data[2:4]


def _tiff_parts(data: bytes) -> Iterator[Part]:
    """The entries of the directories."""
    order, big = _tiff_order(data)
    seen: set[int] = set()
    (at,) = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)
    while at and at not in seen:
        seen.add(at)
        (number,) = struct.unpack_from(order + ("Q" if big else "H"), data, at)
        first, size = (at + 8, 20) if big else (at + 2, 12)
        number = min(number, (len(data) - first) // size)
        yield from ((first + size * k, first + size * (k + 1)) for k in range(number))
        (at,) = struct.unpack_from(order + ("Q" if big else "I"), data, first + size * number)


def _tiff_fields(data: bytes) -> Iterator[Field]:
    order, big = _tiff_order(data)
    wide = order + ("Q" if big else "I")
    yield (8 if big else 4), wide
    for start, _ in _tiff_parts(data):
        yield start, order + "H"
        yield start + 2, order + "H"
        yield start + 4, wide
        yield start + (12 if big else 8), wide
        yield start + (12 if big else 8), order + "H"


def _pdf_parts(data: bytes) -> Iterator[Part]:
    for found in re.finditer(rb"\d+ 0 obj.*?endobj", data, re.DOTALL):
        yield found.span()


def _pdf_fields(data: bytes) -> Iterator[Field]:
    """Digits: whatever is written over them, numbers change or break."""
    for found in re.finditer(rb"(?<=[ \[])\d+", data):
        yield from ((at, "B") for at in range(*found.span()))


_PARTS = {
    "PNG": _png_parts,
    "JPEG": _jpeg_parts,
    "WEBP": _riff_parts,
    "GIF": _gif_parts,
    "TIFF": _tiff_parts,
    "PDF": _pdf_parts,
}

_FIELDS = {
    "PNG": _png_fields,
    "JPEG": _jpeg_fields,
    "WEBP": _riff_fields,
    "GIF": _gif_fields,
    "BMP": _bmp_fields,
    "TIFF": _tiff_fields,
    "PDF": _pdf_fields,
}
