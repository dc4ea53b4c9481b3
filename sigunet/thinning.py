"""Skeletons of ink: strokes thinned to lines of one pixel, whole table look-ups at a time."""

import functools

import cv2
import numpy as np

# Bits of the eight neighbours, clockwise from the north: north 1, north-east 2, ... north-west 128.
_NEIGHBOURS = np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], np.float32)


def thin(mask: np.ndarray) -> np.ndarray:
    """Thins ink to lines one pixel wide in the middle of its strokes (Guo and Hall 1989).

    Connected ink stays connected (8-connected), and every patch keeps at least one pixel: two-pixel
    strokes and small squares do not vanish, as they do by the rules of Zhang and Suen.

    Args:
        mask: bool[H, W], True = ink.

    Returns:
        bool[H, W], a subset of `mask`.
    """
    ink = mask.astype(np.uint8)
    tables = _tables()
    while True:
        # Two half-passes, each peeling two sides, until neither takes anything.
        count = cv2.countNonZero(ink)
        for table in tables:
            codes = cv2.filter2D(ink, cv2.CV_8U, _NEIGHBOURS, borderType=cv2.BORDER_CONSTANT)
            ink &= cv2.LUT(codes, table)
        if cv2.countNonZero(ink) == count:
            return ink.view(bool)


@functools.cache
def _tables() -> tuple[np.ndarray, np.ndarray]:
    """For each half-pass, uint8[256]: 1 where a pixel with these neighbours stays, 0 where it goes."""
    n, ne, e, se, s, sw, w, nw = ((np.arange(256)[None] >> np.arange(8)[:, None]) & 1).astype(bool)
    crossings = sum(
        (~side & (corner | after)).astype(int)
        for side, corner, after in ((n, ne, e), (e, se, s), (s, sw, w), (w, nw, n))
    )
    one = sum((a | b).astype(int) for a, b in ((nw, n), (ne, e), (se, s), (sw, w)))
    two = sum((a | b).astype(int) for a, b in ((n, ne), (e, se), (s, sw), (w, nw)))
    fewest = np.minimum(one, two)
    edge = (crossings == 1) & (fewest >= 2) & (fewest <= 3)
    east, west = (n | ne | ~se) & e, (s | sw | ~nw) & w
    return tuple((~(edge & ~keep)).astype(np.uint8) for keep in (east, west))
