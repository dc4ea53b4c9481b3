"""The noise family: what scanners, printers, offices and time do to a signature.

    scene = parse("lines(p=0.5)|gaussian(0.01, 0.15)").apply(rng, Scene.from_ink(ink))
    image, ink = render(scene, channels=1)

NumPy, OpenCV and Pillow only. A new member is a function in the module of its stage, registered
with `member`; it is in recipes and in `MEMBERS` from then on.
"""

import importlib

import numpy as np

from sigunet.noise.recipe import Recipe, Step, documents_recipe, parse
from sigunet.noise.recipes import DEFAULT_RECIPE, PAGE, WIDE_RECIPE
from sigunet.noise.registry import MEMBERS, STAGES, Member
from sigunet.noise.scene import Layer, Scene, render

# Importing a module registers its members, in this order within a stage.
for _name in (
    "paper",
    "stains",
    "documents",
    "under",
    "forms",
    "security",
    "ink",
    "over",
    "writing",
    "edges",
    "geometry",
    "lighting",
    "light",
    "optics",
    "copies",
    "sensor",
    "processing",
):
    importlib.import_module(f"{__name__}.{_name}")

NOISE_VERSION = "7"
"""Changes whenever a recipe and a seed give another picture than before."""

__all__ = [
    "DEFAULT_RECIPE",
    "MEMBERS",
    "NOISE_VERSION",
    "PAGE",
    "STAGES",
    "WIDE_RECIPE",
    "Layer",
    "Member",
    "Recipe",
    "Scene",
    "Step",
    "degrade",
    "documents_recipe",
    "parse",
    "render",
]


def degrade(
    ink: np.ndarray, recipe: str | Recipe, rng: np.random.Generator, channels: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Makes a training pair of clean ink in one call.

    Args:
        ink: float32[H, W] in [0, 1], 1 = ink.
        recipe: A recipe or its text.
        rng: Source of randomness.
        channels: 1 for grey, 3 for RGB.

    Returns:
        image: float32[H, W, channels] in [0, 1], 0 = black.
        ink: float32[H, W] in [0, 1], 1 = ink.

    Raises:
        ConfigError: If the recipe is none.
    """
    recipe = parse(recipe) if isinstance(recipe, str) else recipe
    return render(recipe.apply(rng, Scene.from_ink(ink)), channels)
