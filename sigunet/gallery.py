"""The gallery: every member of the noise family on one picture, from mild to hard."""

import dataclasses
import hashlib
import io
import itertools
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sigunet import image as images
from sigunet import noise, signatures
from sigunet.atomic import write_bytes
from sigunet.errors import ConfigError
from sigunet.noise.fields import stroke_width
from sigunet.noise.registry import FLAT_STAGES

SEVERITIES = (0.15, 0.5, 0.9)
"""Mild, middling and hard."""

STAGES = {
    "paper": "Paper",
    "under": "Print",
    "ink": "Pen",
    "over": "Over the ink",
    "geometry": "Geometry",
    "light": "Light",
    "optics": "Optics",
    "sensor": "Scanner and file",
}
"""What the page calls the stages of `noise.STAGES`."""

_CELL = (96, 192)  # height and width in px: as many rows as a README has room for
_LABEL = 152  # width of the column of names, px
_GAP = 2
_HEADING = 30
_MARGIN = 8  # least paper around a signature, px
_FONT = Path(__file__).parent / "noise" / "fonts" / "sans-open-sans-400-normal.woff"
_TEXT, _FAINT, _LINE = (60, 60, 60), (120, 120, 120), (205, 205, 205)

# What a cell can show: px a stroke, share of its ink's darkness, share of the cell's width.
_LEGIBLE = (1.5, 0.75, 0.4)
_SIGNATURES = 12
_DRAWS = 4
_ALIKE = ("light", "optics", "sensor")


def gallery(*, severities: Sequence[float] = SEVERITIES, seed: int = 0) -> np.ndarray:
    """Draws each member of the family on synthetic signatures, a row each, by stage.

    A row shows one member at rising severity: what it may draw is what the wide recipe says, or
    where it does not hold the member, the member's defaults. Members that need a path to a user's
    files are left out.

    Args:
        severities: Each in [0, 1], one column of pictures each.
        seed: Of the signatures and of the noise, >= 0.

    Returns:
        uint8[H, W, 3].

    Raises:
        ConfigError: If there is no severity, or one outside [0, 1], or the seed is negative.
    """
    if not severities or not all(0 <= severity <= 1 for severity in severities) or seed < 0:
        raise ConfigError("The gallery takes severities in [0, 1] and a seed of 0 or more.")
    legible = (pair for pair in map(partial(_signature, seed), itertools.count()) if _shows(*pair))
    inks = list(itertools.islice(legible, _SIGNATURES))
    rows: list[tuple[str, list[np.ndarray]]] = []
    shown = None
    for number, step in _steps().items():
        stage = noise.MEMBERS[step.name].stage
        if stage != shown:
            shown = stage
            rows.append((STAGES[shown], []))
        ink = inks[number % len(inks)]
        rows.append((step.name, _cells(ink, step, severities, [seed, number])))
    return _page(rows, len(severities))


def drawn_from(*, severities: Sequence[float] = SEVERITIES, seed: int = 0) -> str:
    """Says what a page is drawn from, in one line: where that has changed, so has the page.

    Args:
        severities: As `gallery`.
        seed: As `gallery`.
    """
    steps = "|".join(map(str, _steps().values()))
    members = hashlib.sha256(steps.encode()).hexdigest()[:16]
    return (
        f"sigunet gallery: noise {noise.NOISE_VERSION}, signatures {signatures.RENDERER_VERSION}, "
        f"members {members}, severities {', '.join(map(str, severities))}, seed {seed}"
    )


def _steps() -> dict[int, noise.Step]:
    """Returns what the rows show, by the member's place in the family."""
    wide = {step.name: step for step in noise.parse(noise.WIDE_RECIPE).steps}
    members = sorted(noise.MEMBERS.values(), key=lambda member: member.order)
    return {
        number: wide.get(member.name) or noise.parse(member.name).steps[0]
        for number, member in enumerate(members)
        if not member.places
    }


def draw(
    out: str | os.PathLike,
    *,
    severities: Sequence[float] = SEVERITIES,
    seed: int = 0,
    most_bytes: int = 500_000,
) -> None:
    """Writes the gallery to a file: JPEG of the highest quality that is small enough, or PNG.

    A JPEG has the line of `drawn_from` as its comment.

    Args:
        out: The file; its suffix says which.
        severities: As `gallery`.
        seed: As `gallery`.
        most_bytes: Largest size of a JPEG file; a PNG is what it is.

    Raises:
        SigunetError: If an option is wrong, or the file cannot be written.
    """
    page = gallery(severities=severities, seed=seed)
    out = Path(out)
    if out.suffix.lower() not in (".jpg", ".jpeg"):
        images.write(out, page)
        return
    comment = drawn_from(severities=severities, seed=seed)
    for quality in range(90, 20, -4):
        data = io.BytesIO()
        Image.fromarray(page).save(data, "JPEG", quality=quality, optimize=True, comment=comment)
        if data.tell() <= most_bytes:
            break
    write_bytes(out, data.getvalue())


