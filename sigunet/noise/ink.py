"""Members of the ink stage: which pen wrote, how dark, and where it failed."""

import dataclasses

import cv2
import numpy as np

from sigunet.image import REC601
from sigunet.noise import colours
from sigunet.noise.fields import smooth
from sigunet.noise.registry import Range, member, pick
from sigunet.noise.scene import Layer, Scene, ink_box

_LEAST_CONTRAST = 0.16
"""Mean difference of ink and paper that a pen keeps, whatever failed in it: of faint pencil."""


@member("ink", p=0.75)
def pen(
    rng: np.random.Generator,
    scene: Scene,
    *,
    grey: Range = (0.0, 0.4),
    uneven: Range = (0.0, 0.3),
) -> Scene:
    """Ink of another grey that does not flow quite evenly. Does nothing to a real pair.

    Args:
        rng: Source of randomness.
        scene: A scene.
        grey: Grey of the ink, 0 = black; paler ink is harder.
        uneven: Largest share of its darkness that the ink loses in places.

    Returns:
        The scene written with another pen.
    """
    colour = np.full(1, pick(rng, grey, scene.severity), np.float32)
    # Pressure changes within about one letter.
    coarse = rng.random([max(2, side // 24) for side in scene.shape], dtype=np.float32)
    coarse *= -np.float32(pick(rng, uneven, scene.severity))
    coarse += 1
    density = cv2.resize(coarse, scene.shape[::-1], interpolation=cv2.INTER_LINEAR)
    density *= scene.density
    return dataclasses.replace(scene, ink_colour=colour, density=density)


@member("ink", p=0.9)
def ballpoint(
    rng: np.random.Generator,
    scene: Scene,
    *,
    grey: Range = (0.0, 0.45),
    uneven: Range = (0.0, 0.45),
    colour: float = 0.0,
) -> Scene:
    """A pen of any colour, uneven within a stroke, a letter and the whole name.

    Greys are those measured on scans of real signatures; hues those of blue, black, red, green and
    violet office pens. Does nothing to a real pair.

    Args:
        rng: Source of randomness.
        scene: A scene.
        grey: How pale the ink is, 0 = at full strength (black, or the pen's colour), paler is
            harder.
        uneven: Largest share of its darkness that the ink loses in places.
        colour: Share of coloured pens.

    Returns:
        The scene written with another pen.
    """
    strength = 1 - pick(rng, grey, scene.severity)
    shade = np.zeros(1, np.float32)
    if colour and rng.random() < colour:
        shade = colours.pen(rng)
    elif rng.random() < 0.5:
        # Black ink is seldom quite black; a scanner sees it a little warm or cold.
        shade = np.full(1, rng.uniform(0.02, 0.2), np.float32)
        if colour:
            shade = shade * rng.uniform(0.7, 1.3, 3).astype(np.float32)
    # In deviations of about one: along a stroke, and from one letter to the next.
    loss = 0.6 * smooth(rng, scene.shape, 3)
    cv2.scaleAdd(smooth(rng, scene.shape, 26), 0.8, loss, loss)
    # A deviation of two takes all that may be lost; below the mean nothing is.
    loss *= np.float32(pick(rng, uneven, scene.severity) / 2)
    density = 1 - np.clip(loss, 0, 1)
    density *= scene.density
    scene = dataclasses.replace(scene, ink_colour=colours.wash(shade, strength))
    return _with_density(scene, density)


@member("ink", p=0.08)
def pencil(
    rng: np.random.Generator,
    scene: Scene,
    *,
    grey: Range = (0.2, 0.55),
    grain: Range = (0.2, 0.8),
) -> Scene:
    """Graphite: grey, and only on the heights of the paper's grain. Does nothing to a real pair.

    Args:
        rng: Source of randomness.
        scene: A scene; where its paper is rough already, the pencil follows that.
        grey: Grey of solid graphite, 0 = black; paler is harder.
        grain: Share of its darkness that is lost in the hollows of the paper.

    Returns:
        The scene written in pencil.
    """
    height = smooth(rng, scene.shape, 1)
    height += smooth(rng, scene.shape, 2.5)
    if scene.paper.shape[:2] == scene.shape:
        rough = scene.paper[..., 0] - cv2.blur(scene.paper[..., 0], (9, 9))
        height += rough * np.float32(1.5 / max(float(rough.std()), 1e-3))
    # Pressed harder, the lead reaches down; about a third of the area is hollow.
    take = np.clip(0.75 + 0.7 * height, 0, 1)
    density = 1 - np.float32(pick(rng, grain, scene.severity)) * (1 - take)
    density *= scene.density
    shade = np.full(1, pick(rng, grey, scene.severity), np.float32)
    return _with_density(dataclasses.replace(scene, ink_colour=shade), density)


@member("ink", p=0.15)
def fade(
    rng: np.random.Generator,
    scene: Scene,
    *,
    strength: Range = (0.2, 1.0),
    skips: Range = (0.0, 0.2),
) -> Scene:
    """Ink that paled with time or ran dry: weaker in places, with gaps where the pen was fast.

    The truth stays whole: a person sees the stroke go on through a gap. Does nothing to a real
    pair.

    Args:
        rng: Source of randomness.
        scene: A scene; gaps come first where its density is thin.
        strength: What is left of the ink's darkness, less is harder. Where less than 0.16 between
            ink and paper would be left, it is stronger.
        skips: Share of the ink in gaps.

    Returns:
        The scene with weaker ink.
    """
    left = pick(rng, strength[::-1], scene.severity)
    gain = smooth(rng, scene.shape, rng.uniform(20, 90))
    gain += 0.6 * smooth(rng, scene.shape, rng.uniform(6, 16))
    gain *= np.float32(left * rng.uniform(0.05, 0.3))
    gain += np.float32(left)
    share = pick(rng, skips, scene.severity)
    if share > 0.005 and scene.ink.any():
        # Speckled along the stroke, or in long misses.
        score = smooth(rng, scene.shape, rng.uniform(2, 9))
        score -= 6 * scene.density
        threshold = np.quantile(score[scene.ink > 0], 1 - share)
        gap = np.clip((score - np.float32(threshold)) * np.float32(2.5), 0, 1)
        gain *= 1 - np.float32(rng.uniform(0.6, 1.0)) * gap
    return _with_density(scene, np.clip(gain, 0, 1) * scene.density)


@member("ink", p=0.12, limits={"reach": (0.0, 3.0)})
def bleed(
    rng: np.random.Generator,
    scene: Scene,
    *,
    reach: Range = (0.2, 1.5),
    halo: Range = (0.0, 0.35),
) -> Scene:
    """Ink that spreads in absorbent paper: wider, ragged strokes with a pale halo around them.

    The wider stroke is the pen's, so the truth is wider too; the halo is none of it. Does nothing
    to a real pair.

    Args:
        rng: Source of randomness.
        scene: A scene.
        reach: How far the ink spreads to each side, px.
        halo: Darkness of the halo, as a share of the ink's.

    Returns:
        The scene with wider ink.
    """
    if scene.drawn:
        return scene
    far = pick(rng, reach, scene.severity)
    # It runs along the fibres: here farther, there less far.
    ragged = np.clip(far * (1 + 0.45 * smooth(rng, scene.shape, rng.uniform(2, 6))), 0, 2 * far)
    ink, cross = scene.ink, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    for ring in range(int(np.ceil(2 * far))):
        wider = cv2.dilate(ink, cross if ring % 2 else None)
        ink = ink + np.clip(ragged - ring, 0, 1) * (wider - ink)
    box = ink_box(ink)
    density = scene.density
    if density.size > 1:
        # New ink is as dense as what it came from.
        density = cv2.dilate(density, None, iterations=int(np.ceil(far)))
    around = cv2.GaussianBlur(ink, (0, 0), 1 + 1.5 * far)
    around *= np.float32(pick(rng, halo, scene.severity))
    scene = dataclasses.replace(scene, ink=ink, box=box, density=density)
    return scene.with_layers([Layer(around, scene.ink_colour, blend="multiply")], over=False)


def _with_density(scene: Scene, density: np.ndarray) -> Scene:
    """Returns the scene with another density, raised as a whole where nearly nothing is left."""
    top, left, height, width = scene.box
    cut = np.s_[top : top + height, left : left + width]
    area = float(scene.ink[cut].sum())
    if area > 0:
        inked = float((scene.ink[cut] * density[cut]).sum()) / area
        channels = scene.paper.shape[-1]
        paper = _grey(np.array(cv2.mean(scene.paper)[:channels]))
        ink = _grey(scene.ink_colour)
        least = _LEAST_CONTRAST / max(paper - ink, _LEAST_CONTRAST)
        if inked < least:
            density = np.minimum(density * np.float32(least / max(inked, 1e-3)), 1)
    return dataclasses.replace(scene, density=density)


def _grey(colour: np.ndarray) -> float:
    return float(colour @ REC601) if colour.size == 3 else float(colour[0])
