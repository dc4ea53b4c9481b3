"""Members of the light stage: how bright the flat picture is."""

import dataclasses

import numpy as np

from sigunet.noise.fields import levels
from sigunet.noise.registry import Range, member, pick_around
from sigunet.noise.scene import Scene

# Below this difference of ink and paper, noise at its strongest (sigma 0.15) leaves nothing that
# could be learnt from strokes of two or three pixels.
_LEAST_CONTRAST = 0.25


@member(
    "light",
    p=0.75,
    limits={"gain": (0.1, 4.0), "bias": (-1.0, 1.0), "gamma": (0.1, 10.0)},
)
def brightness_contrast(
    rng: np.random.Generator,
    scene: Scene,
    *,
    gain: Range = (0.5, 1.4),
    bias: Range = (-0.2, 0.2),
    gamma: Range = (0.5, 1.8),
) -> Scene:
    """Tone: gain x^gamma + bias, clipped, as a scanner's wrong settings do it.

    Where the three drawn together would leave ink and paper less than 0.25 apart, all are moved
    towards no change until they do not.

    Args:
        rng: Source of randomness.
        scene: A composed scene.
        gain: Contrast, 1 = no change.
        bias: Brightness, 0 = no change; the span from black to white is 1.
        gamma: Exponent, 1 = no change, above 1 darkens.

    Returns:
        The scene with another tone.
    """
    drawn = np.array(
        [
            pick_around(rng, gain, 1.0, scene.severity),
            pick_around(rng, bias, 0.0, scene.severity),
            pick_around(rng, gamma, 1.0, scene.severity),
        ]
    )
    neutral = np.array([1.0, 0.0, 1.0])
    measured = levels(scene)
    for amount in (1.0, 0.75, 0.5, 0.25):
        settings = neutral + amount * (drawn - neutral)
        if measured is None or np.ptp(_tone(measured, *settings)) >= _LEAST_CONTRAST:
            return dataclasses.replace(scene, image=_tone(scene.image, *settings))
    return scene


def _tone(x: np.ndarray, gain: float, bias: float, gamma: float) -> np.ndarray:
    x = np.clip(x, 0.0, 1.0)
    np.power(x, np.float32(gamma), out=x)
    x *= np.float32(gain)
    x += np.float32(bias)
    return np.clip(x, 0.0, 1.0, out=x)
