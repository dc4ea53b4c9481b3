"""Seals stamped over the signature: `stamp`."""

import cv2
import numpy as np
from scipy import ndimage

from sigunet.suite.degrade import lettering
from sigunet.suite.page import Another, Layer, Page, blurred, field, halved, paste
from sigunet.suite.rows import at

_FINE = 2  # a seal is drawn so many times larger and averaged down
_INKS = {
    "red": ((0.80, 0.10, 0.14), (0.70, 0.14, 0.20)),
    "blue": ((0.12, 0.22, 0.62), (0.20, 0.30, 0.75)),
    "violet": ((0.40, 0.16, 0.56), (0.30, 0.14, 0.50)),
    "black": ((0.10, 0.10, 0.12), (0.20, 0.19, 0.20)),
}
_RING = (2.5, 5.0)  # px


def stamp(rng: np.random.Generator, page: Page, severity: float, _: Another) -> Page:
    """Stamps round, oval or square seals over the signature.

    1, 1, 1, 2, 2 seals at severity 1 to 5, inked to 0.3, 0.45, 0.6, 0.75, 0.9, that together lie
    over 20, 30, 40, 50, 60 % of the signature's box (the seal's outline counts, not its lines).
    """
    count = round(max(1, at(severity, 0, 1, 1, 1, 2, 2)))
    inked = at(severity, 0, 0.3, 0.45, 0.6, 0.75, 0.9)
    share = at(severity, 0, 0.2, 0.3, 0.4, 0.5, 0.6)
    layers = []
    for _number in range(count):
        cover = _placed(rng, page, share / count)
        colour = _INKS[("red", "blue", "violet", "black")[rng.integers(4)]][rng.integers(2)]
        layers.append(Layer(inked * _pressed(rng, cover), np.array(colour)))
    return page.laid(*layers, over=True)


def _pressed(rng: np.random.Generator, cover: np.ndarray) -> np.ndarray:
    """What a rubber stamp leaves of its design: patchy, fuller to one side, grainy."""
    shape = cover.shape
    patches = 1 + 0.22 * field(rng, shape, 30) + 0.12 * field(rng, shape, 5)
    grain = 1 - 0.18 * np.abs(field(rng, shape, 1.6))
    y, x = (np.linspace(-1, 1, side) for side in shape)
    tilt = rng.uniform(-0.2, 0.2) * y[:, None] + rng.uniform(-0.2, 0.2) * x[None]
    full = np.clip(patches * grain + tilt, 0.1, 1.1)
    return np.clip(blurred(cover, rng.uniform(0.5, 0.8)) * full, 0, 1)


def _placed(rng: np.random.Generator, page: Page, share: float) -> np.ndarray:
    """One seal over a share of the signature's box: float64[H, W] in [0, 1], coverage."""
    top, left, height, width = page.box
    middle = (
        top + height * rng.uniform(0.35, 0.65),
        left + width * rng.uniform(0.25, 0.75),
    )
    # A round seal over half of a long signature would be twice as high as the page.
    long = width / height
    kinds = ["round", "oval", "square"] if long < 2.2 else ["oval", "square"]
    kind = kinds[rng.integers(len(kinds))]
    flat = {"round": 1.0, "oval": rng.uniform(1.3, 1.8), "square": rng.uniform(1.0, 2.2)}[kind]
    flat = flat if kind == "round" else max(flat, min(0.7 * long, 2.6))
    turn = rng.normal(0, 0.25)
    half = _half_height(page, middle, flat, turn, kind == "square", share)
    design = _square(rng, half, flat) if kind == "square" else _round(rng, half, flat)
    return _turned(design, page.shape, middle, turn)


def _local(page_shape: tuple[int, int], middle: tuple, turn: float) -> tuple:
    """Places in the seal's own axes, px: across it and down it, float64[H, W]."""
    y = (np.arange(page_shape[0]) - middle[0])[:, None]
    x = (np.arange(page_shape[1]) - middle[1])[None]
    return np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x


def _half_height(
    page: Page, middle: tuple, flat: float, turn: float, square: bool, share: float
) -> float:
    """Half of the seal's height, px, at which it lies over a share of the signature's box."""
    top, left, height, width = page.box
    across, down = _local(page.shape, middle, turn)
    x, y = np.abs(across) / flat, np.abs(down)
    reach = np.maximum(x, y) if square else np.hypot(x, y)
    inside = reach[top : top + height, left : left + width]
    return float(max(np.quantile(inside, share), 22.0))


