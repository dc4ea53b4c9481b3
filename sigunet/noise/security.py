"""Members of the under stage: what makes forms hard to forge, and marks pressed into the paper."""

import math

import cv2
import numpy as np

from sigunet.noise import colours, letters
from sigunet.noise.marks import banded, grid, tint
from sigunet.noise.registry import Range, member, pick, pick_log
from sigunet.noise.scene import Layer, Scene


@member("under", p=0.08, limits={"width": (0.2, 20.0), "step": (1.5, 200.0)})
def security(
    rng: np.random.Generator,
    scene: Scene,
    *,
    opacity: Range = (0.05, 0.35),
    step: Range = (4.0, 18.0),
    width: Range = (0.6, 1.8),
    colour: float = 0.0,
) -> Scene:
    """The security ground of cheques and deeds: guilloches, rosettes, loops, bands, tiled words.

    Source: grounds of cheques, certificates and share titles, seen at 150 to 300 dpi: fine lines of
    0.1 to 0.2 mm, 0.4 to 2 mm apart, in a pale colour; organisations or VOID and COPY tiled over
    the sheet, or large across it.

    Args:
        rng: Source of randomness.
        scene: A scene.
        opacity: How much of its colour the pattern shows.
        step: From one line to the next, px.
        width: Of a line, px.
        colour: Share of patterns printed in a colour; the others are grey.

    Returns:
        The scene with one to three more layers below the ink.
    """
    shade = tint(rng.uniform(0.0, 0.4))
    if colour and rng.random() < colour:
        shade = colours.printed(rng)
    strength = pick(rng, opacity, scene.severity)
    lot = rng.random()
    if lot < 0.12:
        covers = [_loops(rng, scene.shape, pick(rng, width, scene.severity))]
    elif lot < 0.22:
        covers = [_bands(rng, scene.shape)]
    elif lot < 0.65:
        thick = pick(rng, width, scene.severity)
        pattern = _waves if lot < 0.5 else _rosette
        covers = [pattern(rng, scene.shape, max(pick_log(rng, step), 2 * thick), thick)]
    elif lot < 0.87:
        covers = [_tiled(rng, scene.shape)]
    else:
        covers = [_across(rng, scene.shape)]
    if rng.random() < 0.25:
        covers.append(_waves(rng, scene.shape, pick_log(rng, step), rng.uniform(*width)))
    if shade.size == 3 and rng.random() < 0.5:
        # Coloured paper, or a ground whose colour fades across the sheet.
        wash = rng.random((2, 3), dtype=np.float32) if rng.random() < 0.5 else np.ones((2, 3))
        covers.append(cv2.resize(wash.astype(np.float32), scene.shape[::-1]))
    layers = [Layer(cover, colours.wash(shade, strength), blend="multiply") for cover in covers]
    return scene.with_layers(layers, over=False)


def _waves(
    rng: np.random.Generator, shape: tuple[int, int], step: float, width: float
) -> np.ndarray:
    """Draws two crossing families of waving lines, or one of zigzags: float32[H, W]."""
    angle = rng.uniform(-math.pi, math.pi)
    rows = np.arange(shape[0], dtype=np.float32)[:, None]
    columns = np.arange(shape[1], dtype=np.float32)[None]
    across = rows * np.float32(math.cos(angle)) - columns * np.float32(math.sin(angle))
    level = rng.random() < 0.6
    # Level waves depend on the column alone, and cost nothing.
    along = (
        columns
        if level
        else rows * np.float32(math.sin(angle)) + columns * np.float32(math.cos(angle))
    )
    across = rows if level else across
    long = rng.uniform(20, 110)
    # Steeper lines would be thinner than a pixel in places.
    swing = min(rng.uniform(0.3, 1.5) * step, 0.13 * long)
    cover = None
    zigzag = rng.random() < 0.25
    for _ in range(1 if zigzag or rng.random() < 0.5 else 2):
        phase = along * np.float32(2 * math.pi / long) + np.float32(rng.uniform(0, 6.3))
        wave = np.arcsin(np.sin(phase)) / 1.57 if zigzag else np.sin(phase)
        if not zigzag:
            wave = wave + np.float32(0.4) * np.sin(phase * np.float32(rng.uniform(1.7, 3.3)))
        field = across + wave.astype(np.float32) * np.float32(swing)
        lines = banded(field, step, width)
        cover = lines if cover is None else np.maximum(cover, lines)
    return cover


