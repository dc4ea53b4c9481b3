"""Members of the over stage: stamps, scribbles and scratches, after the signature was written."""

import numpy as np

from sigunet.noise import seals
from sigunet.noise.marks import (
    aim,
    centred,
    patches,
    rotation,
    smooth,
    strokes,
    tint,
    turned,
)
from sigunet.noise.registry import Range, member, pick, pick_int
from sigunet.noise.scene import Layer, Scene


@member("over", p=0.2, limits={"radius": (0.02, 2.0), "ring": (0.5, 20.0)})
def stamp(
    rng: np.random.Generator,
    scene: Scene,
    *,
    radius: Range = (0.2, 0.6),
    ring: Range = (1.0, 4.0),
    inked: Range = (0.4, 1.0),
    grey: Range = (0.2, 0.7),
) -> Scene:
    """An office's stamp: a ring or oval with text along it, or a box of text, patchily inked.

    Args:
        rng: Source of randomness.
        scene: A scene.
        radius: Half the stamp's length, as a share of the shorter side of the picture.
        ring: Width of its lines, px.
        inked: Share of it that took ink.
        grey: Of the stamp's ink, 0 = black, darker is harder; it lies over the pen's like a dye.

    Returns:
        The scene with one more layer.
    """
    half = pick(rng, radius, scene.severity) * min(scene.shape)
    thick = rng.uniform(*ring)
    if rng.random() < 0.65:
        raster = seals.disc(rng, thick * seals.RADIUS / half)
        squash = rng.uniform(0.55, 0.8) if rng.random() < 0.3 else 1.0
    else:
        raster = seals.box(rng, thick * seals.HALF / half)
        squash = 1.0
    scale = 2 * half / raster.shape[1]
    cover = turned(raster, rotation(rng.uniform(-180, 180)) @ np.diag([scale, scale * squash]))
    cover *= patches(rng, cover.shape, pick(rng, inked, scene.severity))
    colour = tint(pick(rng, grey[::-1], scene.severity))
    return scene.with_layers([centred(cover, aim(rng, scene), colour, "multiply")], over=True)


@member("over", p=0.2, limits={"count": (0, 50), "width": (0.5, 20.0)})
def scribbles(
    rng: np.random.Generator,
    scene: Scene,
    *,
    count: tuple[int, int] = (1, 3),
    width: Range = (1.5, 6.0),
    grey: Range = (0.0, 0.6),
) -> Scene:
    """Strokes of another pen across the ink: straight, curved, wavy, crossing out, ticks, loops.

    Args:
        rng: Source of randomness.
        scene: A scene.
        count: How many strokes.
        width: Of a stroke, px.
        grey: Of that pen's ink, 0 = black, darker is harder.

    Returns:
        The scene with one more layer a stroke.
    """
    thick, colour = rng.uniform(*width), tint(pick(rng, grey[::-1], scene.severity))
    layers = []
    for _ in range(pick_int(rng, count, scene.severity)):
        path = _scribble(rng) * (0.5 * min(scene.shape))
        path = path @ rotation(rng.uniform(-180, 180)).T + aim(rng, scene)
        cover, top, left = strokes([path], [thick * rng.uniform(0.8, 1.2)], scene.shape)
        layers.append(Layer(cover, colour, top, left))
    return scene.with_layers(layers, over=True)


def _scribble(rng: np.random.Generator) -> np.ndarray:
    """Draws the path of a scribble, float[n, 2], some 1 to 3 long, about the origin."""
    lot = rng.random()
    if lot < 0.3:
        points = np.array([[0, -1], [rng.normal(0, 0.1), 0], [0, 1]]) * rng.uniform(0.5, 1.8)
    elif lot < 0.55:
        points = np.cumsum(rng.normal(0, 0.5, (rng.integers(3, 7), 2)), axis=0)
        points -= points.mean(axis=0)
    elif lot < 0.75:
        turns = int(rng.integers(5, 14))
        along = np.linspace(-1, 1, turns) * rng.uniform(0.4, 1.4)
        swing = rng.uniform(0.1, 0.45) * np.where(np.arange(turns) % 2, 1, -1)
        points = np.column_stack([swing + rng.normal(0, 0.04, turns), along])
    elif lot < 0.85:
        points = np.array([[0.0, -0.4], [0.4, -0.1], [-0.6, 0.6]]) * rng.uniform(0.5, 1.2)
    else:
        angles = np.linspace(0, 2 * np.pi * rng.uniform(0.9, 2.4), 16)
        points = np.column_stack([np.sin(angles) * rng.uniform(0.3, 0.7), np.cos(angles)])
        points *= rng.uniform(0.3, 1.0) * np.linspace(1, rng.uniform(0.6, 1.2), 16)[:, None]
    return smooth(points)


@member("over", p=0.2, limits={"count": (0, 200), "width": (0.5, 20.0)})
def scratches(
    rng: np.random.Generator,
    scene: Scene,
    *,
    count: tuple[int, int] = (2, 10),
    width: Range = (0.5, 2.5),
    grey: Range = (0.75, 1.0),
) -> Scene:
    """Light scratches in much the same direction, broken, that take paper and ink away.

    The truth keeps the ink that was there: what is missing is to be mended.

    Args:
        rng: Source of randomness.
        scene: A scene.
        count: How many scratches.
        width: Of a scratch, px.
        grey: What comes to light, 1 = white.

    Returns:
        The scene with one more layer.
    """
    number = pick_int(rng, count, scene.severity)
    if not number:
        return scene
    direction, spread = rng.uniform(0, np.pi), rng.uniform(0.02, 0.4)
    paths, widths = [], []
    for _ in range(number):
        angle = direction + rng.normal(0, spread)
        reach = rng.uniform(0.1, 0.6) * max(scene.shape)
        ahead = reach * np.array([np.sin(angle), np.cos(angle)])
        bend = rng.normal(0, 0.06) * ahead[::-1] * (1, -1)
        middle = np.array(aim(rng, scene))
        paths.append(smooth(np.array([middle - ahead, middle + bend, middle + ahead])))
        widths.append(rng.uniform(*width))
    cover, top, left = strokes(paths, widths, scene.shape)
    cover *= patches(rng, cover.shape, rng.uniform(0.5, 0.95))
    colour = tint(rng.uniform(*grey))
    return scene.with_layers([Layer(cover, colour, top, left, "opaque")], over=True)
