"""Members of the light stage that fall on the sheet: shadows, uneven lamps, creases, their tint.

They are registered before tone, which is the camera's.
"""

import dataclasses
import math

import cv2
import numpy as np

from sigunet.noise.fields import smooth, spread, times
from sigunet.noise.registry import Range, member, pick, pick_around, pick_int
from sigunet.noise.scene import Scene

_COARSE = 64
"""Largest side in pixels at which soft light is computed before it is enlarged."""


def _coarse(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Returns rows float32[h, 1] and columns float32[w] of a small grid, in [-1, 1]."""
    h, w = (max(2, min(side, _COARSE)) for side in shape)
    return (
        np.linspace(-1, 1, h, dtype=np.float32)[:, None],
        np.linspace(-1, 1, w, dtype=np.float32),
    )


def _lit(scene: Scene, gain: np.ndarray) -> Scene:
    """Multiplies the picture by a gain float32[h, w] of any size."""
    if gain.shape != scene.shape:
        gain = cv2.resize(gain, scene.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return dataclasses.replace(scene, image=times(scene.image, gain))


@member("light", p=0.12, limits={"count": (0, 20), "width": (0.3, 20.0)})
def folds(
    rng: np.random.Generator,
    scene: Scene,
    *,
    depth: Range = (0.05, 0.45),
    count: tuple[int, int] = (1, 3),
    width: Range = (0.8, 4.0),
) -> Scene:
    """Creases across paper and ink: a dark or a worn, light seam, and one side darker than the other.

    Args:
        rng: Source of randomness.
        scene: A composed scene.
        depth: How much darker or lighter the seam is.
        count: How many creases.
        width: Of a seam, px.

    Returns:
        The scene with a creased picture.
    """
    height, across = scene.shape
    y = np.arange(height, dtype=np.float32)[:, None]
    x = np.arange(across, dtype=np.float32)
    gain = np.ones(scene.shape, np.float32)
    worn = np.zeros(scene.shape, np.float32)
    # A crease is neither straight nor even.
    wander, patchy = smooth(rng, scene.shape, 40), smooth(rng, scene.shape, 8)
    wander *= np.float32(0.7)
    patchy = np.clip(0.8 + 0.5 * patchy, 0, 1)
    angle = (0.0, math.pi / 2)[rng.integers(2)] + rng.normal(0, 0.06)
    for _ in range(pick_int(rng, count, scene.severity)):
        # Most sheets are folded along their sides, some are crumpled.
        turn = angle if rng.random() < 0.8 else rng.uniform(0, math.pi)
        middle = rng.uniform(0.1, 0.9, 2) * scene.shape
        distance = (y - np.float32(middle[0])) * np.float32(math.cos(turn))
        distance = distance - (x - np.float32(middle[1])) * np.float32(math.sin(turn))
        distance += wander
        reach = np.abs(distance)
        strength = np.float32(pick(rng, depth, scene.severity))
        # One side turns away from the lamp; that fades out over some twenty pixels.
        slope = np.exp(reach * np.float32(-1 / rng.uniform(8, 50)))
        gain += np.copysign(slope, distance) * np.float32(rng.uniform(0, 0.35)) * strength
        np.exp(reach * np.float32(-2 / rng.uniform(*width)), out=reach)
        reach *= patchy
        reach *= strength
        if rng.random() < 0.55:
            gain -= reach
        else:
            # Where the coating broke, bare paper shows through the ink.
            np.maximum(worn, np.float32(1.5) * reach, out=worn)
    lit = _lit(scene, np.maximum(gain, 0.2))
    if not worn.any():
        return lit
    worn = spread(np.minimum(worn, 0.9), lit.image.shape[-1])
    bright = np.float32(np.percentile(lit.image[::8, ::8], 90))
    image = lit.image + worn * np.maximum(bright - lit.image, 0)
    return dataclasses.replace(lit, image=image)


@member("light", p=0.05, limits={"facets": (1, 500)})
def crumple(
    rng: np.random.Generator,
    scene: Scene,
    *,
    depth: Range = (0.05, 0.4),
    facets: tuple[int, int] = (8, 60),
) -> Scene:
    """Paper that was crumpled and smoothed: facets turned to the lamp or away from it.

    As in the wrinkled sheets of NoisyOffice: brightness is even or tilted within a facet, and steps
    by up to a fifth from one to the next.

    Args:
        rng: Source of randomness.
        scene: A composed scene.
        depth: About the largest difference between facets, as a share of the light.
        facets: How many in 256 x 256 px.

    Returns:
        The scene with a crumpled picture.
    """
    # At half the size; the facets' edges are soft anyway.
    shape = tuple(max(2, side // 2) for side in scene.shape)
    area = shape[0] * shape[1] / 128**2
    number = max(2, round(pick_int(rng, facets, scene.severity) * min(area, 8.0)))
    middles = (rng.random((number, 2)) * shape).astype(int)
    apart = np.full(shape, 255, np.uint8)
    apart[middles[:, 0], middles[:, 1]] = 0
    _, labels = cv2.distanceTransformWithLabels(apart, cv2.DIST_L2, 3)
    # Edges between facets are ragged.
    rows, columns = np.indices(shape, np.float32)
    labels = cv2.remap(
        labels.astype(np.float32),
        columns + 2 * smooth(rng, shape, 9),
        rows + 2 * smooth(rng, shape, 9),
        cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_REPLICATE,
    ).astype(np.int32)
    # Each facet has a brightness, and one that tilts across it: plane = level + slope * way.
    level, down, across = rng.normal(0, 1, (3, int(labels.max()) + 1)).astype(np.float32)
    span = np.float32(1.5 / math.sqrt(shape[0] * shape[1] / number))
    tilt = (rows * down[labels] + columns * across[labels]) * span
    field = level[labels] + np.sin(tilt)
    field = cv2.GaussianBlur(field, (0, 0), rng.uniform(0.6, 2.0))
    # The field has a deviation of about 1.2; four of them are its span, and the lamp lights the
    # brightest facets as it does flat paper.
    strength = np.float32(pick(rng, depth, scene.severity))
    return _lit(scene, np.clip(1 + strength * (field / 5 - np.float32(0.35)), 0.2, 1.1))


@member("light", p=0.15, limits={"soft": (0.0, 0.5)})
def shadow(
    rng: np.random.Generator,
    scene: Scene,
    *,
    depth: Range = (0.1, 0.7),
    soft: Range = (0.01, 0.15),
) -> Scene:
    """The shadow of a hand, a telephone or a book's edge: a polygon with a soft edge.

    Args:
        rng: Source of randomness.
        scene: A composed scene.
        depth: Share of the light that is missing in it.
        soft: Deviation of the blur of its edge, as a share of the longer side.

    Returns:
        The scene with a shaded picture.
    """
    rows, columns = _coarse(scene.shape)
    h, w = rows.size, columns.size
    mask = np.zeros((h, w), np.float32)
    if rng.random() < 0.5:
        # From outside of the picture: half a plane, with a corner.
        turn = rng.uniform(0, 2 * math.pi)
        reach = np.array([[-4, 0], [0, rng.normal(0, 0.3)], [4, 0], [4, 6], [-4, 6]])
        cos, sin = math.cos(turn), math.sin(turn)
        points = reach @ np.array([[cos, -sin], [sin, cos]]) + rng.uniform(-0.5, 0.5, 2)
    else:
        angles = np.sort(rng.uniform(0, 2 * math.pi, rng.integers(3, 8)))
        reach = rng.uniform(0.3, 1.3, (angles.size, 1))
        points = reach * np.column_stack([np.sin(angles), np.cos(angles)])
        points = points + rng.uniform(-0.7, 0.7, 2)
    pixels = np.rint((points + 1) / 2 * (w, h) * 16).astype(np.int32)
    cv2.fillPoly(mask, [pixels], 1.0, cv2.LINE_8, shift=4)
    blur = max(0.5, rng.uniform(*soft) * max(h, w))
    mask = cv2.GaussianBlur(mask, (0, 0), blur)
    return _lit(scene, 1 - np.float32(pick(rng, depth, scene.severity)) * mask)


@member("light", p=0.2)
def gradient(rng: np.random.Generator, scene: Scene, *, depth: Range = (0.1, 0.7)) -> Scene:
    """Light that falls off to one side, or away from a lamp or flash.

    Args:
        rng: Source of randomness.
        scene: A composed scene.
        depth: Share of the light that is missing where it is darkest.

    Returns:
        The scene under uneven light.
    """
    rows, columns = _coarse(scene.shape)
    if rng.random() < 0.5:
        turn = rng.uniform(0, 2 * math.pi)
        field = rows * np.float32(math.cos(turn)) + columns * np.float32(math.sin(turn))
    else:
        top, left = rng.uniform(-1.2, 1.2, 2).astype(np.float32)
        field = np.hypot(rows - top, columns - left)
    field = field - field.min()
    field /= max(float(field.max()), 1e-6)
    np.power(field, np.float32(rng.uniform(0.7, 2.0)), out=field)
    return _lit(scene, 1 - np.float32(pick(rng, depth, scene.severity)) * field)


@member("light", p=0.1, limits={"corner": (0.0, 3.0)})
def vignette(rng: np.random.Generator, scene: Scene, *, corner: Range = (0.5, 1.3)) -> Scene:
    """Corners darker than the middle, or lighter where a lens is corrected too much.

    Args:
        rng: Source of randomness.
        scene: A composed scene.
        corner: Gain in the corners; it grows with the square of the distance from the middle.

    Returns:
        The scene with other corners.
    """
    rows, columns = _coarse(scene.shape)
    change = pick_around(rng, corner, 1.0, scene.severity) - 1
    return _lit(scene, 1 + np.float32(change / 2) * (rows**2 + columns**2))


@member("light", p=0.15)
def cast(rng: np.random.Generator, scene: Scene, *, loss: Range = (0.02, 0.25)) -> Scene:
    """A wrong white balance: lamp light is yellow, daylight in the shade blue.

    Args:
        rng: Source of randomness.
        scene: A composed scene.
        loss: What the weakest channel may lose; most casts lie between yellow and blue.

    Returns:
        The scene with a picture of three channels.
    """
    red, green, blue = 1 - pick(rng, loss, scene.severity) * rng.random(3)
    # Lamps and shade trade red for blue; green lies between.
    green = 0.7 * (red + blue) / 2 + 0.3 * green
    gains = [np.float32(gain) for gain in (red, green, blue)]
    return dataclasses.replace(scene, image=times(scene.image, *gains))
