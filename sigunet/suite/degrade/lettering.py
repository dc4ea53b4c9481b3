"""Print of the exam: its own faces and words, none of which training pictures hold."""

import functools
from dataclasses import dataclass
from importlib import resources

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sigunet.suite.page import halved

_FINE = 3  # letters are drawn so many times larger and averaged down, so hinting does not show


@dataclass(frozen=True)
class Face:
    """One font file of `sigunet/suite/fonts`.

    Attributes:
        group: "serif", "sans", "mono" or "typewriter".
        file: The file's name.
    """

    group: str
    file: str


@functools.cache
def faces() -> tuple[Face, ...]:
    """Lists the faces, sorted by file name."""
    folder = resources.files("sigunet.suite") / "fonts"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".woff"))
    return tuple(Face(name.split("-", 1)[0], name) for name in names)


def any_face(rng: np.random.Generator, *, bold: bool = False) -> Face:
    """Draws one of the four groups (or of those that have a bold face), then one of its faces."""
    choice = [face for face in faces() if not bold or "-700-" in face.file]
    groups = sorted({face.group for face in choice})
    group = groups[rng.integers(len(groups))]
    those = [face for face in choice if face.group == group]
    return those[rng.integers(len(those))]


@functools.cache
def _phrases() -> dict[str, tuple[str, ...]]:
    """Entries of words.txt by section."""
    sections: dict[str, list[str]] = {}
    text = (resources.files("sigunet.suite") / "words.txt").read_text("utf-8")
    for line in text.splitlines():
        if line.startswith("# "):
            into = sections.setdefault(line[2:], [])
        elif line and not line.startswith("##"):
            into.append(line)
    return {name: tuple(lines) for name, lines in sections.items()}


def phrase(rng: np.random.Generator, section: str) -> str:
    """Draws an entry of one section of words.txt."""
    entries = _phrases()[section]
    return entries[rng.integers(len(entries))]


def number(rng: np.random.Generator) -> str:
    """Draws a date, an amount or a reference."""
    digits = "".join(str(digit) for digit in rng.integers(0, 10, 10))
    day, month = rng.integers(1, 29), rng.integers(1, 13)
    kinds = (
        f"{day:02d}/{month:02d}/19{digits[:2]}",
        f"{day}.{month}.20{digits[:2]}",
        f"{digits[:3]} {digits[3:6]},{digits[6:8]}",
        f"{digits[:2]}/{digits[2:6]}-{digits[6]}",
        f"Nr. {digits[:6]}",
        f"§ {digits[0]}.{digits[1]}",
    )
    return kinds[rng.integers(len(kinds))]


def running(rng: np.random.Generator, face: Face, size: float, width: float) -> str:
    """Draws a line of running text of one language, with numbers in it.

    Args:
        rng: Source of randomness.
        face: One of `faces()`.
        size: Height of the em in px.
        width: Room for it, px; it holds whole words, at least one.

    Returns:
        The line.
    """
    font = _font(face, round(size * _FINE))
    languages = [name for name in _phrases() if name.startswith("text ")]
    language = languages[rng.integers(len(languages))]
    capitals = rng.random() < 0.1
    line = ""
    while True:
        part = number(rng) if rng.random() < 0.12 else phrase(rng, language)
        for word in (part.upper() if capitals else part).split():
            longer = f"{line} {word}".lstrip()
            if line and font.getlength(longer) > width * _FINE:
                return line
            line = longer


@functools.cache
def _font(face: Face, size: int) -> ImageFont.FreeTypeFont:
    path = resources.files("sigunet.suite") / "fonts" / face.file
    with path.open("rb") as file:
        # Basic layout: set alike whether or not Raqm is installed.
        return ImageFont.truetype(file, size, layout_engine=ImageFont.Layout.BASIC)


def set_text(lines: list[str], face: Face, size: float, step: int = 0) -> np.ndarray:
    """Sets lines of text, left-aligned.

    Args:
        lines: The text, in Latin-1.
        face: One of `faces()`.
        size: Height of the em in px.
        step: From one baseline to the next, px; 5/4 of the em if 0.

    Returns:
        float64[h, w] in [0, 1], coverage.
    """
    font = _font(face, round(size * _FINE))
    step = step or round(size * 1.25)
    width = max(1, max(round(font.getlength(line)) for line in lines) + 2 * _FINE)
    height = step * (len(lines) - 1) + round(size * 1.5)
    sheet = Image.new("L", (-(-width // _FINE) * _FINE, height * _FINE))
    pen = ImageDraw.Draw(sheet)
    for place, line in enumerate(lines):
        baseline = (place * step + size * 1.1) * _FINE
        pen.text((_FINE, round(baseline)), line, fill=255, font=font, anchor="ls")
    return halved(np.asarray(sheet), _FINE) / 255
