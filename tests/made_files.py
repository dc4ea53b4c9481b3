"""Files that lie, swell or end too soon, shared by the tests of everything that reads pictures."""

import io
import struct
import zlib

import numpy as np
from PIL import Image


def encoded(picture: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def stroke(mode: str = "RGB", size: tuple[int, int] = (60, 40)) -> Image.Image:
    """A dark stroke on light, grainy paper."""
    width, height = size
    pixels = np.random.default_rng(0).integers(200, 256, (height, width, 3)).astype(np.uint8)
    pixels[height // 2, width // 6 :] = (20, 30, 90)
    return Image.fromarray(pixels).convert(mode)


def zeros(count: int) -> bytes:
    """Packs zeros, without holding them."""
    packer = zlib.compressobj(6)
    block = bytes(1 << 20)
    parts = [packer.compress(block) for _ in range(count >> 20)]
    parts.append(packer.compress(bytes(count & (1 << 20) - 1)))
    return b"".join([*parts, packer.flush()])


def png(width: int, height: int, body: bytes = b"", *extra: tuple[bytes, bytes]) -> bytes:
    """A PNG of one bit a pixel with a packed body, and further chunks before it."""
    header = struct.pack(">II5B", width, height, 1, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), *extra, (b"IDAT", body or zlib.compress(b"")), (b"IEND", b"")]
    out = b"\x89PNG\r\n\x1a\n"
    for kind, data in chunks:
        out += struct.pack(">I", len(data)) + kind + data
        out += struct.pack(">I", zlib.crc32(kind + data))
    return out


def small_png(*extra: tuple[bytes, bytes]) -> bytes:
    return png(8, 8, zlib.compress(bytes(16)), *extra)


def tiff(*entries: tuple[int, int, int, int], tail: bytes = b"") -> bytes:
    """A little-endian TIFF of one directory: (tag, type, count, value) each."""
    out = b"II*\x00" + struct.pack("<IH", 8, len(entries))
    for entry in sorted(entries):
        out += struct.pack("<HHII", *entry)
    return out + struct.pack("<I", 0) + tail


def long_tags(**tags: int) -> list[tuple[int, int, int, int]]:
    """Entries of one 32-bit value: long_tags(t256=100) sets the width."""
    return [(int(name[1:]), 4, 1, value) for name, value in tags.items()]


def gif(screen: tuple[int, int], frame: tuple[int, int]) -> bytes:
    """A GIF of a screen of one size and a frame of another, disposed of after it is shown."""
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", *screen, 0x80, 0, 0)
        + bytes(6)
        + b"!\xf9\x04\x08\x00\x00\x00\x00"
        + b","
        + struct.pack("<HHHHB", 0, 0, *frame, 0)
        + b"\x02\x02\x44\x01\x00;"
    )


def bmp(width: int, height: int, bits: int, method: int, body: bytes) -> bytes:
    start = 54 + (4 << bits if bits <= 8 else 0)
    return (
        b"BM"
        + struct.pack("<IHHI", start + len(body), 0, 0, start)
        + struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, method, 0, 0, 0, 0, 0)
        + bytes(start - 54)
        + body
    )


def webp_canvas(width: int, height: int) -> bytes:
    body = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunk = b"VP8X" + struct.pack("<I", 10) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def jpeg_of(width: int, height: int) -> bytes:
    """A JPEG whose frame header promises another size than its scan holds."""
    data = bytearray(encoded(stroke("L"), "JPEG"))
    struct.pack_into(">HH", data, data.index(b"\xff\xc0") + 5, height, width)
    return bytes(data)


def jpeg_of_scans(number: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    data = encoded(stroke("L"), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * number + data[-2:]
