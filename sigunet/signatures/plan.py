"""A writer's plan: which letters and flourishes, where, in which order.

A plan is a list of gestures, pen-down runs of virtual targets on an upright grid whose unit is the
height of an x and whose y points up. Slant, rise and size come later, when it is signed.
"""

import dataclasses

import numpy as np

from sigunet.signatures import angular, glyphs, scripts
from sigunet.signatures.gesture import Gesture
from sigunet.signatures.hand import Habits

_ONSETS = "b br c ch d dr f g gr h j k kh l m m n n p r r s s sh st t th tr v w y z".split()
_VOWELS = "a a a a e e e i i i o o u u y ai ea ou".split()
_CODAS = ["", "", "", "", "n", "r", "l", "s", "m", "t", "d", "h", "ll", "nd", "k"]


class _Run:
    """A gesture being written."""

    def __init__(self):
        self.points: list[tuple[float, float]] = []
        self.corners: list[bool] = []

    def add(self, points: np.ndarray, corners: np.ndarray) -> None:
        self.points.extend(map(tuple, points))
        self.corners.extend(corners.tolist())

    def close(self, *, leaves: bool = False) -> Gesture:
        return Gesture(np.array(self.points), np.array(self.corners, bool), leaves)


def name(rng: np.random.Generator, syllables: int) -> str:
    """A name that sounds like one and belongs to nobody in particular."""
    text = ""
    for k in range(syllables):
        if k or rng.random() < 0.8:
            text += _ONSETS[rng.integers(len(_ONSETS))]
        text += _VOWELS[rng.integers(len(_VOWELS))]
    text += _CODAS[rng.integers(len(_CODAS))]
    return text.capitalize()


class Alphabet:
    """The letters as one hand forms them: always the same way, never quite the library's."""

    def __init__(self, habits: Habits, rng: np.random.Generator):
        self._habits = habits
        self._rng = rng
        self._letters: dict[str, glyphs.Glyph] = {}
        self._bar = rng.uniform(0.8, 2.2)
        # What is left of any letter when there is no time for it.
        self._stub = "iucevnrs"[rng.integers(8)]

    def letter(self, letter: str) -> glyphs.Glyph:
        """This hand's form of a letter, on its own grid of proportions."""
        if letter not in self._letters:
            self._letters[letter] = self._form(letter)
        return self._letters[letter]

    def _barred(self, part: glyphs.Part) -> glyphs.Part:
        """A bar as long as this hand makes it."""
        middle = part.points.mean(axis=0)
        return glyphs.Part(middle + (part.points - middle) * [self._bar, 1.0], part.corners)

    def stub(self) -> glyphs.Glyph:
        """What is left of a letter that was not worth writing."""
        shape = self.letter(self._stub)
        return glyphs.Glyph(shape.parts, (), shape.width)

    def _form(self, letter: str) -> glyphs.Glyph:
        habits, rng = self._habits, self._rng
        skeleton = glyphs.glyph(letter, int(rng.integers(6)))
        large = letter.isupper()
        throw = rng.uniform(1.6, 3.0) if rng.random() < habits.giant else 1.0

        def bend(part: glyphs.Part) -> glyphs.Part:
            points = part.points + rng.normal(0, habits.wobble, part.points.shape)
            x, y = points[:, 0], points[:, 1]
            if large:
                x, y = x * habits.capital * (0.6 + 0.4 * habits.stretch), y * habits.capital
            else:
                rise, fall = habits.ascender * throw, habits.descender * throw
                tall = np.maximum(y - 1, 0)
                deep = np.minimum(y, 0)
                x = _narrowed(x, y > 1.15, habits.loop)
                x = _narrowed(x, y < -0.3, habits.loop) * habits.stretch
                y = np.clip(y, 0, 1) + tall * rise + deep * fall
            return glyphs.Part(np.stack([x, y], axis=1), part.corners)

        parts = tuple(bend(part) for part in skeleton.parts)
        later = tuple(self._barred(bend(part)) for part in skeleton.later)
        return glyphs.Glyph(parts, later, max(float(p.points[:, 0].max()) for p in parts))


def _narrowed(x: np.ndarray, where: np.ndarray, factor: float) -> np.ndarray:
    """Draws the points of one loop of a letter together, in x."""
    if where.sum() < 2:
        return x
    middle = x[where].mean()
    return np.where(where, middle + factor * (x - middle), x)


