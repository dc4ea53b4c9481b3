"""Members of the sensor stage: noise of single pixels, on the flat picture."""

import dataclasses

import cv2
import numpy as np

from sigunet.image import REC601
from sigunet.noise.fields import contrast
from sigunet.noise.registry import Range, member, pick, pick_log
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


def _bounded(sigma: float, scene: Scene, least: float) -> float:
    """Lowers a noise's deviation to what leaves `least` deviations between ink and paper."""
    return min(sigma, contrast(scene) / least) if least else sigma


@member("sensor", p=0.35)
def grey(rng: np.random.Generator, scene: Scene) -> Scene:
    """A scanner without colour: luma, one lamp's colour, or any weights in between.

    Scanners weigh by BT.601, read green alone, or light the page with one coloured lamp.

    Args:
        rng: Source of randomness.
        scene: A composed scene.

    Returns:
        The scene with a picture of one channel; nothing changes where there is only one.
    """
    if scene.image.shape[-1] == 1:
        return scene
    lot = rng.random()
    if lot < 0.4:
        weights = np.array(REC601)
    elif lot < 0.55:
        weights = np.array((0.1, 0.8, 0.1))
    else:
        # No lamp is so red that red ink is lost in it.
        weights = 0.8 * rng.dirichlet((2.0, 3.0, 2.0)) + 0.2 * np.array(REC601)
    image = cv2.transform(scene.image, weights.astype(np.float32)[None])
    return dataclasses.replace(scene, image=image[..., None])


@member("sensor", p=0.15, limits={"peak": (1.0, 1e6), "least": (0.0, 20.0)})
def poisson(
    rng: np.random.Generator,
    scene: Scene,
    *,
    peak: Range = (30.0, 400.0),
    least: float = 0.0,
) -> Scene:
    """Shot noise of few photons, by its normal approximation: deviation sqrt(x / peak).

    Args:
        rng: Source of randomness.
        scene: A composed scene.
        peak: Photons of white; fewer are harder.
        least: How many deviations on white lie between ink and paper at least; 0: any.

    Returns:
        The scene with a noisy picture.
    """
    photons = pick_log(rng, peak, 1 - scene.severity)
    sigma = _bounded(photons**-0.5, scene, least)
    noise = normal(rng, scene.image.shape, sigma)
    noise *= np.sqrt(np.maximum(scene.image, 0))
    noise += scene.image
    return dataclasses.replace(scene, image=noise)


@member("sensor", p=0.4, limits={"least": (0.0, 20.0)})
def speckle(
    rng: np.random.Generator,
    scene: Scene,
    *,
    sigma: Range = (0.02, 0.3),
    least: float = 0.0,
) -> Scene:
    """Multiplicative noise, x + x n with n normal: coherent light, toner, film grain.

    Args:
        rng: Source of randomness.
        scene: A composed scene.
        sigma: Standard deviation of n, as a share of the pixel's brightness.
        least: How many deviations on white lie between ink and paper at least; 0: any.

    Returns:
        The scene with a noisy picture.
    """
    deviation = _bounded(pick(rng, sigma, scene.severity), scene, least)
    noise = normal(rng, scene.image.shape, deviation)
    noise *= scene.image
    noise += scene.image
    return dataclasses.replace(scene, image=noise)


@member("sensor", p=0.45, limits={"least": (0.0, 20.0)})
def gaussian(
    rng: np.random.Generator,
    scene: Scene,
    *,
    sigma: Range = (0.01, 0.15),
    least: float = 0.0,
) -> Scene:
    """Additive normal noise, the read-out noise of a sensor.

    Args:
        rng: Source of randomness.
        scene: A composed scene.
        sigma: Standard deviation; the span from black to white is 1.
        least: How many deviations lie between ink and paper at least; 0: any.

    Returns:
        The scene with a noisy picture.
    """
    deviation = _bounded(pick(rng, sigma, scene.severity), scene, least)
    noise = normal(rng, scene.image.shape, deviation)
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
