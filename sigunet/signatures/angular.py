"""Names without a bow in them: initials in print, peaks, lines to and fro, and marks such as a cross.

A hand that is straight (`Habits.straight`) makes their strokes as straight as the rules of a form. What
tells them from those is how they hang together and where they end. Coordinates are those of
`sigunet.signatures.plan`.
"""

import numpy as np

from sigunet.signatures import glyphs
from sigunet.signatures.gesture import Gesture

_Points = list[tuple[float, float]]


def name(join: float, rng: np.random.Generator) -> list[Gesture]:
    """Writes a name: capitals, peaks, or lines to and fro.

    Args:
        join: How readily the pen stays down from one stroke of a capital to the next, 0-1.
        rng: Source of chance.

    Returns:
        The gestures, in the order of writing.
    """
    kind = rng.choice(3, p=[0.5, 0.26, 0.24])
    if kind == 0:
        return _capitals(join, rng)
    return _peaks(rng) if kind == 1 else _to_and_fro(rng)


def _gesture(points: _Points | np.ndarray, rng: np.random.Generator) -> Gesture:
    return Gesture(np.array(points, float), np.ones(len(points), bool), bool(rng.random() < 0.5))


def _capitals(join: float, rng: np.random.Generator) -> list[Gesture]:
    """One to six letters without a bow in them, side by side or over one another."""
    count = int(rng.choice([1, 2, 3, 4, 5, 6], p=[0.1, 0.34, 0.28, 0.14, 0.08, 0.06]))
    names = sorted(glyphs.STRAIGHT)
    close, shrink = rng.uniform(-0.45, 0.5), rng.choice([1.0, rng.uniform(0.45, 0.9)])
    wobble, wide = rng.uniform(0.0, 0.09), rng.uniform(0.6, 1.3)
    made: list[Gesture] = []
    x = 0.0
    for number in range(count):
        letter = glyphs.straight(names[rng.integers(len(names))])
        size = np.array([wide, 1.0]) * (1.0 if number == 0 else shrink)
        for part in letter.parts:
            points = part.points * size + [x, 0.0] + rng.normal(0, wobble, part.points.shape)
            if made and rng.random() < 0.35 * join:
                # The pen was not lifted.
                points = np.concatenate([made.pop().points, points])
            made.append(_gesture(points, rng))
        x += letter.width * size[0] + max(close, -0.6 * letter.width * size[0])
    return made


def _peaks(rng: np.random.Generator) -> list[Gesture]:
    """Up and down in one go, evenly or not, perhaps with a line that runs out."""
    top, pitch = rng.uniform(1.0, 3.0), rng.uniform(0.25, 0.8)
    uneven, shrink, lean = rng.uniform(0.0, 0.35), rng.uniform(0.6, 1.05), rng.uniform(-0.4, 0.9)
    x, size = 0.0, top
    points: _Points = [(0.0, 0.0)] if rng.random() < 0.7 else []
    for _ in range(int(rng.integers(2, 8))):
        high, low = size * (1 + rng.normal(0, uneven)), rng.normal(0, 0.5 * uneven)
        points += [(x + pitch * (1 + lean), high), (x + 2 * pitch, low)]
        x += 2 * pitch * (1 + rng.normal(0, uneven / 2))
        size *= shrink
    if rng.random() < 0.4:
        points.append((x + rng.uniform(0.8, 4.0), rng.uniform(-0.5, 1.2)))
    return [_gesture(points, rng)]


def _to_and_fro(rng: np.random.Generator) -> list[Gesture]:
    """Long lines to the right and back again, flat or climbing."""
    long, drift = rng.uniform(2.5, 6.5), rng.normal(0, 0.35)
    climb, uneven = rng.uniform(-0.1, 0.5), rng.uniform(0.03, 0.3)
    points: _Points = []
    y = 0.0
    for number in range(int(rng.integers(3, 8))):
        right = number % 2
        x = long * (right + rng.normal(0, uneven))
        points.append((x, y + climb * x + rng.normal(0, 0.12)))
        y += drift if right else drift * rng.uniform(0.0, 0.6)
    return [_gesture(points, rng)]


def mark(rng: np.random.Generator) -> list[Gesture]:
    """Makes the mark of somebody who does not write: saltires, a cross, a tick, a hash, a tally.

    Args:
        rng: Source of chance.

    Returns:
        The gestures, in the order of writing.
    """

    def line(ax: float, ay: float, bx: float, by: float) -> Gesture:
        points = np.array([[ax, ay], [bx, by]]) + rng.normal(0, 0.1, (2, 2))
        return _gesture(points if rng.random() < 0.7 else points[::-1], rng)

    kind = rng.choice(5, p=[0.5, 0.16, 0.14, 0.1, 0.1])
    if kind == 0:
        # Saltires.
        wide, count = rng.uniform(1.2, 2.6), int(rng.choice([1, 2, 3], p=[0.6, 0.15, 0.25]))
        made = []
        for x in np.arange(count) * wide * rng.uniform(1.1, 1.7):
            made += [line(x, 2.0, x + wide, 0.0), line(x + wide, 2.0, x, 0.0)]
        return made
    if kind == 1:
        arm, high = rng.uniform(0.7, 2.2), rng.uniform(0.8, 1.4)
        return [line(0.0, 2.0, 0.0, 0.0), line(-arm / 2, high, arm / 2, high)]
    if kind == 2:
        # A tick.
        foot = rng.uniform(0.4, 0.9)
        points = [(0.0, foot), (foot, 0.0), (foot + rng.uniform(0.8, 2.2), rng.uniform(1.2, 2.4))]
        return [_gesture(points, rng)]
    if kind == 3:
        # A hash.
        gap = rng.uniform(0.5, 0.9)
        upright = [line(x + 0.2, 2.0, x, 0.0) for x in (0.6, 0.6 + gap)]
        return upright + [line(0.0, y, 1.5 + gap, y + 0.1) for y in (0.6, 0.6 + gap)]
    # A tally.
    count, pitch = int(rng.integers(3, 6)), rng.uniform(0.35, 0.6)
    made = [line(k * pitch, 2.0, k * pitch - 0.2, 0.0) for k in range(count)]
    return [*made, line(-0.4, 0.5, count * pitch, 1.6)]
