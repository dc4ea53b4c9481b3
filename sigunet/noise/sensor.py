"""Members of the sensor stage: noise of single pixels, on the flat picture."""

import dataclasses

import cv2
import numpy as np

from sigunet.noise.registry import Range, member, pick
from sigunet.noise.scene import Scene


def normal(rng: np.random.Generator, shape: tuple[int, ...], sigma: float) -> np.ndarray:
    """Draws normal noise, four times as fast as NumPy does.

    Args:
        rng: Source of randomness: it seeds OpenCV's generator of this thread for this call.
        shape: Of the result.
        sigma: Standard deviation.

    Returns:
        float32 of that shape, mean 0.
    """
    noise = np.empty((shape[0], int(np.prod(shape[1:]))), np.float32)
    cv2.setRNGSeed(int(rng.integers(2**31)))
    cv2.randn(noise, 0.0, sigma)
    return noise.reshape(shape)


@member("sensor", p=0.4)
def speckle(rng: np.random.Generator, scene: Scene, *, sigma: Range = (0.02, 0.3)) -> Scene:
    """Multiplicative noise, x + x n with n normal: coherent light, toner, film grain.

    Args:
        rng: Source of randomness.
        scene: A composed scene.
        sigma: Standard deviation of n, as a share of the pixel's brightness.

    Returns:
        The scene with a noisy picture.
    """
    noise = normal(rng, scene.image.shape, pick(rng, sigma, scene.severity))
    noise *= scene.image
    noise += scene.image
    return dataclasses.replace(scene, image=noise)


@member("sensor", p=0.45)
def gaussian(rng: np.random.Generator, scene: Scene, *, sigma: Range = (0.01, 0.15)) -> Scene:
    """Additive normal noise, the read-out noise of a sensor.

    Args:
        rng: Source of randomness.
        scene: A composed scene.
        sigma: Standard deviation; the span from black to white is 1.

    Returns:
        The scene with a noisy picture.
    """
    noise = normal(rng, scene.image.shape, pick(rng, sigma, scene.severity))
    noise += scene.image
    return dataclasses.replace(scene, image=noise)


@member("sensor", p=0.4)
def salt_pepper(
    rng: np.random.Generator,
    scene: Scene,
    *,
    share: Range = (0.001, 0.06),
    clumps: Range = (0.0, 0.6),
) -> Scene:
    """Black and white pixels and specks: dead cells, dust, bad transmission.

    Args:
        rng: Source of randomness.
        scene: A composed scene.
        share: Share of the pixels that turn black or white.
        clumps: Share of those that lie in clumps of 2 x 2 to 3 x 3 px.

    Returns:
        The scene with a specked picture.
    """
    height, width = scene.shape
    pixels = pick(rng, share, scene.severity) * height * width
    in_clumps = pixels * rng.uniform(*clumps)
    salt = rng.uniform(0.2, 0.8)
    image = scene.image.copy()
    _set(image, *_positions(rng, round(pixels - in_clumps), height, width), rng, salt)
    # A clump is 2 or 3 pixels high and wide: 6.25 pixels on average.
    tops, lefts = _positions(rng, round(in_clumps / 6.25), height, width)
    tall, wide = rng.integers(2, 4, (2, tops.size))
    colours = (rng.random(tops.size) < salt).astype(np.float32)
    for row in range(3):
        for column in range(3):
            inside = (row < tall) & (column < wide)
            y = np.minimum(tops[inside] + row, height - 1)
            x = np.minimum(lefts[inside] + column, width - 1)
            image[y, x] = colours[inside, None]
    return dataclasses.replace(scene, image=image)


def _positions(
    rng: np.random.Generator, count: int, height: int, width: int
) -> tuple[np.ndarray, np.ndarray]:
    return np.divmod(rng.integers(0, height * width, count), width)


def _set(
    image: np.ndarray, y: np.ndarray, x: np.ndarray, rng: np.random.Generator, salt: float
) -> None:
    image[y, x] = (rng.random(y.size) < salt).astype(np.float32)[:, None]