def word(
    text: str, start: float, habits: Habits, alphabet: Alphabet, rng: np.random.Generator
) -> tuple[list[Gesture], float]:
    """Writes a word.

    Args:
        text: Its letters; capitals are large.
        start: x of its left end.
        habits: The hand.
        alphabet: Its letters.
        rng: Source of chance.

    Returns:
        The gestures, and x of the right end.
    """
    done: list[Gesture] = []
    later: list[Gesture] = []
    run = _Run()
    x = start
    for k, letter in enumerate(text):
        place = k / max(len(text) - 1, 1)
        size = 1 + (habits.shrink - 1) * place
        lost = habits.haste * place
        given_up = letter.islower() and rng.random() < 0.6 * lost
        shape = alphabet.stub() if given_up else alphabet.letter(letter)
        lift = np.array([0.0, habits.bend * np.sin(np.pi * place)])
        if run.points and rng.random() > habits.join:
            done.append(run.close())
            run = _Run()
        for number, part in enumerate(shape.parts):
            if number and run.points:
                done.append(run.close())
                run = _Run()
            points, corners = _hurried(part, lost if letter.islower() else lost / 3, rng)
            run.add(points * size + [x, 0] + lift, corners)
        for part in shape.later:
            later.append(Gesture(part.points * size + [x, 0] + lift, part.corners, True, 2.0))
        last = run.points[-1][0]
        if letter.isupper() and len(text) > 1 and last < x + 0.6 * shape.width * size:
            # A capital that ends on its left is not joined to what follows.
            done.append(run.close())
            run = _Run()
            last = x + 0.7 * shape.width * size
        tuck = 0.55 if letter.isupper() else 0.75
        x = max(last, x + tuck * shape.width * size) + habits.gap * (1.0 + lost) - 0.05
    if run.points:
        done.append(run.close())
    return done + later, x


