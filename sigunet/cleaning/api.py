"""`sigunet.clean`: one call, any kind of picture."""

import functools
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from sigunet import atomic
from sigunet.cleaning import jobs
from sigunet.cleaning.cleaner import Cleaner
from sigunet.cleaning.options import Options
from sigunet.errors import ConfigError

_lock = threading.Lock()


@functools.cache
def _cleaner(checkpoint: str | os.PathLike, backend: str, looks: str) -> Cleaner:
    return Cleaner.from_checkpoint(checkpoint, backend=backend, looks=looks)


def clean(
    source: Any,
    format: str = "mask",
    *,
    out: str | os.PathLike | None = None,
    threshold: float | None = None,
    ink: str | None = None,
    crop: bool = False,
    pad: int | None = None,
    size: tuple[int, int] | None = None,
    max_bytes: int | None = None,
    dpi: float | None = None,
    page: int = 0,
    looks: str = "auto",
    checkpoint: str | os.PathLike = "base",
    backend: str = "auto",
) -> Any:
    """Cleans a picture of a signature, and gives back the kind it was given.

    The network is loaded at the first call and kept. For more than the picture (verdict, confidence,
    many pictures at once) use `Cleaner`.

    Args:
        source: A path, the bytes of a file, a PIL image, or an array: uint8, uint16, bool or float
            in [0, 1], [H, W] or [H, W, 1, 3 or 4].
        format: "mask", "gray", "rgba" or "svg", see `Options`; so the others.
        out: Where the file goes, .png or .svg as the format is; only for a path, and by default
            NAME.clean.png beside it.
        threshold: On soft ink, in (0, 1); None is the calibrated one.
        ink: Colour of the ink, as "#1a237e"; None is its own.
        crop: Whether to cut the picture to its ink.
        pad: Paper around it, px.
        size: (width, height) in px to fit into.
        max_bytes: Largest file; it changes no array and no image.
        dpi: Written into the file, or into the image's `info`; None writes the input's into a file,
            to scale, and nothing into an image.
        page: Of a PDF, from 0.
        looks: See `Cleaner`.
        checkpoint: The network, see `Cleaner.from_checkpoint`.
        backend: Likewise.

    Returns:
        For a path the `Path` that was written, for bytes the bytes of a file, for a PIL image a PIL
        image, for an array uint8[H, W], or [H, W, 4] for rgba.

    Raises:
        SigunetError: If an option cannot be used, or the picture cannot be read.
    """
    options = Options(format, threshold, ink, crop, pad, size, max_bytes, dpi)
    is_path = isinstance(source, str | os.PathLike)
    if out is not None and not is_path:
        raise ConfigError("out names a file only where the picture is one.")
    if isinstance(source, np.ndarray | Image.Image) and format == "svg":
        raise ConfigError("An svg is no array and no image: give a path, or the bytes of a file.")
    target = None
    if is_path:
        source = Path(source)
        target = jobs.beside(source, format) if out is None else Path(out)
        jobs.check_target(target, format, source=source)
    with _lock:
        # Two threads that come first would load the network twice.
        cleaner = _cleaner(checkpoint, backend, looks)
    result = cleaner.clean(source, options, page=page)
    if target is not None:
        atomic.write_bytes(target, result.encode())
        return target
    if isinstance(source, Image.Image):
        picture = Image.fromarray(result.render())
        if dpi is not None:
            picture.info["dpi"] = (dpi, dpi)
        return picture
    return result.render() if isinstance(source, np.ndarray) else result.encode()
