"""Members of the optics stage: a lens out of focus, a hand that moves, channels out of step.

None of them moves the truth: its edge is where a blurred edge has half its contrast.
"""

import dataclasses
import math

import cv2
import numpy as np

from sigunet.noise.fields import coloured, contrast, stroke_width
from sigunet.noise.registry import Range, member, pick
from sigunet.noise.scene import Scene

# Of the mean stroke width, for each unit of contrast: a pale stroke is lost to less blur.
_MOST_BLUR = 1.5


@member("optics", p=0.3, limits={"extent": (0.0, 3.0)})
def blur(rng: np.random.Generator, scene: Scene, *, extent: Range = (0.08, 0.6)) -> Scene:
    """Out of focus: Gaussian, or as often a disc, of the same deviation.

    Args:
        rng: Source of randomness.
        scene: A composed scene.
        extent: Standard deviation as a share of the mean stroke width, which is what readability
            depends on: 0.3-1.5 px for strokes of 3 px. Pale ink is blurred less.

    Returns:
        The scene with a blurred picture.
    """
    share = min(pick(rng, extent, scene.severity), _MOST_BLUR * contrast(scene))
    sigma = share * stroke_width(scene.ink)
    if sigma < 0.05:
        return scene
    if rng.random() < 0.6 or sigma < 1:
        # Three deviations to each side are enough for a picture of 8 bits.
        side = 2 * math.ceil(3 * sigma) + 1
        image = cv2.GaussianBlur(
            scene.image, (side, side), sigma, borderType=cv2.BORDER_REFLECT_101
        )
    else:
        # A disc of radius r has a deviation of r / 2 along each axis.
        reach = math.ceil(2 * sigma)
        axis = np.arange(-reach, reach + 1, dtype=np.float32)
        disc = np.clip(np.float32(2 * sigma + 0.5) - np.hypot(axis[:, None], axis), 0, 1)
        image = cv2.filter2D(scene.image, -1, disc / disc.sum(), borderType=cv2.BORDER_REFLECT_101)
    return dataclasses.replace(scene, image=image.reshape(scene.image.shape))


@member("optics", p=0.08, limits={"length": (0.0, 30.0), "most": (0.0, 20.0)})
def motion(
    rng: np.random.Generator,
    scene: Scene,
    *,
    length: Range = (1.0, 7.0),
    most: float = 2.2,
) -> Scene:
    """A camera that moved: the mean along a short straight way.

    Args:
        rng: Source of randomness.
        scene: A composed scene.
        length: Of the way, px.
        most: Longest way, in mean stroke widths; pale ink is smeared less.

    Returns:
        The scene with a smeared picture.
    """
    far = pick(rng, length, scene.severity)
    # A way has the deviation of its length over the square root of twelve.
    most = min(most, math.sqrt(12) * _MOST_BLUR * contrast(scene))
    far = max(0.1, min(far, most * stroke_width(scene.ink)))
    turn = rng.uniform(0, math.pi)
    reach = math.ceil(far / 2) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    # Points a quarter of a pixel apart, each shared among the four pixels around it.
    along = np.linspace(-far / 2, far / 2, 4 * math.ceil(far) + 1)
    rows, columns = reach + along * math.sin(turn), reach + along * math.cos(turn)
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    for y, row_share in ((top, 1 - (rows - top)), (top + 1, rows - top)):
        for x, share in ((left, 1 - (columns - left)), (left + 1, columns - left)):
            np.add.at(kernel, (y, x), row_share * share)
    image = cv2.filter2D(scene.image, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT_101)
    return dataclasses.replace(scene, image=image.reshape(scene.image.shape))


@member("optics", p=0.1, limits={"shift": (0.0, 5.0)})
def fringe(rng: np.random.Generator, scene: Scene, *, shift: Range = (0.2, 1.2)) -> Scene:
    """Red and blue seen beside green: a lens's colour fringes, a scanner's three rows of cells.

    Args:
        rng: Source of randomness.
        scene: A composed scene.
        shift: Of red and of blue, px; in a scanner to opposite sides.

    Returns:
        The scene with a picture of three channels.
    """
    far, turn = pick(rng, shift, scene.severity), rng.uniform(0, 2 * math.pi)
    # A scanner's rows lie one behind the other along its way.
    if rng.random() < 0.5:
        turn = rng.choice((0.5, 1.5)) * math.pi
    dx, dy = far * math.cos(turn), far * math.sin(turn)
    channels = list(cv2.split(coloured(scene.image)))
    other = -1.0 if rng.random() < 0.7 else rng.uniform(-1, 1)
    for channel, way in ((0, 1.0), (2, other)):
        matrix = np.array([[1, 0, way * dx], [0, 1, way * dy]])
        channels[channel] = cv2.warpAffine(
            channels[channel],
            matrix,
            scene.shape[::-1],
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT_101,
        )
    return dataclasses.replace(scene, image=cv2.merge(channels))