def _turned(design: np.ndarray, shape: tuple[int, int], middle: tuple, turn: float) -> np.ndarray:
    """Turns a design about its middle and lays it on the page: float64[H, W]."""
    across, down = _local(shape, middle, turn)
    rows = down + (design.shape[0] - 1) / 2
    columns = across + (design.shape[1] - 1) / 2
    return ndimage.map_coordinates(design, [rows, columns], order=1, cval=0.0)


def _round(rng: np.random.Generator, half: float, flat: float) -> np.ndarray:
    """A round or oval seal: rings, text along them, and something in the middle."""
    high, wide = int(np.ceil(half)) + 4, int(np.ceil(half * flat)) + 4
    y = (np.arange(-high * _FINE, high * _FINE) + 0.5)[:, None] / _FINE
    x = (np.arange(-wide * _FINE, wide * _FINE) + 0.5)[None] / _FINE
    radius = np.maximum(np.hypot(x / flat, y), 1e-6)
    # Turns a step of the radius into px across the ring, which an oval stretches.
    slope = np.hypot(x / flat**2, y) / radius
    ring = rng.uniform(*_RING)
    outer = half - ring / 2
    em = np.clip(half * rng.uniform(0.24, 0.32), 9, 32)
    inner = outer - ring - em * 1.25
    cover = _ring(radius, slope, outer, ring)
    if rng.random() < 0.65:
        cover = np.maximum(cover, _ring(radius, slope, outer - 1.6 * ring - 1, ring * 0.5))
        inner -= 1.2 * ring
    if rng.random() < 0.85:
        cover = np.maximum(cover, _ring(radius, slope, inner, max(1.0, ring * 0.6)))
    middle = (inner + outer - ring) / 2
    cover = np.maximum(cover, _round_text(rng, x, y, radius, middle, em, flat))
    room = inner - 0.25 * em
    return np.maximum(halved(cover, _FINE), _centre(rng, (2 * high, 2 * wide), room, flat))


def _ring(radius: np.ndarray, slope: np.ndarray, at_radius: float, width: float) -> np.ndarray:
    distance = np.abs(radius - at_radius) / slope
    return np.clip((width / 2 - distance) * _FINE + 0.5, 0, 1)


def _round_text(
    rng: np.random.Generator,
    x: np.ndarray,
    y: np.ndarray,
    radius: np.ndarray,
    middle: float,
    em: float,
    flat: float,
) -> np.ndarray:
    """Text along a ring, over the top or all the way round, and often another below."""
    angle = np.linspace(-np.pi, np.pi, 721)
    steps = np.hypot(np.diff(np.sin(angle)) * flat, np.diff(np.cos(angle))) * middle
    run = np.concatenate([[0], np.cumsum(steps)])
    # 0 at the top, clockwise.
    place = np.interp(np.arctan2(x / flat, -y), angle, run)
    whole = run[-1]
    face = _face(rng)
    above = lettering.phrase(rng, "seal")
    if rng.random() < 0.4:
        above = f"{above} * {lettering.phrase(rng, 'seal')} *"
        return _along(place - whole / 2, radius - middle, above, face, em, whole * 0.97)
    cover = _along(place - whole / 2, radius - middle, above, face, em, whole * 0.52)
    if rng.random() < 0.6:
        below = (
            lettering.number(rng) if rng.random() < 0.5 else lettering.phrase(rng, "seal centre")
        )
        left = np.where(place > whole / 2, whole - place, -place)
        cover = np.maximum(cover, _along(left, middle - radius, below, face, em, whole * 0.34))
    return cover


def _along(
    place: np.ndarray,
    above: np.ndarray,
    text: str,
    face: lettering.Face,
    em: float,
    room: float,
) -> np.ndarray:
    """Lays text along a line: `place` px along it from the text's middle, `above` px over its."""
    strip = lettering.set_text([text], face, em * _FINE)
    length = strip.shape[1] / _FINE
    # Letters are set apart to fill the room, or made narrower to fit it.
    stretch = min(room / length, 1.35)
    rows = strip.shape[0] * 0.5 - above * _FINE
    columns = place / stretch * _FINE + strip.shape[1] / 2
    return ndimage.map_coordinates(strip, [rows, columns], order=1, cval=0.0)


def _centre(
    rng: np.random.Generator, shape: tuple[int, int], room: float, flat: float
) -> np.ndarray:
    """What stands in the middle of a seal, within `room` px of it: float64[H, W]."""
    if room < 10:
        return np.zeros(shape)
    if rng.random() < 0.5:
        return _figure(rng, shape, room * rng.uniform(0.6, 0.9))
    lines = [lettering.phrase(rng, "seal centre")]
    if rng.random() < 0.6:
        lines.append(lettering.number(rng))
    return _text_block(lines, _face(rng), shape, 2 * room * flat * 0.8, room * 1.2)


