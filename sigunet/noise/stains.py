"""Members of the paper stage that came later than the sheet: stains, and what shines through."""

import cv2
import numpy as np

from sigunet.noise import colours, letters
from sigunet.noise.fields import smooth
from sigunet.noise.hands import hand
from sigunet.noise.marks import centred, middle, pen_like, tint
from sigunet.noise.registry import Range, member, pick, pick_int
from sigunet.noise.scene import Layer, Scene


@member("paper", p=0.12, limits={"count": (0, 20), "size": (0.02, 2.0)})
def stains(
    rng: np.random.Generator,
    scene: Scene,
    *,
    opacity: Range = (0.1, 0.6),
    count: tuple[int, int] = (1, 3),
    size: Range = (0.1, 0.6),
    rings: float = 0.0,
    colour: float = 0.0,
) -> Scene:
    """Coffee, water, grease and dirt: soft blots, and rings that are darkest at the rim.

    Two in three lie on the inner half of the signature's box, where they are in the way. The rings of cups
    and the edges of puddles are larger than most signatures, 30 to 100 mm where the pen's stroke is
    half a millimetre, so that only an arc is seen: as wide as a stroke, and as smooth.

    Args:
        rng: Source of randomness.
        scene: A scene.
        opacity: How much of the paper's light a stain takes away where it is darkest.
        count: How many stains.
        size: Across, as a share of the longer side of the picture.
        rings: Share of stains that are the ring of a cup or the edge of a puddle, whatever `size` is.
        colour: Share of brown stains; the others are grey.

    Returns:
        The scene with one more layer a stain.
    """
    layers = []
    brown = bool(colour) and rng.random() < colour
    for _ in range(pick_int(rng, count, scene.severity)):
        ring = bool(rings) and rng.random() < rings
        across = pick(rng, size, scene.severity) * max(scene.shape)
        opaque = np.float32(pick(rng, opacity, scene.severity))
        shade = tint(0.0)
        if brown:
            shade = np.array([rng.uniform(0.3, 0.6), rng.uniform(0.15, 0.35), 0.0], np.float32)
        place = middle(rng, scene) if rng.random() < 0.67 else tuple(rng.random(2) * scene.shape)
        if ring:
            layers.append(Layer(opaque * _ring(rng, scene, place), shade, 0, 0, "multiply"))
        else:
            cover = opaque * _blot(rng, max(4, round(across)))
            layers.append(centred(cover, place, shade, "multiply"))
    return scene.with_layers(layers, over=False)


def _ring(rng: np.random.Generator, scene: Scene, through: tuple[float, float]) -> np.ndarray:
    """Draws float32[H, W] of a ring whose rim goes through a place, 1 where it is darkest."""
    stroke, _ = pen_like(scene)
    radius, angle = stroke * rng.uniform(30, 100), rng.uniform(0, 2 * np.pi)
    rows, columns = (np.arange(side, dtype=np.float32) for side in scene.shape)
    rows -= np.float32(through[0] - radius * np.sin(angle))
    columns -= np.float32(through[1] - radius * np.cos(angle))
    # A cup is round, seen from above; a puddle runs along the fibres.
    cup = rng.random() < 0.5
    columns *= np.float32(1.0 if cup else rng.uniform(0.8, 1.25))
    beyond = cv2.magnitude(*np.broadcast_arrays(columns, rows[:, None]))
    beyond -= np.float32(radius)
    for bend, scale in ((rng.uniform(0.0, 0.02 if cup else 0.12), 0.7), (0.006, 0.15)):
        beyond += np.float32(bend * radius) * smooth(rng, scene.shape, scale * radius)
    # Back to the place, which bends and the oval have moved the rim away from.
    beyond -= beyond[tuple(np.clip(np.rint(through), 0, np.array(scene.shape) - 1).astype(int))]
    wide = np.float32(stroke * np.exp(rng.uniform(np.log(0.6), np.log(2.5))))
    # Pigment is carried outwards: the rim ends sharply there, and is lost in the stain within.
    steep = np.float32(rng.uniform(1.0, 3.0))
    rim = np.exp(-np.square(np.where(beyond > 0, beyond * steep, beyond) / wide))
    rim *= np.clip(0.65 + 0.4 * smooth(rng, scene.shape, radius), 0.05, 1)
    rim /= rim.max()
    if cup and rng.random() < 0.7:
        return rim
    within = np.clip(0.5 - beyond / wide, 0, 1)
    return np.maximum(rim, within * np.float32(rng.uniform(0.05, 0.6)))


