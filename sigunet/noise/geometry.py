"""Members of the geometry stage: they move the picture and its ink together."""

import dataclasses

import cv2
import numpy as np

from sigunet.noise.fields import smooth
from sigunet.noise.registry import Range, member, pick
from sigunet.noise.scene import Scene, ink_box


def warp(scene: Scene, matrix: np.ndarray) -> Scene:
    """Moves the picture and the ink by one affine or projective map.

    Args:
        scene: A composed scene.
        matrix: float[2 or 3, 3], from places (x, y, 1) in the scene to places in the result, px.

    Returns:
        The moved scene, of the same size. What comes in over the edge is the picture's reflection,
        and of the ink the same, so that no stroke is cut off from its truth.
    """
    apply = cv2.warpAffine if len(matrix) == 2 else cv2.warpPerspective

    def moved(array: np.ndarray) -> np.ndarray:
        size = array.shape[1::-1]
        return apply(
            array, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
        ).reshape(array.shape)

    ink = moved(scene.ink)
    return dataclasses.replace(scene, image=moved(scene.image), ink=ink, box=ink_box(ink))


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


@member("geometry", p=0.12, limits={"share": (0.0, 0.3)})
def perspective(rng: np.random.Generator, scene: Scene, *, share: Range = (0.005, 0.08)) -> Scene:
    """A photograph taken at a slant: each corner of the sheet moves.

    Args:
        rng: Source of randomness.
        scene: A composed scene.
        share: How far a corner moves at most, along each side, as a share of the side.

    Returns:
        The slanted scene.
    """
    height, width = scene.shape
    if min(height, width) < 4:
        return scene
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    shift = rng.uniform(-1, 1, (4, 2)) * (width, height) * pick(rng, share, scene.severity)
    return warp(scene, cv2.getPerspectiveTransform(corners, corners + shift.astype(np.float32)))


@member("geometry", p=0.1, limits={"reach": (0.0, 10.0), "scale": (4.0, 500.0)})
def elastic(
    rng: np.random.Generator,
    scene: Scene,
    *,
    reach: Range = (0.3, 2.5),
    scale: Range = (25.0, 90.0),
) -> Scene:
    """Paper that is not flat, or moved in the scanner: a smooth random displacement.

    Args:
        rng: Source of randomness.
        scene: A composed scene.
        reach: Deviation of the displacement, px.
        scale: Distance over which it changes, px.

    Returns:
        The distorted scene; what comes in over the edge is reflected, as in `warp`.
    """
    far = pick(rng, reach, scene.severity)
    period = rng.uniform(*scale)
    # A steeper displacement would fold the paper over.
    far = min(far, 0.12 * period)
    height, width = scene.shape
    x = smooth(rng, scene.shape, period) * np.float32(far) + np.arange(width, dtype=np.float32)
    y = smooth(rng, scene.shape, period) * np.float32(far)
    y += np.arange(height, dtype=np.float32)[:, None]

    def moved(array: np.ndarray) -> np.ndarray:
        return cv2.remap(array, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101).reshape(
            array.shape
        )

    ink = moved(scene.ink)
    return dataclasses.replace(scene, image=moved(scene.image), ink=ink, box=ink_box(ink))
