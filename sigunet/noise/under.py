"""Members of the under stage: what is printed on a sheet, below the ink or over it."""

import dataclasses

import numpy as np

from sigunet.noise import colours, letters, pages
from sigunet.noise.marks import aim, centred, grid, middle, patches, rotation, rule, tint, turned
from sigunet.noise.registry import Range, member, pick, pick_int, pick_log
from sigunet.noise.scene import Layer, Scene


def _blend(rng: np.random.Generator, over: bool) -> str:
    """Print below ink, or in ink, darkens; some print over it is opaque and hides it."""
    return "opaque" if over and rng.random() < 0.4 else "multiply"


@member("under", p=0.45, limits={"count": (0, 50), "width": (0.2, 20.0), "angle": (-45.0, 45.0)})
def lines(
    rng: np.random.Generator,
    scene: Scene,
    *,
    count: tuple[int, int] = (1, 4),
    width: Range = (1.0, 4.0),
    grey: Range = (0.2, 0.9),
    angle: Range = (-3.0, 3.0),
    over: float = 0.5,
    colour: float = 0.0,
    guides: float = 0.0,
) -> Scene:
    """Printed lines of forms and ruled paper: rules, double rules, boxes, ruled blocks; dashed too.

    The ranges are those of the described family. Guide lines stand 16 to 70 px apart: the 5 to
    9 mm of ruled and squared paper at 80 to 200 dpi.

    Args:
        rng: Source of randomness.
        scene: A scene.
        count: How many of these.
        width: Of each line, px.
        grey: 0 = black, darker is harder; some lines over the ink are opaque and hide it.
        angle: Of the whole sheet, degrees.
        over: Probability that one lies over the ink.
        colour: Share of pictures whose lines are printed in a colour.
        guides: Share of pictures with the guide lines of ruled or squared paper instead.

    Returns:
        The scene with more layers.
    """
    dye = colours.printed(rng) if colour and rng.random() < colour else None
    if guides and rng.random() < guides:
        return _guides(rng, scene, width, grey, angle, dye)
    skew = np.tan(np.radians(rng.uniform(*angle)))
    for _ in range(pick_int(rng, count, scene.severity)):
        thick = pick(rng, width, scene.severity)
        dash = None
        if rng.random() < 0.25:
            on = rng.uniform(1.5, 5) * thick
            dash = (on, on * rng.uniform(0.5, 1.5))
        is_over = rng.random() < over
        blend, shade = _blend(rng, is_over), tint(pick(rng, grey[::-1], scene.severity))
        shade = shade if dye is None else dye
        layers = [
            Layer(*_swap(rule(start, end, thick, dash), shade), blend)
            for start, end in _segments(rng, scene, thick, float(skew))
        ]
        scene = scene.with_layers(layers, over=is_over)
    return scene


def _guides(
    rng: np.random.Generator,
    scene: Scene,
    width: Range,
    grey: Range,
    angle: Range,
    dye: np.ndarray | None,
) -> Scene:
    """Lays ruled or squared paper below everything: pale, thin, evenly spaced, over all of it."""
    step = pick_log(rng, (16.0, 70.0))
    thick = min(0.5 * rng.uniform(*width) + 0.3, 0.3 + 0.06 * step)
    degrees, squared = rng.uniform(*angle), rng.random() < 0.45
    cover = grid(scene.shape, step, thick, degrees, rng.random() * step)
    if squared:
        across = grid(scene.shape, step, thick, degrees + 90, rng.random() * step)
        np.maximum(cover, across, out=cover)
    if dye is None:
        shade = tint(max(0.5, rng.uniform(*grey)))
    else:
        shade = colours.wash(dye, rng.uniform(0.25, 0.9))
    layers = [Layer(cover, shade, blend="multiply")]
    if not squared and rng.random() < 0.25:
        # The margin of an exercise book is red beside blue lines, grey beside grey ones.
        red = np.array([0.85, 0.35, 0.4], np.float32) if dye is not None else shade
        column = rng.uniform(0.02, 0.3) * scene.shape[1]
        lean = np.tan(np.radians(degrees)) * scene.shape[0]
        ends = (0.0, column), (float(scene.shape[0]), column - lean)
        layers.append(Layer(*_swap(rule(*ends, thick), red), "multiply"))
    return scene.with_layers(layers, over=False)


def _swap(drawn: tuple[np.ndarray, int, int], colour: np.ndarray) -> tuple:
    cover, top, left = drawn
    return cover, colour, top, left


