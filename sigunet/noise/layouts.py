"""What forms are made of: lines, boxes, cells, tables, captions, drawn upright on a sheet."""

from dataclasses import dataclass

import cv2
import numpy as np

from sigunet.noise import emblems, letters, seals
from sigunet.noise.marks import grid


@dataclass
class Sheet:
    """A form while it is drawn: upright, as large as the picture and a margin for its turning.

    Attributes:
        rng: Source of randomness.
        print: uint8[H, W], coverage times 255 of what is printed in the form's colour.
        fill: uint8[H, W], coverage times 255 of its grounds.
        box: (top, left, height, width) of the signature on it, px.
        thick: Width of its lines, px.
        em: Height of its letters' em, px.
        face: Of its letters.
    """

    rng: np.random.Generator
    print: np.ndarray
    fill: np.ndarray
    box: tuple[float, float, float, float]
    thick: float
    em: float
    face: letters.Face

    def bar(self, top: float, left: float, bottom: float, right: float, ink: float = 1.0) -> None:
        """Fills an upright rectangle of the print, exact at its edges, in px."""
        rows, columns = (
            _share(top, bottom, self.print.shape[0]),
            _share(left, right, self.print.shape[1]),
        )
        if rows is None or columns is None:
            return
        into = self.print[
            rows[0] : rows[0] + len(rows[1]), columns[0] : columns[0] + len(columns[1])
        ]
        cover = np.outer(rows[1] * (255 * ink), columns[1]).astype(np.uint8)
        np.maximum(into, cover, out=into)

    def level(
        self, row: float, left: float, right: float, dash: tuple[float, float] | None = None
    ) -> None:
        """Rules a level line, dashed with (on, off) px if that is told."""
        if dash is None:
            self.bar(row - self.thick / 2, left, row + self.thick / 2, right)
            return
        for start in np.arange(left, right, sum(dash)):
            self.bar(row - self.thick / 2, start, row + self.thick / 2, start + dash[0])

    def upright(self, column: float, top: float, bottom: float) -> None:
        """Rules an upright line."""
        self.bar(top, column - self.thick / 2, bottom, column + self.thick / 2)

    def frame(self, top: float, left: float, bottom: float, right: float) -> None:
        """Rules a rectangle."""
        for row in (top, bottom):
            self.level(row, left - self.thick / 2, right + self.thick / 2)
        for column in (left, right):
            self.upright(column, top, bottom)

    def ground(self, top: float, left: float, bottom: float, right: float) -> None:
        """Lays a ground, whose edges need no exactness."""
        rows, columns = (
            slice(max(0, round(low)), max(0, round(high)))
            for low, high in ((top, bottom), (left, right))
        )
        self.fill[rows, columns] = 255

    def screen(self, step: float) -> None:
        """Prints the grounds laid so far as dots, so many px apart."""
        degrees = 45.0 if self.rng.random() < 0.7 else 0.0
        dots = grid(self.fill.shape, step, 0.6 * step, degrees, 0.0)
        dots *= grid(self.fill.shape, step, 0.6 * step, degrees + 90, 0.0)
        self.fill[...] = self.fill * dots

    def words(self, text: str, row: float, column: float, em: float | None = None) -> float:
        """Sets a line of text with its upper left corner at a place; returns its width in px."""
        raster = letters.raster([text], self.face, em or self.em)
        top, left = round(row), round(column)
        bottom = min(top + raster.shape[0], self.print.shape[0])
        right = min(left + raster.shape[1], self.print.shape[1])
        cut_top, cut_left = max(top, 0), max(left, 0)
        if bottom > cut_top and right > cut_left:
            into = self.print[cut_top:bottom, cut_left:right]
            part = raster[cut_top - top : bottom - top, cut_left - left : right - left]
            np.maximum(into, part, out=into)
        return raster.shape[1]


