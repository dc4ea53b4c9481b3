"""Degradations that come together, as on real documents: `mixed`, and the paper of `empty`."""

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np

from sigunet.frozen import Signature
from sigunet.suite.degrade.noise import gaussian, salt_pepper, speckle
from sigunet.suite.degrade.optics import blur, jpeg, resolution
from sigunet.suite.degrade.paper import paper
from sigunet.suite.degrade.pen import bleed_through, fade
from sigunet.suite.degrade.print import print_
from sigunet.suite.degrade.seals import stamp
from sigunet.suite.degrade.strokes import lines, scribbles
from sigunet.suite.degrade.tone import brightness_contrast, light
from sigunet.suite.page import Page
from sigunet.suite.rows import at

Degradation = Callable[[np.random.Generator, Page, float, Signature], Page]

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


def mixed(rng: np.random.Generator, page: Page, severity: float, other: Signature) -> Page:
    """Degrades by one member of each of 3, 3, 4, 4, 5 stages, each at this severity less one.

    At severity 1 that would be no degradation at all: there the members have severity 0.5, half of
    what severity 1 is in their own rows.
    """
    return _stages(rng, page, severity, other, STAGES)


def empty(rng: np.random.Generator, page: Page, number: int, other: Signature) -> Page:
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
    other: Signature,
    stages: Mapping[str, tuple[Degradation, ...]],
) -> Page:
    count = round(at(severity, 3, 3, 3, 4, 4, 5))
    chosen = set(rng.permutation(len(stages))[:count].tolist())
    for place, members in enumerate(stages.values()):
        if place in chosen:
            member = members[rng.integers(len(members))]
            page = member(rng, page, max(severity - 1, 0.5), other)
    return page
