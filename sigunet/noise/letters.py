"""Printed text: the faces of `fonts/`, the words of `words.txt`, and their raster images."""

import functools
from dataclasses import dataclass
from importlib import resources

import numpy as np
from PIL import Image, ImageDraw, ImageFont

# Sizes at which a face is opened, in px, about an eighth apart, so that all the glyphs that a
# process comes to hold stay below some 30 MB.
_SIZES = (6, 7, 8, 9, 10, 11, 12, 14, 16, 18, 20, 22, 25, 28, 32, 36, 40, 45, 50, 56, 64)

_SECTIONS = ("words", "labels", "stamps", "organisations", "first names", "family names", "towns")


@dataclass(frozen=True)
class Face:
    """One font file.

    Attributes:
        group: "serif", "sans", "mono" or "typewriter".
        name: Family, weight and style, as the file is named.
        file: The file's name in `fonts/`.
    """

    group: str
    name: str
    file: str


@functools.cache
def faces() -> tuple[Face, ...]:
    """Lists the bundled faces, sorted by file name."""
    names = sorted(
        entry.name
        for entry in (resources.files("sigunet.noise") / "fonts").iterdir()
        if entry.name.endswith((".woff", ".ttf"))
    )
    return tuple(Face(*name.rpartition(".")[0].split("-", 1), name) for name in names)


@functools.cache
def _by_group() -> tuple[tuple[Face, ...], ...]:
    groups = sorted({face.group for face in faces()})
    return tuple(tuple(face for face in faces() if face.group == group) for group in groups)


def any_face(rng: np.random.Generator) -> Face:
    """Draws a face: first one of the four groups, then one of its faces."""
    groups = _by_group()
    group = groups[_index(rng, len(groups))]
    return group[_index(rng, len(group))]


class Alphabet(dict):
    """Glyphs of one face at one size, drawn when first asked for.

    A key is a character, a value its uint8[height, w]: coverage times 255 in a cell as wide as the
    character takes, so that cells side by side are a line of text. FreeType takes some 10 us a
    character, as long as it takes to join the cells of a whole line.

    Attributes:
        size: Height of the em in px.
        height: From above the highest accent to the lowest descender, px.
    """

    def __init__(self, face: Face, size: int):
        super().__init__()
        path = resources.files("sigunet.noise") / "fonts" / face.file
        with path.open("rb") as file:
            # Basic layout: no ligatures, and set alike whether or not Raqm is installed.
            self._font = ImageFont.truetype(file, size, layout_engine=ImageFont.Layout.BASIC)
        self.size = size
        # Capitals with accents reach above what fonts call their ascender.
        self._top = size // 4
        self.height = self._top + sum(self._font.getmetrics())

    def __missing__(self, character: str) -> np.ndarray:
        left, _, right, _ = self._font.getbbox(character)
        # A glyph that hangs over its advance (an italic f) gets the room it needs.
        shift = max(0, -int(left))
        width = max(round(self._font.getlength(character)), int(right)) + shift
        picture = Image.new("L", (max(1, width), self.height))
        ImageDraw.Draw(picture).text((shift, self._top), character, fill=255, font=self._font)
        cell = self[character] = np.asarray(picture)
        return cell


@functools.cache
def _open(face: Face, size: int) -> Alphabet:
    return Alphabet(face, size)


def alphabet(face: Face, size: float) -> Alphabet:
    """Opens a face at the size nearest to one asked for.

    Args:
        face: One of `faces()`.
        size: Height of the em in px; letters with ascender and descender fill about 0.9 of it.

    Returns:
        Its glyphs, shared by all callers.
    """
    return _open(face, min(_SIZES, key=lambda known: abs(known - size)))


@functools.cache
def words(section: str) -> tuple[str, ...]:
    """Lists the entries of one section of words.txt, such as "words" or "family names"."""
    text = (resources.files("sigunet.noise") / "words.txt").read_text(encoding="utf-8")
    entries: dict[str, list[str]] = {name: [] for name in _SECTIONS}
    current: list[str] = []
    for line in text.splitlines():
        if line.startswith("# "):
            current = entries.get(line[2:], [])
        elif line:
            current.append(line)
    return tuple(entries[section])