def _share(low: float, high: float, size: int) -> tuple[int, np.ndarray] | None:
    """Returns the first pixel that [low, high] touches, and how much of each it covers."""
    low, high = max(low, 0.0), min(high, float(size))
    if high <= low:
        return None
    first, last = int(low), min(size, int(np.ceil(high)))
    edges = np.arange(first, last)
    return first, np.minimum(edges + 1, high) - np.maximum(edges, low)


def _dashes(sheet: Sheet) -> tuple[float, float] | None:
    lot = sheet.rng.random()
    if lot < 0.6:
        return None
    # Dots as typewriters set them, or dashes.
    on = sheet.thick * (1.0 if lot < 0.8 else sheet.rng.uniform(3, 8))
    return on, max(1.5, on * sheet.rng.uniform(0.7, 2.0))


def _signature_line(sheet: Sheet) -> None:
    """A line at the foot of the signature, a caption below it, an X or words before it."""
    rng, (top, left, height, width) = sheet.rng, sheet.box
    row = top + height * rng.uniform(0.55, 1.05)
    long = width * rng.uniform(0.7, 1.7)
    start = left + width / 2 - long / 2 + rng.normal(0, 0.1) * width
    lot = rng.random()
    if lot < 0.12:
        glyph = letters.raster(["_"], sheet.face, sheet.em).shape[1]
        sheet.words("_" * max(3, round(long / max(1, glyph))), row - sheet.em, start)
    elif lot < 0.24:
        sheet.words("." * max(5, round(long / (0.28 * sheet.em))), row - sheet.em, start)
    else:
        sheet.level(row, start, start + long, _dashes(sheet))
    em = sheet.em * rng.uniform(0.6, 1.0)
    if rng.random() < 0.75:
        caption = letters.name(rng) if rng.random() < 0.25 else letters.label(rng)
        shift = rng.choice([0.0, 0.35, 0.7]) * long * rng.random()
        sheet.words(caption, row + sheet.thick + rng.uniform(-0.2, 0.4) * em, start + shift, em)
    lot = rng.random()
    if lot < 0.25:
        sheet.words("X" if lot < 0.15 else "x", row - 1.5 * sheet.em, start, 1.3 * sheet.em)
    elif lot < 0.5:
        sheet.words(letters.label(rng), row - 1.2 * sheet.em, start - 3 * sheet.em)
    if rng.random() < 0.3:
        # The field beside it: a date, a place.
        beside = start + long + rng.uniform(0.5, 3) * sheet.em
        sheet.level(row, beside, beside + 0.6 * long)
        sheet.words(letters.label(rng), row + sheet.thick, beside, em)


def _box(sheet: Sheet) -> None:
    """A box about the signature that its ends may cross, a label in its corner, perhaps a ground."""
    rng, (top, left, height, width) = sheet.rng, sheet.box
    up, down = (rng.uniform(-0.25, 0.3) * height for _ in range(2))
    before, behind = (rng.uniform(-0.25, 0.3) * width for _ in range(2))
    corners = top - up, left - before, top + height + down, left + width + behind
    if rng.random() < 0.4:
        sheet.ground(*corners)
    if rng.random() < 0.85:
        sheet.frame(*corners)
    if rng.random() < 0.2:
        inset = 2 * sheet.thick + 1.5
        sheet.frame(
            *(
                side + move
                for side, move in zip(corners, (inset, inset, -inset, -inset), strict=True)
            )
        )
    if rng.random() < 0.7:
        em = sheet.em * rng.uniform(0.6, 1.0)
        row = corners[0] + 1 if rng.random() < 0.6 else corners[2] - 1.5 * em
        sheet.words(letters.label(rng), row, corners[1] + sheet.thick + 0.3 * em, em)


