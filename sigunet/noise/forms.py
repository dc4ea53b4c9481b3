"""Members of the under stage: forms, with what a signature on them crosses."""

import cv2
import numpy as np

from sigunet.noise import colours, letters
from sigunet.noise.layouts import CHANCES, PARTS, Sheet
from sigunet.noise.marks import patches, tint
from sigunet.noise.registry import Range, member, pick, pick_int, pick_log
from sigunet.noise.scene import Layer, Scene


@member(
    "under",
    p=0.15,
    limits={"parts": (0, 10), "width": (0.2, 20.0), "size": (4.0, 64.0), "angle": (-45.0, 45.0)},
)
def form(
    rng: np.random.Generator,
    scene: Scene,
    *,
    parts: tuple[int, int] = (1, 3),
    width: Range = (0.8, 3.5),
    size: Range = (8.0, 22.0),
    grey: Range = (0.0, 0.6),
    angle: Range = (-3.0, 3.0),
    over: float = 0.15,
    colour: float = 0.0,
) -> Scene:
    """Parts of forms: signature line with caption, box, comb of cells, table, tick boxes, barcode.

    Source: the signature fields of cheques, contracts and application forms, which the signature
    crosses: a line of 0.7 to 1.7 times its length at its foot, a box about it, rows of cells and
    tables through it, grounds in a light colour, the sheet's printed frame at an edge. Lines of 0.8
    to 3.5 px are 0.1 to 0.4 mm at 200 to 300 dpi.

    Args:
        rng: Source of randomness.
        scene: A scene.
        parts: How many of these parts.
        width: Of the lines, px.
        size: Height of the em of its print, px.
        grey: Of its print, 0 = black, darker is harder.
        angle: Of the sheet, degrees.
        over: Probability that it lies over the ink.
        colour: Share of forms printed in a colour.

    Returns:
        The scene with one or two more layers.
    """
    number = pick_int(rng, parts, scene.severity)
    if not number:
        return scene
    degrees = rng.uniform(*angle) if rng.random() < 0.6 else 0.0
    margin = int(0.06 * max(scene.shape)) + 2 if degrees else 0
    high, wide = (side + 2 * margin for side in scene.shape)
    top, left, height, length = scene.box
    em = pick_log(rng, size)
    sheet = Sheet(
        rng,
        np.zeros((high, wide), np.uint8),
        np.zeros((high, wide), np.uint8),
        (top + margin, left + margin, height, length),
        # Small print stands between thin lines.
        min(pick(rng, width, scene.severity), 0.2 * em),
        em,
        letters.any_face(rng),
    )
    number = min(number, len(PARTS))
    for place in rng.choice(len(PARTS), number, replace=False, p=CHANCES):
        PARTS[place](sheet)
    if rng.random() < 0.2 and sheet.fill.any():
        sheet.screen(rng.uniform(3.0, 6.0))
    shade = tint(pick(rng, grey[::-1], scene.severity))
    if colour and rng.random() < colour:
        shade = colours.printed(rng)
        ground = colours.wash(shade, rng.uniform(0.08, 0.35))
    elif colour and rng.random() < 0.3:
        ground = colours.wash(colours.printed(rng), rng.uniform(0.1, 0.4))
    else:
        ground = tint(rng.uniform(0.7, 0.95))
    layers = []
    if sheet.fill.any():
        cover = _laid(sheet.fill, degrees)
        layers.append(Layer(cover, ground, -margin, -margin, "multiply"))
    if sheet.print.any():
        cover = _laid(sheet.print, degrees)
        if rng.random() < 0.25:
            cover *= patches(rng, cover.shape, rng.uniform(0.6, 0.95))
        layers.append(Layer(cover, shade, -margin, -margin, "multiply"))
    return scene.with_layers(layers, over=rng.random() < over)


def _laid(raster: np.ndarray, degrees: float) -> np.ndarray:
    """Turns a form about its middle: float32[H, W] in [0, 1]."""
    if degrees:
        height, width = raster.shape
        middle = ((width - 1) / 2, (height - 1) / 2)
        matrix = cv2.getRotationMatrix2D(middle, -degrees, 1.0)
        raster = cv2.warpAffine(raster, matrix, (width, height))
    return np.multiply(raster, np.float32(1 / 255), dtype=np.float32)
