"""What tells whether a pixel is ink, beside the network's word: the pen, the stroke, the whole picture.

A network judges a pixel by what lies around it. Which pen it was that wrote here, how dark, how wide and
where, only the whole picture tells; where its edges are, the picture itself. These are measured at the
scale of the network, for the pixels that may be ink; `refinement` judges by them.
"""

import math
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from sigunet.cleaning import cues
from sigunet.strength import relative
from sigunet.truth import MEASURABLE, MIN_SPECK, stroke_width

FEATURES = (
    # Soft ink itself, as a share of the strongest near it, and around in ever wider squares.
    "soft",
    "relative",
    "near",
    "around",
    "wide",
    "crowd",
    "peak",
    "strokes",
    # The pen: how far colour and darkness are from those of the surest ink, here and along the stroke.
    "hue",
    "dark",
    "hue_near",
    "dark_near",
    # The connected part it belongs to.
    "part_soft",
    "part_hue",
    "part_dark",
    "part_share",
    # How straight what lies here is, and whether it runs along the picture's edges.
    "straight_near",
    "level_near",
    "straight_wide",
    "level_wide",
    # How wide the stroke is, of all strokes; and whether it lies where the surest ink does.
    "width",
    "mass",
    # The whole picture: how sure, how dark and coloured its pen, how wide its strokes, how much of it.
    "sureness",
    "pen",
    "pen_hue",
    "stroke",
    "ink",
    # The two looks, where there were two: what the first found, and by how much the second found more.
    "first",
    "change",
    "change_near",
    "change_around",
    "part_change",
    "discord",
    "first_peak",
    "second_peak",
    "looks",
    # How sharp its edges are, here, along the stroke and as against the surest ink's.
    "sharp",
    "sharp_near",
    "sharp_share",
    "sharpness",
    # The whole picture again: how much its pen varies, of how many parts it is, and how wide for its height.
    "pen_spread",
    "dark_spread",
    "parts",
    "largest",
    "elongation",
    # How much of the pixel is covered, by the picture alone: its darkness as against that of the ink around; with
    # its neighbours, the least and the most of them; how strong that ink is, and the grain of the paper.
    "cover",
    "cover_peak",
    "cover_near",
    "cover_least",
    "cover_most",
    "strength",
    "grain",
    "graininess",
    # Soft ink of the neighbours.
    "soft_least",
    "soft_most",
)
"""What is measured of a pixel."""

FORMAT = 3
"""Raised with every change to what a feature means, so that no older fit is used with it."""

LEAST = 0.08
"""Soft ink from which on a pixel may be ink; so may the neighbours of what has some more."""

_NEAR = 0.2  # soft ink whose neighbours may be ink too
_PARTS = 0.3  # relative soft ink that holds a part together
_LITTLE = np.float32(1e-3)  # that nothing is divided by nothing
_DULL = 0.02  # sharpness below which there is hardly an edge
_SMOOTH = 0.003  # grain, as a share of the ink's darkness, below which paper is smooth
_BESIDE = np.ones((3, 3), np.uint8)
_MARGIN = 24  # px
_LARGEST = 4_000_000  # px; of a larger part nothing is measured
_MOST = 1_000_000  # px; as much that may be ink is no signature


@dataclass(frozen=True)
class Evidence:
    """What there is to judge in a picture.

    Attributes:
        box: Rows and columns of the part that was measured, see `ink_box`.
        which: bool, of the box: the N pixels that may be ink.
        features: float32[N, F], by `FEATURES`.
    """

    box: tuple[slice, slice]
    which: np.ndarray
    features: np.ndarray

    @classmethod
    def of(
        cls, picture: np.ndarray, soft: np.ndarray, first: np.ndarray | None = None
    ) -> Self | None:
        """Measures a picture.

        Args:
            picture: float32[H, W, C] in [0, 1], 0 = black, at the scale of the network.
            soft: float32[H, W] in [0, 1], what the network found in it.
            first: float32[H, W], what it found at the first of two looks, of which `soft` is the
                mean; None where there was one.

        Returns:
            The evidence; None where nothing may be ink, or where the box has over 4 megapixels or one
            megapixel that may be ink.
        """
        which = candidates(soft)
        box = ink_box(which)
        if box is None:
            return None
        which = which[box]
        if which.size > _LARGEST or np.count_nonzero(which) > _MOST:
            return None
        first = None if first is None else first[box]
        return cls(box, which, features(picture[box], soft[box], which, first))


def candidates(soft: np.ndarray) -> np.ndarray:
    """Says which pixels may be ink: bool[H, W].

    Args:
        soft: float32[H, W] in [0, 1].
    """
    near = cv2.dilate((soft > _NEAR).view(np.uint8), np.ones((3, 3), np.uint8))
    return (soft > LEAST) | near.view(bool)


def ink_box(which: np.ndarray, margin: int = _MARGIN) -> tuple[slice, slice] | None:
    """The part of a picture that is measured: what may be ink, and a margin around it.

    So a signature is judged much alike however much paper there is beside it. Specks do not count:
    they would draw the box about all of a page.

    Args:
        which: bool[H, W], see `candidates`.
        margin: Around it, px.

    Returns:
        Rows and columns; None if nothing may be ink.
    """
    _, _, stats, _ = cv2.connectedComponentsWithStats(which.view(np.uint8), connectivity=8)
    parts = stats[1:][stats[1:, cv2.CC_STAT_AREA] >= MEASURABLE]
    if not len(parts):
        return None
    left, top = parts[:, :2].min(axis=0).tolist()
    right, bottom = (parts[:, :2] + parts[:, 2:4]).max(axis=0).tolist()
    return np.s_[
        max(top - margin, 0) : bottom + margin,
        max(left - margin, 0) : right + margin,
    ]


