"""Noise of the sensor: `gaussian`, `salt_pepper`, `speckle`."""

import numpy as np

from sigunet.suite.page import Another, Page, blurred
from sigunet.suite.rows import at

_GRAIN = 0.7  # px; how far neighbouring pixels share their noise where they do


def _normal(rng: np.random.Generator, page: Page) -> np.ndarray:
    """Draws normal noise of deviation 1, float64[H, W, C].

    In every second picture neighbouring pixels share it, as they do behind a colour filter or
    wherever a device has resampled what its sensor saw. Channels share most of it: the deviation is
    to be that of the grey picture as well, not that of a third of it averaged away.
    """
    noise = rng.standard_normal(page.image.shape)
    if noise.shape[-1] == 3:
        noise = 0.9 * rng.standard_normal((*page.shape, 1)) + 0.44 * noise
    if not page.other:
        return noise
    noise = blurred(noise, _GRAIN)
    return noise / noise.std()


def gaussian(rng: np.random.Generator, page: Page, severity: float, _: Another) -> Page:
    """Adds normal noise.

    Sigma 0.02, 0.05, 0.08, 0.12, 0.18 of the grey range at severity 1 to 5.

    Mended: see `_normal`. Independent noise alone is gone after a median of 3 x 3 px (0.96 at
    severity 3).
    """
    page = page.flat()
    sigma = at(severity, 0, 0.02, 0.05, 0.08, 0.12, 0.18)
    return page.with_image(page.image + sigma * _normal(rng, page))


def salt_pepper(rng: np.random.Generator, page: Page, severity: float, _: Another) -> Page:
    """Sets pixels to black or white, a third of them in clumps of 2 to 3 px a side.

    Share of the pixels 0.005, 0.015, 0.03, 0.06, 0.10 at severity 1 to 5.
    """
    page = page.flat()
    share = at(severity, 0, 0.005, 0.015, 0.03, 0.06, 0.10)
    image = page.image.copy()
    height, width = page.shape
    count = round(share * height * width)
    single = count - count // 3
    # Distinct places: drawn again, a pixel would count twice.
    places = rng.choice(height * width, single, replace=False)
    rows, columns = np.divmod(places, width)
    image[rows, columns] = rng.integers(0, 2, single)[:, None]
    left = count // 3
    while left > 0:
        high, wide = rng.integers(2, 4, 2)
        top, side = rng.integers(0, height - high + 1), rng.integers(0, width - wide + 1)
        image[top : top + high, side : side + wide] = rng.integers(0, 2)
        left -= high * wide
    return page.with_image(image)


def speckle(rng: np.random.Generator, page: Page, severity: float, _: Another) -> Page:
    """Multiplies by noise: x + x n.

    Sigma of n 0.05, 0.10, 0.18, 0.28, 0.40 at severity 1 to 5.

    Mended: as `gaussian`.
    """
    page = page.flat()
    sigma = at(severity, 0, 0.05, 0.10, 0.18, 0.28, 0.40)
    return page.with_image(page.image * (1 + sigma * _normal(rng, page)))
