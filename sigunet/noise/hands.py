"""Handwriting that is not the signature: pieces of other people's writing, and dates by hand."""

import functools

import cv2
import numpy as np

from sigunet.noise.marks import smooth

_SEED = 770_511_203  # of people who sign nowhere else
_COUNT = 512  # pieces that a process comes to hold, some 50 MB

# Strokes of figures and marks in a box of 1 x 0.6, as (row, column); written for this project.
_FIGURES: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    "0": (((0, 0.3), (0.15, 0.02), (0.8, 0.03), (1, 0.3), (0.8, 0.58), (0.1, 0.55), (0, 0.3)),),
    "1": (((0.25, 0.1), (0, 0.35), (1, 0.3)),),
    "2": (((0.2, 0.05), (0, 0.3), (0.2, 0.55), (0.6, 0.3), (1, 0), (0.97, 0.6)),),
    "3": (((0.05, 0.1), (0, 0.45), (0.3, 0.5), (0.48, 0.25), (0.6, 0.6), (1, 0.4), (0.95, 0)),),
    "4": (((0, 0.3), (0.65, 0.02), (0.62, 0.6)), ((0.35, 0.42), (1, 0.38))),
    "5": (((0.02, 0.55), (0.03, 0.12), (0.42, 0.1), (0.4, 0.55), (0.9, 0.55), (1, 0.05)),),
    "6": (((0, 0.5), (0.4, 0.05), (0.95, 0.1), (0.95, 0.5), (0.6, 0.5), (0.6, 0.1)),),
    "7": (((0.05, 0), (0, 0.58), (0.5, 0.3), (1, 0.2)),),
    "8": (
        ((0.1, 0.5), (0, 0.1), (0.4, 0.15), (0.7, 0.6), (1, 0.3), (0.8, 0), (0.4, 0.4), (0.1, 0.5)),
    ),
    "9": (((0.15, 0.5), (0, 0.2), (0.4, 0.05), (0.4, 0.5), (0.1, 0.52), (1, 0.4)),),
    "/": (((0, 0.5), (1, 0.05)),),
    "-": (((0.55, 0.1), (0.55, 0.5)),),
    ".": (((0.95, 0.25), (1, 0.27)),),
    ",": (((0.9, 0.3), (1.1, 0.2)),),
    "x": (((0.2, 0), (1, 0.6)), ((0.15, 0.6), (1, 0))),
    "v": (((0.5, 0), (1, 0.2), (-0.2, 0.8)),),
}


@functools.lru_cache(maxsize=_COUNT)
def _piece(index: int) -> np.ndarray:
    # Drawn when first asked for, some 10 ms each: a process needs not all of them at once.
    from sigunet import signatures

    raster = signatures.draw(_SEED, index, 0)
    left, top, width, height = cv2.boundingRect(raster)
    return np.ascontiguousarray(raster[top : top + max(1, height), left : left + max(1, width)])


def hand(rng: np.random.Generator) -> np.ndarray:
    """Draws somebody else's signature from a bank of 512 that the process keeps.

    Args:
        rng: Source of randomness.

    Returns:
        uint8[h, w], ink coverage times 255 at about 300 dpi, cut to its ink; not to be changed.
    """
    return _piece(int(rng.random() * _COUNT))


def written(rng: np.random.Generator) -> np.ndarray:
    """Draws a word of other handwriting: a piece of `hand`, squeezed, slanted, perhaps cut.

    Args:
        rng: Source of randomness.

    Returns:
        uint8[h, w], coverage times 255.
    """
    raster = hand(rng)
    if rng.random() < 0.6 and raster.shape[1] > 40:
        start = int(raster.shape[1] * rng.uniform(0.0, 0.5))
        raster = raster[:, start : start + int(raster.shape[1] * rng.uniform(0.3, 0.8))]
    if rng.random() < 0.3:
        raster = raster[::-1, ::-1]
    return raster


def figures(rng: np.random.Generator, text: str, height: float) -> list[np.ndarray]:
    """Writes figures and the marks between them by hand.

    Args:
        rng: Source of randomness.
        text: Of the characters 0-9, "/", "-", ".", ",", "x" (a cross) and "v" (a tick).
        height: Of a figure, px.

    Returns:
        The strokes, each float[n, 2]: (row, column) in px from the first figure's upper left.
    """
    slant, wide = rng.normal(0.15, 0.2), rng.uniform(0.7, 1.1)
    paths, column = [], 0.0
    for character in text:
        size = rng.normal(1.0, 0.07)
        drop = rng.normal(0, 0.04)
        for stroke in _FIGURES[character]:
            points = np.array(stroke) * (size, size * wide) + rng.normal(0, 0.03, (len(stroke), 2))
            points = smooth(points, 2)
            points[:, 1] += column + slant * (1 - points[:, 0])
            points[:, 0] += drop
            paths.append(points * height)
        column += (0.35 if character in ".,-" else 0.62) * wide + rng.uniform(0.06, 0.22)
    return paths


def date(rng: np.random.Generator) -> str:
    """Draws a date or a number as people write it beside their signature."""
    day, month, year = (int(low + rng.random() * span) for low, span in ((1, 28), (1, 12), (0, 30)))
    lot = rng.random()
    if lot < 0.35:
        return f"{day}.{month}.{year:02d}"
    if lot < 0.6:
        return f"{month:02d}/{day:02d}/{2000 + year}"
    if lot < 0.75:
        return f"{day}-{month}-{2000 + year}"
    return str(int(rng.random() * 10 ** int(2 + rng.random() * 6)))
