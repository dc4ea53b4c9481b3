"""Noise by choice: recipes made of members, at a severity that is set instead of drawn.

Recipes come from visitors. What they may name is within the program, never a place on its disk, and
what they may ask for is bounded.
"""

import functools
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sigunet import noise
from sigunet.errors import ConfigError

LONGEST = 4000
"""Characters of a recipe; the wide family takes a third of that."""

HELD = 512 * 2**20
"""Bytes of what a recipe's members lay on a signature; the wide family takes about a tenth."""

# One member at its limits takes more than a gigabyte for a while.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class AtSeverity(noise.Recipe):
    """A recipe whose severity is given, not drawn, and whose memory is bounded.

    Attributes:
        severity: In [0, 1].
    """

    severity: float = 0.5

    def trace(
        self, rng: np.random.Generator, share: float = 1.0
    ) -> tuple[float, tuple[noise.Step, ...]]:
        """Draws which members run; see `noise.Recipe.trace`."""
        _, steps = super().trace(rng, share)
        return self.severity, steps

    def run(self, step: noise.Step, rng: np.random.Generator, scene: noise.Scene) -> noise.Scene:
        """Runs one member; see `noise.Recipe.run`.

        Raises:
            ConfigError: If what lies on the signature takes too much memory.
        """
        scene = super().run(step, rng, scene)
        if sum(layer.cover.nbytes for layer in (*scene.under, *scene.over)) > HELD:
            raise ConfigError(
                f"With {step.name} the recipe takes too much memory: give fewer or smaller of "
                "them, or a smaller signature."
            )
        return scene


def degrade(
    ink: np.ndarray, recipe: str, *, severity: float, seed: int, channels: int
) -> tuple[np.ndarray, np.ndarray]:
    """Degrades a clean signature as a visitor says; others wait meanwhile.

    Args:
        ink: float32[H, W] in [0, 1], 1 = ink.
        recipe: As `noise.parse` reads it, of at most `LONGEST` characters.
        severity: In [0, 1].
        seed: Of everything else that is drawn, >= 0.
        channels: 1 for grey, 3 for RGB.

    Returns:
        The picture, float32[H, W, channels] in [0, 1], 0 = black, and its ink, as `ink`.

    Raises:
        ConfigError: If the recipe is none, is too long, names a member twice or a place on disk, or
            takes too much memory.
    """
    steps = _parse(recipe).steps
    rng = np.random.default_rng(seed)
    with _one_at_a_time:
        return noise.degrade(ink, AtSeverity(steps, severity), rng, channels)


def _parse(text: str) -> noise.Recipe:
    """Reads a visitor's recipe."""
    if len(text) > LONGEST:
        raise ConfigError(f"The recipe has {len(text):,} characters; at most {LONGEST:,} are read.")
    recipe = noise.parse(text)
    names = [step.name for step in recipe.steps]
    for step in recipe.steps:
        # Each is bounded by the limits of what it takes, any number of them by nothing.
        if names.count(step.name) > 1:
            raise ConfigError(f"The recipe has {step.name} twice; here each member runs once.")
        for place in noise.MEMBERS[step.name].places:
            if dict(step.values)[place]:
                raise ConfigError(
                    f"{step.name}({place}=...) names a place on the disk of the machine that runs "
                    f"this page, which recipes here may not: leave {place} out."
                )
    return recipe


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
    """Returns what each member does that needs nothing from the disk, by name, in the order of their work."""
    usable = (member for member in noise.MEMBERS.values() if not member.places)
    ordered = sorted(usable, key=lambda member: member.order)
    return {member.name: " ".join(member.doc.split("\n\n")[0].split()) for member in ordered}
