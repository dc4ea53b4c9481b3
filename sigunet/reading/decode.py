"""A picture file to a decoded Pillow picture, upright, whole, and no larger than allowed."""

import contextlib
import ctypes
import functools
import importlib
import logging
import math
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Self

import numpy as np
from PIL import Image

from sigunet.errors import PictureError, TooLarge, Unsupported
from sigunet.reading import guards, sniff
from sigunet.reading.guards import MAX_PIXELS

# Without a handler of the program's own, Pillow's log would go to stderr.
logging.getLogger("PIL").addHandler(logging.NullHandler())

_PLUGINS = {
    "JPEG": "Jpeg",
    "PNG": "Png",
    "TIFF": "Tiff",
    "WEBP": "WebP",
    "BMP": "Bmp",
    "GIF": "Gif",
}

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# Those that exchange the sides.
_SIDEWAYS = tuple(_TURNS[orientation] for orientation in (5, 6, 7, 8))

_WIDTH, _HEIGHT = 256, 257
_ORIENTATION, _X_RESOLUTION, _PHOTOMETRIC, _SAMPLE_FORMAT = 0x0112, 0x011A, 262, 339

# Fewer dots per inch than any scan has are the 1 of a file that says nothing.
_DPI_RANGE = (10.0, 10_000.0)


@dataclass(frozen=True)
class Frame:
    """One decoded picture of a file.

    Attributes:
        picture: Decoded and upright, in the mode it was stored in; unsigned values of 32 bits may be
            floats, and an alpha of a bitmap that is 0 everywhere is left out.
        dpi: Dots per inch, where the file says so and both directions agree.
        notes: Sentences for the user on what was not read.
        negative: Whether its values are the negative of what it shows: a TIFF of 16 bits and more
            may say so, and a CMYK JPEG is taken for one of Adobe's.
    """

    picture: Image.Image
    dpi: float | None = None
    notes: tuple[str, ...] = ()
    negative: bool = False


def decode(file: BinaryIO, name: str, *, max_pixels: int = MAX_PIXELS) -> Frame:
    """Decodes the first picture of a file; only the formats of `sniff.FORMATS` are ever tried.

    Args:
        file: Seekable, at its beginning.
        name: What the sentences call it.
        max_pixels: Largest accepted picture, checked before anything is decoded.

    Raises:
        PictureError: If the file is empty, damaged or cut off; half a picture is never returned.
        TooLarge: If it has too many pixels, too long a side, or takes too long to decode.
        Unsupported: If it is of a kind that is not read, a PDF included.
    """
    with _opened(file, name, max_pixels) as (picture, kind):
        # Before it is decoded: to look for a second frame, a GIF forgets the first.
        notes = _notes(picture, kind, name)
        picture.load()
        # A WebP decoder holds on to its canvas, and an open picture to its decoder.
        return framed(picture.copy() if kind == "WEBP" else picture, notes)


def check(file: BinaryIO, name: str, *, max_pixels: int = MAX_PIXELS) -> tuple[int, int]:
    """Raises what `decode` would raise of a file's header, and reads its size; nothing is decoded.

    Args:
        file: As `decode`.
        name: As `decode`.
        max_pixels: As `decode`.

    Returns:
        (width, height) in pixels, upright.

    Raises:
        PictureError, TooLarge, Unsupported: As `decode`; a cut that leaves the header whole is not
            seen.
    """
    with _opened(file, name, max_pixels) as (picture, _):
        # Pillow exchanges the sides of a TIFF when it opens it.
        tiff = picture.format == "TIFF"
        size = (picture.tag_v2[_WIDTH], picture.tag_v2[_HEIGHT]) if tiff else picture.size
        return size[::-1] if _turn(picture) in _SIDEWAYS else size


