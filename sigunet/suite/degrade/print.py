"""Printed text that the signature is written on, or that was printed on it: `print`."""

import numpy as np

from sigunet.suite.degrade import lettering
from sigunet.suite.page import Another, Layer, Page, blurred, field, paste
from sigunet.suite.rows import at
from sigunet.suite.setting import coloured

_SIZE = (10, 36)  # px of the em
_DARK = (0.4, 1.0)
_NEAR = 0.95  # of the ink's darkness, the palest of the print that is paler than it
_EDGE = 0.5  # px; sigma of a scanner's own blur


def print_(rng: np.random.Generator, page: Page, severity: float, _: Another) -> Page:
    """Prints text over the signature's box.

    Text over 10, 25, 40, 60, 80 % of the box at severity 1 to 5, 10-36 px high, 0.4 to 1 dark, half
    of it darker than the signature's ink, in a serif, sans, mono or typewriter face; two in three
    lie under the ink, the others over it. The text goes on beyond the box to the edge of the page.

    Mended: print that is paler than the ink is at most 5 % paler, and three in four faces are bold.
    Evenly drawn between 0.4 and the darkness of real pens, which are nearly black, most of it fell
    to one threshold, and at severity 3 a classical method had 0.69 where the band allows 0.65.
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
    ink = max(low, min(page.darkness, high))
    return rng.uniform(max(low, _NEAR * ink), ink)


def _block(rng: np.random.Generator, page: Page, share: float) -> np.ndarray:
    """Text over a share of the signature's box: float64[H, W] in [0, 1], coverage.

    It is the end of what stands above the signature, the beginning of what stands below, or a few
    lines across it; a half and more of the box may also be the column beside. Print does not know
    where a signature will be: in its other direction it goes on to the edge of the page.
    """
    top, left, height, width = page.box
    high, wide = page.shape
    place = rng.integers(4 if share >= 0.4 else 3)
    first, last, start, end = 0.0, high, 0.0, wide
    deep = share * height
    if place == 0:
        last = top + deep
    elif place == 1:
        first = top + height - deep
    elif place == 2:
        first = top + rng.uniform(0, height - deep)
        last = first + deep
    elif rng.random() < 0.5:
        end = left + share * width
    else:
        start = left + (1 - share) * width
    size = float(np.clip(rng.uniform(*_SIZE), _SIZE[0], max(_SIZE[0], deep)))
    if rng.random() < 0.5:
        size = min(size, rng.uniform(_SIZE[0], 22))
    step = round(size * rng.uniform(1.1, 1.35))
    count = max(1, round((last - first) / step))
    if place == 0:
        # The last line ends where it must, whatever is cut off at the top of the page.
        first = last - count * step
    face = lettering.any_face(rng, bold=rng.random() < 0.75)
    lines = [lettering.running(rng, face, size, end - start) for _number in range(count)]
    cover = np.zeros(page.shape)
    paste(cover, lettering.set_text(lines, face, size, step), round(first), round(start))
    return cover
