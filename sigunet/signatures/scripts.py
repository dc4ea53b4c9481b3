"""Names in writing that is no Latin cursive: the structure of other scripts, none of their words.

Characters built of short strokes in all directions, lines that run to the left with teeth, bowls
and dots, and letters that hang from a bar. Coordinates are those of `sigunet.signatures.plan`.
"""

import numpy as np

from sigunet.signatures.gesture import Gesture

_Points = list[tuple[float, float]]


def write(style: str, join: float, rng: np.random.Generator) -> list[Gesture]:
    """Writes a name.

    Args:
        style: "strokes", "leftward" or "hanging".
        join: Chance that the pen stays down from one stroke to the next, 0-1.
        rng: Source of chance.

    Returns:
        The gestures, in the order of writing.
    """
    return _WRITERS[style](join, rng)


def _gesture(points: _Points, corners: bool | list[bool] = False, leaves: bool = False) -> Gesture:
    return Gesture(np.array(points, float), np.broadcast_to(corners, len(points)).copy(), leaves)


def _strokes(join: float, rng: np.random.Generator) -> list[Gesture]:
    """One to four characters of many strokes, in a row or one under another."""
    count = int(rng.choice([1, 2, 3, 4], p=[0.15, 0.4, 0.35, 0.1]))
    down, pace = rng.random() < 0.25, rng.uniform(2.3, 3.0)
    made: list[Gesture] = []
    for k in range(count):
        corner = (rng.normal(0, 0.1), -k * pace) if down else (k * pace, rng.normal(0, 0.1))
        made += _character(corner, 0.5 * join, rng)
    return made


def _character(corner: tuple[float, float], join: float, rng: np.random.Generator) -> list[Gesture]:
    x0, y0 = corner
    height, width = rng.uniform(2.0, 2.8), rng.uniform(1.5, 2.3)
    made: list[Gesture] = []
    count = int(rng.integers(4, 9))
    # From the top to the foot, as such characters are mostly written.
    tops = np.sort(rng.uniform(0.25, 1.0, count))[::-1]
    for top in tops.tolist():
        kind = rng.choice(6, p=[0.3, 0.2, 0.16, 0.12, 0.12, 0.1])
        x, y = rng.uniform(0.0, 0.5), top
        long, tall = rng.uniform(0.35, 1.0 - 0.6 * x), rng.uniform(0.3, 0.3 + 0.7 * top)
        if kind == 0:
            points, corners = [(x, y), (x + long, y + rng.uniform(0.0, 0.12))], [True, True]
        elif kind == 1:
            x += rng.uniform(0.0, 0.4)
            points, corners = [(x, y), (x + rng.normal(0, 0.03), y - tall)], [True, True]
            if rng.random() < 0.4:
                points.append((x - 0.15, y - tall + 0.12))
                corners.append(False)
        elif kind == 2:
            points = [(x + 0.4, y), (x + 0.28, y - 0.5 * tall), (x - 0.05, y - tall)]
            corners = [True, False, False]
        elif kind == 3:
            points = [(x + 0.2, y), (x + 0.45, y - 0.6 * tall), (x + 0.8, y - tall)]
            corners = [True, False, False]
        elif kind == 4:
            points, corners = [(x + 0.3, y), (x + 0.38, y - 0.1)], [True, True]
        else:
            points = [(x, y), (x + long, y + 0.05), (x + long - 0.1, y - tall)]
            corners = [True, True, False]
        placed = [(x0 + px * width, y0 + (py - 0.1) * height) for px, py in points]
        if made and rng.random() < join:
            last = made.pop()
            placed, corners = [*map(tuple, last.points), *placed], [*last.corners, *corners]
        made.append(_gesture(placed, corners, bool(rng.random() < 0.5)))
    return made


