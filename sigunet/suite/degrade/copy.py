"""Pictures of pictures: `copy` is a photocopy or fax, `photo` what a telephone's camera takes."""

import dataclasses

import cv2
import numpy as np
from scipy import ndimage

from sigunet.suite.degrade.optics import blur, jpeg
from sigunet.suite.degrade.tone import photons, shaded
from sigunet.suite.page import LUMA, Another, Page, blurred, field, ink_box
from sigunet.suite.rows import at


def copy(rng: np.random.Generator, page: Page, severity: float, _: Another) -> Page:
    """Photocopies or faxes: nearly two tones, the ink broken, the paper dirty.

    Specks on the paper and drop-outs of the ink over 0.5, 1, 2, 4, 7 % of either at severity 1 to
    5. Half of the pictures are faxes: in two tones at 200 x 100 or 200 x 200 dots an inch, with
    lines lost.
    """
    page = page.flat()
    share = at(severity, 0, 0.005, 0.01, 0.02, 0.04, 0.07)
    fax = page.other
    # A fax knows no colour.
    image = page.image @ LUMA if fax and page.image.shape[-1] == 3 else page.image
    image = blurred(image.reshape(*page.shape, -1), 0.7)
    level = np.quantile(image, 0.9, axis=(0, 1))
    # Dirt and drop-outs lie in clumps, a toner's grain or a fax's dot in size.
    grain = field(rng, page.shape, rng.uniform(1.6, 3.0))
    holes = grain > np.quantile(grain, 1 - share)
    grain = field(rng, page.shape, rng.uniform(1.2, 2.2)) + 0.35 * field(rng, page.shape, 40)
    specks = grain > np.quantile(grain, 1 - share)
    uneven = 0.05 * field(rng, page.shape, max(page.shape) / 3)
    # Copiers are set so that a pale line still comes out.
    threshold = (
        level - np.clip(0.45 * page.darkness * _strength(page), 0.12, 0.4) + uneven[..., None]
    )
    steep = 60.0 if fax else at(severity, 8, 12, 16, 20, 25, 30)
    image = 1 / (1 + np.exp(-steep * (image - threshold)))
    ink, white = (0.0, 1.0) if fax else (rng.uniform(0.05, 0.2), rng.uniform(0.93, 1.0))
    image = ink + (white - ink) * image
    image = np.where(holes[..., None], np.maximum(image, white - 0.1), image)
    image = np.where(specks[..., None], np.minimum(image, rng.uniform(ink, 0.5)), image)
    if fax:
        image = _faxed(rng, image, severity)
    return page.with_image(image)


def photo(rng: np.random.Generator, page: Page, severity: float, other: Another) -> Page:
    """Photographs the page by hand: perspective, then light, blur and JPEG one severity lower.

    The corners move by up to 1, 2, 4, 6, 8 % of the sides at severity 1 to 5; the truth with them.

    Mended: between lens and JPEG comes the noise of light itself, as in `light`.
    """
    page = _seen_from_aside(rng, page.flat(), at(severity, 0, 0.01, 0.02, 0.04, 0.06, 0.08))
    if severity <= 1:
        return page
    page = shaded(rng, page, severity - 1)
    page = blur(rng, page, severity - 1, other)
    return jpeg(rng, photons(rng, page, severity), severity - 1, other)


def _strength(page: Page) -> float:
    """Mean density of the signature's ink."""
    return float(page.inked.sum() / max(page.cover.sum(), 1e-9))


def _faxed(rng: np.random.Generator, image: np.ndarray, severity: float) -> np.ndarray:
    """Sends it at a fax's dots, in two tones, and loses a few lines."""
    height, width, channels = image.shape
    dots = rng.uniform(0.6, 0.75)
    rows = max(2, round(height * dots * (0.5 if rng.random() < 0.3 else 1)))
    small = cv2.resize(image, (max(2, round(width * dots)), rows), interpolation=cv2.INTER_AREA)
    small = (small.reshape(rows, -1, channels) > 0.5).astype(np.float64)
    for row in np.flatnonzero(rng.random(rows) < 0.003 * severity):
        small[row] = small[max(row - 1, 0)] if rng.random() < 0.6 else 1.0
    large = cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)
    return blurred(large.reshape(height, width, channels), 0.5)


def _seen_from_aside(rng: np.random.Generator, page: Page, reach: float) -> Page:
    """Moves the corners inwards, each by up to `reach` of the sides, one pair by all of it."""
    height, width = page.shape
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float64)
    shift = rng.uniform(0.2, 1, (4, 2)) * reach
    side = int(rng.integers(4))
    shift[[side, (side + 1) % 4]] = reach * np.array([1.0, 1.0])
    moved = np.where(corners == 0, shift, 1 - shift) * (width - 1, height - 1)
    homography = _homography(moved, corners * (width - 1, height - 1))
    y, x = np.mgrid[:height, :width].astype(np.float64)
    below = homography[2, 0] * x + homography[2, 1] * y + homography[2, 2]
    columns = (homography[0, 0] * x + homography[0, 1] * y + homography[0, 2]) / below
    rows = (homography[1, 0] * x + homography[1, 1] * y + homography[1, 2]) / below

    def seen(array: np.ndarray) -> np.ndarray:
        # Beyond the page its edge goes on, as the rest of the sheet does.
        return ndimage.map_coordinates(array, [rows, columns], order=1, mode="nearest")

    image = np.stack([seen(channel) for channel in np.moveaxis(page.image, -1, 0)], axis=-1)
    cover, inked = seen(page.cover), seen(page.inked)
    box = ink_box(cover)
    return dataclasses.replace(page, cover=cover, inked=inked, box=box).with_image(image)


def _homography(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The projective map of four points onto four others: float64[3, 3]."""
    equations, values = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        equations += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return np.append(np.linalg.solve(np.array(equations), np.array(values)), 1.0).reshape(3, 3)
