"""The last member of the over stage: edges as one lens sees them."""

import dataclasses

import cv2
import numpy as np

from sigunet.noise.registry import Range, member
from sigunet.noise.scene import Layer, Scene

_REACH = 3.0  # standard deviations that a layer grows by on each side


@member("over", p=0.5, limits={"sigma": (0.0, 5.0)})
def lens(rng: np.random.Generator, scene: Scene, *, sigma: Range = (0.3, 0.8)) -> Scene:
    """Softens what is printed, stamped and drawn as the scanner softened the signature.

    The ink of a scene comes from a scan, its edges are those of a lens (0.35 to 0.75 px measured on
    scans at 300 dpi). Overlays are drawn sharp; left so, they could be told from ink by their edges
    alone, which no scan allows.

    Args:
        rng: Source of randomness.
        scene: A scene; layers that later members lay on it stay as they are.
        sigma: Standard deviation of the blur, px.

    Returns:
        The scene with softer layers.
    """
    width = rng.uniform(*sigma)
    if not width:
        return scene
    return dataclasses.replace(
        scene,
        under=tuple(_softened(layer, width) for layer in scene.under),
        over=tuple(_softened(layer, width) for layer in scene.over),
    )


def _softened(layer: Layer, sigma: float) -> Layer:
    pad = int(np.ceil(_REACH * sigma))
    cover = cv2.copyMakeBorder(layer.cover, pad, pad, pad, pad, cv2.BORDER_CONSTANT)
    size = 2 * pad + 1
    cover = cv2.GaussianBlur(cover, (size, size), sigma)
    return dataclasses.replace(layer, cover=cover, top=layer.top - pad, left=layer.left - pad)
