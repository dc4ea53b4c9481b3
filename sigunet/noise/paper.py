"""Members of the paper stage: what the signature was written on."""

import colorsys
import dataclasses

import cv2
import numpy as np

from sigunet.noise.fields import smooth, times
from sigunet.noise.marks import strokes, tint
from sigunet.noise.registry import Range, member, pick, pick_int
from sigunet.noise.scene import Layer, Scene

_SCALES = (1, 5, 10, 50)
_WEIGHTS = (1.0, 0.3, 0.5, 0.3)


@member("paper", p=0.5)
def sheet(
    rng: np.random.Generator, scene: Scene, *, grey: Range = (0.8, 1.0), colour: float = 0.0
) -> Scene:
    """Plain paper that is not quite white; cream, yellow, pink, green or blue by share.

    Args:
        rng: Source of randomness.
        scene: A scene; the paper of a real pair is darkened, its ink with it.
        grey: Grey of the paper, 1 = white.
        colour: Share of tinted sheets, saturation 0.02-0.3 (coloured office papers).

    Returns:
        The scene on another paper.
    """
    paper = scene.paper * np.float32(rng.uniform(*grey))
    if colour and rng.random() < colour:
        # Cream and yellow are much the commonest.
        hue = rng.normal(0.125, 0.02) if rng.random() < 0.65 else rng.random()
        shade = np.array(colorsys.hsv_to_rgb(hue % 1.0, 0.02 + 0.28 * rng.random() ** 3, 1.0))
        paper = paper * shade.astype(np.float32)
    return dataclasses.replace(scene, paper=paper)


@member("paper", p=0.3, limits={"amplitude": (0.0, 0.6)})
def texture(
    rng: np.random.Generator,
    scene: Scene,
    *,
    amplitude: Range = (0.02, 0.28),
    colour: float = 0.0,
) -> Scene:
    """Rough, mottled paper: noise at 1, 5, 10 and 50 px with weights 1, 0.3, 0.5 and 0.3.

    The scales and weights are those of synthetic document benchmarks, each varied by a half, so
    that some papers are grainy and some cloudy.

    Args:
        rng: Source of randomness.
        scene: A scene.
        amplitude: How much darker the darkest hundredth of the paper is than the lightest, as a
            share of its brightness.
        colour: Share of papers whose mottling is brownish.

    Returns:
        The scene on rougher paper.
    """
    depth = pick(rng, amplitude, scene.severity)
    weights = np.array(_WEIGHTS) * rng.uniform(0.3, 1.7, len(_WEIGHTS))
    # Five deviations hold 99 % of a normal field.
    weights *= depth / 5 / np.linalg.norm(weights)
    field = np.full(scene.shape, 1 - depth / 2, np.float32)
    for scale, weight in zip(_SCALES, weights, strict=True):
        cv2.scaleAdd(smooth(rng, scene.shape, scale), float(weight), field, field)
    np.minimum(field, 1.0, out=field)
    np.maximum(field, 0.0, out=field)
    gains = [field]
    if colour and rng.random() < colour:
        # Blue loses most where paper is brown; red hardly loses.
        shares = (rng.uniform(0.6, 0.9), 1.0, rng.uniform(1.1, 1.5))
        gains = [np.maximum(1 - np.float32(share) * (1 - field), 0) for share in shares]
    return dataclasses.replace(scene, paper=times(scene.paper, *gains))


@member("paper", p=0.1, limits={"count": (0, 500), "width": (0.3, 5.0)})
def fibres(
    rng: np.random.Generator,
    scene: Scene,
    *,
    count: tuple[int, int] = (20, 80),
    width: Range = (0.6, 1.6),
    grey: Range = (0.45, 0.9),
    colour: float = 0.0,
) -> Scene:
    """Fibres in recycled and security paper: short, thin, curled, darker than the sheet.

    Args:
        rng: Source of randomness.
        scene: A scene.
        count: How many in 256 x 256 px.
        width: Of a fibre, px.
        grey: Of a fibre, 0 = black, darker is harder.
        colour: Share of papers with red, blue or green fibres, as in banknotes and cheques.

    Returns:
        The scene with one more layer.
    """
    area = scene.shape[0] * scene.shape[1] / 256**2
    number = round(pick_int(rng, count, scene.severity) * min(area, 8.0))
    if not number:
        return scene
    starts = rng.random((number, 1, 2)) * scene.shape
    turns = np.cumsum(rng.normal(0, 0.5, (number, 6)), axis=1) + rng.random((number, 1)) * 6.283
    steps = np.stack([np.sin(turns), np.cos(turns)], axis=-1) * rng.uniform(0.8, 4, (number, 1, 1))
    paths = list(starts + np.cumsum(steps, axis=1))
    cover, top, left = strokes(paths, list(rng.uniform(*width, number)), scene.shape)
    shade = tint(pick(rng, grey[::-1], scene.severity))
    if colour and rng.random() < colour:
        shade = np.array(
            colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.2, 0.7), max(float(shade[0]), 0.5)),
            np.float32,
        )
    return scene.with_layers([Layer(cover, shade, top, left, "multiply")], over=False)