def features(
    picture: np.ndarray, soft: np.ndarray, which: np.ndarray, first: np.ndarray | None = None
) -> np.ndarray:
    """Measures pixels by `FEATURES`.

    Args:
        picture: float32[H, W, C] in [0, 1], 0 = black.
        soft: float32[H, W] in [0, 1].
        which: bool[H, W], the pixels that are asked for, at least one.
        first: float32[H, W], see `Evidence.of`.

    Returns:
        float32[N, F], by `FEATURES`.
    """
    share = relative(soft)
    ink = share > 0.5
    inked = np.count_nonzero(ink)
    stroke = stroke_width(ink) if inked >= MEASURABLE else 0.0
    # One map after another, so that there are never many of them.
    table = _Table.of(which)
    peak = cues.peak(soft)
    table.put("soft", soft)
    table.put("relative", share)
    table.put("near", cues.box(soft, 2))
    around = cues.box(soft, 6)
    table.put("around", around)
    table.put("wide", cues.box(soft, 20))
    covered = ink.astype(np.float32)
    table.put("crowd", cues.box(covered, 20))
    table.put("peak", peak)
    table.put("strokes", cues.box(peak * covered, 16) / (cues.box(covered, 16) + _LITTLE))
    slopes = cues.slopes(soft)
    for name, sigma in (("near", 6.0), ("wide", 16.0)):
        straight, level = cues.straightness(slopes, sigma)
        table.put(f"straight_{name}", straight)
        table.put(f"level_{name}", level)
    del slopes
    sure = cues.sure(soft)
    pen = cues.Pen.of(picture, sure)
    weight = cues.box(soft, 4) + _LITTLE
    for name, values in (("hue", pen.hue), ("dark", pen.dark)):
        table.put(name, values)
        table.put(f"{name}_near", cues.box(values * soft, 4) / weight)
    table.put("pen", pen.mean)
    table.put("pen_hue", pen.tint)
    table.put("pen_spread", cues.deviation(pen.hue, sure))
    table.put("dark_spread", cues.deviation(pen.dark, sure))
    maps = {"soft": soft, "hue": pen.hue, "dark": pen.dark}
    table.put("looks", 1.0 if first is None else 2.0)
    table.put("first", soft if first is None else first)
    table.put("first_peak", peak if first is None else cues.peak(first))
    if first is None:
        table.put("second_peak", peak)
        for name in ("change", "change_near", "change_around", "part_change", "discord"):
            table.put(name, 0.0)
    else:
        # The mean lies between both looks, but for what resizing adds.
        second = np.clip(2 * soft - first, 0.0, 1.0)
        maps["change"] = change = second - first
        table.put("second_peak", cues.peak(second))
        table.put("change", change)
        table.put("change_near", cues.box(change, 2))
        table.put("change_around", cues.box(change * soft, 6) / (around + _LITTLE))
        table.put("discord", cues.box(np.abs(change), 2))
    areas, labels, means = cues.parts(share > _PARTS, **maps)
    labels = labels.take(table.places)
    for name, values in means.items():
        table.column(f"part_{name}")[:] = values.astype(np.float32)[labels]
    shares = areas / max(areas.sum(), 1)
    table.column("part_share")[:] = shares.astype(np.float32)[labels]
    table.put("parts", math.log1p(np.count_nonzero(areas >= MIN_SPECK)))
    table.put("largest", shares.max())
    table.put("width", cues.widths(ink) / max(stroke, 1.0))
    table.put("mass", cues.mass(sure))
    table.put("sureness", float(soft[ink].mean()) if inked else 0.0)
    table.put("stroke", math.log(max(stroke, 0.5)))
    table.put("ink", inked / soft.size)
    table.put("elongation", cues.elongation(sure))
    sharp, usual = cues.sharpness(pen.absorbed, sure)
    near = cues.box(sharp * soft, 8) / (cues.box(soft, 8) + _LITTLE)
    table.put("sharp", sharp)
    table.put("sharp_near", near)
    table.put("sharp_share", np.log(np.maximum(near, _DULL) / max(usual, _DULL)))
    table.put("sharpness", usual)
    taken = cues.taken(pen.absorbed)
    strength = cues.strength(taken, soft)
    cover = cues.cover(taken, strength)
    table.put("cover", cover)
    table.put("cover_peak", cues.cover(taken, cues.peak(taken * covered)))
    table.put("cover_near", cues.cover(cv2.GaussianBlur(taken, (0, 0), 0.8), strength))
    for name, values in (("cover", cover), ("soft", soft)):
        table.put(f"{name}_least", cv2.erode(values, _BESIDE))
        table.put(f"{name}_most", cv2.dilate(values, _BESIDE))
    table.put("strength", np.log(strength))
    grain, graininess = cues.grain(taken, strength, soft, sure)
    table.put("grain", np.log(grain + np.float32(_SMOOTH)))
    table.put("graininess", math.log(graininess + _SMOOTH))
    return table.measured


@dataclass(frozen=True)
class _Table:
    """Features of the pixels that are asked for, put in one by one."""

    places: np.ndarray
    measured: np.ndarray

    @classmethod
    def of(cls, which: np.ndarray) -> Self:
        places = np.flatnonzero(which)
        return cls(places, np.full((len(places), len(FEATURES)), np.nan, np.float32))

    def column(self, name: str) -> np.ndarray:
        return self.measured[:, FEATURES.index(name)]

    def put(self, name: str, values: np.ndarray | float) -> None:
        """Takes a feature from a map, or gives all pixels the same."""
        self.column(name)[:] = values.take(self.places) if np.ndim(values) else values
