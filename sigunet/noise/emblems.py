"""Seals as raster images: round ones with text on both arcs, character seals, date stamps."""

import math

import cv2
import numpy as np

from sigunet.noise import letters, seals
from sigunet.noise.seals import RADIUS

_CHOP = 168
"""Side in pixels at which character seals are drawn, before they are scaled to their size."""

FRAMED = 240
"""Length in pixels at which office stamps with a frame are drawn, likewise."""


def ring(rng: np.random.Generator, thick: float) -> np.ndarray:
    """Draws a round seal: one to three rings, text on both arcs, stars between, a crest within.

    Args:
        rng: Source of randomness.
        thick: Width of the outer ring in pixels of the result.

    Returns:
        uint8[2 RADIUS, 2 RADIUS], coverage times 255, upright.
    """
    strip = np.zeros((RADIUS, seals.strip_width()), np.uint8)
    wide = strip.shape[1]
    bar = max(1, round(min(thick, 0.12 * RADIUS)))
    rim = 1.0
    if rng.random() < 0.15:
        rim += _serrate(rng, strip, bar)
    for number in range(int(rng.choice([1, 2, 3], p=[0.5, 0.38, 0.12]))):
        line = bar if number == 0 or rng.random() < 0.3 else max(1, bar // 2)
        strip[round(rim) : round(rim) + line] = 255
        rim += line + rng.uniform(2.0, 5.0)
    face, size = letters.any_face(rng), rng.uniform(14, 30)
    line = rim + 0.55 * size
    upper = letters.raster([letters.organisation(rng).upper()], face, size)
    _paste_spread(rng, strip, upper, line, wide / 2, 0.62 * wide)
    if rng.random() < 0.7:
        text = letters.stamp_word(rng) if rng.random() < 0.5 else letters.organisation(rng)
        lower = letters.raster([text.upper()], face, size * rng.uniform(0.75, 1.0))[::-1, ::-1]
        lower = seals.narrowed(lower, 0.3 * wide)
        for seam in (0, wide):
            seals.paste(strip, lower, line, seam)
        if rng.random() < 0.6:
            mark = letters.raster([rng.choice(["*", "+", "o", "-"])], face, 1.3 * size)
            for place in (0.185 * wide, 0.815 * wide):
                seals.paste(strip, mark, line + 0.2 * size, place)
    inner = round(rim + 1.25 * size)
    for _ in range(int(rng.choice([0, 1, 2], p=[0.35, 0.5, 0.15]))):
        strip[inner : inner + max(1, bar // 2)] = 255
        inner += max(1, bar // 2) + 3
    flat = seals.bent(strip)
    _fill(rng, flat, max(12.0, RADIUS - inner - 3.0), bar)
    return flat


def _serrate(rng: np.random.Generator, strip: np.ndarray, bar: int) -> float:
    """Cuts teeth or scallops into the rim of a strip; returns how deep they are, px."""
    teeth, deep = int(rng.integers(24, 70)), rng.uniform(3, 7)
    turn = np.arange(strip.shape[1]) * (teeth / strip.shape[1]) % 1.0
    edge = 1 + deep * (np.abs(2 * turn - 1) if rng.random() < 0.6 else 1 - np.sin(math.pi * turn))
    rows = np.arange(round(deep) + bar + 2)[:, None]
    strip[: len(rows)] = np.where((rows >= edge) & (rows <= edge + bar), 255, 0)
    return 1 + deep + bar + rng.uniform(1, 3)


def _paste_spread(
    rng: np.random.Generator,
    strip: np.ndarray,
    raster: np.ndarray,
    row: float,
    column: float,
    width: float,
) -> None:
    """Lays text on an arc, squeezed if it is too long, at times stretched over all of it."""
    raster = seals.narrowed(raster, width)
    if raster.shape[1] < 0.8 * width and rng.random() < 0.5:
        longer = min(1.6 * raster.shape[1], width)
        raster = cv2.resize(raster, (round(longer), raster.shape[0]))
    seals.paste(strip, raster, row, column)


def _fill(rng: np.random.Generator, flat: np.ndarray, radius: float, bar: int) -> None:
    """Draws the middle of a seal: a star, a crest, a date across, lines of words, or nothing."""
    lot = rng.random()
    if lot < 0.3:
        points = star(5 if rng.random() < 0.8 else int(rng.integers(6, 13)), 0.4)
        points = RADIUS + points * rng.uniform(0.55, 0.9) * radius
        _polygon(flat, points, bar if rng.random() < 0.3 else None)
    elif lot < 0.5:
        _crest(rng, flat, 0.8 * radius, bar)
    elif lot < 0.7:
        half = rng.uniform(0.2, 0.34) * radius
        reach = math.sqrt(RADIUS**2 - half**2) - bar if rng.random() < 0.3 else radius
        for row in (RADIUS - half, RADIUS + half):
            flat[
                round(row) : round(row) + max(1, bar // 2),
                round(RADIUS - reach) : round(RADIUS + reach),
            ] = 255
        entry = letters.number(rng) if rng.random() < 0.7 else letters.stamp_word(rng)
        raster = letters.raster([entry], letters.any_face(rng), 1.6 * half)
        seals.paste(flat, seals.narrowed(raster, 1.8 * radius), RADIUS, RADIUS)
    elif lot < 0.9:
        lines = [letters.stamp_word(rng) for _ in range(rng.integers(1, 4))]
        raster = letters.raster(lines, letters.any_face(rng), rng.uniform(18, 34))
        seals.paste(flat, seals.narrowed(raster, 1.6 * radius), RADIUS, RADIUS)


def star(count: int, inner: float) -> np.ndarray:
    """Returns the corners float[2 count, 2] of a star of radius 1, as (x, y), one on top."""
    angles = np.arange(2 * count) * np.pi / count - np.pi / 2
    reach = np.where(np.arange(2 * count) % 2, inner, 1.0)
    return np.column_stack([np.cos(angles), np.sin(angles)]) * reach[:, None]


def _polygon(flat: np.ndarray, points: np.ndarray, line: int | None) -> None:
    corners = [np.rint(points * 16).astype(np.int32)]
    if line is None:
        cv2.fillPoly(flat, corners, 255, cv2.LINE_AA, shift=4)
    else:
        cv2.polylines(flat, corners, True, 255, max(1, line), cv2.LINE_AA, shift=4)


def _crest(rng: np.random.Generator, flat: np.ndarray, radius: float, bar: int) -> None:
    """Draws a shield with bars and stars, between two branches or rays."""
    shield = np.array(
        [
            (-0.55, -0.65),
            (0.55, -0.65),
            (0.55, 0.05),
            (0.35, 0.5),
            (0, 0.8),
            (-0.35, 0.5),
            (-0.55, 0.05),
        ]
    )
    _polygon(flat, RADIUS + shield * radius, max(1, bar))
    for _ in range(rng.integers(1, 4)):
        lot, at = rng.random(), rng.uniform(-0.4, 0.35)
        if lot < 0.4:
            ends = np.array([(-0.5, at), (0.5, at + rng.choice([0.0, -0.3, 0.3]))])
            _polygon(flat, RADIUS + ends * radius, 2 * bar)
        elif lot < 0.7:
            _polygon(flat, RADIUS + (star(5, 0.4) * 0.17 + (at, at * 0.8)) * radius, None)
        else:
            _polygon(flat, RADIUS + (star(4, 0.5) * 0.25 + (0, at)) * radius, bar)
    if rng.random() < 0.6:
        for side in (-1, 1):
            for number in range(7):
                angle = math.radians(100 - 24 * number) + math.pi / 2
                place = np.array(
                    [side * (0.62 + 0.28 * math.sin(angle - 1.2)), 0.75 - 0.22 * number]
                )
                leaf = np.array(
                    [(0, 0), (0.09 * side, -0.1), (0.22 * side, -0.12), (0.1 * side, 0)]
                )
                _polygon(flat, RADIUS + (place + leaf) * radius, None)
    else:
        for angle in np.linspace(-2.6, -0.5, int(rng.integers(5, 12))):
            ray = np.array([math.cos(angle), math.sin(angle)])
            _polygon(flat, RADIUS + np.stack([0.85 * ray, 1.05 * ray]) * radius, bar)


def chop(rng: np.random.Generator, thick: float) -> np.ndarray:
    """Draws a square character seal: a grid of invented characters in a frame, or cut out of it.

    Args:
        rng: Source of randomness.
        thick: Width of the frame in pixels of the result.

    Returns:
        uint8[h, w], coverage times 255, upright; h is `_CHOP`, w up to that.
    """
    rows, columns = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    rows = max(rows, columns)
    wide = _CHOP if rows == columns else max(_CHOP // 3, round(_CHOP * columns / rows))
    canvas = np.zeros((_CHOP, wide), np.uint8)
    bar = round(min(max(thick, 0.02 * _CHOP), 0.08 * _CHOP))
    gap = bar + round(rng.uniform(0.01, 0.05) * _CHOP)
    cell = np.array([(_CHOP - 2 * gap) / rows, (wide - 2 * gap) / columns])
    weight = max(2, round(rng.uniform(0.05, 0.1) * min(cell)))
    for row in range(rows):
        for column in range(columns):
            corner = gap + np.array([row, column]) * cell + 0.07 * cell
            _character(rng, canvas, corner, 0.86 * cell, weight)
    # The smaller ones are often cut out of the ground.
    if rng.random() < 0.4 and thick > 0.02 * _CHOP:
        canvas = 255 - canvas
        canvas[:2], canvas[-2:], canvas[:, :2], canvas[:, -2:] = 0, 0, 0, 0
        return canvas
    seals.frame(canvas, 1, bar)
    if rng.random() < 0.2:
        seals.frame(canvas, bar + 3, max(1, bar // 2))
    return canvas


def _character(
    rng: np.random.Generator, canvas: np.ndarray, corner: np.ndarray, size: np.ndarray, weight: int
) -> None:
    """Draws what looks like a character: level and upright strokes, boxes, a sweep or dots."""

    def stroke(*points: tuple[float, float]) -> None:
        path = corner + np.array(points) * size
        path = np.rint(path[:, ::-1] * 16).astype(np.int32)
        cv2.polylines(canvas, [path], False, 255, weight, cv2.LINE_AA, shift=4)

    levels = np.sort(rng.choice(7, int(rng.integers(2, 5)), replace=False)) / 6
    for level in levels:
        left, right = (0.0, 1.0) if rng.random() < 0.5 else np.sort(rng.uniform(0, 1, 2))
        stroke((level, left), (level, max(right, left + 0.3)))
    for upright in np.sort(rng.choice(5, int(rng.integers(1, 4)), replace=False)) / 4:
        top, bottom = (0.0, 1.0) if rng.random() < 0.4 else np.sort(rng.uniform(0, 1, 2))
        stroke((top, upright), (max(bottom, top + 0.3), upright))
    lot = rng.random()
    if lot < 0.4:
        side = -1 if rng.random() < 0.5 else 1
        stroke((0.45, 0.5), (0.75, 0.5 + 0.25 * side), (1.0, 0.5 + 0.5 * side))
    elif lot < 0.7:
        top, left = rng.uniform(0, 0.5, 2)
        stroke(
            (top, left), (top, left + 0.5), (top + 0.4, left + 0.5), (top + 0.4, left), (top, left)
        )


def dated(rng: np.random.Generator, thick: float) -> np.ndarray:
    """Draws an office's date stamp: words above and below a date, between bars or in a frame.

    Args:
        rng: Source of randomness.
        thick: Width of its frame in pixels of the result.

    Returns:
        uint8[h, w], coverage times 255, upright.
    """
    wide = 2 * seals.HALF
    face = letters.any_face(rng)
    bar = max(1, round(min(thick, 0.08 * wide)))
    rows = [
        letters.raster([text], face, em)
        for text, em in (
            (letters.stamp_word(rng), rng.uniform(18, 34)),
            (letters.date(rng), rng.uniform(24, 40)),
            (letters.organisation(rng), rng.uniform(12, 22)),
        )
    ]
    rows = [seals.narrowed(row, wide - 4 * bar - 8) for row in rows]
    rows = rows if rng.random() < 0.7 else rows[:2]
    gap = bar + 2
    canvas = np.zeros((sum(row.shape[0] + gap for row in rows) + 4 * bar + 6, wide), np.uint8)
    at, barred = 2.0 * bar + 3, rng.random() < 0.5
    for number, row in enumerate(rows):
        seals.paste(canvas, row, at + row.shape[0] / 2, wide / 2)
        at += row.shape[0] + gap
        if barred and number < len(rows) - 1:
            canvas[round(at - gap) : round(at - gap) + bar] = 255
    lot = rng.random()
    if lot < 0.6:
        seals.frame(canvas, 1, bar)
    elif lot < 0.8:
        points = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * (
            wide - 2 * bar,
            canvas.shape[0] - 2 * bar,
        )
        _polygon(canvas, points + bar, bar)
        seals.frame(canvas, bar + 3, max(1, bar // 2))
    return canvas


def framed(rng: np.random.Generator, thick: float) -> np.ndarray:
    """Draws an office's stamp with room in it: a frame, single or double, some with round corners.

    Within stand a few small lines and, in some, rules to write on; nothing at all in a few.

    Args:
        rng: Source of randomness.
        thick: Width of its frame in pixels of the result.

    Returns:
        uint8[h, w], coverage times 255, upright; w is `FRAMED`.
    """
    high = round(FRAMED / rng.uniform(1.0, 3.2))
    canvas = np.zeros((high, FRAMED), np.uint8)
    bar = max(1, round(min(thick, 0.06 * FRAMED)))
    corner = rng.uniform(0.05, 0.3) * high if rng.random() < 0.4 else 0.0
    inset = 1 + bar / 2
    _rounded(canvas, inset, corner, bar)
    if rng.random() < 0.4:
        inset += bar + rng.uniform(2, 7)
        _rounded(canvas, inset, max(corner - inset, 0.0), max(1, round(bar * rng.uniform(0.4, 1))))
    face = letters.any_face(rng)
    lines = int(rng.choice([0, 1, 2, 3, 4], p=[0.08, 0.22, 0.3, 0.25, 0.15]))
    inner = high - 2 * inset - 2 * bar
    pitch = inner / max(lines, 1)
    for line in range(lines):
        middle = high / 2 + (line + 0.5 - lines / 2) * pitch
        draw = (letters.stamp_word, letters.date, letters.organisation)[rng.integers(3)]
        em = max(6.0, min(pitch, 0.3 * FRAMED) * rng.uniform(0.35, 0.8))
        raster = seals.narrowed(letters.raster([draw(rng)], face, em), 0.85 * FRAMED - 2 * inset)
        if rng.random() < 0.2:
            # An entry: its name to the left, a rule to write on.
            row, left = round(middle + 0.3 * em), inset + bar + 0.4 * FRAMED
            canvas[row : row + max(1, bar // 2), round(left) : round(FRAMED - inset - 2 * bar)] = (
                255
            )
            raster = seals.narrowed(raster, 0.35 * FRAMED)
            seals.paste(canvas, raster, middle, inset + bar + 4 + raster.shape[1] / 2)
        else:
            seals.paste(canvas, raster, middle, FRAMED / 2)
    return canvas


def _rounded(canvas: np.ndarray, inset: float, corner: float, line: int) -> None:
    """Rules a frame with round corners into a raster image, in place; lengths in px."""
    size = np.array(canvas.shape[::-1]) - 1.0
    turns = np.linspace(0, math.pi / 2, 7 if corner else 1)
    arc = corner * (1 - np.column_stack([np.sin(turns), np.cos(turns)]))
    ways = ((1, 1), (-1, 1), (-1, -1), (1, -1))
    points = []
    for number, (x, y) in enumerate(ways):
        start = np.where(np.array([x, y]) > 0, 0.0, size) + inset * np.array([x, y])
        points.extend(start + (arc if number % 2 else arc[::-1]) * (x, y))
    _polygon(canvas, np.array(points), line)