def _comb(sheet: Sheet) -> None:
    """Rows of cells for single characters, closed or open at the top, some filled in print."""
    rng, (top, left, height, width) = sheet.rng, sheet.box
    cell = rng.uniform(1.1, 2.2) * sheet.em
    for _ in range(rng.integers(1, 3)):
        row = top + height * rng.uniform(-0.1, 1.0)
        start = left + width * rng.uniform(-0.3, 0.5)
        count = min(24, max(3, int(rng.uniform(0.3, 1.2) * width / cell)))
        step = cell * rng.uniform(0.75, 1.1)
        closed, apart = rng.random() < 0.7, rng.random() < 0.2
        if rng.random() < 0.25:
            sheet.ground(row, start, row + cell, start + step * count)
        for number in range(count + 1):
            column = start + step * number
            if apart and number < count:
                sheet.frame(row, column, row + cell, column + 0.8 * step)
            elif not apart:
                sheet.upright(column, row if closed else row + 0.6 * cell, row + cell)
        if not apart:
            for line in (row, row + cell) if closed else (row + cell,):
                sheet.level(line, start, start + step * count)
        entry = ("DDMMYYYY" if rng.random() < 0.3 else letters.number(rng).replace(" ", ""))[:count]
        if rng.random() < 0.6:
            for number, character in enumerate(entry):
                sheet.words(character, row + 0.02 * cell, start + step * (number + 0.2))
        if rng.random() < 0.5:
            sheet.words(letters.label(rng), row - 1.3 * sheet.em, start, 0.8 * sheet.em)


def _table(sheet: Sheet) -> None:
    """A grid of rows and columns through the signature, its head on a ground, words in its cells."""
    rng, (top, left, height, width) = sheet.rng, sheet.box
    pitch = sheet.em * rng.uniform(1.3, 3.2)
    columns = np.cumsum(rng.uniform(2.5, 9, rng.integers(2, 6))) * sheet.em
    first = left + rng.uniform(-0.5, 0.3) * width
    columns = first + np.concatenate([[0.0], columns])
    count = int(rng.integers(2, 7))
    start = top + height * rng.uniform(-0.3, 0.6)
    if rng.random() < 0.5:
        sheet.ground(start, columns[0], start + pitch, columns[-1])
    if rng.random() < 0.15:
        for number in range(2, count, 2):
            sheet.ground(
                start + number * pitch, columns[0], start + (number + 1) * pitch, columns[-1]
            )
    for number in range(count + 1):
        sheet.level(start + number * pitch, columns[0], columns[-1])
    if rng.random() < 0.85:
        for column in columns:
            sheet.upright(column, start, start + count * pitch)
    filled = rng.uniform(0.2, 0.9)
    for number in range(count):
        for column in columns[:-1]:
            if rng.random() < filled:
                entry = letters.label(rng) if number == 0 else letters.number(rng)
                em = min(sheet.em, 0.8 * pitch)
                sheet.words(entry[:9], start + number * pitch + 0.1 * em, column + 0.3 * em, em)


def _ticks(sheet: Sheet) -> None:
    """Small boxes to tick, each before some words, one below the other or side by side."""
    rng, (top, left, height, width) = sheet.rng, sheet.box
    side = sheet.em * rng.uniform(0.7, 1.2)
    row, column = top + height * rng.uniform(-0.1, 0.9), left + width * rng.uniform(-0.2, 0.7)
    down = rng.random() < 0.6
    for _ in range(rng.integers(1, 5)):
        sheet.frame(row, column, row + side, column + side)
        if rng.random() < 0.3:
            sheet.words("X", row - 0.3 * sheet.em, column + 0.15 * side)
        text = letters.sentence(rng, int(rng.integers(4, 22)))
        long = sheet.words(text, row - 0.25 * sheet.em, column + 1.5 * side)
        if down:
            row += sheet.em * rng.uniform(1.4, 2.0)
        else:
            column += long + 3 * side


def _frame_edge(sheet: Sheet) -> None:
    """The frame that is printed round a sheet, at one or two edges of the picture."""
    rng, (high, wide) = sheet.rng, sheet.print.shape
    inset = rng.uniform(0.03, 0.15) * min(high, wide)
    thick = sheet.thick * rng.uniform(1, 2.5)
    lines = [0.0] if rng.random() < 0.5 else [0.0, thick + rng.uniform(2, 5)]
    upper, left = rng.random(2) < 0.5
    level = rng.random() < 0.8
    for move in lines:
        at = inset - move
        if level:
            row = at if upper else high - at
            sheet.bar(row, at if left else 0, row + thick, wide if left else wide - at)
        column = at if left else wide - at
        sheet.bar(at if upper else 0, column, high if upper else high - at, column + thick)


