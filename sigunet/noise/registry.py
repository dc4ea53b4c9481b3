"""The members of the noise family, and how they draw their parameters.

A member is a function `(rng, scene, *, ...) -> Scene`. Its keyword parameters say what it may
draw, in one of three kinds, told by the default: a range `(low, high)`, of whole numbers if the
default is; a share in [0, 1]; and text, the name of a place on disk. The first one is the main
range, which a recipe may give by position.
"""

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sigunet.noise.scene import Scene

STAGES = ("paper", "under", "ink", "over", "geometry", "light", "optics", "sensor")
"""The order in which a recipe runs, whatever order it is written in."""

FLAT_STAGES = STAGES[STAGES.index("geometry") :]
"""The stages that work on the flat picture `Scene.image`."""

Range = tuple[float, float]
"""(low, high), both included."""

Value = Range | float | str
"""What a parameter may hold: a range, a share, or text."""

SHARE = (0.0, 1.0)
"""The limits of a range or value that nothing else is said about."""


@dataclass(frozen=True)
class Member:
    """A registered member.

    Attributes:
        name: As recipes write it.
        stage: One of `STAGES`.
        order: Its place within all members; members of one stage run by it.
        function: `(rng, scene, *, ...) -> Scene`.
        p: Default probability that it runs.
        parameters: {name: default}, the main range first.
        limits: {name: (lowest, highest)} that a recipe may give; text has none.
    """

    name: str
    stage: str
    order: tuple[int, int]
    function: Callable[..., Scene]
    p: float
    parameters: dict[str, Value]
    limits: dict[str, Range]

    @property
    def doc(self) -> str:
        """What the member does, its source, ranges and units."""
        return inspect.getdoc(self.function)

    @property
    def places(self) -> tuple[str, ...]:
        """The parameters that name a place on disk: nothing else is text."""
        return tuple(name for name, value in self.parameters.items() if isinstance(value, str))


MEMBERS: dict[str, Member] = {}
"""All members by name, filled as their modules are imported."""


def member(
    stage: str, *, p: float, limits: dict[str, Range] | None = None
) -> Callable[[Callable[..., Scene]], Callable[..., Scene]]:
    """Registers a function as a member of the family under its own name.

    Args:
        stage: One of `STAGES`.
        p: Default probability that it runs.
        limits: {parameter: (lowest, highest)}; a parameter not named has (0, 1).

    Returns:
        A decorator that returns the function unchanged.
    """

    def register(function: Callable[..., Scene]) -> Callable[..., Scene]:
        keywords = [
            parameter
            for parameter in inspect.signature(function).parameters.values()
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY
        ]
        parameters = {parameter.name: parameter.default for parameter in keywords}
        MEMBERS[function.__name__] = Member(
            name=function.__name__,
            stage=stage,
            order=(STAGES.index(stage), len(MEMBERS)),
            function=function,
            p=p,
            parameters=parameters,
            limits={
                name: SHARE for name, default in parameters.items() if not isinstance(default, str)
            }
            | (limits or {}),
        )
        return function

    return register


def _skewed(rng: np.random.Generator, severity: float) -> float:
    """Draws in [0, 1]: uniform at severity 0.5, its mean 1/4 at severity 0 and 3/4 at 1."""
    return rng.random() ** (3.0 ** (1.0 - 2.0 * severity))


def pick(rng: np.random.Generator, bounds: Range, severity: float = 0.5) -> float:
    """Draws from a range whose high end is the harder one.

    Args:
        rng: Source of randomness.
        bounds: (low, high).
        severity: In [0, 1]; 0.5 draws evenly, less draws towards low, more towards high.

    Returns:
        A number in [low, high].
    """
    low, high = bounds
    return low + (high - low) * _skewed(rng, severity)


def pick_log(rng: np.random.Generator, bounds: Range, severity: float = 0.5) -> float:
    """Draws like `pick`, evenly in the logarithm; the range must lie above 0."""
    return math.exp(pick(rng, (math.log(bounds[0]), math.log(bounds[1])), severity))


def pick_int(rng: np.random.Generator, bounds: tuple[int, int], severity: float = 0.5) -> int:
    """Draws a whole number from a range, both ends included, like `pick`."""
    low, high = bounds
    return min(high, low + int((high - low + 1) * _skewed(rng, severity)))


def pick_around(
    rng: np.random.Generator, bounds: Range, neutral: float, severity: float = 0.5
) -> float:
    """Draws from a range with a value inside that changes nothing.

    Args:
        rng: Source of randomness.
        bounds: (low, high).
        neutral: The value without effect; severity skews the distance from it.
        severity: As in `pick`.

    Returns:
        A number in [low, high].
    """
    low, high = bounds
    value = rng.uniform(low, high)
    end = high if value > neutral else low
    reach = end - neutral
    # A range that does not hold the neutral value has no easy side to skew to.
    if not low <= neutral <= high or not reach:
        return value
    return neutral + reach * ((value - neutral) / reach) ** (3.0 ** (1.0 - 2.0 * severity))
