"""Noise by choice: recipes made of members, at a severity that is set instead of drawn."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sigunet import noise


@dataclass(frozen=True)
class AtSeverity(noise.Recipe):
    """A recipe whose severity is given, not drawn.

    Attributes:
        severity: In [0, 1].
    """

    severity: float = 0.5

    def trace(self, rng: np.random.Generator) -> tuple[float, tuple[noise.Step, ...]]:
        """Draws which members run; see `noise.Recipe.trace`."""
        _, steps = super().trace(rng)
        return self.severity, steps


def degrade(
    ink: np.ndarray, recipe: str, *, severity: float, seed: int, channels: int
) -> tuple[np.ndarray, np.ndarray]:
    """Degrades a clean signature.

    Args:
        ink: float32[H, W] in [0, 1], 1 = ink.
        recipe: As `noise.parse` reads it.
        severity: In [0, 1].
        seed: Of everything else that is drawn, >= 0.
        channels: 1 for grey, 3 for RGB.

    Returns:
        The picture, float32[H, W, channels] in [0, 1], 0 = black, and its ink, as `ink`.

    Raises:
        ConfigError: If the recipe is none.
    """
    steps = noise.parse(recipe).steps
    rng = np.random.default_rng(seed)
    return noise.degrade(ink, AtSeverity(steps, severity), rng, channels)


def of_members(names: Sequence[str]) -> str:
    """Writes the recipe that runs members, each for certain, in colour where they know any.

    Args:
        names: Of members.
    """
    coloured = {name for name in names if "colour" in noise.MEMBERS[name].parameters}
    steps = (f"{name}({'colour=1, ' if name in coloured else ''}p=1)" for name in names)
    return str(noise.parse("|".join(steps)))


@functools.cache
def members() -> dict[str, str]:
    """Returns what each member does, by name, in the order in which they run."""
    ordered = sorted(noise.MEMBERS.values(), key=lambda member: member.order)
    return {member.name: " ".join(member.doc.split("\n\n")[0].split()) for member in ordered}
