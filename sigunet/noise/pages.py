"""Print as pages hold it: running text set in lines, headings, tables, machine-readable zones."""

import functools

import numpy as np

from sigunet.noise import letters
from sigunet.noise.letters import Alphabet, Face


@functools.cache
def _weights(face: Face) -> tuple[Face, ...]:
    """Lists the faces of the same family, the given one first."""
    family = face.name.rsplit("-", 2)[0]
    others = [
        other for other in letters.faces() if other != face and other.name.startswith(f"{family}-")
    ]
    return (face, *others)


def _set(glyphs: Alphabet, text: str, width: int, uneven: float, rng: np.random.Generator):
    """Sets one line: uint8[height, w], its words spread to a width if that is above 0."""
    cells = [glyphs[character] for character in text]
    if width:
        gaps = [place for place, character in enumerate(text) if character == " "]
        missing = width - sum(cell.shape[1] for cell in cells)
        # Letters are never pulled apart, and words by at most an em.
        if gaps and 0 < missing <= glyphs.size * len(gaps):
            each, rest = divmod(missing, len(gaps))
            for count, place in enumerate(gaps):
                wider = cells[place].shape[1] + each + (count < rest)
                cells[place] = np.zeros((glyphs.height, wider), np.uint8)
    row = np.concatenate(cells, axis=1)
    return _struck(rng, row, cells, uneven) if uneven else row


def _struck(
    rng: np.random.Generator, row: np.ndarray, cells: list[np.ndarray], uneven: float
) -> np.ndarray:
    """Strikes the letters of a line as a typewriter does: some paler, some off the line."""
    widths = np.array([cell.shape[1] for cell in cells])
    hit = np.clip(1.0 - uneven * np.abs(rng.normal(0, 0.5, len(cells))), 0.15, 1.0)
    row = (row * np.repeat(hit.astype(np.float32), widths)).astype(np.uint8)
    ends = np.cumsum(widths)
    reach = max(1, round(row.shape[0] * 0.05 * uneven))
    for place in np.flatnonzero(rng.random(len(cells)) < 0.25 * uneven):
        cut = np.s_[:, ends[place] - widths[place] : ends[place]]
        row[cut] = np.roll(row[cut], reach if rng.random() < 0.5 else -reach, axis=0)
    return row


def stacked(rows: list[np.ndarray], step: int) -> np.ndarray:
    """Puts set lines below each other, left-aligned.

    Args:
        rows: Each uint8[h, w], all equally high.
        step: From one line to the next, px.

    Returns:
        uint8[H, W].
    """
    height = rows[0].shape[0]
    canvas = np.zeros(
        (step * (len(rows) - 1) + height, max(row.shape[1] for row in rows)), np.uint8
    )
    for place, row in enumerate(rows):
        into = canvas[place * step : place * step + height, : row.shape[1]]
        np.maximum(into, row, out=into)
    return canvas


