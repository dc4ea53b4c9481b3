"""Whatever a user hands over, as one picture with a name: the only way into cleaning."""

import os
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from sigunet import image
from sigunet.cleaning import arrays, pdf
from sigunet.errors import OptionError, PictureError, Unsupported
from sigunet.reading import (
    MAX_BYTES,
    MAX_PIXELS,
    Frame,
    decode,
    guards,
    name_of,
    opened,
    printable,
    sniff,
    to_array,
)
from sigunet.reading.decode import framed

SUFFIXES = image.SUFFIXES | {".pdf"}
"""File name endings that are cleaned when a folder is given."""

Source = str | os.PathLike | bytes | bytearray | memoryview | Image.Image | np.ndarray | BinaryIO
"""What `read_input` takes."""


@dataclass(frozen=True)
class Input:
    """One picture to clean.

    Attributes:
        picture: float32[H, W, C] in [0, 1], 0 = black.
        name: What sentences call it: its path as given, or "the picture".
        dpi: Dots per inch, where the source says so.
        notes: Sentences for the user on what was done or left out.
    """

    picture: np.ndarray
    name: str
    dpi: float | None = None
    notes: tuple[str, ...] = ()


def read_input(
    source: Source,
    *,
    channels: int,
    max_pixels: int = MAX_PIXELS,
    max_bytes: int = MAX_BYTES,
    page: int = 0,
    pdf_dpi: float = pdf.DPI,
    name: str | None = None,
) -> Input:
    """Reads a picture of any kind, upright; laid on white or, where its ink is light, on black.

    Args:
        source: A path, the bytes of a file, a binary file object (read to its end), a Pillow
            picture (the frame it stands at), or an array: [H, W], [H, W, 1], [H, W, 3] (RGB) or
            [H, W, 4] (RGBA) of uint8, uint16, bool (true = white) or float in [0, 1], 0 = black.
        channels: 1 for grey, 3 for RGB.
        max_pixels: Largest accepted picture, checked before it is decoded; a page of a PDF is
            drawn at fewer dots per inch instead.
        max_bytes: Largest accepted file; a stream is never read further.
        page: Which page of a PDF, from 0.
        pdf_dpi: Dots per inch at which a page of a PDF is drawn.
        name: What sentences call it, where the source has no path of its own.

    Raises:
        PictureError: If it is empty, damaged, cut off or encrypted.
        TooLarge: If it has too many bytes or pixels, or too long a side, or takes too long.
        Unsupported: If it is no picture, or one of a kind that is not read.
        OptionError: If there is no such page.
        DataError: If a path cannot be opened.
        MissingExtra: If it is a PDF and PDFium is not installed.
    """
    name = name_of(source) if name is None else printable(name)
    if isinstance(source, np.ndarray):
        _check_page(page, name)
        picture = arrays.from_array(source, name, channels=channels, max_pixels=max_pixels)
        return Input(picture, name)
    if isinstance(source, Image.Image):
        _check_page(page, name)
        frame = _from_pillow(source, name, max_pixels)
        return _input(frame, name, channels)
    _check_kind(source, name)
    with opened(source, name, max_bytes=max_bytes) as file:
        if sniff.kind(file, name) == sniff.PDF:
            frame = pdf.draw_page(
                file, name, page=page, channels=channels, max_pixels=max_pixels, dpi=pdf_dpi
            )
        else:
            _check_page(page, name)
            frame = decode(file, name, max_pixels=max_pixels)
        return _input(frame, name, channels)


def count_pages(source: Source, *, max_bytes: int = MAX_BYTES, name: str | None = None) -> int:
    """Counts the pages of a PDF; of anything else one picture is read.

    Args:
        source: As for `read_input`; a file object is read to its end.
        max_bytes: Largest accepted file.
        name: What sentences call it, where the source has no path of its own.

    Raises:
        SigunetError: As for `read_input`.
    """
    if isinstance(source, np.ndarray | Image.Image):
        return 1
    name = name_of(source) if name is None else printable(name)
    _check_kind(source, name)
    with opened(source, name, max_bytes=max_bytes) as file:
        return pdf.count_pages(file, name) if sniff.kind(file, name) == sniff.PDF else 1


def is_pdf(source: str | os.PathLike) -> bool:
    """Says whether a file is a PDF, by its first bytes.

    Raises:
        SigunetError: As for `read_input`.
    """
    name = name_of(source)
    with opened(source, name) as file:
        return sniff.kind(file, name) == sniff.PDF


def _input(frame: Frame, name: str, channels: int) -> Input:
    pixels = to_array(frame.picture, channels, name, negative=frame.negative, light_ink=True)
    return Input(pixels, name, frame.dpi, frame.notes)


def _from_pillow(picture: Image.Image, name: str, max_pixels: int) -> Frame:
    guards.check_size(*picture.size, name, max_pixels)
    try:
        picture.load()
    except MemoryError:
        raise
    except Exception as error:
        # A picture that was opened and not decoded yet: its file may be damaged, or closed.
        raise PictureError(f"{name} cannot be read: Pillow cannot decode it.") from error
    return framed(picture)


def _check_page(page: int, name: str) -> None:
    if page:
        raise OptionError(f"{name} has no page {page + 1}; only PDFs are read by pages.")


def _check_kind(source: Any, name: str) -> None:
    if isinstance(source, str | os.PathLike | bytes | bytearray | memoryview):
        return
    if not callable(getattr(source, "read", None)):
        raise Unsupported(
            f"{name} cannot be read: it is a {type(source).__name__}; a path, bytes, a binary "
            f"file, a Pillow picture or a NumPy array is read."
        )