def _hurried(
    part: glyphs.Part, lost: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A letter of which a share has been lost to haste: flatter, wider, with points left out."""
    points, corners = part.points.copy(), part.corners
    inside = (points[:, 1] >= 0) & (points[:, 1] <= 1.1)
    points[inside, 1] = 0.35 + (points[inside, 1] - 0.35) * (1 - 0.5 * lost)
    points[:, 0] *= 1 + 0.35 * lost
    keep = rng.random(len(points)) > 0.45 * lost
    keep[[0, -1]] = True
    return points[keep], corners[keep]


def wave(start: float, habits: Habits, rng: np.random.Generator) -> tuple[list[Gesture], float]:
    """A line of garlands, arches or cusps that stands for the rest of a name."""
    count = int(rng.integers(2, 8))
    kind = rng.integers(3)
    pitch = rng.uniform(0.45, 0.9) * habits.stretch
    height = rng.uniform(0.5, 1.1)
    run = _Run()
    x = start
    for k in range(count):
        size = height * (1 - (1 - habits.shrink) * k / count) * rng.uniform(0.55, 1.25)
        if rng.random() < 0.12:
            size *= 2.2 * habits.ascender
        low = rng.normal(0, 0.08)
        sharp_top, sharp_foot = kind != 1, kind != 0
        run.add(
            np.array([[x + 0.45 * pitch, low + size], [x + 0.6 * pitch, low]]),
            np.array([sharp_top, sharp_foot]),
        )
        x += pitch * rng.uniform(0.7, 1.3)
    run.add(np.array([[x + 0.4 * pitch, 0.3 * height]]), np.array([False]))
    return [run.close(leaves=True)], x


def zigzag(start: float, rng: np.random.Generator) -> tuple[list[Gesture], float]:
    """Large strokes up and down that were once letters."""
    count = int(rng.integers(3, 7))
    run = _Run()
    x, top = start, rng.uniform(1.5, 3.2)
    for k in range(count):
        size = top * rng.uniform(0.45, 1.1) * (1 - 0.4 * k / count)
        low = rng.normal(0, 0.25)
        width = rng.uniform(0.25, 0.7)
        sharp = rng.random(2) < 0.55
        run.add(np.array([[x + width, low + size], [x + 0.8 * width, low]]), sharp)
        x += width * rng.uniform(0.8, 1.6)
    run.add(np.array([[x + 0.8, rng.uniform(0.1, 1.2)]]), np.array([False]))
    return [run.close(leaves=True)], x


def compose(habits: Habits, rng: np.random.Generator) -> list[Gesture]:
    """The letters of a signature in a style, without flourish.

    Args:
        habits: The hand, its style among them.
        rng: Source of chance.

    Returns:
        The gestures, in the order of writing.
    """
    return [_hooked(gesture, habits.hook, rng) for gesture in _letters(habits, rng)]


def _hooked(gesture: Gesture, chance: float, rng: np.random.Generator) -> Gesture:
    """Perhaps a tick where the pen lands, and a lift in motion where it leaves."""
    if len(gesture.points) < 3:
        return gesture
    points, corners = gesture.points, gesture.corners
    if rng.random() < chance:
        tick = points[0] + [rng.uniform(-0.35, 0.02), rng.uniform(-0.3, 0.12)]
        points = np.concatenate([[tick], points])
        corners = np.concatenate([[True], corners])
        corners[1] = True
    leaves = gesture.leaves or rng.random() < 0.4
    return Gesture(points, corners, leaves, gesture.loose)


def straightened(gesture: Gesture, share: float) -> Gesture:
    """A gesture whose nearly straight lines are straight: what is beside a line is left out.

    Args:
        gesture: Not changed.
        share: How straight the hand is, 0-1: targets nearer to a line than 0.15 * share of its
            length are left out; at 0 none is.

    Returns:
        The gesture with its ends, its corners and what bends.
    """
    if not share:
        return gesture
    points, keep = gesture.points, [0]
    for at in range(1, len(points) - 1):
        between, line = points[keep[-1] + 1 : at + 1], (points[keep[-1]], points[at + 1])
        if gesture.corners[at] or not _beside(between, *line, 0.15 * share):
            keep.append(at)
    keep.append(len(points) - 1)
    return dataclasses.replace(gesture, points=points[keep], corners=gesture.corners[keep])


def _beside(points: np.ndarray, start: np.ndarray, end: np.ndarray, most: float) -> bool:
    """Whether points float64[N, 2] lie along a line, none farther off than a share of its length."""
    line = end - start
    off = points - start
    square = line @ line + 1e-18
    aside = np.abs(line[0] * off[:, 1] - line[1] * off[:, 0]) / square
    along = off @ line / square
    return bool(((aside <= most) & (along > 0) & (along < 1)).all())


def _letters(habits: Habits, rng: np.random.Generator) -> list[Gesture]:
    alphabet = Alphabet(habits, rng)
    style = habits.style
    letters = [chr(ord("A") + k) for k in rng.integers(26, size=3)]
    gestures: list[Gesture] = []
    x = 0.0
    if style in ("strokes", "leftward", "hanging"):
        return scripts.write(style, habits.join, rng)
    if style == "angular":
        return angular.name(habits.join, rng)
    if style == "cross":
        return angular.mark(rng)
    if style == "block":
        return _block(habits, alphabet, rng)
    if style == "monogram":
        for letter in letters[: rng.integers(2, 4)]:
            made, end = word(letter, x, habits, alphabet, rng)
            gestures += made
            x += (end - x) * rng.uniform(0.35, 1.0)
        return gestures
    if style == "zigzag":
        if rng.random() < 0.6:
            gestures, x = word(letters[0], x, habits, alphabet, rng)
        made, x = zigzag(x, rng)
        return _joined(gestures, made, 0.6, rng)
    if style == "wave":
        gestures, x = word(name(rng, 1)[: rng.integers(1, 4)], x, habits, alphabet, rng)
        made, x = wave(x, habits, rng)
        return _joined(gestures, made, 0.8, rng)
    if style == "initials":
        for letter in letters[: rng.integers(1, 3)]:
            made, x = word(letter, x, habits, alphabet, rng)
            gestures += made
            if rng.random() < 0.4:
                gestures.append(_dot(x + 0.1, 0.05))
                x += 0.35
    first = name(rng, int(rng.choice([1, 2, 3], p=[0.4, 0.5, 0.1])))
    made, x = word(first, x, habits, alphabet, rng)
    gestures += made
    if style != "initials" and rng.random() < 0.36:
        made, end = word(name(rng, int(rng.integers(1, 3))), x + 0.6, habits, alphabet, rng)
        if rng.random() < 0.45:
            # The family name goes on a second line.
            drop, back = rng.uniform(1.8, 2.6), rng.uniform(0.4, 0.9) * x
            for gesture in made:
                gesture.points -= [back, drop]
        gestures += made
    return gestures


def _block(habits: Habits, alphabet: Alphabet, rng: np.random.Generator) -> list[Gesture]:
    """A name in capitals, as on a form."""
    text = name(rng, int(rng.choice([1, 2, 3], p=[0.2, 0.6, 0.2]))).upper()[:8]
    gestures: list[Gesture] = []
    x = 0.0
    for letter in text:
        made, end = word(letter, x, habits, alphabet, rng)
        gestures += made
        x = end + 0.15
    return gestures


def _joined(
    before: list[Gesture], after: list[Gesture], chance: float, rng: np.random.Generator
) -> list[Gesture]:
    """Two lists of gestures, the last of the one mostly running on into the first of the other."""
    if not before or rng.random() > chance:
        return before + after
    last, first = before[-1], after[0]
    if last.points[-1, 0] > first.points[0, 0]:
        return before + after
    both = Gesture(
        np.concatenate([last.points, first.points]),
        np.concatenate([last.corners, first.corners]),
        first.leaves,
    )
    return [*before[:-1], both, *after[1:]]


def _dot(x: float, y: float) -> Gesture:
    return Gesture(np.array([[x, y], [x + 0.06, y - 0.05]]), np.array([True, True]), False, 1.5)