def page(
    rng: np.random.Generator, size: tuple[float, float], em: float, uneven: float = 0.0
) -> np.ndarray:
    """Sets running text in lines as a page holds it, justified or ragged, in paragraphs.

    Args:
        rng: Source of randomness.
        size: (height, width) to fill, px.
        em: Height of the em, px.
        uneven: How unevenly the letters are struck, in [0, 1].

    Returns:
        uint8[h, w], coverage times 255, about as large as told.
    """
    face = letters.any_face(rng)
    if face.group in ("serif", "sans"):
        # Toner and ink are uneven too, but not from one letter to the next.
        uneven *= 0.4
    faces = _weights(face)
    glyphs = letters.alphabet(face, em)
    bold = letters.alphabet(faces[int(rng.random() * len(faces))], em)
    step = max(glyphs.size // 2, round(glyphs.size * rng.uniform(0.95, 1.7)))
    height, width = size
    count = max(2, round(height / step))
    justified = rng.random() < 0.55
    # The mean character is some 0.48 em wide; monospaced faces are measured.
    pace = np.mean([glyphs[character].shape[1] for character in "aeinrst lo"])
    length = max(4, round(width / pace))
    words = letters.sentence(rng, length * count).split(" ")
    indent = int(rng.uniform(0, 2.5)) if rng.random() < 0.4 else 0
    rows, start, fresh = [], 0, rng.random() < 0.5
    while len(rows) < count and start < len(words):
        line, taken = " " * (2 * indent) if fresh else "", start
        while taken < len(words) and (taken == start or len(line) + len(words[taken]) <= length):
            line += words[taken] + " "
            taken += 1
        start = taken
        ends = rng.random() < 0.12
        if ends:
            line = line[: max(3, int(len(line) * rng.random()))]
        heading = fresh and rng.random() < 0.25
        fill = round(width) if justified and not ends else 0
        rows.append(_set(bold if heading else glyphs, line.rstrip() or ".", fill, uneven, rng))
        fresh = ends
        if ends and rng.random() < 0.3 and len(rows) < count:
            rows.append(np.zeros((glyphs.height, 1), np.uint8))
    tallest = max(row.shape[0] for row in rows)
    rows = [np.pad(row, ((0, tallest - row.shape[0]), (0, 0))) for row in rows]
    return stacked(rows, step)


def styled(rng: np.random.Generator, width: float, em: float, uneven: float = 0.0) -> np.ndarray:
    """Sets a heading, underlined words, columns of a table, or a machine-readable zone.

    Args:
        rng: Source of randomness.
        width: About how wide, px.
        em: Height of the em, px.
        uneven: How unevenly the letters are struck, in [0, 1].

    Returns:
        uint8[h, w], coverage times 255.
    """
    face = letters.any_face(rng)
    lot = rng.random()
    if lot < 0.3:
        faces = [other for other in letters.faces() if "-700" in other.name]
        bold = letters.alphabet(faces[int(rng.random() * len(faces))], em)
        text = letters.organisation(rng) if rng.random() < 0.5 else letters.sentence(rng, 14)
        return _set(bold, text.upper() if rng.random() < 0.5 else text, 0, uneven, rng)
    if lot < 0.55:
        return _underlined(rng, letters.alphabet(face, em), width, uneven)
    if lot < 0.85:
        return _table(rng, letters.alphabet(face, min(em, 24.0)), width, uneven)
    return _zone(rng, min(em, 28.0), width, uneven)


def _underlined(
    rng: np.random.Generator, glyphs: Alphabet, width: float, uneven: float
) -> np.ndarray:
    length = max(4, int(rng.uniform(0.3, 0.9) * width / (0.5 * glyphs.size)))
    row = _set(glyphs, letters.sentence(rng, length), 0, uneven, rng)
    thick = max(1, round(glyphs.size * rng.uniform(0.05, 0.1)))
    # The baseline lies an ascender below the room for accents; most fonts descend a quarter em.
    base = min(row.shape[0] - thick, row.shape[0] - round(0.16 * glyphs.size))
    row = row.copy()
    row[base : base + thick] = 255
    return row


def _table(rng: np.random.Generator, glyphs: Alphabet, width: float, uneven: float) -> np.ndarray:
    columns = int(rng.integers(2, 5))
    pitch = max(3 * glyphs.size, round(width / columns * rng.uniform(0.8, 1.2)))
    rows = []
    for _ in range(rng.integers(2, 8)):
        row = np.zeros((glyphs.height, pitch * columns), np.uint8)
        for column in range(columns):
            entry = letters.label(rng) if column == 0 else letters.number(rng)
            cell = _set(glyphs, entry, 0, uneven, rng)[:, : pitch - 2]
            # Numbers are set flush right.
            left = column * pitch if column == 0 else (column + 1) * pitch - cell.shape[1] - 2
            row[:, left : left + cell.shape[1]] = cell
        rows.append(row)
    return stacked(rows, round(glyphs.size * rng.uniform(1.1, 2.0)))


def _zone(rng: np.random.Generator, em: float, width: float, uneven: float) -> np.ndarray:
    faces = [face for face in letters.faces() if face.group in ("mono", "typewriter")]
    glyphs = letters.alphabet(faces[int(rng.random() * len(faces))], em)
    length = max(8, min(44, round(width / glyphs["0"].shape[1])))
    name = letters.name(rng).upper().replace(" ", "<<")
    digits = "".join(str(digit) for digit in rng.integers(0, 10, length))
    first = f"P<{digits[:3]}{name}".ljust(length, "<")[:length]
    second = digits if rng.random() < 0.5 else f"{digits[: length // 2]}<".ljust(length, "<")
    return stacked(
        [_set(glyphs, text, 0, uneven, rng) for text in (first, second)],
        round(glyphs.size * rng.uniform(1.2, 1.7)),
    )
