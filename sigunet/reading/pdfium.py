"""Draws a page of a PDF, in a process of its own: PDFium reads a whole language of documents.

    python -m sigunet.reading.pdfium REQUEST < a.pdf

REQUEST and the first line of the answer are JSON; behind it are the pixels, uint8[H, W, C]. The
process limits its memory and time before it looks at the file. PDFium leaves out what it has no
memory for, so the limits are far above what a page needs that is drawn within the caps.
"""

import json
import math
import resource
import sys
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from sigunet.reading.guards import MAX_SIDE

MEMORY = 1 << 30
"""Bytes of address space the process may take, beside the file itself, once it has started."""

SECONDS = 60
"""Longest time for one page, in s."""

_POINTS = 72.0  # an inch, in the unit of PDF
_PASSWORD = 4  # FPDF_ERR_PASSWORD
_ROWS = 512


def fitting(width: float, height: float, dpi: float, max_pixels: int) -> float | None:
    """Lowers dots per inch until a page is within the caps.

    Args:
        width: Of the page, in points.
        height: Of the page, in points.
        dpi: Wanted dots per inch.
        max_pixels: Largest picture.

    Returns:
        Dots per inch; None if the page has no size.
    """
    if not (0 < width < 1e9 and 0 < height < 1e9):
        return None
    # PDFium rounds both sides up, hence the pixel less of each.
    across, down = width / _POINTS, height / _POINTS
    within = min(dpi, (MAX_SIDE - 1) / across, (MAX_SIDE - 1) / down)
    # (across d + 1) (down d + 1) = max_pixels, solved for d.
    area, rim = across * down, across + down
    return min(within, (math.sqrt(rim * rim + 4 * area * (max_pixels - 1)) - rim) / (2 * area))


def answer(data: bytes, request: dict[str, Any], out: BinaryIO) -> None:
    """Counts the pages of a PDF, and draws one of them.

    Args:
        data: The PDF.
        request: "page" from 0, or None to count only; "channels", "max_pixels", "dpi".
        out: Gets a line of JSON, "pages" or "error" in it, and the pixels.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
        pages, page = len(document), request["page"]
        if page is None or not 0 <= page < pages:
            return _say(out, pages=pages)
        document.init_forms()
        sheet = document[page]
        dpi = fitting(*sheet.get_size(), request["dpi"], request["max_pixels"])
        if dpi is None:
            return _say(out, error="size")
        # A hair less, since sides are rounded up: 11 inches at 300 would be 3,301 pixels.
        bitmap = sheet.render(scale=dpi / _POINTS * (1 - 1e-9))
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) == _PASSWORD
        return _say(out, error="password" if locked else "damaged")
    pixels = bitmap.to_numpy()
    _say(out, pages=pages, dpi=dpi, shape=pixels.shape[:2])
    for top in range(0, pixels.shape[0], _ROWS):
        # PDFium draws in grey too, but then unpacks whole pictures first.
        band = Image.fromarray(np.ascontiguousarray(pixels[top : top + _ROWS, :, 2::-1]))
        out.write(band.convert("L" if request["channels"] == 1 else "RGB").tobytes())


def _say(out: BinaryIO, **words: Any) -> None:
    out.write(json.dumps(words).encode() + b"\n")


def _limit(size: int) -> None:
    """Limits this process, which holds a file of so many bytes."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + 3 * size + MEMORY
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        if hard == resource.RLIM_INFINITY or limit < hard:
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def main() -> None:
    """Answers one request."""
    import pypdfium2  # noqa: F401 - before the limits, which are for the file

    data = sys.stdin.buffer.read()
    _limit(len(data))
    answer(data, json.loads(sys.argv[1]), sys.stdout.buffer)


if __name__ == "__main__":
    main()
