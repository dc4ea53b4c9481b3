"""Members of the over stage: stamps, scribbles and scratches, after the signature was written."""

import cv2
import numpy as np

from sigunet.noise import colours, emblems, seals
from sigunet.noise.marks import (
    aim,
    centred,
    middle,
    patches,
    pen_like,
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


@member(
    "over",
    p=0.18,
    limits={"radius": (0.02, 2.0), "ring": (0.5, 20.0), "count": (0, 10)},
)
def seal(
    rng: np.random.Generator,
    scene: Scene,
    *,
    inked: Range = (0.3, 0.9),
    radius: Range = (0.2, 0.8),
    ring: Range = (1.0, 5.0),
    strength: Range = (0.35, 1.0),
    count: tuple[int, int] = (1, 2),
    grey: Range = (0.0, 0.6),
    under: float = 0.15,
    colour: float = 0.0,
) -> Scene:
    """An office's or a person's seal across the signature, in colour: round, oval, square, a date.

    Source: company and notary seals, date stamps and character seals on contracts, seen at 100 to
    300 dpi. Who stamps a signature aims at it: two in three lie with their middle on the inner half
    of its box. Half of them are as large as covers 20 to 60 % of that box, the others a share of the
    picture; one in ten is cut by the picture's edge. Ink takes patchily, less on the side that is
    pressed less, and lies over the pen's like a dye.

    Args:
        rng: Source of randomness.
        scene: A scene.
        inked: Share of it that took ink.
        radius: Half the seal's length, as a share of the shorter side of the picture.
        ring: Width of its lines, px.
        strength: How much of its colour the ink shows, 1 = all.
        count: How many seals.
        grey: Of a seal without colour, 0 = black, darker is harder.
        under: Probability that the signature was written over it.
        colour: Share of seals in a colour.

    Returns:
        The scene with one or two more layers a seal.
    """
    for _ in range(pick_int(rng, count, 0.7 * scene.severity)):
        shade = tint(pick(rng, grey[::-1], scene.severity))
        if colour and rng.random() < colour:
            shade = colours.seal(rng)
        shade = colours.wash(shade, pick(rng, strength, scene.severity))
        cover = _pressed(rng, scene, _half(rng, scene, radius), rng.uniform(*ring))
        share = rng.uniform(*inked)
        if rng.random() < 0.5:
            cover *= patches(rng, cover.shape, share)
        else:
            cover *= _soft(rng, cover.shape, share)
        place = middle(rng, scene) if rng.random() < 0.67 else aim(rng, scene)
        if rng.random() < 0.1:
            # Beside an edge, which cuts it.
            axis = int(rng.random() < 0.5)
            place = list(place)
            place[axis] = rng.uniform(-0.1, 0.1) * scene.shape[axis] + (
                scene.shape[axis] if rng.random() < 0.5 else 0
            )
        layers = [centred(cover, place, shade, "multiply")]
        if rng.random() < 0.06:
            # It touched the paper twice.
            moved = np.add(place, rng.normal(0, 4, 2))
            layers.append(centred(cover * np.float32(0.5), moved, shade, "multiply"))
        scene = scene.with_layers(layers, over=rng.random() >= under)
    return scene


def _soft(rng: np.random.Generator, shape: tuple[int, int], share: float) -> np.ndarray:
    """Draws ink that takes everywhere, less in places and on rough paper: float32[h, w]."""
    blots = rng.random([side // 24 + 2 for side in shape], dtype=np.float32)
    grain = rng.random([side // 2 + 1 for side in shape], dtype=np.float32)
    grain *= np.float32(rng.uniform(0, 0.5))
    field = cv2.resize(blots, shape[::-1]) - cv2.resize(grain, shape[::-1])
    # Half of the blots are above 0.5, a share of 1 lifts all of them to full ink.
    field += np.float32(0.2 + 0.8 * share)
    return np.clip(field, 0.05, 1.0, out=field)


def _half(rng: np.random.Generator, scene: Scene, radius: Range) -> float:
    """Draws half the length of a seal in px."""
    half = pick(rng, radius, scene.severity) * min(scene.shape)
    if rng.random() < 0.5:
        share = pick(rng, (0.2, 0.6), scene.severity)
        box = scene.box[2] * scene.box[3]
        half = max(np.sqrt(share * box / np.pi), 0.12 * min(scene.shape))
    return float(half)


def _pressed(rng: np.random.Generator, scene: Scene, half: float, thick: float) -> np.ndarray:
    """Draws a seal turned and scaled, paler to one side: float32[h, w]."""
    lot, squash = rng.random(), 1.0
    if lot < 0.5:
        raster = emblems.ring(rng, thick * seals.RADIUS / half)
        # An oval is wider than a round seal of the same area.
        squash = rng.uniform(0.38, 0.85) if rng.random() < 0.4 else 1.0
        half /= np.sqrt(squash)
    elif lot < 0.58:
        half *= rng.uniform(0.4, 0.8)
        raster = emblems.chop(rng, thick * 80 / half)
    elif lot < 0.83:
        half *= rng.uniform(0.8, 1.3)
        raster = emblems.framed(rng, thick * 0.5 * emblems.FRAMED / half)
    else:
        draw = emblems.dated if lot < 0.9 else seals.box
        raster = draw(rng, thick * seals.HALF / half)
    scale = 2 * half / max(raster.shape)
    # Most are put down nearly upright.
    degrees = rng.uniform(-180, 180) if rng.random() < 0.35 else rng.normal(0, 14)
    cover = turned(raster, rotation(degrees) @ np.diag([scale, scale * squash]))
    if rng.random() < 0.7:
        angle = rng.uniform(0, 2 * np.pi)
        rows, columns = (np.linspace(-1, 1, side, dtype=np.float32) for side in cover.shape)
        slope = rows[:, None] * np.float32(np.sin(angle)) + columns * np.float32(np.cos(angle))
        slope *= np.float32(rng.uniform(0.2, 0.8))
        slope += 1
        cover *= np.minimum(slope, 1.0, out=slope)
    return cover


@member("over", p=0.2, limits={"count": (0, 50), "width": (0.5, 20.0)})
def scribbles(
    rng: np.random.Generator,
    scene: Scene,
    *,
    count: tuple[int, int] = (1, 3),
    width: Range = (1.5, 6.0),
    grey: Range = (0.0, 0.6),
    like: float = 0.0,
    other: float = 0.0,
    colour: float = 0.0,
) -> Scene:
    """Strokes of another pen across the ink: straight, curved, wavy, crossing out, ticks, loops.

    The ranges are those of the described family. What is drawn like the ink has its colour, is as
    wide as its strokes within 20 %, and is one even line, straight or bent once, or bars that cross
    the signature out: its course and its even width alone tell it from a flourish.

    Args:
        rng: Source of randomness.
        scene: A scene.
        count: How many strokes.
        width: Of a stroke, px.
        grey: Of that pen's ink, 0 = black, darker is harder.
        like: Share of pictures in which they are drawn like the ink.
        other: Share of those in which all but the colour is like the ink's: another pen, as dark.
        colour: Share of other pens that write in a colour.

    Returns:
        The scene with one more layer a stroke.
    """
    if like and rng.random() < like:
        return _like_ink(rng, scene, pick_int(rng, count, scene.severity), other, colour)
    thick, shade = rng.uniform(*width), tint(pick(rng, grey[::-1], scene.severity))
    if colour and rng.random() < colour:
        shade = colours.pen(rng)
    layers = []
    for _ in range(pick_int(rng, count, scene.severity)):
        path = _scribble(rng) * (0.5 * min(scene.shape))
        path = path @ rotation(rng.uniform(-180, 180)).T + aim(rng, scene)
        cover, top, left = strokes([path], [thick * rng.uniform(0.8, 1.2)], scene.shape)
        layers.append(Layer(cover, shade, top, left))
    return scene.with_layers(layers, over=True)


def _like_ink(
    rng: np.random.Generator, scene: Scene, count: int, other: float, colour: float
) -> Scene:
    """Draws lines across the ink's box in its own width, and its own colour or one as dark."""
    width, shade = pen_like(scene)
    shade = tint(0.1) if shade is None else shade
    if other and rng.random() < other:
        shade = _as_dark(rng, shade, colour)
    top, left, height, long = scene.box
    middle = np.array([top + height / 2, left + long / 2])
    layers = []
    for path in _across(rng, count):
        path = path * (0.5 * height, 0.5 * long) + middle
        thick = max(0.7, width * rng.uniform(0.8, 1.2))
        cover, row, column = strokes([path], [thick], scene.shape)
        # No pen is even; if the signature's alone were not, that would tell the two apart.
        cover *= _uneven(rng, cover.shape, rng.uniform(0.0, 0.35))
        layers.append(Layer(cover, shade, row, column))
    return scene.with_layers(layers, over=True)


def _as_dark(rng: np.random.Generator, shade: np.ndarray, colour: float) -> np.ndarray:
    """Draws the colour of another pen that is as dark as a given one, within a fifth."""
    pen = colours.pen(rng) if rng.random() < colour else tint(rng.uniform(0.0, 0.2))
    wanted = (1 - float(shade.mean())) * rng.uniform(0.8, 1.2)
    return colours.wash(pen, min(wanted / max(1 - float(pen.mean()), 1e-3), 1.0))


def _uneven(rng: np.random.Generator, shape: tuple[int, int], depth: float) -> np.ndarray:
    """Draws how much ink a pen gives from place to place, some 6 px apart: float32[h, w] in [0, 1]."""
    spots = rng.random([side // 6 + 2 for side in shape], dtype=np.float32)
    field = cv2.resize(spots, shape[::-1])
    field *= np.float32(-depth)
    field += np.float32(1)
    return field


def _across(rng: np.random.Generator, count: int) -> list[np.ndarray]:
    """Draws lines through the square from -1 to 1, float[n, 2] each: single ones, or parallel bars."""
    bars = count > 1 and rng.random() < 0.3
    lean = rng.normal(0, 0.4)
    paths = []
    for number in range(count):
        if bars:
            shift = (number - (count - 1) / 2) * rng.uniform(0.25, 0.5)
            points = np.array([(shift + lean, -1.0), (shift, 0.0), (shift - lean, 1.0)])
            points += rng.normal(0, 0.03, (3, 2))
        else:
            start, end = rng.uniform(-1.2, 1.2, (2, 2))
            # From one side to another, level, upright or oblique.
            axis = int(rng.random() < 0.7)
            start[axis], end[axis] = -rng.uniform(0.5, 1.3), rng.uniform(0.5, 1.3)
            bend = rng.normal(0, 0.4, 2) if rng.random() < 0.55 else rng.normal(0, 0.03, 2)
            points = np.array([start, (start + end) / 2 + bend, end])
        paths.append(smooth(points))
    return paths


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