def _segments(
    rng: np.random.Generator, scene: Scene, thick: float, skew: float
) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Draws the straight pieces of one rule, double rule, box or ruled block."""
    height, width = scene.shape
    row, column = aim(rng, scene)
    long, tall = rng.uniform(0.3, 1.3) * width, rng.uniform(0.12, 0.8) * height
    # Half of them run across the whole sheet.
    if rng.random() < 0.5:
        long, column = 1.2 * width, width / 2
    left, right = column - long / 2, column + long / 2
    lot = rng.random()
    if lot < 0.4:
        level = [((row, left), (row, right))]
    elif lot < 0.5:
        level = [((row - tall, column), (row + tall, column))]
    elif lot < 0.65:
        gap = thick + rng.uniform(1.5, 6)
        level = [((row + move, left), (row + move, right)) for move in (0, gap)]
    elif lot < 0.85:
        long = rng.uniform(0.15, 1.0) * width
        left, right = column - long / 2, column + long / 2
        top, bottom = row - tall / 2, row + tall / 2
        level = [
            ((top, left), (top, right)),
            ((bottom, left), (bottom, right)),
            ((top, left), (bottom, left)),
            ((top, right), (bottom, right)),
        ]
    else:
        step = rng.uniform(14, 50)
        level = [((row + step * n, left), (row + step * n, right)) for n in range(-2, 3)]

    def turn(point: tuple[float, float]) -> tuple[float, float]:
        return point[0] + skew * (point[1] - column), point[1] - skew * (point[0] - row)

    return [(turn(start), turn(end)) for start, end in level]


@member(
    "under",
    p=0.4,
    limits={"size": (4.0, 64.0), "blocks": (0, 20), "angle": (-180.0, 180.0)},
)
def text(
    rng: np.random.Generator,
    scene: Scene,
    *,
    size: Range = (8.0, 40.0),
    blocks: tuple[int, int] = (1, 3),
    grey: Range = (0.2, 0.9),
    angle: Range = (-3.0, 3.0),
    over: float = 0.5,
    dense: float = 0.0,
    styled: float = 0.0,
    oblique: float = 0.0,
    uneven: float = 0.0,
    colour: float = 0.0,
) -> Scene:
    """Print in some twenty faces: paragraphs, names, numbers, dates, form labels; some of it worn.

    The first five ranges are those of the described family. A dense page covers half the ink's box
    or more in each direction, at times the whole picture, with lines of 10 to 36 px, 0.95 to 1.7 em
    apart: print of 8 to 12 points scanned at 90 to 220 dpi, which signatures in contracts and
    letters run across.

    Args:
        rng: Source of randomness.
        scene: A scene.
        size: Height of the em, px.
        blocks: How many blocks of text.
        grey: 0 = black, darker is harder; some print over the ink is opaque and hides it.
        angle: Of the whole sheet, degrees.
        over: Probability that a block lies over the ink.
        dense: Share of pictures where a page of running text takes the place of the blocks.
        styled: Share of blocks set as a heading, underlined, as a table or machine-readable zone.
        oblique: Share of blocks set aslant by 6 to 20 degrees.
        uneven: Share of blocks whose letters are struck unevenly, as a typewriter does.
        colour: Share of blocks printed in a colour.

    Returns:
        The scene with more layers.
    """
    degrees = rng.uniform(*angle) if rng.random() < 0.6 else 0.0
    is_page = bool(dense) and rng.random() < dense
    for _ in range(1 if is_page else pick_int(rng, blocks, scene.severity)):
        struck = rng.uniform(0.2, 0.8) if uneven and rng.random() < uneven else 0.0
        if is_page:
            raster = _page(rng, scene, size, struck)
        elif styled and rng.random() < styled:
            raster = pages.styled(rng, scene.shape[1], pick_log(rng, size), struck)
        else:
            raster = _block(rng, scene, size)
        lean = np.tan(np.radians(rng.uniform(6, 20))) if oblique and rng.random() < oblique else 0.0
        if degrees or lean:
            cover = turned(raster, rotation(degrees) @ np.array([[1.0, -lean], [0.0, 1.0]]))
        else:
            cover = np.multiply(raster, np.float32(1 / 255), dtype=np.float32)
        if rng.random() < 0.3:
            cover *= patches(rng, cover.shape, rng.uniform(0.55, 0.9))
        is_over = rng.random() < over
        layer = centred(
            cover,
            middle(rng, scene) if is_page else aim(rng, scene),
            tint(pick(rng, grey[::-1], scene.severity)),
            _blend(rng, is_over),
        )
        if colour and rng.random() < colour:
            layer = dataclasses.replace(layer, colour=colours.printed(rng))
        scene = scene.with_layers([layer], over=is_over)
    return scene


def _page(rng: np.random.Generator, scene: Scene, size: Range, uneven: float) -> np.ndarray:
    """Draws uint8[h, w] of a page of running text about as large as the ink's box."""
    em = pick_log(rng, (max(size[0], min(10.0, size[1])), max(size[0], min(36.0, size[1]))))
    if rng.random() < 0.35:
        high, wide = (1.1 * side for side in scene.shape)
    else:
        # What lies outside the picture need not be set.
        high, wide = (
            min(side * rng.uniform(0.5, 1.4), 1.2 * whole)
            for side, whole in zip(scene.box[2:], scene.shape, strict=True)
        )
    return pages.page(rng, (max(high, 2.5 * em), max(wide, 6 * em)), em, uneven)


def _block(rng: np.random.Generator, scene: Scene, size: Range) -> np.ndarray:
    """Draws uint8[h, w] of one block: running text, a short entry, or a form's labelled field."""
    face = letters.any_face(rng)
    lot = rng.random()
    if lot < 0.4:
        # Running text is small print.
        em = pick_log(rng, (size[0], max(size[0], min(size[1], 20.0))))
        length = max(3, int(rng.uniform(0.4, 1.1) * scene.shape[1] / (0.5 * em)))
        rows = [letters.sentence(rng, length) for _ in range(rng.integers(1, 7))]
        return letters.raster(rows, face, em, spacing=rng.uniform(1.0, 1.6))
    em = pick_log(rng, size)
    if lot < 0.65:
        field = "_" * int(rng.integers(6, 20)) if rng.random() < 0.5 else letters.number(rng)
        return letters.raster([f"{letters.label(rng)} {field}"], face, em)
    entries = (letters.name, letters.number, letters.organisation, letters.label)
    rows = [
        entries[rng.integers(len(entries))](rng)
        if rng.random() < 0.7
        else letters.sentence(rng, int(rng.integers(3, 16)))
        for _ in range(rng.integers(1, 4))
    ]
    return letters.raster(rows, face, em, spacing=rng.uniform(1.0, 1.6))