def _barcode(sheet: Sheet) -> None:
    """A barcode, level or upright, its number below it, anywhere."""
    rng, (high, wide) = sheet.rng, sheet.print.shape
    module = rng.uniform(1.0, 2.5)
    widths = rng.choice([1, 2, 3, 4], 40, p=[0.45, 0.3, 0.15, 0.1]) * module
    ends = np.cumsum(widths)
    tall, top, left = (
        rng.uniform(18, 60),
        rng.uniform(-0.05, 0.9) * high,
        rng.uniform(0, 0.8) * wide,
    )
    turned_up = rng.random() < 0.25
    for start, end in zip(ends[::2], ends[1::2], strict=True):
        if turned_up:
            sheet.bar(left + start, top, left + end, top + tall)
        else:
            sheet.bar(top, left + start, top + tall, left + end)
    if not turned_up:
        sheet.words(f"{int(rng.random() * 10**12):012d}", top + tall, left + 4, 0.8 * sheet.em)


def _entries(sheet: Sheet) -> None:
    """A labelled field whose entry is printed, above or below the signature."""
    rng, (top, left, height, width) = sheet.rng, sheet.box
    row, column = top + height * rng.uniform(-0.2, 1.0), left + width * rng.uniform(-0.3, 0.6)
    for _ in range(rng.integers(1, 4)):
        long = sheet.words(letters.label(rng), row, column) + sheet.em
        if rng.random() < 0.6:
            sheet.words(
                letters.name(rng) if rng.random() < 0.5 else letters.number(rng), row, column + long
            )
        sheet.level(
            row + 1.2 * sheet.em, column + long, column + long + 0.7 * width, _dashes(sheet)
        )
        row += sheet.em * rng.uniform(1.6, 3.0)


def _logo(sheet: Sheet) -> None:
    """The sign of a bank or office, solid, its name beside it."""
    rng, (high, wide) = sheet.rng, sheet.print.shape
    side = int(rng.uniform(0.12, 0.35) * min(high, wide)) + 4
    lot = rng.random()
    if lot < 0.4:
        raster = emblems.ring(rng, rng.uniform(3, 12))
    else:
        raster = np.zeros((2 * seals.RADIUS,) * 2, np.uint8)
        corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) if lot < 0.7 else emblems.star(3, 0.5)
        for number in range(int(rng.integers(1, 4))):
            size, shift = rng.uniform(0.3, 0.9), rng.uniform(0, 0.1, 2)
            points = (corners * size + shift) * seals.RADIUS * (2 if lot < 0.7 else 1)
            points = points if lot < 0.7 else points + seals.RADIUS
            shape = [np.rint(points).astype(np.int32)]
            cv2.fillPoly(raster, shape, 0 if number % 2 else 255, cv2.LINE_AA)
    small = cv2.resize(raster, (side, side), interpolation=cv2.INTER_AREA)
    row, column = rng.uniform(-0.05, 0.85) * high, rng.uniform(-0.05, 0.85) * wide
    seals.paste(sheet.print, small, row + side / 2, column + side / 2)
    if rng.random() < 0.6:
        name = letters.organisation(rng).upper()
        sheet.words(name, row + 0.3 * side, column + 1.1 * side, 1.5 * sheet.em)


PARTS = (
    _signature_line,
    _box,
    _comb,
    _table,
    _ticks,
    _frame_edge,
    _barcode,
    _entries,
    _logo,
)
CHANCES = (0.32, 0.18, 0.1, 0.11, 0.07, 0.05, 0.04, 0.08, 0.05)
"""How often each part stands on a form."""
