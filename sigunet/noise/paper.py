"""Members of the paper stage: what the signature was written on."""

import dataclasses

import numpy as np

from sigunet.noise.registry import Range, member
from sigunet.noise.scene import Scene


@member("paper", p=0.5)
def sheet(rng: np.random.Generator, scene: Scene, *, grey: Range = (0.8, 1.0)) -> Scene:
    """Plain paper that is not quite white.

    Args:
        rng: Source of randomness.
        scene: A scene; the paper of a real pair is darkened, its ink with it.
        grey: Grey of the paper, 1 = white.

    Returns:
        The scene on another paper.
    """
    return dataclasses.replace(scene, paper=scene.paper * np.float32(rng.uniform(*grey)))