def _face(rng: np.random.Generator) -> lettering.Face:
    """Rubber is cut in bold letters: thin ones would not print."""
    return lettering.any_face(rng, bold=rng.random() < 0.9)


def _text_block(
    lines: list[str], face: lettering.Face, shape: tuple[int, int], wide: float, high: float
) -> np.ndarray:
    """Centred lines of text, as large as fits: float64[H, W]."""
    sample = [lettering.set_text([line], face, 20) for line in lines]
    em = min(20 * wide / max(text.shape[1] for text in sample), high / (1.25 * len(lines)))
    cover = np.zeros(shape)
    if em < 5:
        return cover
    for number, line in enumerate(lines):
        text = lettering.set_text([line], face, em)
        # 0.75 em below the top of what is set lies the middle of its capitals.
        top = shape[0] / 2 + (number - (len(lines) - 1) / 2) * 1.25 * em - 0.75 * em
        paste(cover, text, round(top), round((shape[1] - text.shape[1]) / 2))
    return cover


def _figure(rng: np.random.Generator, shape: tuple[int, int], size: float) -> np.ndarray:
    """A star, cross or shield of a size in px from its middle: float64[H, W]."""
    kind = rng.integers(3)
    if kind == 0:
        points = int(rng.integers(5, 9))
        angle = np.arange(2 * points) * np.pi / points - np.pi / 2
        length = np.where(np.arange(2 * points) % 2, rng.uniform(0.4, 0.6), 1.0)
        outline = np.stack([length * np.cos(angle), length * np.sin(angle)], axis=1)
    elif kind == 1:
        arm = rng.uniform(0.2, 0.35)
        corner = np.array([[-arm, -1], [arm, -1], [arm, -arm]])
        quarter = np.array([[0, 1], [-1, 0]])
        outline = np.concatenate([corner @ np.linalg.matrix_power(quarter, n) for n in range(4)])
    else:
        side = np.linspace(0, 1, 12)
        right = np.stack([0.75 * np.sqrt(1 - side**3), -0.6 + 1.6 * side], axis=1)
        outline = np.concatenate([[[-0.75, -0.9], [0.75, -0.9]], right, right[::-1] * [-1, 1]])
    canvas = np.zeros((shape[0] * 4, shape[1] * 4), np.uint8)
    middle = np.array([shape[1], shape[0]]) * 2
    points = np.rint(outline * size * 4 + middle).astype(np.int32)
    if rng.random() < 0.5:
        cv2.fillPoly(canvas, [points], 255)
    else:
        cv2.polylines(canvas, [points], True, 255, int(rng.integers(5, 10)))
        inside = np.rint(outline * size * 2 + middle).astype(np.int32)
        cv2.fillPoly(canvas, [inside], 255)
    return halved(canvas, 4) / 255


def _square(rng: np.random.Generator, half: float, flat: float) -> np.ndarray:
    """A square or oblong seal: a frame, often double, around lines of text."""
    high, wide = int(np.ceil(half)) + 4, int(np.ceil(half * flat)) + 4
    shape = (2 * high, 2 * wide)
    y = np.abs(np.arange(-high, high) + 0.5)[:, None]
    x = np.abs(np.arange(-wide, wide) + 0.5)[None]
    ring = rng.uniform(*_RING)
    # Rounded corners: the distance from a smaller rectangle, less their radius.
    corner = rng.uniform(0, 0.25) * half
    beside = np.maximum(x - (half * flat - corner), 0)
    above = np.maximum(y - (half - corner), 0)
    inside = np.minimum(np.maximum(x - half * flat + corner, y - half + corner), 0)
    distance = np.hypot(beside, above) + inside - corner
    cover = np.clip(ring / 2 + 0.5 - np.abs(distance + ring / 2), 0, 1)
    room = ring * 1.5
    if rng.random() < 0.5:
        thin = max(1.0, ring * 0.4)
        cover = np.maximum(cover, np.clip(thin / 2 + 0.5 - np.abs(distance + 2.6 * ring), 0, 1))
        room = ring * 3.5
    lines = [lettering.phrase(rng, "seal").split(" * ")[0], lettering.phrase(rng, "seal centre")]
    if rng.random() < 0.7:
        lines.insert(int(rng.integers(1, 3)), lettering.number(rng))
    block = _text_block(
        lines,
        lettering.any_face(rng),
        shape,
        2 * (half * flat - room) * 0.9,
        2 * (half - room) * 0.9,
    )
    return np.maximum(cover, block)
