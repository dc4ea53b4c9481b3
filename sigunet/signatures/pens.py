"""Pens: how wide a line each draws, how ragged, and how evenly it gives its ink."""

import dataclasses

import numpy as np

_SHARES = {"ballpoint": 0.36, "gel": 0.32, "felt": 0.1, "fountain": 0.09, "pencil": 0.13}
_STYLUS = 0.03  # of all; the rest is shared as above
PENS = (*_SHARES, "stylus")
_PALEST = 0.25
_DRY_SHARES = {"ballpoint": 0.35, "gel": 0.05, "felt": 0.4, "fountain": 0.0, "pencil": 0.6}


@dataclasses.dataclass(frozen=True)
class Pen:
    """What somebody writes with.

    Attributes:
        kind: One of PENS.
        width: Width of the line at rest, px.
        thinning: Share of it lost at full speed (k).
        nib: Extra width in downstrokes.
        blob: Extra width where the pen lands or rests.
        taper: Share of the width lost where the pen leaves in motion.
        uneven: Share of the width by which a line may slowly swell and shrink.
        grain: Raggedness of the edge.
        fade: Share of the ink lost at full speed.
        eager: How soon it is lost: all of it at full speed over this, 1 or more.
        flow: How far the ink comes and goes along the line (standard deviation of its share).
        tooth: Share of the ink that the paper's hollows do not take.
        skip: How readily the pen runs dry when fast, 0-1.
        dry: Share of the ink lost where the pen leaves in motion.
        late: How far a line begins with little ink, px.
        hollow: How much paler the middle of a pale line is, 0-1.
    """

    kind: str
    width: float
    thinning: float
    nib: float
    blob: float
    taper: float
    uneven: float
    grain: float
    fade: float
    eager: float
    flow: float
    tooth: float
    skip: float
    dry: float
    late: float
    hollow: float


def draw_pen(rng: np.random.Generator, stylus: float = _STYLUS) -> Pen:
    """A pen that might lie on a desk, or beside a screen.

    Args:
        rng: Source of chance.
        stylus: Chance that it is a stylus.

    Returns:
        A pen; one in eight is a hair-thin or a very broad one.
    """
    shares = list(_SHARES.values())
    kind = "stylus" if rng.random() < stylus else PENS[rng.choice(len(shares), p=shares)]

    def between(low: float, high: float) -> float:
        return float(rng.uniform(low, high))

    odd = rng.random()
    width = float(np.clip(5.6 * np.exp(rng.normal(0, 0.24)), 2.6, 7.8))
    pen = Pen(
        kind=kind,
        width=between(1.9, 2.8) if odd < 0.06 and kind != "felt" else width,
        thinning=between(0.25, 0.7),
        nib=between(-0.05, 0.35),
        blob=between(0.0, 0.3),
        taper=between(0.1, 0.75),
        uneven=0.2,
        grain=between(0.08, 0.23),
        fade=between(0.0, 0.08),
        eager=1.0,
        flow=between(0.0, 0.03),
        tooth=0.0,
        skip=0.0,
        dry=between(0.0, 0.2),
        late=0.0,
        hollow=0.0,
    )
    change = dataclasses.replace
    if kind == "stylus":
        # On a screen: a line of one width and one shade, until it is printed.
        return change(
            pen,
            thinning=between(0.0, 0.12),
            nib=0.0,
            blob=0.0,
            taper=between(0.0, 0.1),
            uneven=0.03,
            grain=between(0.0, 0.03),
            fade=0.0,
            flow=0.0,
            dry=0.0,
        )
    # Nearly dry: dark only where the hand was slow.
    dry = rng.random() < _DRY_SHARES[kind]
    if dry:
        pen = change(pen, fade=between(0.3, 0.75), eager=between(1.2, 4.0), tooth=between(0.2, 1.0))
    if kind == "ballpoint":
        return change(
            pen,
            fade=pen.fade if dry else between(0.0, 0.35) * between(0.0, 1.0),
            flow=between(0.0, 0.12),
            tooth=pen.tooth if dry else between(0.0, 0.4),
            skip=between(0.0, 1.0) if dry else between(0.0, 1.0) ** 2,
            dry=between(0.0, 0.6),
            late=between(0.0, 14.0) if rng.random() < 0.4 else 0.0,
            hollow=between(0.0, 1.0) if rng.random() < 0.4 else 0.0,
        )
    if kind == "felt":
        # Thick, and its width hardly follows the speed.
        wide = between(6.0, 8.0) if odd < 0.4 else between(4.0, 6.0)
        return change(pen, width=wide, thinning=between(0.02, 0.3), nib=between(0.0, 0.1))
    if kind == "fountain":
        return change(
            pen, nib=between(0.15, 0.6), fade=between(0.05, 0.3), flow=between(0.02, 0.08)
        )
    if kind == "pencil":
        return change(
            pen,
            fade=pen.fade if dry else between(0.0, 0.4),
            flow=between(0.03, 0.12),
            tooth=between(0.4, 1.0),
            dry=between(0.1, 0.6),
            grain=between(0.1, 0.27),
        )
    return pen


def strength(
    pen: Pen, run: np.ndarray, hurry: np.ndarray, leaves: bool, rng: np.random.Generator
) -> np.ndarray:
    """How much ink a pen leaves along one line.

    Args:
        pen: The pen.
        run: float64[T], px since it landed, rising.
        hurry: float64[T] in [0, 1], speed over the hand's top speed.
        leaves: True if the pen is lifted in motion.
        rng: Source of chance.

    Returns:
        float64[T] in [_PALEST, 1]; what is called ink can be seen.
    """
    # The hand presses less on one line than on another.
    ink = rng.uniform(1 - 0.5 * pen.dry, 1) * (1 - pen.fade * np.minimum(pen.eager * hurry, 1))
    phase, pace = rng.uniform(0, 6.3, 4), rng.uniform([9.0, 14.0, 30.0, 60.0], 80.0)
    waves = np.sin(run[:, None] / pace + phase)
    ink = ink * (1 + pen.flow * np.minimum(waves.sum(axis=1) / np.sqrt(2), 0.7))
    # The ball slips where two slow waves meet while the hand is fast.
    slips = np.clip(waves[:, 0] + waves[:, 1] - 1.1, 0, 0.5) * 2
    ink = ink * (1 - pen.skip * slips * np.clip(2 * hurry - 0.5, 0, 1))
    if pen.late:
        ink = ink * (1 - rng.uniform(0, 0.8) * np.exp(-run / pen.late))
    if leaves:
        ink = ink * (1 - pen.dry * np.exp(-(run[-1] - run) / (4 + 0.1 * run[-1])))
    return np.clip(ink, _PALEST, 1.0)
