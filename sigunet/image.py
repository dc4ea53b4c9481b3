"""The one image contract, shared by training, evaluation and cleaning.

An image is float32[H, W, C] in [0, 1] with 0 = black and 1 = white; C is 1 (grey) or 3 (RGB).
uint8 appears only here, at the edges. `sigunet.reading` decodes what users bring, by Pillow; OpenCV
computes, and decodes the PNGs the project itself has written.
"""

import contextlib
import math
import os
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from sigunet.errors import DataError
from sigunet.reading import MAX_PIXELS, check, decode, name_of, opened, to_array

__all__ = [
    "MAX_PIXELS",
    "REC601",
    "SUFFIXES",
    "Placement",
    "check_header",
    "decode_png",
    "encode_png",
    "grey",
    "letterbox",
    "listed",
    "pad_to_multiple",
    "read",
    "resize",
    "to_float",
    "to_uint8",
    "unletterbox",
    "write",
]

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp", ".gif"})
"""File name endings that count as pictures when a folder is read."""

# Rec. 601 luma, the weights of JPEG, Pillow and OpenCV.
REC601 = (0.299, 0.587, 0.114)
"""Luma weights of red, green and blue (ITU-R BT.601)."""


def read(
    source: str | os.PathLike | bytes, *, channels: int = 1, max_pixels: int = MAX_PIXELS
) -> np.ndarray:
    """Reads a picture file of any common kind.

    EXIF rotation is applied, transparency is laid on white, 16-bit and palette pictures are
    brought to 8 bits; of an animation the first frame is taken.

    Args:
        source: A path, or the bytes of a file.
        channels: 1 for grey, 3 for RGB.
        max_pixels: Largest accepted picture, checked on the header before anything is decoded.

    Returns:
        float32[H, W, channels] in [0, 1], 0 = black.

    Raises:
        DataError: If the file is missing, is no picture, is damaged or is too large.
    """
    name = name_of(source)
    with opened(source, name) as file:
        frame = decode(file, name, max_pixels=max_pixels)
        return to_array(frame.picture, channels, name, negative=frame.negative)


def check_header(path: str | os.PathLike) -> tuple[int, int]:
    """Checks that a file begins as a picture that `read` takes; nothing is decoded.

    Args:
        path: The file.

    Returns:
        (width, height) in pixels, upright.

    Raises:
        DataError: If it is missing, is no picture, has a damaged header or is too large.
    """
    name = name_of(path)
    with opened(path, name) as file:
        return check(file, name)


def listed(folder: Path) -> list[Path]:
    """Lists the files below a folder that end as pictures do, sorted.

    Args:
        folder: It is searched with its subfolders; hidden files and subfolders are left out.
    """
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    ]


def write(path: str | os.PathLike, array: np.ndarray) -> None:
    """Writes a picture beside its place and renames it, so that no partial file is ever seen.

    Args:
        path: Where to; the suffix chooses the format, a missing folder is made.
        array: float32 in [0, 1] or uint8, of shape [H, W], [H, W, 1] or [H, W, 3].

    Raises:
        DataError: If the place cannot be written or the suffix is no picture format.
    """
    path = Path(path)
    picture = Image.fromarray(to_uint8(array).squeeze(-1) if _single(array) else to_uint8(array))
    partial = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(partial)
        partial.replace(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path} cannot be written: {reason}.") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def _single(array: np.ndarray) -> bool:
    return array.ndim == 3 and array.shape[-1] == 1


def to_uint8(array: np.ndarray) -> np.ndarray:
    """Rounds float [0, 1] to uint8 [0, 255], clipping; leaves uint8 as it is."""
    if array.dtype == np.uint8:
        return array
    return np.rint(np.clip(array, 0.0, 1.0) * 255.0).astype(np.uint8)


def to_float(array: np.ndarray) -> np.ndarray:
    """Brings uint8 [0, 255] to float32 [0, 1]; casts anything else to float32."""
    if array.dtype == np.uint8:
        return array.astype(np.float32) * np.float32(1 / 255)
    return np.asarray(array, np.float32)


