import io
import struct
import zlib

import pytest
from PIL import Image

from sigunet import image
from sigunet.fuzz import mutate, parts
from sigunet.fuzz.seeds import seeds
from sigunet.reading import sniff


def test_seeds_are_valid_and_cover_every_format():
    assert {seed.kind for seed in seeds()} == {*sniff.FORMATS, "PDF"}
    for seed in seeds():
        if seed.kind != "PDF":
            assert image.read(seed.data).size > 0


def test_an_input_is_a_function_of_its_numbers():
    made = [mutate.make(3, number) for number in range(60)]
    assert [mutate.make(3, number) for number in reversed(range(60))] == made[::-1]
    assert len(set(made)) > 55
    assert mutate.make(4, 0) != made[0]


def test_most_inputs_are_damaged_and_begin_as_pictures():
    valid = {seed.data for seed in seeds()}
    known = damaged = 0
    for number in range(200):
        data = mutate.make(0, number)
        assert len(data) <= mutate._MOST
        damaged += data not in valid
        try:
            sniff.kind(io.BytesIO(data), "it")
        except Exception:
            continue
        known += 1
    assert known > 120
    assert damaged > 180


@pytest.mark.parametrize("kind", [*sniff.FORMATS, "PDF"])
def test_fields_and_parts_lie_within_the_file(kind):
    for seed in (seed for seed in seeds() if seed.kind == kind):
        fields = parts.fields(kind, seed.data)
        assert len(fields) > 4
        assert all(0 <= at < len(seed.data) for at, _ in fields)
        spans = parts.parts(kind, seed.data)
        assert all(0 <= start <= end <= len(seed.data) for start, end in spans)
        assert spans or kind == "BMP"


def test_the_fields_are_the_sizes():
    """Of the first seed of each format, the field that holds its width of 48."""
    for kind, form, at in (("PNG", ">I", 16), ("BMP", "<I", 18), ("GIF", "<H", 6)):
        data = next(seed.data for seed in seeds() if seed.kind == kind)
        assert (at, form) in parts.fields(kind, data)
        assert struct.unpack_from(form, data, at) == (48,)
    data = next(seed.data for seed in seeds() if seed.kind == "JPEG")
    values = [
        struct.unpack_from(form, data, at)[0]
        for at, form in parts.fields("JPEG", data)
        if form == ">H"
    ]
    assert {31, 48} <= set(values)
    data = next(seed.data for seed in seeds() if seed.kind == "TIFF")
    tags = [struct.unpack_from("<H", data, start)[0] for start, _ in parts.parts("TIFF", data)]
    assert {256, 257, 273} <= set(tags)


def test_any_damage_can_be_parsed():
    for number in range(300):
        data = mutate.make(1, number)
        for kind in (*sniff.FORMATS, "PDF"):
            parts.parts(kind, data)
            parts.fields(kind, data)


def test_checksums_are_mended():
    data = bytearray(next(seed.data for seed in seeds() if seed.kind == "PNG"))
    struct.pack_into(">I", data, 16, 47)
    (before,) = struct.unpack_from(">I", data, 29)
    mended = mutate._with_checksums(bytearray(data))
    (after,) = struct.unpack_from(">I", mended, 29)
    assert before != after == zlib.crc32(mended[12:29])
    with Image.open(io.BytesIO(mended)) as file:
        assert file.size == (47, 31)
