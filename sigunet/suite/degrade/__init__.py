"""Degradations of the exam, by subject.

Each takes (rng, page, severity, what reads another signature) and returns the page; `ROWS` holds them by row.
"""

from collections.abc import Mapping

from sigunet.suite.degrade.copy import copy, photo
from sigunet.suite.degrade.mixed import Degradation, empty, mixed
from sigunet.suite.degrade.noise import gaussian, salt_pepper, speckle
from sigunet.suite.degrade.optics import blur, jpeg, resolution
from sigunet.suite.degrade.paper import background, paper
from sigunet.suite.degrade.pen import bleed_through, fade
from sigunet.suite.degrade.print import print_
from sigunet.suite.degrade.seals import stamp
from sigunet.suite.degrade.strokes import lines, scribbles
from sigunet.suite.degrade.tone import brightness_contrast, light

ROWS: Mapping[str, Degradation] = {
    "gaussian": gaussian,
    "salt_pepper": salt_pepper,
    "speckle": speckle,
    "brightness_contrast": brightness_contrast,
    "lines": lines,
    "scribbles": scribbles,
    "print": print_,
    "stamp": stamp,
    "paper": paper,
    "light": light,
    "blur": blur,
    "resolution": resolution,
    "jpeg": jpeg,
    "fade": fade,
    "bleed_through": bleed_through,
    "copy": copy,
    "photo": photo,
    "mixed": mixed,
}
"""The degradation of each row."""

__all__ = ["ROWS", "Degradation", "background", "empty"]
