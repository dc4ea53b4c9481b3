"""What a user may ask of a cleaned picture, checked as soon as it is asked."""

import math
import re
from dataclasses import dataclass
from numbers import Integral, Real

from sigunet.errors import OptionError
from sigunet.image import MAX_PIXELS

SUFFIX = {"mask": ".png", "gray": ".png", "rgba": ".png", "svg": ".svg"}
"""Ending of the file that each format is written to."""

MEDIA_TYPE = {
    "mask": "image/png",
    "gray": "image/png",
    "rgba": "image/png",
    "svg": "image/svg+xml",
}
"""Media type of each format."""

FORMATS = tuple(SUFFIX)
"""The formats, the default first."""

PAD = 8
"""Paper around the ink in px where a picture is cropped and nothing else was asked."""

MAX_SIDE = 30_000
"""Longest side in px, as of the pictures that are read."""

MAX_DPI = 100_000
"""Highest resolution that is written into a file, px an inch."""

_MAX_PAD = 10_000  # px
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_SIZE = re.compile(r"\s*(\d{1,9})\s*[xX×]\s*(\d{1,9})\s*")


@dataclass(frozen=True)
class Options:
    """What becomes of the ink, and how it is written.

    `max_bytes` and `dpi` are of files: where an array or a PIL image is given back, they change
    none of its pixels.

    Attributes:
        format: "mask" (1-bit PNG), "gray" (8-bit PNG), both black on white, "rgba" (PNG,
            transparent paper) or "svg" (filled outlines).
        threshold: On relative soft ink, in (0, 1), from which a pixel is ink; None takes the one the
            checkpoint was calibrated to, and leaves the paper blank where the verdict is "empty".
        ink: Colour of the ink as "#1a237e" or "#abc", for rgba and svg only; None leaves rgba the
            ink's own and svg black.
        crop: Whether to cut the picture to the box of its ink; without ink it stays whole.
        pad: Paper in px added around the box, or around the whole picture without `crop`; None is
            `PAD` where it is cropped, else 0.
        size: (width, height) in px that the picture gets, its proportions kept, centred on paper.
        max_bytes: Largest file. Fewer levels make it fit and, only where no `size` is asked for, fewer
            px; what cannot be made to fit is an error when it is written.
        dpi: Resolution written into the file, in px an inch; None writes the input's, to scale where
            the file has more or fewer px.

    Raises:
        OptionError: On construction, if one cannot be used.
    """

    format: str = "mask"
    threshold: float | None = None
    ink: str | None = None
    crop: bool = False
    pad: int | None = None
    size: tuple[int, int] | None = None
    max_bytes: int | None = None
    dpi: float | None = None

    def __post_init__(self):
        if self.format not in FORMATS:
            raise OptionError(f"format {self.format!r} is unknown; use {_listed(FORMATS)}.")
        if self.threshold is not None and not (_real(self.threshold) and 0 < self.threshold < 1):
            raise OptionError(
                f"threshold {self.threshold} must lie between 0 and 1, both excluded."
            )
        if not isinstance(self.crop, bool):
            raise OptionError(f"crop must be true or false, not {self.crop!r}.")
        self._check_ink()
        if self.pad is not None and not _within(self.pad, 0, _MAX_PAD):
            raise OptionError(f"pad {self.pad} must be whole pixels from 0 to {_MAX_PAD:,}.")
        if self.size is not None:
            object.__setattr__(self, "size", _checked_size(self.size))
        if self.max_bytes is not None and not _within(self.max_bytes, 1, math.inf):
            raise OptionError(f"max_bytes {self.max_bytes} must be a whole number above 0.")
        if self.dpi is not None and not (_real(self.dpi) and 1 <= self.dpi <= MAX_DPI):
            raise OptionError(f"dpi {self.dpi} must lie between 1 and {MAX_DPI:,}.")

    def _check_ink(self):
        if self.ink is None:
            return
        if not isinstance(self.ink, str) or not _COLOUR.fullmatch(self.ink):
            raise OptionError(f"ink {self.ink!r} is no colour; write it as #1a237e or #abc.")
        if self.format not in ("rgba", "svg"):
            raise OptionError(
                f"ink colours the formats rgba and svg only, and {self.format} was asked."
            )

    @property
    def rgb(self) -> tuple[int, int, int] | None:
        """The colour of `ink` as (red, green, blue) in [0, 255], None where none was asked."""
        if self.ink is None:
            return None
        digits = self.ink[1:]
        if len(digits) == 3:
            digits = "".join(digit * 2 for digit in digits)
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)

    @property
    def margin(self) -> int:
        """Paper in px around the box: `pad`, or what goes without asking."""
        if self.pad is not None:
            return int(self.pad)
        return PAD if self.crop else 0


def parse_size(text: str) -> tuple[int, int]:
    """Reads a size as people write it.

    Args:
        text: Such as "500x200".

    Returns:
        (width, height) in px.

    Raises:
        OptionError: If it is no size, or one that cannot be made.
    """
    match = _SIZE.fullmatch(text)
    if not match:
        raise OptionError(f"size {text!r} is no size; write WIDTHxHEIGHT in pixels, as 500x200.")
    return _checked_size((int(match[1]), int(match[2])))


def _checked_size(size: tuple[int, int]) -> tuple[int, int]:
    try:
        width, height = size
    except (TypeError, ValueError):
        raise OptionError(f"size {size!r} must be two numbers, width and height.") from None
    if not _within(width, 1, MAX_SIDE) or not _within(height, 1, MAX_SIDE):
        raise OptionError(f"size {width} x {height} must be whole pixels from 1 to {MAX_SIDE:,}.")
    if width * height > MAX_PIXELS:
        raise OptionError(f"size {width} x {height} is too large: at most {MAX_PIXELS:,} pixels.")
    return int(width), int(height)


def _real(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def _within(value: object, least: float, most: float) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and least <= value <= most


def _listed(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
