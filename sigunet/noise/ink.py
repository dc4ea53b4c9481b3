"""Members of the ink stage: how dark the pen wrote."""

import dataclasses

import cv2
import numpy as np

from sigunet.noise.registry import Range, member, pick
from sigunet.noise.scene import Scene


@member("ink", p=0.75)
def pen(
    rng: np.random.Generator,
    scene: Scene,
    *,
    grey: Range = (0.0, 0.4),
    uneven: Range = (0.0, 0.3),
) -> Scene:
    """Ink of another grey that does not flow quite evenly. Does nothing to a real pair.

    Args:
        rng: Source of randomness.
        scene: A scene.
        grey: Grey of the ink, 0 = black; paler ink is harder.
        uneven: Largest share of its darkness that the ink loses in places.

    Returns:
        The scene written with another pen.
    """
    colour = np.full(1, pick(rng, grey, scene.severity), np.float32)
    # Pressure changes within about one letter.
    coarse = rng.random([max(2, side // 24) for side in scene.shape], dtype=np.float32)
    coarse *= -np.float32(pick(rng, uneven, scene.severity))
    coarse += 1
    density = cv2.resize(coarse, scene.shape[::-1], interpolation=cv2.INTER_LINEAR)
    density *= scene.density
    return dataclasses.replace(scene, ink_colour=colour, density=density)
