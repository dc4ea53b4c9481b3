"""What a hand adds to its name: tails, underlines, paraphs, strikes, marks."""

import numpy as np

from sigunet.signatures.gesture import Gesture
from sigunet.signatures.hand import Habits

# What grows out of the name comes before what is set beside it.
_KINDS = (
    "lead",
    "tail",
    "sweep",
    "slash",
    "paraph",
    "underline",
    "strike",
    "marks",
    "accents",
    "oval",
    "star",
)
_SHARES = (0.1, 0.19, 0.05, 0.12, 0.07, 0.24, 0.06, 0.09, 0.05, 0.01, 0.02)


def add_flourishes(
    gestures: list[Gesture], habits: Habits, rng: np.random.Generator
) -> list[Gesture]:
    """Adds none, one or two flourishes to a name.

    Args:
        gestures: The name; not changed.
        habits: The hand.
        rng: Source of chance.

    Returns:
        The name with what was added, in the order of writing.
    """
    if habits.style == "cross":
        return gestures
    # A single letter is no signature; a few straight strokes are.
    bare = habits.style != "angular" and sum(len(gesture.points) for gesture in gestures) < 14
    count = int(rng.choice([0, 1, 2], p=[0.0, 0.65, 0.35] if bare else [0.3, 0.5, 0.2]))
    chosen = rng.choice(len(_KINDS), size=count, replace=False, p=_SHARES)
    for kind in (_KINDS[k] for k in sorted(chosen)):
        gestures = _MAKERS[kind](gestures, rng)
    if rng.random() < 0.25:
        _, right, bottom, _ = _box(gestures)
        x, y = right + 0.2, bottom + rng.uniform(0.0, 0.6)
        gestures = [*gestures, _gesture(np.array([[x, y], [x + 0.05, y - 0.08]]), False)]
    return gestures


