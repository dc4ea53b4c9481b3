"""The tone of the whole picture, and light that falls unevenly: `brightness_contrast`, `light`."""

import numpy as np

from sigunet.suite.page import Another, Page, blurred, field
from sigunet.suite.rows import at

_SENSOR = 0.03  # deviation of the noise of a sensor whose signal is weak


def brightness_contrast(rng: np.random.Generator, page: Page, severity: float, _: Another) -> Page:
    """Turns the scanner's three knobs: gamma, contrast about the middle grey, and bias.

    Contrast 0.9, 0.75, 0.6, 0.45, 0.3; bias up to 0.05, 0.09, 0.13, 0.16, 0.2 either way; gamma
    from 0.9-1.1 to 0.5-2 at severity 1 to 5. Bias and the logarithm of gamma are drawn from the
    outer half of their ranges, so that a severity is what it says.

    Mended: the sensor's own noise, 0.03 of the range, comes after the knobs. Before, contrast shrank
    the paper's grain together with the ink, and Otsu scored 0.97 at all severities: what makes low
    contrast hard is that noise stays.
    """
    page = page.flat()
    contrast = at(severity, 1, 0.9, 0.75, 0.6, 0.45, 0.3)
    bias = at(severity, 0, 0.05, 0.09, 0.13, 0.16, 0.2) * _outer(rng)
    gamma = at(severity, 1, 1.1, 1.25, 1.45, 1.7, 2.0) ** _outer(rng)
    noise = _SENSOR * rng.standard_normal(page.image.shape)
    return page.with_image((page.image**gamma - 0.5) * contrast + 0.5 + bias + noise)


def light(rng: np.random.Generator, page: Page, severity: float, _: Another) -> Page:
    """Casts a shadow with a soft edge, or lets the light fall off to one side or to the corners.

    Depth 0.15, 0.3, 0.45, 0.6, 0.7 of the light at severity 1 to 5. Half of the pictures have a
    shadow.

    Mended: the light brings its own noise, see `photons`. Without it a shadow is a flat tint that
    local thresholds remove without a trace (0.97 at severity 3), which no camera delivers; at half
    this noise they still did.
    """
    return photons(rng, shaded(rng, page, severity), severity)


def photons(rng: np.random.Generator, page: Page, severity: float) -> Page:
    """Adds the noise of light itself, as the square root of the light.

    Sigma 0.02, 0.03, 0.04, 0.05, 0.06 of the range on white at severity 1 to 5.
    """
    noise = at(severity, 0, 0.02, 0.03, 0.04, 0.05, 0.06) * rng.standard_normal(page.image.shape)
    return page.with_image(page.image + np.sqrt(page.image) * noise)


def shaded(rng: np.random.Generator, page: Page, severity: float) -> Page:
    """Does what `light` does, but for the noise."""
    page = page.flat()
    depth = at(severity, 0, 0.15, 0.3, 0.45, 0.6, 0.7)
    dark = _shadow(rng, page.shape) if page.other else _falloff(rng, page.shape)
    # A lamp's light is a little warmer or cooler than that of the room.
    warmth = rng.uniform(-0.06, 0.06) * np.array([1.0, 0.0, -1.0])
    tint = 1 + (warmth if page.image.shape[-1] == 3 else 0)
    return page.with_image(page.image * (1 - depth * dark[..., None] * tint))


def _outer(rng: np.random.Generator) -> float:
    return float(rng.choice([-1, 1]) * rng.uniform(0.5, 1))


def _grid(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Places from -1 to 1 along the longer side: y[H, 1] and x[1, W]."""
    height, width = shape
    half = max(shape) / 2
    y = (np.arange(height) - (height - 1) / 2) / half
    x = (np.arange(width) - (width - 1) / 2) / half
    return y[:, None], x[None]


def _falloff(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """How dark each pixel is, from 0 to 1 over the page: float64[H, W]."""
    y, x = _grid(shape)
    if rng.random() < 0.6:
        angle = rng.uniform(0, 2 * np.pi)
        dark = np.cos(angle) * x + np.sin(angle) * y
    else:
        dark = np.hypot(x - rng.uniform(-0.5, 0.5), y - rng.uniform(-0.2, 0.2))
    dark = (dark - dark.min()) / np.ptp(dark)
    return dark ** rng.uniform(0.8, 1.6)


def _shadow(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """How much of the lamp each pixel does not see, 0 to 1: float64[H, W].

    The shadow of a straight or gently bent edge (a hand, a telephone, the page before) that crosses
    the middle of the page; its rim is as soft as the lamp is large.
    """
    y, x = _grid(shape)
    angle = rng.uniform(0, 2 * np.pi)
    across = np.cos(angle) * x + np.sin(angle) * y
    along = np.cos(angle) * y - np.sin(angle) * x
    bend = rng.uniform(-0.5, 0.5) * along**2 + 0.05 * np.sin(along * rng.uniform(2, 6))
    dark = (across + bend > rng.uniform(-0.25, 0.25)).astype(np.float64)
    dark = blurred(dark, max(shape) * rng.uniform(0.002, 0.03))
    return dark * (1 + 0.05 * field(rng, shape, max(shape) / 3))
