"""What lens, sampling and file format cost: `blur`, `resolution`, `jpeg`."""

import io

import cv2
import numpy as np
from PIL import Image

from sigunet import image as images
from sigunet.suite.page import Another, Page, blurred
from sigunet.suite.rows import at


def blur(rng: np.random.Generator, page: Page, severity: float, _: Another) -> Page:
    """Blurs: half of the pictures out of focus, half by motion.

    Gaussian sigma 0.15, 0.25, 0.4, 0.55, 0.75 of the width of the strokes at severity 1 to 5; a
    motion has the length whose standard deviation is that sigma.
    """
    page = page.flat()
    sigma = at(severity, 0, 0.15, 0.25, 0.4, 0.55, 0.75) * page.stroke
    if not page.other:
        return page.with_image(blurred(page.image, sigma))
    kernel = _streak(sigma * np.sqrt(12), rng.uniform(0, np.pi))
    out = cv2.filter2D(page.image, -1, kernel, borderType=cv2.BORDER_REFLECT_101)
    return page.with_image(out.reshape(page.image.shape))


def resolution(rng: np.random.Generator, page: Page, severity: float, _: Another) -> Page:
    """Scans at fewer pixels and enlarges again.

    Factor 0.7, 0.5, 0.4, 0.33, 0.25 at severity 1 to 5; area averages down, linear or cubic up.
    """
    page = page.flat()
    factor = at(severity, 1, 0.7, 0.5, 0.4, 0.33, 0.25)
    height, width = page.shape
    small = (max(1, round(width * factor)), max(1, round(height * factor)))
    few = cv2.resize(page.image, small, interpolation=cv2.INTER_AREA)
    up = cv2.INTER_CUBIC if page.other else cv2.INTER_LINEAR
    out = cv2.resize(few, (width, height), interpolation=up)
    return page.with_image(out.reshape(page.image.shape))


def jpeg(rng: np.random.Generator, page: Page, severity: float, _: Another) -> Page:
    """Stores as JPEG, colour at half the resolution, as cameras and scanners do.

    Quality 60, 40, 25, 15, 8 at severity 1 to 5. From severity 3 on the file was stored once
    before, at 40, with another grid of blocks, as pictures that are passed on have been.
    """
    page = page.flat()
    quality = round(at(severity, 95, 60, 40, 25, 15, 8))
    image = page.image
    if severity > 2:
        down, right = rng.integers(1, 8, 2)
        edged = np.pad(image, ((down, 0), (right, 0), (0, 0)), mode="edge")
        image = _stored(edged, 40)[down:, right:]
    return page.with_image(_stored(image, quality))


def _streak(length: float, angle: float) -> np.ndarray:
    """A straight line of a length in px as a kernel of sum 1: float64[n, n], n odd."""
    half = int(np.ceil(length / 2)) + 1
    places = np.arange(-half, half + 1)
    x, y = np.meshgrid(places, places)
    along = np.abs(x * np.cos(angle) + y * np.sin(angle))
    across = np.abs(y * np.cos(angle) - x * np.sin(angle))
    kernel = np.clip(length / 2 + 0.5 - along, 0, 1) * np.clip(1 - across, 0, 1)
    return kernel / kernel.sum()


def _stored(image: np.ndarray, quality: int) -> np.ndarray:
    """Stores float64[H, W, C] as JPEG and reads it again."""
    pixels = images.to_uint8(image)
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality, subsampling=2)
    decoded = np.asarray(Image.open(file), np.float64) / 255
    return decoded.reshape(image.shape)
