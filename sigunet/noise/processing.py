"""Members of the sensor stage that are software: sharpening, scaling, few greys, JPEG."""

import dataclasses

import cv2
import numpy as np

from sigunet.noise.fields import contrast, stroke_width
from sigunet.noise.registry import Range, member, pick, pick_int
from sigunet.noise.scene import Scene

_LEAST_STROKE = 0.7
"""Mean width in px that strokes keep when a picture is scaled down, where contrast is good."""

_UP = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST)
_DOWN = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)


@member("sensor", p=0.15, limits={"amount": (0.0, 10.0), "sigma": (0.2, 10.0)})
def sharpen(
    rng: np.random.Generator,
    scene: Scene,
    *,
    amount: Range = (0.3, 2.0),
    sigma: Range = (0.6, 2.0),
) -> Scene:
    """A scanner's unsharp mask: strokes get a light halo, and noise grows.

    Args:
        rng: Source of randomness.
        scene: A composed scene.
        amount: How much of the difference to the blurred picture is added.
        sigma: Standard deviation of that blur, px.

    Returns:
        The scene with a sharpened picture.
    """
    soft = cv2.GaussianBlur(scene.image, (0, 0), rng.uniform(*sigma))
    much = pick(rng, amount, scene.severity)
    image = cv2.addWeighted(scene.image, 1 + much, soft, -much, 0).reshape(scene.image.shape)
    return dataclasses.replace(scene, image=np.clip(image, 0, 1, out=image))


@member("sensor", p=0.2, limits={"factor": (0.05, 1.0)})
def resolution(rng: np.random.Generator, scene: Scene, *, factor: Range = (0.25, 1.0)) -> Scene:
    """A picture of few pixels, enlarged: scaled down and up again, by varying interpolation.

    Args:
        rng: Source of randomness.
        scene: A composed scene.
        factor: Of the size in between, less is harder; never so small that strokes are under
            0.7 px wide, pale ones more.

    Returns:
        The scene with a coarser picture.
    """
    ratio = pick(rng, factor[::-1], scene.severity)
    least = _LEAST_STROKE / min(max(2 * contrast(scene), 0.3), 1.0)
    ratio = max(ratio, min(1.0, least / stroke_width(scene.ink)))
    height, width = (max(1, round(side * ratio)) for side in scene.shape)
    down, up = (
        rng.choice(ways, p=shares)
        for ways, shares in ((_DOWN, (0.7, 0.2, 0.1)), (_UP, (0.45, 0.45, 0.1)))
    )
    small = cv2.resize(scene.image, (width, height), interpolation=int(down))
    image = cv2.resize(small, scene.shape[::-1], interpolation=int(up))
    return dataclasses.replace(scene, image=image.reshape(scene.image.shape))


@member("sensor", p=0.04, limits={"greys": (2, 256)})
def posterise(rng: np.random.Generator, scene: Scene, *, greys: tuple[int, int] = (4, 24)) -> Scene:
    """Few levels a channel, as in GIF, 4-bit scans and old faxes.

    Args:
        rng: Source of randomness.
        scene: A composed scene.
        greys: How many levels, fewer are harder.

    Returns:
        The scene with a picture in few levels.
    """
    steps = greys[0] + greys[1] - pick_int(rng, greys, scene.severity) - 1
    image = np.rint(np.clip(scene.image, 0, 1) * np.float32(steps)) / np.float32(steps)
    return dataclasses.replace(scene, image=image)


@member("sensor", p=0.35, limits={"quality": (1, 100)})
def jpeg(
    rng: np.random.Generator,
    scene: Scene,
    *,
    quality: tuple[int, int] = (8, 95),
    twice: float = 0.25,
) -> Scene:
    """JPEG with its 8 x 8 blocks anywhere, half of the time with full colour; some twice.

    Args:
        rng: Source of randomness.
        scene: A composed scene.
        quality: Of libjpeg, 1-100, less is harder.
        twice: Share of pictures that were saved a second time, with other blocks.

    Returns:
        The scene with a picture of 8 bits that went through JPEG.
    """
    pixels = cv2.convertScaleAbs(np.clip(scene.image, 0, 1), alpha=255)
    pixels = pixels.reshape(scene.image.shape)
    for _ in range(2 if rng.random() < twice else 1):
        worst = quality[0] + quality[1] - pick_int(rng, quality, scene.severity)
        pixels = _through_jpeg(rng, pixels, worst)
    image = np.multiply(pixels, np.float32(1 / 255), dtype=np.float32)
    return dataclasses.replace(scene, image=image)


def _through_jpeg(rng: np.random.Generator, pixels: np.ndarray, quality: int) -> np.ndarray:
    """Encodes and decodes uint8[H, W, 1 or 3]; OpenCV takes the channels for blue, green, red."""
    top, left = (int(shift) for shift in rng.integers(0, 8, 2))
    # What lies outside goes on as it does at the edge.
    page = cv2.copyMakeBorder(pixels, top, 0, left, 0, cv2.BORDER_REPLICATE)
    full = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
    sampling = full if rng.random() < 0.5 else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
    settings = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
    colour = pixels.shape[-1] == 3
    page = cv2.cvtColor(page, cv2.COLOR_RGB2BGR) if colour else page
    data = cv2.imencode(".jpg", page, settings)[1]
    page = cv2.imdecode(data, cv2.IMREAD_COLOR if colour else cv2.IMREAD_GRAYSCALE)
    page = cv2.cvtColor(page, cv2.COLOR_BGR2RGB) if colour else page
    return page[top:, left:].reshape(pixels.shape)
