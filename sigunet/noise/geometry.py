"""Members of the geometry stage: they move the picture and its ink together."""

import dataclasses

import cv2
import numpy as np

from sigunet.noise.registry import Range, member
from sigunet.noise.scene import Scene, ink_box


def warp(scene: Scene, matrix: np.ndarray) -> Scene:
    """Moves the picture and the ink by one affine map.

    Args:
        scene: A composed scene.
        matrix: float[2, 3], from places (x, y, 1) in the scene to places (x, y) in the result, px.

    Returns:
        The moved scene, of the same size; the picture's edge is repeated, no ink comes in.
    """
    size = scene.shape[::-1]
    image = cv2.warpAffine(
        scene.image, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).reshape(scene.image.shape)
    ink = cv2.warpAffine(scene.ink, matrix, size, flags=cv2.INTER_LINEAR)
    return dataclasses.replace(scene, image=image, ink=ink, box=ink_box(ink))


@member("geometry", p=0.3, limits={"angle": (-180.0, 180.0)})
def rotate(rng: np.random.Generator, scene: Scene, *, angle: Range = (-12.0, 12.0)) -> Scene:
    """A sheet that lies askew: turned about its middle.

    Args:
        rng: Source of randomness.
        scene: A composed scene.
        angle: Degrees, counter-clockwise.

    Returns:
        The turned scene.
    """
    height, width = scene.shape
    middle = ((width - 1) / 2, (height - 1) / 2)
    return warp(scene, cv2.getRotationMatrix2D(middle, rng.uniform(*angle), 1.0))
