"""What becomes of the pen's line, and another that shows through: `fade`, `bleed_through`."""

import dataclasses

import numpy as np

from sigunet.frozen import Signature
from sigunet.suite.page import Layer, Page, blurred, field, paste
from sigunet.suite.rows import at
from sigunet.suite.setting import cut_out, scaled

_SKIPPED = 0.35  # what a skipping pen still leaves


def fade(rng: np.random.Generator, page: Page, severity: float, _: Signature) -> Page:
    """Lets the ink go pale, unevenly, and the pen skip.

    Ink strength 0.7, 0.5, 0.38, 0.28, 0.2 of the pen's own at severity 1 to 5, within a fourth over
    the signature; 1, 2, 3, 4, 5 % of the line lies in skips, where a third of that is left.
    """
    strength = at(severity, 1, 0.7, 0.5, 0.38, 0.28, 0.2)
    skips = at(severity, 0, 0.01, 0.02, 0.03, 0.04, 0.05)
    uneven = np.clip(1 + 0.15 * field(rng, page.shape, max(page.shape) / 4), 0.75, 1.25)
    noise = field(rng, page.shape, 2.5 * page.stroke)
    line = noise[page.cover > 0.5]
    gap = noise > np.quantile(line, 1 - skips) if line.size and skips else np.zeros(page.shape)
    left = 1 - (1 - _SKIPPED) * blurred(np.asarray(gap, np.float64), 0.8)
    inked = np.clip(page.inked * strength * uneven * left, 0, 1)
    return dataclasses.replace(page, inked=inked)


def bleed_through(
    rng: np.random.Generator, page: Page, severity: float, signature: Signature
) -> Page:
    """Shows a signature from the back of the sheet, mirrored and softened by the paper.

    Alpha 0.1, 0.18, 0.26, 0.34, 0.45 of its ink at severity 1 to 5.
    """
    alpha = at(severity, 0, 0.1, 0.18, 0.26, 0.34, 0.45)
    _, inked = cut_out(signature)
    top, left, height, width = page.box
    inked = scaled(
        inked, min(height / inked.shape[0], width / inked.shape[1]) * rng.uniform(0.8, 1.1)
    )
    inked = inked[:, ::-1] if rng.random() < 0.8 else inked[::-1]
    cover = np.zeros(page.shape)
    row = top + (height - inked.shape[0]) / 2 + rng.uniform(-0.15, 0.15) * height
    column = left + (width - inked.shape[1]) / 2 + rng.uniform(-0.15, 0.15) * width
    paste(cover, inked, round(row), round(column))
    cover = blurred(cover, rng.uniform(1, 2)) * np.clip(
        1 + 0.15 * field(rng, page.shape, 8), 0, 1.4
    )
    return page.laid(Layer(np.clip(cover * alpha, 0, 1), page.pen), over=False)
