"""From a signature to a page: its size, its place, its pen and its paper."""

import cv2
import numpy as np

from sigunet.frozen import Signature
from sigunet.suite.page import LUMA, Page, field, ink_box
from sigunet.truth import MIN_SPECK, drop_specks, stroke_width

HEIGHT = (120, 350)  # px of the signature
STROKE = (1.5, 6.0)  # px
MARGIN = (0.05, 0.25)  # of the signature's side, on each of the four

_SCALE = (0.5, 1.0)  # of a scan at 300 dpi: offices scan at 150 to 300
_PAPER = (0.88, 1.0)
_GRAIN = 0.012  # deviation of plain paper and its scanner, as in scans of NoisyOffice
_PEN = (0.06, 0.3)  # grey, where the signature does not say

# Full ink on white: red, green and blue. Pens differ from brand to brand.
_INKS = {
    "blue": ((0.13, 0.17, 0.52), (0.05, 0.10, 0.40), (0.20, 0.29, 0.72)),
    "black": ((0.08, 0.08, 0.10), (0.14, 0.13, 0.14)),
    "green": ((0.06, 0.38, 0.22), (0.10, 0.50, 0.25)),
    "red": ((0.72, 0.10, 0.13), (0.80, 0.18, 0.20)),
}
_SHARES = {"blue": 0.45, "black": 0.25, "green": 0.13, "red": 0.17}
_DARKEST = 0.02  # of a channel; ink is never quite black


def truth(cover: np.ndarray) -> np.ndarray:
    """What counts as ink: bool[H, W], covered to over one half, specks dropped."""
    return drop_specks(cover > 0.5, MIN_SPECK)


def page_of(signature: Signature, rng: np.random.Generator, *, grey: bool, other: bool) -> Page:
    """Writes a signature on plain paper.

    Args:
        signature: Its ink at the scan's own size.
        rng: Source of randomness.
        grey: Without colour.
        other: Alternates over the pictures of a cell.

    Returns:
        The page, not degraded.
    """
    cover, inked = fitted(signature, rng)
    level = signature.pen
    if level is None:
        level = rng.uniform(*_PEN)
    pen = np.full(3, level) if grey else coloured(level, rng)
    tone = rng.uniform(*_PAPER)
    tint = np.zeros(3) if grey else rng.uniform(0, 1) * np.array([0.0, 0.008, 0.03])
    grain = _GRAIN * field(rng, cover.shape, 1) + 0.5 * _GRAIN * field(rng, cover.shape, 3)
    paper = np.clip(tone * (1 - tint) + grain[..., None], 0.0, 1.0)
    stroke = stroke_width(truth(cover))
    return Page(cover, inked, pen, paper, ink_box(cover), stroke, grey, other)


def fitted(signature: Signature, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Brings a signature to the size it has in the exam and gives it margins.

    Args:
        signature: Its ink at the scan's own size.
        rng: Source of randomness.

    Returns:
        Coverage and ink (coverage times density), float64[H, W] in [0, 1].
    """
    cover, inked = cut_out(signature)
    scale = _scale(cover, rng)
    cover, inked = scaled(cover, scale), scaled(inked, scale)
    height, width = cover.shape
    margins = rng.uniform(*MARGIN, 4) * (height, height, width, width)
    above, below, before, after = (round(side) for side in margins)
    around = ((above, below), (before, after))
    return np.pad(cover, around), np.pad(inked, around)


def cut_out(signature: Signature) -> tuple[np.ndarray, np.ndarray]:
    """Cuts a signature out of its margins: coverage and ink, float64[h, w] in [0, 1]."""
    top, left, height, width = ink_box(signature.ink)
    cut = np.s_[top : top + height, left : left + width]
    cover = signature.ink[cut].astype(np.float64)
    if signature.density is None:
        return cover, cover
    # In 8 bits, so that the last digits of how a scan was measured do not show.
    return cover, cover * (np.rint(signature.density[cut].astype(np.float64) * 255) / 255)


def scaled(array: np.ndarray, scale: float) -> np.ndarray:
    """Resizes float64[h, w] in [0, 1]: area averages where it shrinks, else cubic, clipped."""
    if scale == 1:
        return array
    height, width = (max(1, round(side * scale)) for side in array.shape)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.clip(cv2.resize(array, (width, height), interpolation=way), 0.0, 1.0)


def _scale(cover: np.ndarray, rng: np.random.Generator) -> float:
    """How much to scale a signature; its height decides where width of stroke and height disagree."""
    wanted = rng.uniform(*_SCALE)
    stroke = max(stroke_width(cover > 0.5), 1.0)
    wanted = min(max(wanted, STROKE[0] / stroke), STROKE[1] / stroke)
    height = cover.shape[0]
    return min(max(wanted, HEIGHT[0] / height), HEIGHT[1] / height)


def coloured(level: float, rng: np.random.Generator) -> np.ndarray:
    """Draws the colour of a pen as dark as a grey level: float64[3] in [0, 1]."""
    name = rng.choice(list(_SHARES), p=list(_SHARES.values()))
    ink = np.array(_INKS[name][rng.integers(len(_INKS[name]))])
    absorbed = (1 - ink) * (1 - level) / (1 - ink @ LUMA)
    return np.clip(1 - absorbed, _DARKEST, 1.0)
