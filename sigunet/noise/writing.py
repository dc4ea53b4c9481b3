"""Members of the over stage: other people's handwriting beside the signature, marks made by hand."""

import math

import cv2
import numpy as np

from sigunet.noise import colours
from sigunet.noise.hands import date, figures, hand, written
from sigunet.noise.marks import aim, pen_like, rotation, smooth, strokes, tint, turned
from sigunet.noise.registry import Range, member, pick, pick_int
from sigunet.noise.scene import Layer, Scene

__all__ = ["annotations", "hand", "writing"]

_TOUCH = 0.15  # of the piece that may lie within the signature's box
_TOUCH_PX = 12  # and at most so many px
_ROOM = 12  # px; a margin narrower than this holds no writing


@member("over", p=0.1, limits={"size": (0.02, 2.0), "count": (0, 20)})
def writing(
    rng: np.random.Generator,
    scene: Scene,
    *,
    size: Range = (0.2, 0.6),
    count: tuple[int, int] = (1, 3),
    grey: Range = (0.0, 0.6),
    same: float = 0.4,
    colour: float = 0.0,
) -> Scene:
    """Neighbouring handwriting that is not the signature: words, dates, another signature's tail.

    It lies beside the signature's box and reaches into it by 15 % of itself at most, and it is
    lower than the signature or of another ink, so that it can be told what is the signature; where
    there is none, only figures are written. The words are pieces of synthetic signatures of other
    people, the figures are written stroke by stroke. Sizes as on forms: writing of 3 to 6 mm beside
    signatures of 10 to 25 mm.

    Args:
        rng: Source of randomness.
        scene: A scene.
        size: Height of a piece as a share of the signature's height.
        count: How many pieces.
        grey: Of another pen's ink, 0 = black, darker is harder.
        same: Share of pictures in which it is written with the signature's own ink.
        colour: Share of the other pens that write in a colour.

    Returns:
        The scene with one more layer a piece.
    """
    width, own = pen_like(scene)
    is_same = own is not None and rng.random() < same
    if is_same:
        shade = own
    elif colour and rng.random() < colour:
        shade = colours.pen(rng)
    else:
        shade = tint(pick(rng, grey[::-1], scene.severity))
    is_blank = not scene.ink.any()
    tall = (0.3 if is_blank else 1.0) * max(scene.box[2], 0.25 * scene.shape[0])
    layers = []
    for _ in range(pick_int(rng, count, scene.severity)):
        # What shares the signature's ink must differ from it in size.
        height = max(20.0, pick(rng, size, scene.severity) * tall * (0.7 if is_same else 1.0))
        lot = rng.random()
        # A word alone might be a signature, and what enters in the same ink a part of it.
        if is_blank or (is_same and lot < 0.2):
            lot = 0.3
        if lot < 0.2:
            cover = _word(rng, rng.uniform(0.7, 1.3) * tall)
        elif lot < 0.5:
            cover = _figures(rng, date(rng), min(0.8 * height, 0.2 * min(scene.shape)), width)
        else:
            cover = _word(rng, height)
        place = _beside(rng, scene, cover.shape, cut=lot < 0.2)
        if place is not None:
            layers.append(Layer(cover, shade, *place))
    return scene.with_layers(layers, over=True) if layers else scene


