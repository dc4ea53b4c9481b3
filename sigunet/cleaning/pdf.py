"""Pages of a PDF as pictures, by PDFium, which comes with the extra `pdf`.

PDFium works in another process, see `sigunet.reading.pdfium`: a document that makes it crash, or
take more memory or time than a page needs, costs that process and gets a sentence.
"""

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

import sigunet
from sigunet.errors import OptionError, PictureError, TooLarge, require
from sigunet.reading import Frame

DPI = 300.0
"""Dots per inch at which a page is drawn, where its size and the pixel cap allow it."""

# On the clock, for what is limited to 60 s of the processor.
_SECONDS = 120

_SENTENCES = {
    "password": "the PDF is encrypted; save it without its password",
    "damaged": "its PDF is damaged or cut off",
    "size": "the page has no size",
}


def count_pages(file: BinaryIO, name: str) -> int:
    """Counts the pages of a PDF.

    Args:
        file: The PDF.
        name: What the sentences call it.

    Raises:
        PictureError: If it is damaged or encrypted.
        TooLarge: If it takes too long.
        MissingExtra: If PDFium is not installed.
    """
    return _asked(file, name, {"page": None})[0]["pages"]


def draw_page(
    file: BinaryIO, name: str, *, page: int, channels: int, max_pixels: int, dpi: float = DPI
) -> Frame:
    """Draws one page on white, annotations and filled-in forms included.

    Args:
        file: The PDF.
        name: What the sentences call it.
        page: Which one, from 0.
        channels: 1 for grey, 3 for RGB.
        max_pixels: Largest picture; a page that would be larger is drawn at fewer dots per inch.
        dpi: Dots per inch.

    Returns:
        The page in mode L or RGB, the dots per inch it was drawn at, and notes.

    Raises:
        PictureError: If the PDF is damaged or encrypted.
        TooLarge: If it takes too long.
        OptionError: If there is no such page.
        MissingExtra: If PDFium is not installed.
    """
    request = {"page": page, "channels": channels, "max_pixels": max_pixels, "dpi": dpi}
    drawn, pixels = _asked(file, name, request)
    pages = drawn["pages"]
    if "shape" not in drawn:
        raise OptionError(f"{name} has no page {page + 1}; it has {pages}.")
    shape = tuple(drawn["shape"]) if channels == 1 else (*drawn["shape"], 3)
    picture = Image.fromarray(np.frombuffer(pixels, np.uint8).reshape(shape))
    notes = []
    if pages > 1:
        notes.append(f"Page {page + 1} of the {pages} of {name} was read.")
    if drawn["dpi"] < dpi:
        notes.append(
            f"{name} was drawn at {drawn['dpi']:.0f} dots per inch, so that it has at most "
            f"{max_pixels:,} pixels."
        )
    return Frame(picture, drawn["dpi"], tuple(notes))


def _asked(file: BinaryIO, name: str, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Returns what the other process says, and the pixels behind it."""
    if importlib.util.find_spec("pypdfium2") is None:
        require("pypdfium2", "pdf")
    # Without the working directory among the places of modules: it may be full of others' files.
    command = [sys.executable, "-P", "-m", "sigunet.reading.pdfium", json.dumps(request)]
    try:
        done = subprocess.run(
            command,
            input=file.read(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise TooLarge(f"{name} is too large: drawing it takes too long.") from error
    said, _, pixels = done.stdout.partition(b"\n")
    words = None
    with contextlib.suppress(ValueError):
        words = json.loads(said)
    if done.returncode or not words:
        raise PictureError(f"{name} cannot be read: PDFium fails on it, or needs too much for it.")
    if "error" in words:
        raise PictureError(f"{name} cannot be read: {_SENTENCES[words['error']]}.")
    return words, pixels


def _environment() -> dict[str, str]:
    """This process's environment, in which the other one finds this very package."""
    home = str(Path(sigunet.__file__).parents[1])
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
