"""What becomes of the pen's line, and another that shows through: `fade`, `bleed_through`."""

import dataclasses

import numpy as np

from sigunet.suite.degrade.paper import texture
from sigunet.suite.page import Another, Layer, Page, blurred, field, paste
from sigunet.suite.rows import at
from sigunet.suite.setting import coloured, cut_out, scaled

_SKIPPED = 0.35  # what a skipping pen still leaves
_LEAST = 0.15  # of black, the mean ink of a signature that can still be read


def fade(rng: np.random.Generator, page: Page, severity: float, _: Another) -> Page:
    """Lets the ink go pale, unevenly, and the pen skip.

    Ink strength 0.7, 0.5, 0.38, 0.28, 0.2 of the pen's own at severity 1 to 5; it varies over the
    signature by a factor whose logarithm deviates by 0.1, 0.18, 0.26, 0.34, 0.42, and 1, 2, 3, 4,
    5 % of the line lie in skips, where a third of the ink is left.

    Mended twice. A pen that is pale itself (real ones leave as little as 0.3 of black) is not faded
    below 0.15 of black in the mean, because nobody reads what is left then. And the paper is two
    fifths to three quarters as rough as at the same severity of `paper`: on even paper a global
    threshold does not see how faint the ink is, and scored 0.94 at all five severities.
    """
    strength = at(severity, 1, 0.7, 0.5, 0.38, 0.28, 0.2)
    own = page.darkness * page.inked.sum() / max(page.cover.sum(), 1e-9)
    strength = min(max(strength, _LEAST / max(own, _LEAST)), 1.0)
    skips = at(severity, 0, 0.01, 0.02, 0.03, 0.04, 0.05)
    uneven = np.exp(
        at(severity, 0, 0.1, 0.18, 0.26, 0.34, 0.42) * field(rng, page.shape, max(page.shape) / 6)
    )
    uneven = np.clip(uneven, 0.4, 1.6)
    noise = field(rng, page.shape, 2.5 * page.stroke)
    line = noise[page.cover > 0.5]
    gap = noise > np.quantile(line, 1 - skips) if line.size and skips else np.zeros(page.shape)
    left = 1 - (1 - _SKIPPED) * blurred(np.asarray(gap, np.float64), 0.8)
    inked = np.clip(page.inked * strength * uneven * left, 0, 1)
    rough = at(severity, 0, 0.03, 0.06, 0.09, 0.1, 0.11) * texture(rng, page.shape)
    sheet = np.clip(page.paper + rough[..., None], 0, 1)
    return dataclasses.replace(page, inked=inked, paper=sheet)


def bleed_through(rng: np.random.Generator, page: Page, severity: float, other: Another) -> Page:
    """Shows a signature from the back of the sheet, mirrored and softened by the paper.

    Alpha 0.1, 0.18, 0.26, 0.34, 0.45 of a dark pen at severity 1 to 5, as it is seen in the middle
    of a stroke. It is another signature, so it has a pen of its own.
    """
    alpha = at(severity, 0, 0.1, 0.18, 0.26, 0.34, 0.45)
    inked, _ = cut_out(other())
    top, left, height, width = page.box
    inked = scaled(
        inked, min(height / inked.shape[0], width / inked.shape[1]) * rng.uniform(0.8, 1.1)
    )
    inked = inked[:, ::-1] if rng.random() < 0.8 else inked[::-1]
    cover = np.zeros(page.shape)
    row = top + (height - inked.shape[0]) / 2 + rng.uniform(-0.15, 0.15) * height
    column = left + (width - inked.shape[1]) / 2 + rng.uniform(-0.15, 0.15) * width
    paste(cover, inked, round(row), round(column))
    cover = blurred(cover, rng.uniform(0.8, 1.8))
    # Softening thins a narrow stroke more than a wide one; alpha is what the eye meets.
    cover = cover / max(np.quantile(cover[cover > 0.2], 0.7) if cover.max() > 0.2 else 1.0, 0.2)
    cover = np.clip(cover, 0, 1.1) * np.clip(1 + 0.15 * field(rng, page.shape, 8), 0, 1.4)
    level = rng.uniform(0.05, 0.2)
    pen = np.full(3, level) if page.grey else coloured(level, rng)
    return page.laid(Layer(np.clip(cover * alpha, 0, 1), pen), over=False)