def _leftward(join: float, rng: np.random.Generator) -> list[Gesture]:
    """A line that runs from right to left: teeth, eyes, tall stems, bowls; dots afterwards."""
    made: list[Gesture] = []
    dots: list[Gesture] = []
    x = 0.0
    for _ in range(int(rng.integers(2, 5))):
        points: _Points = [(x, rng.uniform(0.2, 0.5))]
        corners = [False]
        for _ in range(int(rng.integers(1, 5))):
            kind = rng.choice(3, p=[0.5, 0.25, 0.25])
            start = x
            if kind == 0:
                shape = [(-0.15, 0.05, 0), (-0.3, rng.uniform(0.4, 0.8), 1), (-0.5, 0.0, 0)]
            elif kind == 1:
                shape = [(-0.3, 0.0, 0), (-0.1, 0.55, 0), (-0.45, 0.6, 0), (-0.4, 0.05, 0)]
                shape.append((-0.8, 0.0, 0))
            else:
                tall = rng.uniform(1.3, 2.4)
                shape = [(-0.2, 0.0, 0), (-0.25, tall, 1), (-0.4, 0.1, 0), (-0.6, 0.0, 0)]
            points += [(x + dx, y) for dx, y, _ in shape]
            corners += [bool(sharp) for *_, sharp in shape]
            x = points[-1][0] - rng.uniform(0.0, 0.25)
            if rng.random() < 0.5:
                side = -rng.uniform(0.5, 0.8) if rng.random() < 0.45 else rng.uniform(1.0, 1.5)
                for k in range(int(rng.integers(1, 4))):
                    at = ((start + x) / 2 - 0.22 * k, side + rng.normal(0, 0.06))
                    dots.append(_gesture([at, (at[0] - 0.07, at[1] - 0.06)], True))
        if rng.random() < 0.65:
            wide, deep = rng.uniform(0.9, 2.6), rng.uniform(0.5, 1.3)
            points += [(x - 0.1 * wide, -0.7 * deep), (x - 0.6 * wide, -deep), (x - wide, 0.1)]
            corners += [False] * 3
            x -= 0.7 * wide * rng.uniform(0.2, 1.0)
        made.append(_gesture(points, corners, True))
        x -= rng.uniform(0.1, 0.4) * (1.5 - join)
        if rng.random() < 0.35:
            tall = rng.uniform(1.2, 2.2)
            made.append(_gesture([(x, tall), (x - 0.05, tall / 2), (x, 0.0)], [True, False, True]))
            x -= 0.3
    if rng.random() < 0.4:
        # One long stroke over the name.
        y = rng.uniform(1.4, 2.2)
        made.append(_gesture([(0.2, y + 0.4), (x / 2, y), (x, y - 0.2)], False, True))
    return made + dots


def _hanging(join: float, rng: np.random.Generator) -> list[Gesture]:
    """Letters that hang from a bar, with marks above and below."""
    made: list[Gesture] = []
    x, top = 0.0, rng.uniform(1.1, 1.4)
    for _ in range(int(rng.integers(3, 7))):
        wide = rng.uniform(0.6, 1.1)
        body = [
            (x, top - 0.1),
            (x + rng.uniform(-0.15, 0.2), rng.uniform(0.5, 0.8)),
            (x + rng.uniform(0.3, 0.6) * wide, rng.uniform(-0.05, 0.35)),
            (x + rng.uniform(0.5, 0.9) * wide, rng.uniform(0.4, 0.8)),
        ]
        if rng.random() < 0.45:
            body.append((x + 0.2 * wide, rng.uniform(0.3, 0.6)))
        stem = [(x + wide, top), (x + wide, 0.5), (x + wide, rng.normal(-0.1, 0.08))]
        if rng.random() < join:
            corners = [False] * len(body) + [True, False, True]
            made.append(_gesture([*body, *stem], corners))
        else:
            made.append(_gesture(body))
            if rng.random() < 0.8:
                made.append(_gesture(stem, [True, False, True]))
        if rng.random() < 0.35:
            up = top + rng.uniform(0.5, 0.8)
            arc = [(x + wide, top), (x + 0.8 * wide, up), (x + 0.1 * wide, up - 0.1)]
            made.append(_gesture(arc, False, True))
        if rng.random() < 0.2:
            under = [(x + 0.5 * wide, -0.2), (x + 0.9 * wide, -0.5), (x + 0.4 * wide, -0.6)]
            made.append(_gesture(under, False, True))
        x += wide + rng.uniform(0.05, 0.35)
    tilt = rng.normal(0.0, 0.08)
    if rng.random() < 0.85:
        bar = [(-0.3, top), (x / 2, top + tilt + rng.normal(0, 0.05)), (x + 0.3, top + tilt)]
        made.append(_gesture(bar, False, True))
    return made


_WRITERS = {"strokes": _strokes, "leftward": _leftward, "hanging": _hanging}