@contextlib.contextmanager
def _opened(file: BinaryIO, name: str, max_pixels: int) -> Iterator[tuple[Image.Image, str]]:
    """Opens a picture whose header is sound, and its format; what goes wrong is a sentence."""
    kind = sniff.kind(file, name)
    if kind == sniff.PDF:
        raise Unsupported(f"{name} cannot be read: it is a PDF, and a picture is wanted here.")
    guards.check_header(file, kind, name, max_pixels)
    # Else Pillow would import all its plugins to find the one that is missing.
    importlib.import_module(f"PIL.{_PLUGINS[kind]}ImagePlugin")
    if kind == "TIFF":
        _hush_libtiff()
    try:
        with _quiet, Image.open(file, formats=(kind,)) as picture:
            guards.check_size(*picture.size, name, max_pixels)
            _check_strips(picture)
            yield picture, kind
    except (PictureError, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise TooLarge(f"{name} is too large: at most {max_pixels:,} pixels are read.") from error
    except Exception as error:
        # Damaged files make Pillow's plugins raise almost anything, TypeError included.
        cut = "truncated" in str(error)
        state = "cut off (truncated)" if cut else "damaged, cut off or of an unusual kind"
        raise PictureError(f"{name} cannot be read: its {kind} is {state}.") from error


def framed(picture: Image.Image, notes: tuple[str, ...] = ()) -> Frame:
    """Turns a picture upright, and keeps what is known of it while it still has its format.

    Args:
        picture: Loaded, as Pillow opened it.
        notes: See `Frame`.
    """
    turned = upright(picture)
    if picture.format in ("BMP", "DIB"):
        turned = _without_empty_alpha(turned)
    elif _is_unsigned(picture):
        turned = _unsigned(turned)
    return Frame(turned, dots_per_inch(picture), notes, _is_negative(picture))


def upright(picture: Image.Image) -> Image.Image:
    """Turns a picture as its EXIF data says; damaged EXIF data says nothing.

    Args:
        picture: Any Pillow picture.
    """
    turn = _turn(picture)
    return picture if turn is None else picture.transpose(turn)


def _turn(picture: Image.Image) -> Image.Transpose | None:
    """How a picture has to be turned, by its EXIF data."""
    try:
        orientation = picture.getexif().get(_ORIENTATION)
    except Exception:
        # The parser raises as many kinds of errors as there are ways to damage EXIF data.
        return None
    try:
        return _TURNS.get(orientation)
    except TypeError:
        return None


def dots_per_inch(picture: Image.Image) -> float | None:
    """Reads the resolution of a picture, where it has one that can be meant.

    Args:
        picture: Any Pillow picture.

    Returns:
        Dots per inch; None where there is none, or one that differs between the directions.
    """
    try:
        x, y = (float(value) for value in picture.info["dpi"])
        if picture.format in ("JPEG", "MPO") and picture.info.get("jfif_unit") not in (1, 2):
            # Pillow puts 72 where a camera's EXIF data holds no resolution.
            picture.getexif()[_X_RESOLUTION]
    except Exception:
        return None
    low, high = _DPI_RANGE
    if not (low <= x <= high and math.isclose(x, y, rel_tol=0.02)):
        return None
    # PNG stores dots per metre: 299.9994 was 300.
    return float(round(x)) if math.isclose(x, round(x), abs_tol=0.02) else x


def _notes(picture: Image.Image, kind: str, name: str) -> tuple[str, ...]:
    # The further pictures of a phone's JPEG are its depth or brightness, not pages.
    if kind == "JPEG":
        return ()
    try:
        several = getattr(picture, "is_animated", False)
    except Exception:
        return ()
    if not several:
        return ()
    if kind == "TIFF":
        return (f"{name} has several pages; the first was read.",)
    return (f"{name} is animated; its first frame was read.",)


def _check_strips(picture: Image.Image) -> None:
    """Refuses an unpacked TIFF whose strips do not cover it: the rest would be black."""
    if picture.format != "TIFF" or getattr(picture, "use_load_libtiff", True):
        return
    covered = sum(
        (right - left) * (lower - upper) for _, (left, upper, right, lower), *_ in picture.tile
    )
    layers = len(picture.getbands()) if picture.tag_v2.get(284) == 2 else 1
    if covered < picture.width * picture.height * layers:
        raise OSError("image file is truncated: strips are missing")


def _is_negative(picture: Image.Image) -> bool:
    """Says whether its values are the negative of what it shows, and Pillow has not seen to it."""
    if picture.mode == "CMYK":
        # Pillow takes every CMYK JPEG for one of Adobe's, which store the inks inverted.
        return picture.format in ("JPEG", "MPO") and "adobe" not in picture.info
    wide = picture.mode.startswith(("I", "F"))
    return wide and picture.format == "TIFF" and picture.tag_v2.get(_PHOTOMETRIC) == 0


def _is_unsigned(picture: Image.Image) -> bool:
    """Says whether it holds unsigned values of 32 bits, which Pillow takes for signed ones."""
    tiff = picture.mode == "I" and picture.format == "TIFF"
    return tiff and picture.tag_v2.get(_SAMPLE_FORMAT, (1,))[0] == 1


def _unsigned(picture: Image.Image) -> Image.Image:
    values = np.asarray(picture)
    if values.min(initial=0) >= 0:
        return picture
    return Image.fromarray(values.view(np.uint32).astype(np.float32))


def _without_empty_alpha(picture: Image.Image) -> Image.Image:
    """Takes away an alpha of a bitmap that hides all of it: Windows leaves it unset."""
    if picture.mode == "RGBA" and not picture.getchannel("A").getextrema()[1]:
        return picture.convert("RGB")
    return picture


@functools.cache
def _hush_libtiff() -> None:
    """Stops libtiff from writing what is wrong with a file to stderr, past Python and its logs."""
    with contextlib.suppress(OSError, AttributeError):
        hush = ctypes.CDLL(Image.core.__file__).TIFFSetErrorHandler
        hush.argtypes, hush.restype = [ctypes.c_void_p], ctypes.c_void_p
        hush(None)


class _Quiet:
    """Keeps Pillow's warnings to itself while any thread decodes.

    `warnings.catch_warnings` puts back what it found, so that of two threads the later one would
    put back the earlier one's filters for good; here the first saves and the last puts back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._saved = warnings.catch_warnings()

    def __enter__(self) -> Self:
        with self._lock:
            if not self._inside:
                self._saved = warnings.catch_warnings()
                self._saved.__enter__()
                warnings.filterwarnings("ignore", module=r"PIL\.")
            self._inside += 1
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._saved.__exit__(None, None, None)


_quiet = _Quiet()