def _rosette(
    rng: np.random.Generator, shape: tuple[int, int], step: float, width: float
) -> np.ndarray:
    """Draws the petals of a rosette about some place of the picture: float32[H, W]."""
    middle = rng.uniform(0.1, 0.9, 2) * shape
    rows = np.arange(shape[0], dtype=np.float32)[:, None] - np.float32(middle[0])
    columns = np.arange(shape[1], dtype=np.float32)[None] - np.float32(middle[1])
    distance, around = cv2.cartToPolar(*np.broadcast_arrays(columns, rows))
    petals = int(rng.integers(5, 16))
    swing = min(rng.uniform(0.04, 0.25), 1.0 / petals)
    waves = np.sin(around * np.float32(petals) + distance * np.float32(rng.uniform(0, 0.05)))
    cover = banded(distance * (1 + np.float32(swing) * waves), 1.5 * step, width)
    reach = rng.uniform(0.3, 1.2) * min(shape)
    cover *= distance < reach
    return cover


def _loops(rng: np.random.Generator, shape: tuple[int, int], width: float) -> np.ndarray:
    """Draws a wreath of large ellipses, each turned on from the one before: float32[H, W]."""
    canvas = np.zeros(shape, np.uint8)
    side = min(shape)
    middle = rng.uniform(-0.1, 1.1, 2) * shape
    reach, off = rng.uniform(0.3, 1.1) * side, rng.uniform(0, 0.5) * side
    squash = rng.uniform(0.3, 1.0)
    # OpenCV's smooth lines of thickness 1 and 2 measure 1.7 and 3 across.
    thick = 1 if width < 1.5 else 2
    count = int(rng.integers(8, 26))
    for turn in np.linspace(0, 2 * math.pi, count, endpoint=False):
        centre = middle + off * np.array([math.sin(turn), math.cos(turn)])
        box = (
            (float(centre[1]), float(centre[0])),
            (2 * reach, 2 * reach * squash),
            math.degrees(turn),
        )
        cv2.ellipse(canvas, box, 255, thick, cv2.LINE_AA)
    return np.multiply(canvas, np.float32(1 / 255), dtype=np.float32)


def _bands(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Draws wide stripes, or the blocks where two families of them cross: float32[H, W]."""
    degrees, cover = rng.uniform(-90, 90), None
    for turn in (0.0, 90.0) if rng.random() < 0.5 else (0.0,):
        step = rng.uniform(14, 90)
        lines = grid(shape, step, step * rng.uniform(0.2, 0.7), degrees + turn, rng.random() * step)
        cover = lines if cover is None else cover * lines
    return cover


def _word(rng: np.random.Generator) -> str:
    return letters.stamp_word(rng) if rng.random() < 0.6 else letters.organisation(rng).upper()


def _tiled(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Sets one word again and again in rows that start apart, turned: float32[H, W]."""
    em = pick_log(rng, (8.0, 30.0))
    word = letters.raster([_word(rng) + "  "], letters.any_face(rng), em)
    side = math.ceil(math.hypot(*shape)) + 2
    row = np.tile(word, (1, math.ceil(side / word.shape[1]) + 1))
    step = max(1, round(word.shape[0] * rng.uniform(0.9, 2.0)))
    canvas = np.zeros((side + step, side), np.uint8)
    shift = int(word.shape[1] * rng.uniform(0, 0.7))
    for number, top in enumerate(range(0, side - row.shape[0], step)):
        start = (number * shift) % word.shape[1]
        into = canvas[top : top + row.shape[0]]
        np.maximum(into, row[:, start : start + side], out=into)
    return _placed(canvas, rng.choice([0.0, 30.0, 45.0, -30.0, -45.0]), 1.0, shape)


def _across(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Sets one word large across the picture: float32[H, W]."""
    word = letters.raster([_word(rng)], letters.any_face(rng), 64)
    scale = rng.uniform(0.6, 1.4) * min(shape) / word.shape[1]
    scale = min(max(scale, 0.3), 3.0)
    return _placed(word, rng.uniform(-50, 50), scale, shape)


def _placed(raster: np.ndarray, degrees: float, scale: float, shape: tuple[int, int]) -> np.ndarray:
    """Lays a raster image turned and scaled with its middle on that of the picture."""
    height, width = raster.shape
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -float(degrees), scale)
    matrix[:, 2] += (shape[1] - width) / 2, (shape[0] - height) / 2
    out = cv2.warpAffine(raster, matrix, shape[::-1])
    return np.multiply(out, np.float32(1 / 255), dtype=np.float32)
