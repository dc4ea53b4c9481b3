"""What a request asks for: the command's options as text, and their description for OpenAPI."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sigunet.arguments import LOOKS
from sigunet.cleaning.options import FORMATS, Options, parse_size
from sigunet.errors import OptionError

_LONGEST = 100  # characters of a value

_TRUE = ("true", "1", "yes", "on")
_FALSE = ("false", "0", "no", "off")


@dataclass(frozen=True)
class Asked:
    """One request's options.

    Attributes:
        options: How the picture is written.
        page: Of a PDF, from 0.
        looks: See `Cleaner`; None takes the service's own.
        json: Whether the answer is to be JSON.
    """

    options: Options
    page: int = 0
    looks: str | None = None
    json: bool = False


@dataclass(frozen=True)
class Field:
    """An option of a request.

    Attributes:
        read: Text to value; raises ValueError.
        what: Such as "a number", for the sentence where that fails.
        schema: JSON schema.
        about: What it does.
    """

    read: Callable[[str], Any]
    what: str
    schema: dict[str, Any]
    about: str


def _boolean(text: str) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise ValueError(text)


def _whole(text: str) -> int:
    # int() also takes "1_000" and digits of other scripts.
    if not (text.isascii() and text.removeprefix("-").isdigit()):
        raise ValueError(text)
    return int(text)


def _number(text: str) -> float:
    if "_" in text:
        raise ValueError(text)
    return float(text)


_BOOLEAN = {"type": "boolean", "default": False}

FIELDS: dict[str, Field] = {
    "format": Field(
        str,
        "a name",
        {"type": "string", "enum": list(FORMATS), "default": FORMATS[0]},
        "mask (1-bit PNG) and gray (8-bit PNG): black ink on white; rgba: PNG with transparent "
        "paper; svg: filled outlines.",
    ),
    "threshold": Field(
        _number,
        "a number",
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        "On soft ink; by default the one that the network was calibrated to.",
    ),
    "ink": Field(
        str,
        "a colour",
        {"type": "string", "example": "#1a237e"},
        "Colour of the ink, for rgba and svg, as #1a237e or #abc (in a URL # is written %23).",
    ),
    "crop": Field(_boolean, "true or false", _BOOLEAN, "Cut the picture to the box of its ink."),
    "pad": Field(
        _whole, "a whole number", {"type": "integer", "minimum": 0}, "Paper around it, in pixels."
    ),
    "size": Field(
        parse_size,
        "a size",
        {"type": "string", "example": "500x200"},
        "WIDTHxHEIGHT in pixels to fit into exactly, with paper around; proportions kept.",
    ),
    "max_bytes": Field(
        _whole,
        "a whole number",
        {"type": "integer", "minimum": 1},
        "Largest file, in bytes: fewer levels make it fit and, without size, fewer pixels. "
        "max-bytes is the same.",
    ),
    "dpi": Field(
        _number,
        "a number",
        {"type": "number", "minimum": 1},
        "Resolution written into the file; by default the picture's own, to scale.",
    ),
    "looks": Field(
        str,
        "a name",
        {"type": "string", "enum": list(LOOKS)},
        "one: fastest; two: once more, at up to twice the size: more accurate, two to five times "
        "the work; auto: two where the first leaves doubt. By default what the service was started "
        "with, auto where that was nothing.",
    ),
    "page": Field(
        _whole,
        "a whole number",
        {"type": "integer", "minimum": 1, "default": 1},
        "Page of a PDF, from 1, as the command has it.",
    ),
    "json": Field(
        _boolean,
        "true or false",
        _BOOLEAN,
        "Answer with JSON, the picture in it as base64; so does the header Accept: "
        "application/json.",
    ),
}
"""What may be asked, by name."""


def read(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Reads the options of a request, each for itself.

    Args:
        pairs: Names and texts, of the query and the form; max-bytes, as the command has it, is
            max_bytes.

    Returns:
        Values by name.

    Raises:
        OptionError: If one is unknown, given twice or no value of its kind.
    """
    values: dict[str, Any] = {}
    for given, text in pairs:
        name = given.replace("-", "_")
        if name not in FIELDS:
            known = ", ".join(FIELDS)
            raise OptionError(f"option {given[:_LONGEST]!r} is unknown; there are {known}.")
        if name in values:
            raise OptionError(f"option {name} is given twice.")
        values[name] = _value(name, text)
    return values


def combine(values: dict[str, Any], *, accept: str = "") -> Asked:
    """Puts the options of a request together.

    Args:
        values: As `read` returns them.
        accept: The header Accept.

    Raises:
        OptionError: If one cannot be used, or not with the others.
    """
    values = dict(values)
    wants_json = accept.split(",")[0].split(";")[0].strip().lower() == "application/json"
    as_json = values.pop("json", wants_json)
    page = values.pop("page", 1)
    if not 1 <= page <= 1_000_000:
        raise OptionError(f"page {page} must be a page of the document, from 1.")
    looks = values.pop("looks", None)
    if looks not in (None, *LOOKS):
        raise OptionError(f"looks {looks!r} must be one of {', '.join(LOOKS)}.")
    return Asked(Options(**values), page - 1, looks, as_json)


def _value(name: str, text: str) -> Any:
    field = FIELDS[name]
    if len(text) > _LONGEST:
        raise OptionError(f"{name} must be {field.what}, not {len(text):,} characters.")
    try:
        return field.read(text)
    except ValueError:
        raise OptionError(f"{name} must be {field.what}, not {text!r}.") from None