def _box(gestures: list[Gesture]) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of the targets."""
    points = np.concatenate([gesture.points for gesture in gestures])
    (left, bottom), (right, top) = points.min(axis=0), points.max(axis=0)
    return left, right, bottom, top


def _gesture(points: np.ndarray, leaves: bool = True, corners: tuple[int, ...] = ()) -> Gesture:
    flags = np.zeros(len(points), bool)
    flags[list(corners)] = True
    return Gesture(np.asarray(points, float), flags, leaves, 1.5)


def _extended(gesture: Gesture, points: list, corners: list[bool]) -> Gesture:
    return Gesture(
        np.concatenate([gesture.points, np.asarray(points, float)]),
        np.concatenate([gesture.corners, np.asarray(corners, bool)]),
        True,
        gesture.loose,
    )


def _main(gestures: list[Gesture]) -> int:
    """The last gesture that is more than a dot or a bar."""
    long = [k for k, gesture in enumerate(gestures) if len(gesture.points) > 2]
    return long[-1] if long else len(gestures) - 1


def _tail(gestures: list[Gesture], rng: np.random.Generator) -> list[Gesture]:
    """The last letter runs out in a long, nearly straight line."""
    at = _main(gestures)
    x, y = gestures[at].points[-1]
    reach, climb = rng.uniform(0.8, 3.8), rng.normal(0.05, 0.22)
    sag = rng.normal(0, 0.12) if rng.random() < 0.6 else 0.0
    points = [[x + 0.5 * reach, y + 0.5 * reach * climb + sag]]
    x, y = x + reach, y + reach * climb
    points.append([x, y])
    corners = [False, False]
    if rng.random() < 0.3:
        points += [[x + rng.uniform(-0.1, 0.3), y + rng.uniform(0.6, 1.5)], [x + 0.3, y + 0.1]]
        corners = [False, True, True, False]
    grown = _extended(gestures[at], points, corners)
    return [*gestures[:at], grown, *gestures[at + 1 :]]


def _sweep(gestures: list[Gesture], rng: np.random.Generator) -> list[Gesture]:
    """A line several times as long as the letters, straight or in one wide bend."""
    at = _main(gestures)
    left, right, _, _ = _box(gestures)
    start = gestures[at].points[-1]
    reach = rng.uniform(0.8, 2.0) * max(right - left, 2.0)
    angle = rng.normal(0.1, 0.2) if rng.random() < 0.7 else rng.normal(-2.6, 0.3)
    end = start + reach * np.array([np.cos(angle), np.sin(angle)])
    side = np.array([start[1] - end[1], end[0] - start[0]])
    middle = (start + end) / 2 + side * (rng.normal(0, 0.2) if rng.random() < 0.5 else 0.0)
    grown = _extended(gestures[at], [middle, end], [False, False])
    grown.corners[len(gestures[at].points) - 1] = bool(rng.random() < 0.7)
    return [*gestures[:at], grown, *gestures[at + 1 :]]


def _accents(gestures: list[Gesture], rng: np.random.Generator) -> list[Gesture]:
    """Dots, ticks or a small bow above or below the letters."""
    left, right, bottom, top = _box(gestures)
    made = []
    for _ in range(int(rng.integers(1, 4))):
        x = rng.uniform(left, right)
        y = min(top, 2.0) + rng.uniform(0.1, 0.5) if rng.random() < 0.75 else bottom - 0.3
        kind = rng.random()
        if kind < 0.5:
            shape = [[x, y], [x + 0.07, y - 0.06]]
        elif kind < 0.8:
            shape = [[x, y], [x + rng.uniform(0.15, 0.5), y + rng.normal(0.1, 0.15)]]
        else:
            shape = [[x, y + 0.2], [x + 0.25, y], [x + 0.5, y + 0.25]]
        made.append(_gesture(np.array(shape), False))
    return [*gestures, *made]


def _underline(gestures: list[Gesture], rng: np.random.Generator) -> list[Gesture]:
    left, right, bottom, _ = _box(gestures)
    span = right - left
    a = left + span * rng.uniform(-0.05, 0.35)
    b = left + span * rng.uniform(0.7, 1.15)
    y = min(bottom, 0.0) * rng.uniform(0.4, 1.0) - rng.uniform(0.25, 0.6)
    tilt, sag = rng.normal(0.0, 0.06), rng.normal(0, 0.09)
    line = np.array([[a, y], [(a + b) / 2, y + tilt * (b - a) / 2 + sag], [b, y + tilt * (b - a)]])
    choice = rng.random()
    if choice < 0.55:
        return [*gestures, _gesture(line)]
    if choice < 0.75:
        second = line + np.array([rng.uniform(0.1, 0.3) * span, -rng.uniform(0.25, 0.5)])
        second[-1, 0] -= rng.uniform(0.1, 0.4) * span
        return [*gestures, _gesture(line), _gesture(second)]
    # Without lifting the pen: back under the name, then out again.
    at = _main(gestures)
    back = [[a, y + 0.1], [b, y + tilt * (b - a) - rng.uniform(0.0, 0.4)]]
    sharp = bool(rng.random() < 0.6)
    return [*gestures[:at], _extended(gestures[at], back, [sharp, False]), *gestures[at + 1 :]]


def _paraph(gestures: list[Gesture], rng: np.random.Generator) -> list[Gesture]:
    """To and fro under the name, in one go."""
    left, right, bottom, _ = _box(gestures)
    span = max(right - left, 1.5)
    y = min(bottom, -0.1) - rng.uniform(0.1, 0.5)
    x = left + span * rng.uniform(0.55, 0.95)
    width, drop = span * rng.uniform(0.35, 0.8), rng.uniform(0.12, 0.45)
    points, corners = [], []
    for k in range(int(rng.integers(2, 6))):
        side = x if k % 2 else x - width
        points.append([side + rng.normal(0, 0.12) * span, y - drop * k])
        corners.append(bool(rng.random() < 0.6))
        width *= rng.uniform(0.6, 1.05)
    points.append([x + rng.uniform(0.0, 0.6) * span, points[-1][1] + rng.normal(0, 0.3)])
    corners.append(False)
    if rng.random() < 0.5:
        at = _main(gestures)
        return [*gestures[:at], _extended(gestures[at], points, corners), *gestures[at + 1 :]]
    ends = tuple(k for k, corner in enumerate(corners) if corner)
    return [*gestures, _gesture(np.array(points), True, ends)]


def _strike(gestures: list[Gesture], rng: np.random.Generator) -> list[Gesture]:
    left, right, _, _ = _box(gestures)
    y, tilt = rng.uniform(0.3, 0.9), rng.normal(0.05, 0.08)
    a, b = left - rng.uniform(-0.2, 0.3), right + rng.uniform(0.0, 0.6)
    line = [[b, y + tilt * (b - a)], [(a + b) / 2, y + rng.normal(0.1, 0.1)], [a, y]]
    if rng.random() < 0.5:
        line = line[::-1]
    elif rng.random() < 0.5:
        # Across and back, as one closes a bow.
        line += [[a + 0.3, y - 0.35], [b - 0.2, y + tilt * (b - a) - 0.2]]
    return [*gestures, _gesture(np.array(line))]


def _lead(gestures: list[Gesture], rng: np.random.Generator) -> list[Gesture]:
    """A large arc before the first letter."""
    first = gestures[0]
    start = first.points[0]
    reach, high = rng.uniform(0.6, 2.4), rng.uniform(0.3, 1.6)
    low = start[1] * rng.uniform(-0.3, 0.3) - rng.uniform(0.0, 1.2)
    points = np.array(
        [
            [start[0] - 0.75 * reach, low],
            [start[0] - reach, 0.55 * low + 0.45 * (start[1] + high)],
            [start[0] - 0.4 * reach, start[1] + high],
        ]
    )
    grown = Gesture(
        np.concatenate([points, first.points]),
        np.concatenate([np.zeros(3, bool), first.corners]),
        first.leaves,
        first.loose,
    )
    return [grown, *gestures[1:]]


def _slash(gestures: list[Gesture], rng: np.random.Generator) -> list[Gesture]:
    """From the end of the name far down to the left."""
    right = _box(gestures)[1]
    at = _main(gestures)
    x, y = gestures[at].points[-1]
    down, back = rng.uniform(1.2, 3.0), rng.uniform(0.3, 0.8) * max(right, 1.5)
    points = [[x - 0.4 * back, y - 0.45 * down], [x - back, y - down]]
    corners = [False, False]
    if rng.random() < 0.4:
        onward = rng.uniform(0.8, 1.6) * back, rng.uniform(0.1, 0.5) * down
        points.append([x - back + onward[0], y - down + onward[1]])
        corners = [False, bool(rng.random() < 0.5), False]
    grown = _extended(gestures[at], points, corners)
    grown.corners[len(gestures[at].points) - 1] = True
    return [*gestures[:at], grown, *gestures[at + 1 :]]


def _marks(gestures: list[Gesture], rng: np.random.Generator) -> list[Gesture]:
    """One to three short dashes or a small z below or behind."""
    left, right, bottom, _ = _box(gestures)
    x = left + (right - left) * rng.uniform(0.3, 0.9)
    y = bottom - rng.uniform(0.2, 0.7)
    made = []
    if rng.random() < 0.4:
        w, h = rng.uniform(0.4, 0.9), rng.uniform(0.15, 0.4)
        shape = np.array([[x, y], [x + w, y + 0.1], [x + 0.2 * w, y - h], [x + 1.3 * w, y - h]])
        made.append(_gesture(shape, True, (1, 2)))
    else:
        for k in range(int(rng.integers(1, 4))):
            dash = rng.uniform(0.3, 0.8), rng.normal(0.15, 0.15)
            start = np.array([x + 0.1 * k, y - 0.3 * k])
            made.append(_gesture(np.stack([start, start + dash])))
    return [*gestures, *made]


def _oval(gestures: list[Gesture], rng: np.random.Generator) -> list[Gesture]:
    """A loop around most of the name."""
    left, right, bottom, top = _box(gestures)
    centre = np.array([(left + right) / 2, (bottom + min(top, 2.2)) / 2])
    radius = np.array([0.58 * (right - left), rng.uniform(0.5, 0.65) * (min(top, 2.2) - bottom)])
    start, turns = rng.uniform(0, 6.3), rng.uniform(0.55, 0.95)
    angles = start + np.linspace(0, 2 * np.pi * turns, 6) * (1 if rng.random() < 0.7 else -1)
    ring = centre + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return [*gestures, _gesture(ring * 1.0)]


def _star(gestures: list[Gesture], rng: np.random.Generator) -> list[Gesture]:
    _, right, _, top = _box(gestures)
    centre = np.array([right - rng.uniform(0.0, 0.6), top + rng.uniform(-0.2, 0.4)])
    size, turn = rng.uniform(0.3, 0.55), rng.normal(0, 0.2)
    angles = -0.95 + turn + np.arange(6) * 4 * np.pi / 5
    shape = centre + size * np.stack([np.sin(angles), np.cos(angles)], axis=1)
    return [*gestures, _gesture(shape, True, (0, 1, 2, 3, 4, 5))]


_MAKERS = {
    "tail": _tail,
    "sweep": _sweep,
    "accents": _accents,
    "underline": _underline,
    "paraph": _paraph,
    "strike": _strike,
    "lead": _lead,
    "slash": _slash,
    "marks": _marks,
    "oval": _oval,
    "star": _star,
}
