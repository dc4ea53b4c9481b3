"""Paper that is not plain: texture, fibres, stains and folds; and the user's own scans."""

import dataclasses
import os

import cv2
import numpy as np

from sigunet import image as images
from sigunet.suite.page import Another, Page, blurred, field, halved
from sigunet.suite.rows import at

# px and weight of the noises that texture is the sum of.
_TEXTURE = ((1, 0.6), (2, 0.7), (5, 0.5), (14, 0.35), (60, 0.35))
_STAINS = ((0.55, 0.42, 0.28), (0.62, 0.55, 0.40), (0.45, 0.45, 0.50))


def paper(rng: np.random.Generator, page: Page, severity: float, _: Another) -> Page:
    """Takes rough, old paper instead of plain, with stains and folds.

    From the palest twentieth of the texture to its darkest lie 0.04, 0.08, 0.14, 0.20, 0.28 of the
    grey range at severity 1 to 5, and there are 0, 1, 1, 2, 3 stains or folds.

    Mended: with these numbers between the outermost hundredths local thresholds did not see the
    paper at all (0.95 at severity 3); between the outermost tenths nobody reads severity 5.
    """
    amplitude = at(severity, 0, 0.04, 0.08, 0.14, 0.20, 0.28)
    count = round(at(severity, 0, 0, 1, 1, 2, 3))
    sheet = page.paper + amplitude * texture(rng, page.shape)[..., None]
    if not page.grey:
        # Old paper is yellow where it is dark.
        sheet = sheet * (1 - amplitude * rng.uniform(0, 0.6) * np.array([0.0, 0.15, 0.5]))
    for _number in range(count):
        mark = _stain if rng.random() < 0.5 else _fold
        sheet = sheet * mark(rng, page, at(severity, 0, 0.12, 0.17, 0.23, 0.29, 0.35))
    return dataclasses.replace(page, paper=np.clip(sheet, 0, 1))


def texture(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Draws rough paper: 0 at its palest, -1 at its darkest, but for the outermost twentieths.

    Args:
        rng: Source of randomness.
        shape: (height, width) of the page in pixels.

    Returns:
        float64[H, W].
    """
    rough = sum(weight * field(rng, shape, scale) for scale, weight in _TEXTURE)
    rough = rough - 1.5 * _fibres(rng, shape)
    low, high = np.quantile(rough, [0.05, 0.95])
    return (rough - high) / (high - low)


def background(rng: np.random.Generator, page: Page, path: str | os.PathLike) -> Page:
    """Takes a crop of a user's scan as the paper.

    Args:
        rng: Source of randomness.
        page: The page.
        path: The scan; one that is smaller than the page is continued by its mirror image.

    Returns:
        The page, with the signature's ink on the scan.

    Raises:
        DataError: The file cannot be read.
    """
    scan = images.read(path, channels=3).astype(np.float64)
    short = [max(0, side - have) for side, have in zip(page.shape, scan.shape, strict=False)]
    scan = np.pad(scan, ((0, short[0]), (0, short[1]), (0, 0)), mode="symmetric")
    top, left = (
        int(rng.integers(0, have - side + 1))
        for side, have in zip(page.shape, scan.shape, strict=False)
    )
    sheet = scan[top : top + page.shape[0], left : left + page.shape[1]]
    return dataclasses.replace(page, paper=np.ascontiguousarray(sheet))


def _fibres(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Short bent hairs in the paper, some paler than it and more of them darker: float64[H, W]."""
    hairs = np.zeros((2, shape[0] * 2, shape[1] * 2), np.uint8)
    count = round(shape[0] * shape[1] / 2500 * rng.uniform(0.3, 1.2))
    for number in range(count):
        length, angle, bend = rng.uniform(10, 40), rng.uniform(0, 6.3), rng.uniform(-0.08, 0.08)
        headings = angle + bend * np.arange(int(length))
        start = rng.uniform(0, 1, 2) * (hairs.shape[2], hairs.shape[1])
        steps = np.stack([np.cos(headings), np.sin(headings)], axis=1)
        points = np.rint(start + np.cumsum(steps, axis=0) * 2).astype(np.int32)
        cv2.polylines(hairs[int(number % 4 == 0)], [points], False, 255, 1, cv2.LINE_8)
    dark, pale = (halved(layer, 2) / 255 for layer in hairs)
    return blurred(dark - 0.7 * pale, 0.5)


def _place(rng: np.random.Generator, page: Page) -> tuple[np.ndarray, np.ndarray]:
    """Distances from a point of the signature's box, px: y[H, 1] and x[1, W]."""
    top, left, height, width = page.box
    y = np.arange(page.shape[0]) - top - height * rng.uniform(0.1, 0.9)
    x = np.arange(page.shape[1]) - left - width * rng.uniform(0.1, 0.9)
    return y[:, None], x[None]


def _stain(rng: np.random.Generator, page: Page, depth: float) -> np.ndarray:
    """A blot that dried darker at its rim: what it lets through, float64[H, W, 3]."""
    y, x = _place(rng, page)
    radius = min(page.box[2:]) * rng.uniform(0.25, 0.6)
    ragged = 1 + 0.12 * field(rng, page.shape, radius / 2)
    ragged += 0.02 * field(rng, page.shape, radius / 5) + 0.004 * field(rng, page.shape, 4)
    reach = np.hypot(y, x * rng.uniform(0.6, 1.0)) / radius * ragged
    inside = 1 / (1 + np.exp(np.minimum((reach - 1) * rng.uniform(25, 60), 700)))
    rim = np.exp(-(((reach - 0.95) / rng.uniform(0.03, 0.08)) ** 2))
    body = rng.uniform(0.1, 0.8)
    dark = np.clip(
        depth * (inside * body + 0.8 * rim) * (1 + 0.1 * field(rng, page.shape, 12)), 0, 0.8
    )
    colour = np.array(_STAINS[rng.integers(len(_STAINS))])
    return 1 - dark[..., None] * (1 - colour) / (1 - colour).mean()


def _fold(rng: np.random.Generator, page: Page, depth: float) -> np.ndarray:
    """A fold: one side turns from the light, and the crease is worn: float64[H, W, 1]."""
    y, x = _place(rng, page)
    angle = rng.normal(0, 0.06) + (0 if rng.random() < 0.5 else np.pi / 2)
    across = np.cos(angle) * y - np.sin(angle) * x + 0.6 * field(rng, page.shape, 60)
    wide = min(page.shape) * rng.uniform(0.1, 0.4)
    side = np.where(
        across > 0, np.exp(-np.abs(across) / wide), -0.3 * np.exp(-np.abs(across) / wide)
    )
    crease = np.exp(-((across / rng.uniform(0.8, 1.6)) ** 2))
    crease = crease * np.clip(0.6 + 0.5 * field(rng, page.shape, 8), 0, 1.2)
    worn = rng.choice([-0.6, 0.9])
    return (1 - depth * (0.6 * side + worn * crease))[..., None]
