"""Printed text that the signature is written on, or that was printed on it: `print`."""

import numpy as np

from sigunet.frozen import Signature
from sigunet.suite.degrade import lettering
from sigunet.suite.page import Layer, Page, blurred, field, paste
from sigunet.suite.rows import at
from sigunet.suite.setting import coloured

_SIZE = (10, 36)  # px of the em
_DARK = (0.4, 1.0)
_EDGE = 0.5  # px; sigma of a scanner's own blur


def print_(rng: np.random.Generator, page: Page, severity: float, _: Signature) -> Page:
    """Prints text over the signature's box.

    Text over 10, 25, 40, 60, 80 % of the box at severity 1 to 5, 10-36 px high, 0.4 to 1 dark, half
    of it darker than the signature's ink, in a serif, sans, mono or typewriter face; two in three
    lie under the ink, the others over it. Lines that reach the side of the box run on beyond it.
    """
    share = at(severity, 0, 0.10, 0.25, 0.40, 0.60, 0.80)
    cover = _block(rng, page, share)
    # Toner and ribbon are uneven, and ink of print spreads and breaks at its edge.
    patchy = np.clip(1 - 0.06 * np.abs(field(rng, page.shape, 2)), 0, 1)
    cover = blurred(cover, _EDGE * rng.uniform(0.8, 1.4)) * patchy
    dark = _darkness(rng, page)
    colour = np.full(3, 1 - dark)
    if not page.grey and rng.random() < 0.25:
        colour = coloured(1 - dark, rng)
    over = rng.random() < 1 / 3
    return page.laid(Layer(cover, colour, opaque=over), over=over)


def _darkness(rng: np.random.Generator, page: Page) -> float:
    """How dark the print is; darker than the ink in every other pair of pictures."""
    low, high = _DARK
    if page.other:
        return rng.uniform(min(max(low, page.darkness), high), high)
    return rng.uniform(low, max(low, min(page.darkness, high)))


def _block(rng: np.random.Generator, page: Page, share: float) -> np.ndarray:
    """Text over a share of the signature's box: float64[H, W] in [0, 1], coverage."""
    top, left, height, width = page.box
    high = share ** rng.uniform(0.3, 0.7)
    wide = share / high
    block_height, block_width = high * height, wide * width
    size = min(rng.uniform(*_SIZE) if rng.random() < 0.5 else rng.uniform(_SIZE[0], 24), _SIZE[1])
    size = max(_SIZE[0], min(size, block_height / 1.1))
    leading = rng.uniform(1.1, 1.5)
    count = max(1, round(block_height / (size * leading)))
    row = top + rng.uniform(0, max(height - block_height, 0))
    column = left + rng.uniform(0, max(width - block_width, 0))
    end = column + block_width
    # A line of text does not know where the signature ends.
    if rng.random() < 0.5:
        column = rng.uniform(0, left) if column - left < 0.15 * width else column
        end = page.shape[1] if left + width - end < 0.15 * width else end
    face = lettering.any_face(rng)
    lines = [lettering.running(rng, face, size, end - column) for _number in range(count)]
    cover = np.zeros(page.shape)
    paste(cover, lettering.set_text(lines, face, size, leading=leading), round(row), round(column))
    return cover
