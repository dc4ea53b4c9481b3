"""Noise recipes: one readable string for a whole family of degradations.

    gaussian(0.01, 0.15, p=0.5)|salt_pepper(0.001, 0.06)|lines(p=0.5)|text(size=(8, 24))

Members stand between bars. Two numbers by position are the member's main range (low, high), one
number fixes it; other parameters go by name, ranges as `(low, high)` or one fixed number, text in
quotes as Python writes it. `p` is the probability that the member runs, each independently of the
others, so that at least one of several runs with 1 - (1 - p1)(1 - p2)... The empty recipe
degrades nothing. The name of a recipe of `recipes.NAMED` stands for all its members:

    wide|documents(path="scans", p=0.3)
"""

import ast
import dataclasses
import difflib
import functools
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sigunet.errors import ConfigError
from sigunet.noise.recipes import NAMED, PAGE, WIDE_RECIPE
from sigunet.noise.registry import FLAT_STAGES, MEMBERS, Member, Range, Value
from sigunet.noise.scene import Scene

_ON_DOCUMENTS = 0.45  # of the probability that a member has in the wide family

# Text in quotes, which keeps its spaces; other white space is one space.
_SPACES = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|\s+""")


@dataclass(frozen=True)
class Step:
    """One member of a recipe, with what the recipe says of it.

    Attributes:
        name: Name of the member.
        p: Probability that it runs.
        values: (parameter, value) for each parameter, in the member's order.
    """

    name: str
    p: float
    values: tuple[tuple[str, Value], ...]

    def __str__(self) -> str:
        member = MEMBERS[self.name]
        main = next(iter(member.parameters), None)
        parts = [
            (_write(value) if name == main else f"{name}={_write(value, nested=True)}")
            for name, value in self.values
            if name == main or value != member.parameters[name]
        ]
        return f"{self.name}({', '.join([*parts, f'p={_write(self.p)}'])})"


@dataclass(frozen=True)
class Recipe:
    """Members in the order in which they run; equal if they degrade equally. Can be pickled.

    Attributes:
        steps: By stage, and within a stage by member.
    """

    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return "|".join(str(step) for step in self.steps)

    def sparser(self, share: float, spared: Collection[str] = PAGE) -> "Recipe":
        """This recipe with fewer of its members at a time.

        Args:
            share: Factor on the probability of every member, 0-1.
            spared: Names of members that stay as they are; by default `recipes.PAGE`.

        Returns:
            The same recipe but for that.
        """
        steps = (
            step if step.name in spared else dataclasses.replace(step, p=share * step.p)
            for step in self.steps
        )
        return dataclasses.replace(self, steps=tuple(steps))

    def trace(self, rng: np.random.Generator, share: float = 1.0) -> tuple[float, tuple[Step, ...]]:
        """Draws what `apply` draws first from an equal generator: which members run, how hard.

        Args:
            rng: Source of randomness.
            share: Factor on the members' probability, see `sparser`.

        Returns:
            The severity in [0, 1], and the steps that run, in order.
        """
        severity = rng.random()
        lots = rng.random(len(self.steps))
        sparse = self.sparser(share).steps
        return severity, tuple(
            step
            for step, thinned, lot in zip(self.steps, sparse, lots, strict=True)
            if lot < thinned.p
        )

    def apply(self, rng: np.random.Generator, scene: Scene, share: float = 1.0) -> Scene:
        """Degrades a scene: one severity for all, each member with its probability, in stage order.

        Args:
            rng: Source of randomness, the only one; an equal one gives the same scene again.
            scene: The scene; its arrays are not changed.
            share: See `trace`.

        Returns:
            The degraded scene, for `render`.
        """
        severity, steps = self.trace(rng, share)
        scene = dataclasses.replace(scene.reopened(), severity=severity)
        for step in steps:
            scene = self.run(step, rng, scene)
        return scene

    def run(self, step: Step, rng: np.random.Generator, scene: Scene) -> Scene:
        """Runs one member.

        Args:
            step: Of this recipe.
            rng: Source of randomness.
            scene: As the members before it left it.

        Returns:
            The degraded scene.
        """
        member = MEMBERS[step.name]
        if member.stage in FLAT_STAGES:
            scene = scene.compose()
        return member.function(rng, scene, **dict(step.values))


@functools.lru_cache(maxsize=256)
def parse(recipe: str) -> Recipe:
    """Reads a recipe. Nothing in it is ever evaluated: names and literals only.

    Args:
        recipe: As the module says; "" is the recipe without members, "wide" all those of
            `WIDE_RECIPE`, and "wide|seal(p=1)" the same and one more seal.

    Returns:
        The recipe, named ones in it written out; `str` of it is canonical, and parses to an equal
        one.

    Raises:
        ConfigError: If the text is no recipe, a member or parameter is unknown (names the nearest
            one), or a value is of the wrong type or outside its limits.
    """
    recipe = _SPACES.sub(lambda found: found[1] or " ", recipe).strip()
    if not recipe:
        return Recipe(())
    try:
        tree = ast.parse(recipe, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ConfigError(
            f"The noise recipe {_short(recipe)} cannot be read; "
            'write it like "gaussian(0.01, 0.15, p=0.5)|lines(p=0.3)".'
        ) from error
    steps = [step for call in _calls(tree) for step in _steps(call)]
    return Recipe(tuple(sorted(steps, key=lambda step: MEMBERS[step.name].order)))


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def _calls(tree: ast.expr) -> list[ast.expr]:
    calls: list[ast.expr] = []
    while isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.BitOr):
        calls.append(tree.right)
        tree = tree.left
    return [tree, *reversed(calls)]


def _nearest(word: str, words: Iterable[str]) -> str:
    words = list(words)
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(words)}."


def _steps(node: ast.expr) -> tuple[Step, ...]:
    """Reads what stands between two bars: a member, or the name of a whole recipe."""
    if isinstance(node, ast.Name) and node.id in NAMED:
        return parse(NAMED[node.id]).steps
    return (_step(node),)


def _step(node: ast.expr) -> Step:
    if isinstance(node, ast.Name):
        node = ast.Call(func=node, args=[], keywords=[])
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        raise ConfigError(
            f"The noise recipe has {_short(ast.unparse(node))} where a member like "
            "gaussian(0.01, 0.15, p=0.5) is due."
        )
    name = node.func.id
    if name in NAMED:
        raise ConfigError(
            f"The noise recipe {name!r} stands for its members and takes no brackets."
        )
    if name not in MEMBERS:
        known = [*MEMBERS, *NAMED]
        raise ConfigError(f"There is no noise member {name!r}; {_nearest(name, known)}")
    member = MEMBERS[name]
    given = _by_position(member, [_literal(name, argument) for argument in node.args])
    for keyword in node.keywords:
        key = keyword.arg
        known = [*member.parameters, "p"]
        if key not in known:
            raise ConfigError(
                f"The noise member {name!r} has no parameter {key!r}; {_nearest(str(key), known)}"
            )
        if key in given:
            raise ConfigError(f"The noise member {name!r} is given {key!r} twice.")
        given[key] = _literal(name, keyword.value)
    p = _number(f"{name}(p=...)", given.pop("p", member.p), (0.0, 1.0), whole=False)
    values = [
        (key, _value(member, key, given.get(key, default)))
        for key, default in member.parameters.items()
    ]
    return Step(name, p, tuple(values))


def _literal(name: str, node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        raise ConfigError(
            f"The noise member {name!r} takes numbers and (low, high) pairs and quoted text, "
            f"not {_short(ast.unparse(node))}."
        ) from error


def _by_position(member: Member, values: list[Any]) -> dict[str, Any]:
    if not values:
        return {}
    main = next(iter(member.parameters), None)
    if main is None or len(values) > 2:
        raise ConfigError(
            f"The noise member {member.name!r} takes its main range (low, high) by position "
            "and everything else by name."
        )
    return {main: values[0] if len(values) == 1 else tuple(values)}


def _value(member: Member, key: str, value: Any) -> Value:
    place, default = f"{member.name}({key}=...)", member.parameters[key]
    if isinstance(default, str):
        if not isinstance(value, str):
            raise ConfigError(f"The noise parameter {place} needs text in quotes, not {value!r}.")
        return value
    limits = member.limits[key]
    if not isinstance(default, tuple):
        return _number(place, value, limits, whole=False)
    whole = all(isinstance(bound, int) for bound in default)
    pair = value if isinstance(value, (tuple, list)) else (value, value)
    if len(pair) != 2:
        raise ConfigError(f"The noise parameter {place} takes a pair (low, high), not {value!r}.")
    low, high = (_number(place, bound, limits, whole=whole) for bound in pair)
    if low > high:
        raise ConfigError(
            f"The noise parameter {place} has its range the wrong way round: "
            f"{_write(low)} is above {_write(high)}."
        )
    return low, high


def _number(place: str, value: Any, limits: Range, *, whole: bool) -> float:
    kind = "a whole number" if whole else "a number"
    allowed = (int,) if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, allowed):
        raise ConfigError(f"The noise parameter {place} needs {kind}, not {value!r}.")
    if not limits[0] <= value <= limits[1]:
        raise ConfigError(
            f"The noise parameter {place} is {_write(value)}; it must lie between "
            f"{_write(limits[0])} and {_write(limits[1])}."
        )
    return int(value) if whole else float(value)


def _write(value: Value, *, nested: bool = False) -> str:
    if isinstance(value, tuple):
        if value[0] == value[1]:
            return _write(value[0])
        pair = f"{_write(value[0])}, {_write(value[1])}"
        return f"({pair})" if nested else pair
    return str(int(value)) if isinstance(value, float) and value.is_integer() else repr(value)


def documents_recipe() -> Recipe:
    """Returns the wide family as documents are degraded: in one or two ways, not in eight.

    Every member is 0.45 times as likely but for what is written on and with, scribbles and seals, which stay. What is
    learnt of whole pictures, the refinement and the verdict, is learnt under it.
    """
    return parse(WIDE_RECIPE).sparser(_ON_DOCUMENTS, (*PAGE, "scribbles", "seal"))
