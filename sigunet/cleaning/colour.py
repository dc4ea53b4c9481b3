"""The ink's own colour, free of the paper that shines through its edges.

A pixel is a mixture of paper and ink: picture = paper - alpha * (paper - ink). Near each pixel the
difference of paper and ink is the one that explains the pixels around it best, in the least squares
sense, weighted towards the core of the strokes. So the edge of a stroke gets the colour of its core.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from sigunet import truth
from sigunet.cleaning.levels import HALF, bands
from sigunet.image import REC601

_CELL = 16  # px; paper is estimated as a mean over such squares
_FRINGE = 3  # px around ink that are no paper
_CONTRAST = 0.05  # of the grey range; where ink differs less, darker pixels count no more
_EMPHASIS = 6  # power of a pixel's darkness that it counts with
_DARKEST = 0.95  # share of the ink's pixels that are paler than ink is taken to be at most
_PRIOR = 6e-3  # of the most ink; weight of the whole picture's colour beside that of a place
_REACH = 0.7  # stroke widths; sigma of the neighbourhood whose colour a pixel takes
_SIGMAS = (1.5, 24.0)  # px


def ink_colours(picture: np.ndarray, alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Estimates the colour of the ink near every pixel.

    Args:
        picture: float32[H, W, C] in [0, 1], 0 = black, C in (1, 3); the ink darker than its paper.
        alpha: uint8[H, W], ink as `levels` gives it.

    Returns:
        uint8[H, W, 3], RGB where `alpha` is above 0 and one colour elsewhere; and that colour,
        uint8[3], of all ink together, black where there is none.
    """
    if not (alpha > HALF).any():
        return np.zeros((*alpha.shape, 3), np.uint8), np.zeros(3, np.uint8)
    paper = _Paper.of(picture, alpha)
    sigma = float(np.clip(_REACH * truth.stroke_width(alpha > HALF), *_SIGMAS))
    # Colours change over several px only, so they are looked for in a smaller picture.
    cell = max(2, round(sigma / 2))
    sums, most = _sums(picture, alpha, paper, cell)
    whole = sums.mean(axis=(0, 1), dtype=np.float64).astype(np.float32)
    whole /= whole[-1]
    whole[:-1] = _at_most(whole[:-1], most)
    sums = cv2.GaussianBlur(sums, (0, 0), sigma / cell, borderType=cv2.BORDER_REFLECT)
    sums += np.float32(_PRIOR) * whole * sums[..., -1:].max()
    darker = _at_most(sums[..., :-1] / sums[..., -1:], most)
    common = _rgb(np.clip(paper.mean - whole[:-1], 0, 1))
    out = np.empty((*alpha.shape, 3), np.uint8)
    out[:] = common
    for rows in bands(alpha.shape):
        columns = np.flatnonzero((alpha[rows] > 0).any(axis=0))
        if not len(columns):
            continue
        area = rows, slice(columns[0], columns[-1] + 1)
        ink = paper.at(area) - _enlarged(darker, area, cell)
        inked = alpha[area] > 0
        out[area][inked] = _rgb(np.clip(ink, 0, 1))[inked]
    return out, common