def _word(rng: np.random.Generator, height: float) -> np.ndarray:
    """Writes a word so many px high: float32[h, w]."""
    raster = written(rng)
    scale = height / raster.shape[0]
    # Halved on the way, or thin strokes would be sampled away.
    while scale < 0.5 and min(raster.shape) > 8:
        raster = cv2.resize(raster, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        scale *= 2
    slant = np.array([[1.0, rng.normal(0, 0.25)], [0.0, 1.0]])
    cover = turned(raster, rotation(rng.normal(0, 5)) @ slant @ np.diag([scale, scale]))
    # A pen of usual width writes darker than the thinned strokes of what was made smaller.
    np.minimum(cover * np.float32(max(1.0, 1.3 / max(scale, 0.5))), 1.0, out=cover)
    return cover


def _figures(rng: np.random.Generator, text: str, height: float, width: float) -> np.ndarray:
    """Writes figures so many px high with a pen of that width: float32[h, w]."""
    turn = rotation(rng.normal(0, 4)).T
    paths = [path @ turn for path in figures(rng, text, height)]
    least = np.min([path.min(axis=0) for path in paths], axis=0) - 4
    paths = [path - least for path in paths]
    most = np.ceil(np.max([path.max(axis=0) for path in paths], axis=0) + 4).astype(int)
    thick = min(width * rng.uniform(0.6, 1.1), 0.16 * height)
    return strokes(paths, [max(0.7, thick)] * len(paths), tuple(most.tolist()))[0]


def _beside(
    rng: np.random.Generator, scene: Scene, shape: tuple[int, int], *, cut: bool
) -> tuple[int, int] | None:
    """Draws where a piece lies beside the box, (row, column) in px.

    Args:
        rng: Source of randomness.
        scene: A scene.
        shape: (height, width) of the piece, px.
        cut: Whether only its end shows at the picture's edge.

    Returns:
        Where it starts; None if there is no room for it.
    """
    top, left, height, width = scene.box
    high, wide = shape
    bottom, right = scene.shape[0] - top - height, scene.shape[1] - left - width
    room = np.array([top, bottom, left, right], float)
    room[room < _ROOM] = 0
    if not room.any() or not scene.ink.any():
        return None if scene.ink.any() else _anywhere(rng, scene, shape)
    side = int(rng.choice(4, p=room / room.sum()))
    along = (left + width * rng.random() - wide / 2, top + height * rng.random() - high / 2)
    # From just reaching into the box to the far end of the margin.
    reach = (high, wide)[side // 2]
    if cut:
        # As much as shows what it is no part of, and no more.
        most = min(room[side], 0.35 * reach, 0.15 * scene.shape[side // 2])
        gap = room[side] - rng.uniform(0.3, 1.0) * most
    else:
        touch = min(_TOUCH * reach, _TOUCH_PX)
        gap = -touch + rng.random() ** 1.5 * max(room[side] - 0.5 * reach, touch)
    if side == 0:
        place = top - high - gap, along[0]
    elif side == 1:
        place = top + height + gap, along[0]
    elif side == 2:
        place = along[1], left - wide - gap
    else:
        place = along[1], left + width + gap
    return round(place[0]), round(place[1])


def _anywhere(rng: np.random.Generator, scene: Scene, shape: tuple[int, int]) -> tuple[int, int]:
    row, column = aim(rng, scene)
    return round(row - shape[0] / 2), round(column - shape[1] / 2)


@member("over", p=0.05, limits={"count": (0, 20), "size": (0.02, 2.0)})
def annotations(
    rng: np.random.Generator,
    scene: Scene,
    *,
    size: Range = (0.08, 0.3),
    count: tuple[int, int] = (1, 2),
    grey: Range = (0.0, 0.6),
    colour: float = 0.0,
) -> Scene:
    """What a clerk adds by hand: ticks, crosses, rings around something, arrows, a date, brackets.

    Source: what is found on processed forms and cheques. They may cross the signature and are
    written with another pen.

    Args:
        rng: Source of randomness.
        scene: A scene.
        size: Of a mark, as a share of the shorter side of the picture.
        count: How many.
        grey: Of the pen's ink, 0 = black, darker is harder.
        colour: Share of pictures in which the pen writes in a colour.

    Returns:
        The scene with one more layer a mark.
    """
    if colour and rng.random() < colour:
        shade = colours.pen(rng)
    else:
        shade = tint(pick(rng, grey[::-1], scene.severity))
    width = pen_like(scene)[0] * rng.uniform(0.5, 1.2)
    layers = []
    for _ in range(pick_int(rng, count, scene.severity)):
        reach = pick(rng, size, scene.severity) * min(scene.shape)
        turn = rotation(rng.normal(0, 8)).T
        place = np.array(aim(rng, scene))
        paths = [path @ turn + place for path in _mark(rng, reach)]
        cover, top, left = strokes(paths, [max(0.7, width)] * len(paths), scene.shape)
        layers.append(Layer(cover, shade, top, left))
    return scene.with_layers(layers, over=True)


def _mark(rng: np.random.Generator, reach: float) -> list[np.ndarray]:
    """Draws the strokes of a mark, (row, column) in px about its place."""
    lot = rng.random()
    if lot < 0.3:
        return figures(rng, "v" if rng.random() < 0.6 else "x", reach)
    if lot < 0.5:
        return figures(rng, date(rng), max(8.0, 0.4 * reach))
    if lot < 0.75:
        angles = np.linspace(0, 2 * math.pi * rng.uniform(0.95, 1.15), 20) + rng.uniform(0, 6)
        ring = np.column_stack([np.sin(angles) * rng.uniform(0.5, 1.0), 1.4 * np.cos(angles)])
        return [smooth(ring * (reach * np.linspace(1, rng.uniform(0.85, 1.1), 20)[:, None]), 1)]
    if lot < 0.9:
        tip, head = np.array([0.0, 0.0]), 0.3 * reach
        tail = np.array([rng.normal(0, 0.3), -1.6]) * reach
        bend = 0.5 * (tip + tail) + rng.normal(0, 0.15, 2) * reach
        barbs = np.array([[-head, -head], [0, 0], [head, -head]])
        return [smooth(np.array([tail, bend, tip])), barbs]
    bracket = np.array([[-1, 0.3], [-1, 0], [1, 0], [1, 0.3]]) * reach
    return [smooth(bracket, 2)]
