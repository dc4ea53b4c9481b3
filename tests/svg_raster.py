"""SVG files of the project's own making as pixels: what a browser would fill."""

import re
from xml.etree import ElementTree

import cv2
import numpy as np

_NUMBER = re.compile(r"-?(?:\d*\.\d+|\d+)")
_SHARES = np.linspace(0, 1, 9)[:-1, None]


def read(text):
    """The root of an SVG, (width, height) of its viewBox, and its outlines as polygons."""
    root = ElementTree.fromstring(text)
    left, top, width, height = map(int, root.get("viewBox").split())
    assert (left, top) == (0, 0)
    paths = list(root)
    assert len(paths) <= 1
    return root, (width, height), _outlines(paths[0].get("d")) if paths else []


def _outlines(data):
    outlines, at = [], np.zeros(2)
    pieces = re.findall(r"m([^a-zA-Z]*)c([^a-zA-Z]*)z", data)
    # Nothing but these commands.
    assert "".join(f"m{move}c{curves}z" for move, curves in pieces) == data
    for move, curves in pieces:
        at = at + _numbers(move)
        here, points = at, []
        for c1, c2, end in _numbers(curves).reshape(-1, 3, 2):
            t = _SHARES
            moved = 3 * t * (1 - t) ** 2 * c1 + 3 * t**2 * (1 - t) * c2 + t**3 * end
            points.append(here + moved)
            here = here + end
        np.testing.assert_allclose(here, at, atol=1e-6)
        outlines.append(np.concatenate(points))
    return outlines


def _numbers(text):
    return np.array([float(number) for number in _NUMBER.findall(text)])


def coverage(text, *, over=8, even_odd=False):
    """Share of each pixel that is filled, by over x over samples: float32[H, W]."""
    _, (width, height), outlines = read(text)
    winding = np.zeros((height * over, width * over + 1), np.int32)
    for outline in outlines:
        _wind(winding, outline * over - 0.5)
    winding = np.cumsum(winding, axis=1)[:, :-1]
    inside = winding % 2 if even_odd else winding != 0
    return cv2.resize(inside.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)


def _wind(winding, begin):
    """Adds what crosses each row of samples, at the first sample to its right."""
    end = np.roll(begin, -1, axis=0)
    low, high = np.minimum(begin[:, 1], end[:, 1]), np.maximum(begin[:, 1], end[:, 1])
    first = np.ceil(low).astype(int)
    count = np.ceil(high).astype(int) - first
    edge = np.repeat(np.arange(len(begin)), count)
    row = np.arange(len(edge)) - (np.cumsum(count) - count)[edge] + first[edge]
    slope = (end - begin)[edge]
    x = begin[edge, 0] + (row - begin[edge, 1]) * slope[:, 0] / slope[:, 1]
    column = np.clip(np.ceil(x).astype(int), 0, winding.shape[1] - 1)
    seen = (row >= 0) & (row < winding.shape[0])
    np.add.at(winding, (row[seen], column[seen]), np.sign(slope[seen, 1]).astype(int))