@dataclass(frozen=True)
class _Paper:
    """The paper, as means over cells of `_CELL` px.

    Attributes:
        cells: float32[ceil(H / _CELL), ceil(W / _CELL), C] in [0, 1].
        mean: float32[C] in [0, 1], of the paper as a whole.
    """

    cells: np.ndarray
    mean: np.ndarray

    @classmethod
    def of(cls, picture: np.ndarray, alpha: np.ndarray) -> "_Paper":
        side = 2 * _FRINGE + 1
        bare = cv2.dilate(alpha, np.ones((side, side), np.uint8)) == 0

        def part(rows: slice) -> np.ndarray:
            weight = bare[rows].astype(np.float32)[..., None]
            return np.concatenate([picture[rows] * weight, weight], axis=2)

        sums = _reduced(part, picture.shape, _CELL)
        total = sums.sum(axis=(0, 1), dtype=np.float64)
        channels = picture.shape[2]
        # A picture full of ink shows no paper: then it is white.
        mean = total[:-1] / total[-1] if total[-1] > 0 else np.ones(channels)
        # What is missing in a cell is taken from its surroundings, from ever further away.
        filled = sums + np.float32(1e-6) * np.append(mean, 1).astype(np.float32)
        for sigma in (2, 8):
            wide = cv2.GaussianBlur(sums, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
            filled += np.float32(0.1 / sigma) * wide
        return cls(filled[..., :-1] / filled[..., -1:], mean.astype(np.float32))

    def at(self, area: tuple[slice, slice]) -> np.ndarray:
        """The paper of some rows and columns of the picture: float32[h, w, C]."""
        return _enlarged(self.cells, area, _CELL)


def _sums(
    picture: np.ndarray, alpha: np.ndarray, paper: _Paper, cell: int
) -> tuple[np.ndarray, float]:
    """What least squares needs.

    Returns:
        float32[h, w, C + 1], means over cells: of each channel weight * alpha * (paper - picture),
        last weight * alpha^2; and how much darker than paper ink is at most, grey in [0, 1].
    """
    counts = np.zeros(256, np.int64)

    def part(rows: slice) -> np.ndarray:
        ink = alpha[rows].astype(np.float32) / 255
        darker = paper.at((rows, slice(0, alpha.shape[1]))) - picture[rows]
        depth = np.clip(_grey(darker), 0, 1)
        inked = alpha[rows] > HALF
        counts[:] += np.bincount((depth[inked] * 255).astype(np.uint8), minlength=256)
        # A network calls edges and blurred strokes full ink, so the darkest core must decide.
        weight = (ink * (depth + _CONTRAST)) ** _EMPHASIS
        weight *= inked
        return np.concatenate(
            [darker * (weight * ink)[..., None], (weight * ink * ink)[..., None]], axis=2
        )

    sums = _reduced(part, picture.shape, cell)
    below = np.cumsum(counts)
    return sums, (int(np.searchsorted(below, _DARKEST * below[-1])) + 1) / 255


def _grey(colour: np.ndarray) -> np.ndarray:
    """Rec. 601 luma of float32[..., C]."""
    return colour[..., 0] if colour.shape[-1] == 1 else colour @ np.array(REC601, np.float32)


def _at_most(darker: np.ndarray, most: float) -> np.ndarray:
    """Takes back what un-mixing adds where a network took full ink for half, the hue kept."""
    return darker * np.minimum(1, most / np.maximum(_grey(darker), 1e-6))[..., None]


def _reduced(part, shape: tuple[int, ...], cell: int) -> np.ndarray:
    """Averages what `part(rows)` gives, float32[h, W, K], over cells, a band of rows at a time."""
    height, width = shape[:2]
    size = -(-height // cell), -(-width // cell)
    out = []
    for some in bands((size[0], width * cell)):
        rows = slice(some.start * cell, min(some.stop * cell, height))
        values = part(rows)
        below = (some.stop - some.start) * cell - len(values)
        # Nothing is known past the end, which weighs nothing.
        values = cv2.copyMakeBorder(
            values, 0, below, 0, size[1] * cell - width, cv2.BORDER_CONSTANT, value=0
        )
        smaller = (size[1], some.stop - some.start)
        out.append(cv2.resize(values, smaller, interpolation=cv2.INTER_AREA))
    return np.concatenate(out).reshape(*size, -1)


def _enlarged(cells: np.ndarray, area: tuple[slice, slice], cell: int) -> np.ndarray:
    """Interpolates cells to some rows and columns of the picture: float32[h, w, K]."""
    rows, columns = area
    # The centre of px x is at (x + 0.5) / cell - 0.5 cells.
    matrix = np.array(
        [
            [1 / cell, 0, (columns.start + 0.5) / cell - 0.5],
            [0, 1 / cell, (rows.start + 0.5) / cell - 0.5],
        ]
    )
    size = columns.stop - columns.start, rows.stop - rows.start
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    out = cv2.warpAffine(cells, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return out.reshape(size[1], size[0], -1)


def _rgb(colour: np.ndarray) -> np.ndarray:
    """Brings float32[..., C] in [0, 1] to uint8[..., 3]."""
    levels = np.rint(colour * 255).astype(np.uint8)
    return np.repeat(levels, 3, axis=-1) if levels.shape[-1] == 1 else levels
