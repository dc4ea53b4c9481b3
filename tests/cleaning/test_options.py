import pytest

from sigunet.cleaning.options import FORMATS, MEDIA_TYPE, PAD, SUFFIX, Options, parse_size
from sigunet.errors import ConfigError, OptionError


def test_every_format_has_a_suffix_and_a_media_type():
    assert FORMATS[0] == Options().format == "mask"
    assert set(FORMATS) == set(SUFFIX) == set(MEDIA_TYPE)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("format", "bmp"),
        ("format", None),
        ("threshold", 0.0),
        ("threshold", 1.0),
        ("threshold", float("nan")),
        ("threshold", "0.5"),
        ("threshold", True),
        ("ink", "blue"),
        ("ink", "#12345"),
        ("ink", "#1a237e\n"),
        ("ink", 0x1A237E),
        ("crop", 1),
        ("pad", -1),
        ("pad", 2.5),
        ("pad", 10**6),
        ("pad", True),
        ("size", (0, 10)),
        ("size", (10,)),
        ("size", 10),
        ("size", (10.5, 10)),
        ("size", (29_000, 29_000)),
        ("max_bytes", 0),
        ("max_bytes", 1e5),
        ("dpi", 0),
        ("dpi", float("inf")),
    ],
)
def test_a_bad_option_is_named(name, value):
    asked = {"format": "rgba", name: value}
    with pytest.raises(OptionError, match=rf"^{name} .*\.$"):
        Options(**asked)


def test_an_option_error_is_a_config_error():
    assert issubclass(OptionError, ConfigError)


@pytest.mark.parametrize("format", ["mask", "gray"])
def test_ink_that_would_colour_nothing_is_refused(format):
    with pytest.raises(OptionError, match="rgba and svg"):
        Options(format, ink="#1a237e")


def test_colours():
    assert Options("rgba").rgb is None
    assert Options("rgba", ink="#1a237E").rgb == (0x1A, 0x23, 0x7E)
    assert Options("svg", ink="#abc").rgb == (0xAA, 0xBB, 0xCC)


def test_a_crop_keeps_some_paper_unless_asked():
    assert Options().margin == 0
    assert Options(crop=True).margin == PAD > 0
    assert Options(crop=True, pad=0).margin == 0
    assert Options(pad=3).margin == 3


@pytest.mark.parametrize("text", ["500x200", "500X200", " 500 x 200 ", "500×200"])
def test_sizes_are_read_as_people_write_them(text):
    assert parse_size(text) == (500, 200)


@pytest.mark.parametrize(
    "text", ["", "500", "500x", "x200", "-5x20", "5.5x2", "0x10", "1x2x3", "9e9x1"]
)
def test_what_is_no_size_is_refused(text):
    with pytest.raises(OptionError, match=r"^size"):
        parse_size(text)
