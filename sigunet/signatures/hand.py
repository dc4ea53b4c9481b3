"""The habits of a hand: everything about a writer that is one number."""

import dataclasses

import numpy as np

from sigunet.signatures.pens import Pen, draw_pen

STYLES = (
    "cursive",
    "mixed",
    "wave",
    "initials",
    "monogram",
    "zigzag",
    "block",
    "strokes",
    "leftward",
    "hanging",
    "angular",
    "cross",
)
_STYLE_SHARES = (0.22, 0.155, 0.145, 0.085, 0.08, 0.08, 0.06, 0.05, 0.035, 0.025, 0.05, 0.015)
# No Latin cursive: capitals in print, writing of other structure, and what has no bow in it.
_UPRIGHT = ("block", "strokes", "leftward", "hanging", "angular", "cross")


@dataclasses.dataclass(frozen=True)
class Habits:
    """How somebody writes. Lengths are in heights of an x unless a unit is given.

    Attributes:
        style: One of STYLES.
        slant: Lean of the letters, rad, positive to the right.
        rise: Angle of the baseline, rad, positive upwards.
        bend: How far the baseline sags or arches over a word.
        stretch: Factor on the width of letters.
        gap: Space between letters.
        capital: Factor on the size of capitals (1 = two heights of an x).
        ascender: Factor on what reaches above an x.
        descender: Factor on what reaches below the baseline.
        shrink: Size of the last letter over that of the first.
        haste: Share of a letter's shape lost by the end of the word, 0-1.
        join: Chance that a letter joins the next.
        roundness: Factor on the turning of strokes.
        bow: How far every stroke tends to turn to the left, rad.
        straight: How far strokes between two corners are as along a ruler, 0-1. At 1 they do not
            bend, four fifths of the tremor are missing, and strokes overlap half as long, which
            makes corners sharp.
        overlap: Duration of a stroke over the time between two strokes.
        sharpen: How much of what overlap cuts off the corners is made good by aiming beyond
            them, 0-1.
        giant: Chance that a letter with a loop or a stem throws it far out.
        loop: Factor on the width of loops; small ones are retraced.
        sigma: Log-response time of the strokes.
        wobble: How far this hand's letters are from the library's.
        sloppiness: How much one signing differs from the next.
        extent: Geometric mean of width and height of the signature, px.
        tremor: Unsteadiness of the line, px (standard deviation).
        hook: Chance that a movement begins with a tick.
        pen: What it mostly writes with.
        borrows: Chance that a signing is written with another pen.
    """

    style: str
    slant: float
    rise: float
    bend: float
    stretch: float
    gap: float
    capital: float
    ascender: float
    descender: float
    shrink: float
    haste: float
    join: float
    roundness: float
    bow: float
    straight: float
    overlap: float
    sharpen: float
    giant: float
    loop: float
    sigma: float
    wobble: float
    sloppiness: float
    extent: float
    tremor: float
    hook: float
    pen: Pen
    borrows: float


def draw_habits(rng: np.random.Generator) -> Habits:
    """The habits of a new hand.

    Args:
        rng: Source of chance.

    Returns:
        Habits in the ranges seen in real signatures.
    """
    style = STYLES[rng.choice(len(STYLES), p=_STYLE_SHARES)]
    printed = style in ("mixed", "block")
    # Print and writing of other structure stand more upright than a signature in cursive.
    lean = 0.3 if style in _UPRIGHT else 1.0
    pointed = rng.random() < 0.4
    often = {"angular": 0.75, "cross": 0.75, "zigzag": 0.3, "block": 0.3}.get(style, 0.1)
    straight = float(1 - 0.7 * rng.random() ** 2) if rng.random() < often else 0.0

    def normal(mean: float, sd: float, low: float, high: float) -> float:
        return float(np.clip(rng.normal(mean, sd), low, high))

    def spread(median: float, log_sd: float, low: float, high: float) -> float:
        return float(np.clip(median * np.exp(rng.normal(0, log_sd)), low, high))

    return Habits(
        style=style,
        slant=lean * normal(0.4, 0.22, -0.3, 0.9),
        rise=lean * normal(0.34, 0.19, -0.15, 0.7),
        bend=normal(0.0, 0.15, -0.4, 0.4),
        stretch=spread(1.0, 0.25, 0.45, 1.5),
        gap=float(rng.uniform(0.0, 0.4)),
        capital=spread(1.4, 0.3, 0.8, 2.7),
        ascender=spread(1.2, 0.35, 0.5, 2.4),
        descender=spread(1.3, 0.35, 0.5, 2.8),
        shrink=float(rng.uniform(0.42, 1.0)),
        haste=float(rng.uniform(0.0, 0.5) if printed else rng.uniform(0.2, 1.0)),
        join=float(rng.uniform(0.2, 0.8) if printed else rng.uniform(0.65, 1.0)),
        roundness=float(rng.uniform(0.15, 0.6) if pointed else rng.uniform(0.5, 1.05)),
        bow=normal(0.0, 0.21, -0.45, 0.45),
        straight=straight,
        overlap=float(rng.uniform(2.4, 3.6)),
        sharpen=float(rng.uniform(0.6, 1.0)),
        giant=float(rng.choice([0.0, 0.25, 0.6], p=[0.5, 0.3, 0.2])),
        loop=float(rng.uniform(0.0, 1.1)),
        sigma=float(rng.uniform(0.14, 0.3)),
        wobble=float(rng.uniform(0.04, 0.11)),
        sloppiness=float(rng.uniform(0.6, 1.7)),
        # A mark is smaller than a name.
        extent=spread(268.0, 0.28, 140.0, 500.0) * (0.6 if style == "cross" else 1.0),
        tremor=float(rng.uniform(0.15, 0.65)),
        hook=float(rng.uniform(0.0, 0.6)),
        # Lines that are drawn with a mouse or on glass are often as straight as they are even.
        pen=draw_pen(rng, 0.3) if straight else draw_pen(rng),
        borrows=float(rng.choice([0.0, 0.5], p=[0.5, 0.5])),
    )