def _blot(rng: np.random.Generator, side: int) -> np.ndarray:
    """Draws float32[side, side] of a stain with a ragged outline, 1 where it is darkest."""
    small = min(side, 128)
    axis = np.linspace(-1, 1, small, dtype=np.float32)
    distance = np.hypot(axis[:, None] * np.float32(rng.uniform(1, 1.5)), axis)
    # A ragged outline, and drops that ran.
    distance += np.float32(rng.uniform(0.03, 0.1)) * smooth(rng, (small, small), small / 4)
    distance += np.float32(0.02) * smooth(rng, (small, small), small / 12)
    edge = np.float32(rng.uniform(0.5, 0.7))
    # From a drop of water that dried to a sharp rim to grease.
    soft = np.float32(0.4 ** rng.uniform(1, 4.6))
    inside = np.clip((edge - distance) / soft + 1, 0, 1)
    inside *= np.clip(0.75 + 0.25 * smooth(rng, (small, small), small / 6), 0, 1)
    if rng.random() < 0.5:
        # A dried drop: pigment gathers at the rim, more of it on one side.
        rim = np.exp(-(((distance - edge) / np.float32(0.12 ** rng.uniform(1, 2))) ** 2))
        rim *= np.clip(0.6 + 0.4 * smooth(rng, (small, small), small / 3), 0.1, 1)
        inside = np.maximum(rim, inside * np.float32(rng.uniform(0.05, 0.5)))
    border = np.clip((1 - np.maximum(np.abs(axis)[:, None], np.abs(axis))) * 12, 0, 1)
    inside *= border
    return cv2.resize(inside, (side, side), interpolation=cv2.INTER_LINEAR)


@member("paper", p=0.15, limits={"blur": (0.0, 10.0)})
def bleed_through(
    rng: np.random.Generator,
    scene: Scene,
    *,
    alpha: Range = (0.05, 0.45),
    blur: Range = (0.8, 3.0),
    colour: float = 0.0,
) -> Scene:
    """The other side of the sheet shines through: handwriting or print, mirrored and blurred.

    Two in three of the hands lie as a whole across the signature, about as large as it, since
    forms are signed at the same place on both sides.

    Args:
        rng: Source of randomness.
        scene: A scene.
        alpha: How much of its darkness comes through.
        blur: Standard deviation of the blur in the paper, px.
        colour: Share of writing in blue or violet.

    Returns:
        The scene with one more layer.
    """
    by_hand = rng.random() < 0.67
    raster = _signed(rng, scene) if by_hand else _printed(rng, scene)
    # Sheets are turned about their long side, some about the short one.
    raster = raster[:, ::-1] if rng.random() < 0.85 else raster[::-1]
    cover = np.multiply(raster, np.float32(1 / 255), dtype=np.float32)
    sigma = pick(rng, blur, 1 - scene.severity)
    pad = int(3 * sigma) + 1
    cover = cv2.copyMakeBorder(cover, pad, pad, pad, pad, cv2.BORDER_CONSTANT)
    if sigma:
        cover = cv2.GaussianBlur(cover, (0, 0), sigma)
    # A narrow stroke loses more to the blur than a wide one; alpha is what is left of it.
    seen = cover[cover > 0.15]
    peak = float(np.quantile(seen, 0.75)) if seen.size else 1.0
    cover *= np.float32(1 / peak)
    np.minimum(cover, 1.1, out=cover)
    cover *= np.float32(pick(rng, alpha, scene.severity))
    shade = tint(rng.uniform(0.0, 0.3))
    if colour and rng.random() < colour:
        shade = colours.pen(rng)
    if by_hand and rng.random() < 0.67:
        place = middle(rng, scene)
    else:
        place = tuple((0.5 + rng.uniform(-0.4, 0.4, 2)) * scene.shape)
    return scene.with_layers([centred(cover, place, shade, "multiply")], over=False)


def _signed(rng: np.random.Generator, scene: Scene) -> np.ndarray:
    """Draws uint8[h, w] of a whole signature, nearly as large as the one on this side."""
    raster = hand(rng)
    scale = rng.uniform(0.45, 1.3)
    if rng.random() < 0.5:
        fit = min(side / whole for side, whole in zip(scene.box[2:], raster.shape, strict=True))
        # A window shows a part of this side's signature: the other is not made small by that.
        scale = min(max(fit * rng.uniform(0.8, 1.3), 0.4), 1.4)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    # No two signings are equally wide, and there are fewer hands than pictures.
    wide = scale * rng.uniform(0.8, 1.25)
    return cv2.resize(raster, None, fx=wide, fy=scale, interpolation=way)


def _printed(rng: np.random.Generator, scene: Scene) -> np.ndarray:
    """Draws uint8[h, w] of a few lines of print."""
    em = rng.uniform(10, 30)
    length = max(3, int(rng.uniform(0.4, 1.2) * scene.shape[1] / (0.5 * em)))
    rows = [letters.sentence(rng, length) for _ in range(rng.integers(1, 6))]
    return letters.raster(rows, letters.any_face(rng), em, spacing=rng.uniform(1.0, 1.6))
