"""Damage to files: by bits and bytes, and by the parts and number fields of each format."""

import struct
import zlib

import numpy as np

from sigunet.fuzz import parts
from sigunet.fuzz.seeds import seeds

# Around the borders of signed and unsigned fields, and just beyond the caps.
_NUMBERS = (0, 1, 2, 7, 127, 128, 255, 256, 30_001, 32_767, 32_768, 65_535, 65_536, 0xFFFFFF)
_NUMBERS += (0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)

_MOST = 1 << 20
"""Largest input in bytes; duplicated parts would double without end."""


def make(seed: int, number: int) -> bytes:
    """Makes an input: a pure function of its arguments and of Pillow's encoders.

    Args:
        seed: Of the whole run.
        number: Of the input in it.
    """
    rng = np.random.default_rng((seed, number))
    known = seeds()
    chosen = known[rng.integers(len(known))]
    other = known[rng.integers(len(known))]
    data = bytearray(chosen.data)
    for _ in range(rng.choice([1, 1, 2, 3, 6])):
        step = _STEPS[rng.integers(len(_STEPS))]
        data = bytearray(step(data, chosen.kind, other, rng))[:_MOST]
    # Mostly with its checksums mended, so that the damage gets past the first check.
    if chosen.kind == "PNG" and rng.random() < 0.8:
        data = _with_checksums(data)
    return bytes(data)


def _place(data: bytearray, rng: np.random.Generator, room: int = 1) -> int:
    """Picks a place, every other time in the first 100 bytes, where the headers are."""
    end = max(1, len(data) - room + 1)
    return int(rng.integers(min(end, 100) if rng.random() < 0.5 else end))


def _span(data: bytearray, rng: np.random.Generator) -> tuple[int, int]:
    start = _place(data, rng)
    return start, min(len(data), start + int(2 ** rng.uniform(0, 10)))


def _flip_bits(data, kind, other, rng):
    for _ in range(rng.integers(1, 9)):
        if data:
            data[_place(data, rng)] ^= 1 << int(rng.integers(8))
    return data


def _set_bytes(data, kind, other, rng):
    for _ in range(rng.integers(1, 5)):
        if data:
            data[_place(data, rng)] = int(rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.integers(256)]))
    return data


def _set_number(data, kind, other, rng):
    """Writes a telling number of 2, 4 or 8 bytes anywhere, in either byte order."""
    form = str(rng.choice([">H", "<H", ">I", "<I", "<Q"]))
    return _written(data, _place(data, rng, struct.calcsize(form)), form, rng)


def _set_field(data, kind, other, rng):
    """Writes a telling number where the format keeps a size, a length, a count or an offset."""
    fields = parts.fields(kind, bytes(data))
    if not fields:
        return _set_number(data, kind, other, rng)
    return _written(data, *fields[rng.integers(len(fields))], rng)


def _written(data: bytearray, at: int, form: str, rng: np.random.Generator) -> bytearray:
    size = struct.calcsize(form)
    if at + size > len(data):
        return data
    (old,) = struct.unpack_from(form, data, at)
    near = (old + 1, old - 1, old * 2, old // 2, old * 256)
    values = near if rng.random() < 0.4 else _NUMBERS
    value = values[rng.integers(len(values))] % (1 << 8 * size)
    struct.pack_into(form, data, at, value)
    return data


def _truncate(data, kind, other, rng):
    return data[: int(rng.integers(len(data) + 1))]


def _delete(data, kind, other, rng):
    start, end = _span(data, rng)
    return data[:start] + data[end:]


def _repeat(data, kind, other, rng):
    start, end = _span(data, rng)
    return data[:end] + data[start:end] * int(rng.integers(1, 9)) + data[end:]


def _blank(data, kind, other, rng):
    start, end = _span(data, rng)
    data[start:end] = bytes([int(rng.choice([0, 0xFF]))]) * (end - start)
    return data


def _noise(data, kind, other, rng):
    start, end = _span(data, rng)
    return data[:start] + rng.bytes(end - start) + data[end:]


def _splice(data, kind, other, rng):
    """The beginning of one file and the end of another."""
    return data[: _place(data, rng)] + other.data[int(rng.integers(len(other.data))) :]


def _swap_header(data, kind, other, rng):
    size = int(rng.choice([4, 8, 12, 16, 26, 54]))
    return bytearray(other.data[:size]) + data[size:]


def _append(data, kind, other, rng):
    return data + (other.data if rng.random() < 0.5 else rng.bytes(int(rng.integers(1, 3000))))


def _shuffle_parts(data, kind, other, rng):
    """Doubles, drops or swaps whole parts: chunks, segments, blocks, directory entries, objects."""
    found = parts.parts(kind, bytes(data))
    if not found:
        return _repeat(data, kind, other, rng)
    start, end = found[rng.integers(len(found))]
    to, _ = found[rng.integers(len(found))]
    part = bytes(data[start:end])
    what = rng.integers(4)
    if what == 0:
        return data[:start] + data[end:]
    if what == 1:
        return data[:to] + part + data[to:]
    if what == 2:
        return data[:end] + part * int(2 ** rng.uniform(0, 7)) + data[end:]
    return data[:to] + part + data[to + len(part) :]


def _borrow_part(data, kind, other, rng):
    """Puts a part of another file of the same family, or any other, between parts of this one."""
    theirs = parts.parts(other.kind, other.data)
    ours = parts.parts(kind, bytes(data))
    if not theirs or not ours:
        return _splice(data, kind, other, rng)
    start, end = theirs[rng.integers(len(theirs))]
    at, _ = ours[rng.integers(len(ours))]
    return data[:at] + other.data[start:end] + data[at:]


_STEPS = (
    _flip_bits,
    _set_bytes,
    _set_number,
    _set_field,
    _set_field,
    _set_field,
    _truncate,
    _delete,
    _repeat,
    _blank,
    _noise,
    _splice,
    _swap_header,
    _append,
    _shuffle_parts,
    _shuffle_parts,
    _borrow_part,
)


def _with_checksums(data: bytearray) -> bytearray:
    for start, end in parts.parts("PNG", bytes(data)):
        struct.pack_into(">I", data, end - 4, zlib.crc32(data[start + 4 : end - 4]))
    return data