def _index(rng: np.random.Generator, count: int) -> int:
    """Draws below a count, ten times as fast as `rng.integers` draws one number."""
    return int(rng.random() * count)


def _one(rng: np.random.Generator, section: str) -> str:
    entries = words(section)
    return entries[_index(rng, len(entries))]


def number(rng: np.random.Generator) -> str:
    """Draws a number, amount, date, time, telephone or reference number, as forms hold them."""
    digits = f"{_index(rng, 10**12):012d}"
    kind = _index(rng, 9)
    if kind == 0:
        return digits[: 1 + _index(rng, 8)]
    if kind == 1:
        return f"{int(digits[:4]):,}.{digits[4:6]}"
    if kind == 2:
        sign = ("$", "£", "EUR ", "CHF ", "No. ")[_index(rng, 5)]
        return f"{sign}{int(digits[:5])}.{digits[5:7]}"
    if kind == 3:
        return f"{digits[:2]}:{digits[2:4]}"
    if kind == 4:
        return f"+{digits[:2]} {digits[2:5]} {digits[5:8]} {digits[8:]}"
    if kind == 5:
        return f"{chr(65 + int(digits[0]))}{chr(70 + int(digits[1]))}-{digits[2:8]}"
    return _dates(rng)[kind - 6]


def date(rng: np.random.Generator) -> str:
    """Draws a date in one of three ways of writing it."""
    return _dates(rng)[_index(rng, 3)]


def _dates(rng: np.random.Generator) -> tuple[str, str, str]:
    day, month, year = 1 + _index(rng, 28), 1 + _index(rng, 12), 1950 + _index(rng, 80)
    return (
        f"{day:02d}.{month:02d}.{year}",
        f"{month}/{day}/{year}",
        f"{year}-{month:02d}-{day:02d}",
    )


def name(rng: np.random.Generator) -> str:
    """Draws the invented name of a person."""
    return f"{_one(rng, 'first names')} {_one(rng, 'family names')}"


def organisation(rng: np.random.Generator) -> str:
    """Draws the invented name of an office or company."""
    first = "towns" if rng.random() < 0.5 else "family names"
    return f"{_one(rng, first)} {_one(rng, 'organisations')}"


def label(rng: np.random.Generator) -> str:
    """Draws what stands beside a form's field."""
    return _one(rng, "labels")


def stamp_word(rng: np.random.Generator) -> str:
    """Draws what an office stamps on paper, or a date."""
    return number(rng) if rng.random() < 0.2 else _one(rng, "stamps")


def sentence(rng: np.random.Generator, length: int) -> str:
    """Draws running text.

    Args:
        rng: Source of randomness.
        length: Characters wanted; the last word may go past it.

    Returns:
        Words of several languages with names, numbers and marks among them.
    """
    parts: list[str] = []
    count = 0
    capitals = rng.random() < 0.15
    while count < length:
        lot = rng.random()
        if lot < 0.08:
            part = number(rng)
        elif lot < 0.14:
            part = name(rng)
        else:
            part = _one(rng, "words")
            part += "," if lot > 0.93 else "." if lot > 0.89 else ""
        parts.append(part)
        count += len(part) + 1
    text = " ".join(parts)
    return text.upper() if capitals else text[0].upper() + text[1:]


def raster(lines: list[str], face: Face, size: float, *, spacing: float = 1.2) -> np.ndarray:
    """Draws lines of text, left-aligned.

    Args:
        lines: The text; characters beyond Latin-1 may have no glyph.
        face: One of `faces()`.
        size: Height of the em in px.
        spacing: From one baseline to the next, in ems.

    Returns:
        uint8[h, w], coverage times 255.
    """
    glyphs = alphabet(face, size)
    rows = [np.concatenate([glyphs[character] for character in line], axis=1) for line in lines]
    step = round(glyphs.size * spacing)
    canvas = np.zeros(
        (step * (len(rows) - 1) + glyphs.height, max(row.shape[1] for row in rows)), np.uint8
    )
    for place, row in enumerate(rows):
        into = canvas[place * step : place * step + glyphs.height, : row.shape[1]]
        np.maximum(into, row, out=into)
    return canvas
