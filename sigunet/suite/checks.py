"""What a picture's header tells, cheap enough to ask of every file before a run of the suite starts."""

import warnings
from pathlib import Path

from PIL import Image

from sigunet.errors import PictureError, Unsupported
from sigunet.reading import MAX_PIXELS, guards, name_of, opened, sniff

_ORIENTATION = 0x0112
_TURNED = (5, 6, 7, 8)  # values of it that exchange the sides


def size_of(path: str | Path) -> tuple[int, int]:
    """Reads the size of a picture off its header, and decodes nothing.

    Args:
        path: The file.

    Returns:
        (width, height) in pixels, upright.

    Raises:
        DataError: It is missing, is no picture, or its header is damaged or too large.
    """
    name = name_of(path)
    with opened(path, name) as file:
        kind = sniff.kind(file, name)
        if kind == sniff.PDF:
            raise Unsupported(f"{name} cannot be read: it is a PDF, and a picture is wanted here.")
        guards.check_header(file, kind, name, MAX_PIXELS)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with Image.open(file, formats=(kind,)) as picture:
                    return picture.size[::-1] if _turned(picture) else picture.size
        except Exception as error:
            # Damaged files make Pillow's plugins raise almost anything.
            raise PictureError(f"{name} cannot be read: its {kind} is damaged.") from error


def _turned(picture: Image.Image) -> bool:
    try:
        return picture.getexif().get(_ORIENTATION) in _TURNED
    except Exception:
        # Damaged EXIF data says nothing, as where pictures are decoded.
        return False
