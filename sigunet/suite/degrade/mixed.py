"""Degradations that come together, as on real documents: `mixed`, and the paper of `empty`."""

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np

from sigunet.suite.degrade.noise import gaussian, salt_pepper, speckle
from sigunet.suite.degrade.optics import blur, jpeg, resolution
from sigunet.suite.degrade.paper import paper
from sigunet.suite.degrade.pen import bleed_through, fade
from sigunet.suite.degrade.print import print_
from sigunet.suite.degrade.seals import stamp
from sigunet.suite.degrade.strokes import lines, scribbles
from sigunet.suite.degrade.tone import brightness_contrast, light
from sigunet.suite.page import Another, Page
from sigunet.suite.rows import at

Degradation = Callable[[np.random.Generator, Page, float, Another], Page]

STAGES: Mapping[str, tuple[Degradation, ...]] = {
    "paper": (paper,),
    "under": (lines, print_, bleed_through),
    "ink": (fade,),
    "over": (stamp, scribbles),
    "light": (light, brightness_contrast),
    "optics": (blur, resolution),
    "sensor": (gaussian, salt_pepper, speckle, jpeg),
}
"""The members of `mixed`, in the order in which they happen to a document."""


def mixed(rng: np.random.Generator, page: Page, severity: float, other: Another) -> Page:
    """Degrades by one member of each of 3, 3, 4, 4, 5 stages, each milder than in its own row.

    Mended: the members have severity 0.5, 1, 2, 2.6, 3.2 at severity 1 to 5. This severity less one
    would be no degradation at all at severity 1, and of severity 5 nobody reads every second
    signature: the best threshold that the truth can choose has an F-measure of 0.24 there.
    """
    return _stages(rng, page, severity, other, STAGES)


def empty(rng: np.random.Generator, page: Page, number: int, other: Another) -> Page:
    """Degrades paper without a signature as `mixed` does, all severities in turn.

    Pen strokes are left out: alone on paper nobody can tell them from a signature.
    """
    blank = np.zeros(page.shape)
    page = dataclasses.replace(page, cover=blank, inked=blank)
    stages = {**STAGES, "over": (stamp,)}
    return _stages(rng, page, 1 + number % 5, other, stages)


def _stages(
    rng: np.random.Generator,
    page: Page,
    severity: int,
    other: Another,
    stages: Mapping[str, tuple[Degradation, ...]],
) -> Page:
    count = round(at(severity, 3, 3, 3, 4, 4, 5))
    each = at(severity, 0, 0.5, 1, 2, 2.6, 3.2)
    chosen = set(rng.permutation(len(stages))[:count].tolist())
    for place, members in enumerate(stages.values()):
        if place in chosen:
            member = members[rng.integers(len(members))]
            page = member(rng, page, each, other)
    return page