def encode_png(array: np.ndarray) -> bytes:
    """Encodes uint8[H, W] or uint8[H, W, 3] (RGB) as PNG, quickly rather than small."""
    pixels = array[..., ::-1] if array.ndim == 3 else array
    return cv2.imencode(".png", np.ascontiguousarray(pixels), [cv2.IMWRITE_PNG_COMPRESSION, 3])[
        1
    ].tobytes()


def decode_png(data: bytes) -> np.ndarray:
    """Decodes a PNG of the project's own making to uint8[H, W] or uint8[H, W, 3] (RGB)."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    return np.ascontiguousarray(pixels[..., ::-1]) if pixels.ndim == 3 else pixels


def grey(image: np.ndarray) -> np.ndarray:
    """Brings float32[H, W, 1 or 3] to float32[H, W, 1] by Rec. 601 luma."""
    return image if image.shape[-1] == 1 else (image @ np.array(REC601, np.float32))[..., None]


@dataclass(frozen=True)
class Placement:
    """Where a picture lies in the square it was letterboxed into, in pixels.

    Attributes:
        top: First row of the picture in the square.
        left: First column.
        height: Rows the picture takes in the square.
        width: Columns.
        native: (H, W) of the picture before.
    """

    top: int
    left: int
    height: int
    width: int
    native: tuple[int, int]


def resize(array: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resizes float32[H, W] or [H, W, C]: area averages where it shrinks, else cubic, clipped."""
    if array.shape[:2] == (height, width):
        return array
    shrinks = height <= array.shape[0] and width <= array.shape[1]
    out = cv2.resize(
        array, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    )
    # Cubic interpolation overshoots, and area averages leave [0, 1] by a rounding step.
    np.clip(out, 0.0, 1.0, out=out)
    # OpenCV drops a channel axis of length one.
    return out.reshape(height, width, *array.shape[2:])


def scaled(array: np.ndarray, factor: float) -> np.ndarray:
    """Resizes float32[H, W] or [H, W, C] by a factor, to one pixel at the least."""
    return resize(array, *(max(1, round(side * factor)) for side in array.shape[:2]))


def letterbox(
    array: np.ndarray, size: int, fill: float | np.ndarray
) -> tuple[np.ndarray, Placement]:
    """Fits a picture into a square, its aspect kept, centred, the rest filled.

    Args:
        array: float32[H, W] or [H, W, C].
        size: Side of the square in pixels.
        fill: Value around the picture, one or one a channel (0 for ink).

    Returns:
        float32[size, size] or [size, size, C], and the placement that `unletterbox` undoes.
    """
    native = array.shape[:2]
    ratio = size / max(native)
    height, width = (min(size, max(1, round(side * ratio))) for side in native)
    place = Placement((size - height) // 2, (size - width) // 2, height, width, native)
    out = np.full((size, size, *array.shape[2:]), fill, np.float32)
    out[place.top : place.top + height, place.left : place.left + width] = resize(
        array, height, width
    )
    return out, place


def unletterbox(array: np.ndarray, place: Placement) -> np.ndarray:
    """Cuts a letterboxed float32[S, S] or [S, S, C] back out and brings it to its native size."""
    cut = array[place.top : place.top + place.height, place.left : place.left + place.width]
    return resize(np.ascontiguousarray(cut), *place.native)


def pad_to_multiple(array: np.ndarray, multiple: int) -> np.ndarray:
    """Pads float32[H, W, C] at the bottom and right, mirrored, to a multiple of pixels.

    Args:
        array: float32[H, W, C].
        multiple: The factor both sides must have.

    Returns:
        float32[H', W', C]; the same array where nothing is missing.
    """
    missing = [math.ceil(side / multiple) * multiple - side for side in array.shape[:2]]
    if not any(missing):
        return array
    # Mirrored rather than repeated: repeated noise would be stripes, which look like strokes.
    return np.pad(array, ((0, missing[0]), (0, missing[1]), (0, 0)), mode="symmetric")