def _signature(seed: int, writer: int) -> tuple[np.ndarray, np.ndarray]:
    """Draws a signature that fits a cell: its coverage and density, float32[h, w] in [0, 1]."""
    inked = signatures.draw_inked(seed, writer, 0)
    left, top, width, height = cv2.boundingRect(np.ascontiguousarray(inked[..., 0]))
    inked = inked[top : top + height, left : left + width]
    room = [side - 2 * _MARGIN for side in _CELL]
    ratio = min(1.0, room[0] / height, room[1] / width)
    size = [max(1, round(side * ratio)) for side in (width, height)]
    inked = cv2.resize(inked, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    above, before = ((side - n) // 2 for side, n in zip(_CELL, size[::-1], strict=True))
    below, behind = _CELL[0] - size[1] - above, _CELL[1] - size[0] - before
    ink, pigment = (np.pad(inked[..., k], ((above, below), (before, behind))) for k in (0, 1))
    return ink, np.where(ink > 0, pigment / np.maximum(ink, 1e-6), 1).astype(np.float32)


def _shows(ink: np.ndarray, density: np.ndarray) -> bool:
    measured = (
        stroke_width(ink),
        density[ink > 0].mean(),
        (ink > 0).any(axis=0).mean(),
    )
    return all(value >= least for value, least in zip(measured, _LEGIBLE, strict=True))


def _cells(
    signature: tuple[np.ndarray, np.ndarray],
    step: noise.Step,
    severities: Sequence[float],
    key: list[int],
) -> list[np.ndarray]:
    """Draws a row: of four draws the one that changes second most, so that each row shows well.

    Where more of the same is what matters, the pictures of a row come of the same draw.
    """
    clean, _ = noise.render(_scene(signature, 0.0), 3)
    alike = noise.MEMBERS[step.name].stage in _ALIKE
    columns = [
        [
            _degraded(
                _scene(signature, severity),
                step,
                np.random.default_rng([*key, draw, 0 if alike else place]),
            )
            for draw in range(_DRAWS)
        ]
        for place, severity in enumerate(severities)
    ]

    def ranked(pictures: list[np.ndarray]) -> list[int]:
        changes = [float(np.abs(picture - clean).mean()) for picture in pictures]
        return sorted(range(_DRAWS), key=changes.__getitem__)

    if alike:
        draw = ranked(columns[-1])[-2]
        return [pictures[draw] for pictures in columns]
    return [pictures[ranked(pictures)[-2]] for pictures in columns]


def _scene(signature: tuple[np.ndarray, np.ndarray], severity: float) -> noise.Scene:
    ink, density = signature
    # Blue shows what the scanner's colours do, and that a grey one has none.
    return dataclasses.replace(
        noise.Scene.from_ink(ink, paper=0.97),
        ink_colour=np.array((0.1, 0.14, 0.45), np.float32),
        density=density,
        severity=severity,
    )


def _degraded(scene: noise.Scene, step: noise.Step, rng: np.random.Generator) -> np.ndarray:
    """Draws float32[H, W, 3] of one member's work."""
    member = noise.MEMBERS[step.name]
    if member.stage in FLAT_STAGES:
        scene = scene.compose()
    return noise.render(member.function(rng, scene, **dict(step.values)), 3)[0]


def _page(rows: list[tuple[str, list[np.ndarray]]], columns: int) -> np.ndarray:
    """Lays rows of pictures in blocks side by side; a row without pictures is a heading."""
    tall, wide = _CELL
    heights = [(tall + _GAP) if cells else _HEADING for _, cells in rows]
    # A block begins with a heading, the second with the one nearest to the middle.
    tops = np.cumsum([0, *heights])
    headings = [number for number, (_, cells) in enumerate(rows) if not cells]
    split = min(headings, key=lambda number: abs(tops[number] - tops[-1] / 2))
    blocks = (range(split), range(split, len(rows)))
    across = _LABEL + columns * (wide + _GAP) + 3 * _GAP
    height = max(sum(heights[n] for n in block) for block in blocks) + 2 * _GAP
    canvas = np.full((height, len(blocks) * across, 3), 255, np.uint8)
    texts = []
    for place, block in enumerate(blocks):
        left, top = place * across + 2 * _GAP, _GAP
        for number in block:
            name, cells = rows[number]
            texts.append((name, left, top, bool(cells)))
            for column, cell in enumerate(cells):
                x = left + _LABEL + column * (wide + _GAP)
                canvas[top : top + tall, x : x + wide] = images.to_uint8(cell)
                _frame(canvas, top, x)
            top += heights[number]
    page = Image.fromarray(canvas)
    pen = ImageDraw.Draw(page)
    for text, left, top, is_member in texts:
        if is_member:
            pen.text((left + 4, top + tall / 2), text, _TEXT, _face(15), anchor="lm")
        else:
            pen.text((left, top + _HEADING / 2), text, _FAINT, _face(18), anchor="lm")
    return np.asarray(page)


def _frame(canvas: np.ndarray, top: int, left: int) -> None:
    bottom, right = top + _CELL[0] - 1, left + _CELL[1] - 1
    cv2.rectangle(canvas, (left, top), (right, bottom), _LINE, 1)


def _face(size: int) -> ImageFont.FreeTypeFont:
    """Opens the bundled face, or Pillow's own where the package data is missing."""
    try:
        return ImageFont.truetype(str(_FONT), size)
    except OSError:
        return ImageFont.load_default(size)
