"""Noise of the sensor: `gaussian`, `salt_pepper`, `speckle`."""

import numpy as np

from sigunet.frozen import Signature
from sigunet.suite.page import Page
from sigunet.suite.rows import at


def gaussian(rng: np.random.Generator, page: Page, severity: float, _: Signature) -> Page:
    """Adds independent normal noise, of its own in each channel.

    Sigma 0.02, 0.05, 0.08, 0.12, 0.18 of the grey range at severity 1 to 5.
    """
    page = page.flat()
    sigma = at(severity, 0, 0.02, 0.05, 0.08, 0.12, 0.18)
    return page.with_image(page.image + sigma * rng.standard_normal(page.image.shape))


def salt_pepper(rng: np.random.Generator, page: Page, severity: float, _: Signature) -> Page:
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


def speckle(rng: np.random.Generator, page: Page, severity: float, _: Signature) -> Page:
    """Multiplies by noise: x + x n.

    Sigma of n 0.05, 0.10, 0.18, 0.28, 0.40 at severity 1 to 5.
    """
    page = page.flat()
    sigma = at(severity, 0, 0.05, 0.10, 0.18, 0.28, 0.40)
    return page.with_image(page.image * (1 + sigma * rng.standard_normal(page.image.shape)))
