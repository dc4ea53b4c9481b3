"""How fast: the input, member by member."""

import dataclasses
import itertools
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from ml_collections import ConfigDict

from sigunet import noise
from sigunet.data.example import Examples, generator
from sigunet.data.pipeline import make_loader
from sigunet.data.records import decode
from sigunet.data.source import Source
from sigunet.data.sources import open_source
from sigunet.machine import cores

_WARM = 10**6  # first position of the examples that come before the clock starts
_WARM_EXAMPLES = 300  # by then nearly all letters of the default recipe have been drawn once
_LEAST = 50  # examples that are timed, however short the time
_DESCRIBED = 400  # examples whose members are counted
_SCENES = 12  # different signatures that a member is timed on


def benchmark_data(
    config: ConfigDict, *, seconds: float = 5.0, source: Source | None = None
) -> dict[str, Any]:
    """Measures how fast training examples are made.

    Args:
        config: The whole config; noise, sampling, size, loader and workers count.
        seconds: How long each part runs: warming up, one core, the loader, the members.
        source: Where the signatures come from; None opens the training split.

    Returns:
        images_per_second_per_core: Examples of one thread by the processor time it takes,
            everything included; other work on the machine does not lower it.
        images_per_second: Examples of the loader, with all its threads or processes.
        members_per_image: Noise members that run in a picture, on average.
        workers, loader, sampling, size, recipe: What was measured.
        stages: [{name, milliseconds}], the mean processor time of fetching (from the store, not
            from memory), geometry, and noise.
        members: [{name, probability, milliseconds, milliseconds_per_image}]: the time of a member
            where it runs, and times its probability.
    """
    source = open_source(config.data, "train") if source is None else source
    examples = Examples.of(config, source)
    # A run takes hours: what is drawn once and kept, letters above all, should be there.
    _mean_time(examples, itertools.count(_WARM), seconds, least=_WARM_EXAMPLES)
    single, stages = _one_core(examples, seconds)
    return {
        "images_per_second_per_core": single,
        "images_per_second": _loader_rate(config, source, seconds),
        "members_per_image": _members_per_image(examples),
        "workers": config.data.workers or cores(),
        "loader": config.data.loader,
        "sampling": config.data.sampling,
        "size": config.data.size,
        "recipe": str(examples.recipe),
        "stages": stages,
        "members": _member_times(examples, seconds),
    }


def table(result: dict[str, Any]) -> str:
    """Lays out what `benchmark_data` returns for a terminal."""
    lines = [
        f"{result['images_per_second_per_core']:8.0f} images/s on one core",
        f"{result['images_per_second']:8.0f} images/s with {result['workers']} workers "
        f"(data.loader={result['loader']})",
        f"{result['members_per_image']:8.2f} noise members an image",
        "",
        f"{'stage':<22}{'ms an image':>30}",
        *(f"{row['name']:<22}{row['milliseconds']:30.3f}" for row in result["stages"]),
        "",
        f"{'member':<22}{'p':>8}{'ms':>10}{'ms an image':>12}",
    ]
    for row in sorted(result["members"], key=lambda row: -row["milliseconds_per_image"]):
        lines.append(
            f"{row['name']:<22}{row['probability']:8.2f}{row['milliseconds']:10.3f}"
            f"{row['milliseconds_per_image']:12.3f}"
        )
    return "\n".join(lines)


def _mean_time(
    function: Callable[[Any], Any],
    arguments: Iterable[Any],
    seconds: float,
    *,
    least: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Returns seconds a call by a clock, over `seconds` on the wall and at least so many calls."""
    end, start, count = time.perf_counter() + seconds, clock(), 0
    for argument in arguments:
        function(argument)
        count += 1
        if count >= least and time.perf_counter() >= end:
            break
    return (clock() - start) / count


def _one_core(examples: Examples, seconds: float) -> tuple[float, list[dict[str, Any]]]:
    clock = time.thread_time
    total = _mean_time(examples, itertools.count(), seconds, least=_LEAST, clock=clock)
    spent = []

    def staged(n: int) -> None:
        start = clock()
        # From the store itself: the source may hold what it has decoded.
        sample = decode(examples.source.reader[examples.locate(n)[1]])
        fetched = clock()
        placed = examples.place(n, sample)
        ready = clock()
        examples.degrade(placed)
        spent.append((fetched - start, ready - fetched, clock() - ready))

    _mean_time(staged, itertools.count(), seconds, least=_LEAST)
    means = 1e3 * np.mean(spent, axis=0)
    return 1 / total, [
        {"name": name, "milliseconds": float(mean)}
        for name, mean in zip(("fetch", "geometry", "noise"), means, strict=True)
    ]


def _loader_rate(config: ConfigDict, source: Source, seconds: float) -> float:
    # Enough batches for any machine; the clock stops it.
    with make_loader(config, source, stop_step=10**6) as loader:
        # Every worker process has letters and a cache of its own to fill.
        warm = -(-_WARM_EXAMPLES * (config.data.workers or cores()) // config.batch_size)
        _mean_time(lambda batch: None, loader, seconds, least=warm)
        mean = _mean_time(lambda batch: None, loader, seconds)
    return config.batch_size / mean


def _members_per_image(examples: Examples) -> float:
    members = (len(examples.describe(n).members) for n in range(_DESCRIBED))
    return sum(members) / _DESCRIBED


def _member_times(examples: Examples, seconds: float) -> list[dict[str, Any]]:
    """Times each member alone, on top of what a picture without noise costs."""
    scenes = [examples.scene(n) for n in range(_SCENES)]
    steps = examples.recipe.steps

    def time_of(recipe: noise.Recipe) -> float:
        def run(n: int) -> None:
            rng = generator(0, "benchmark", n)
            noise.render(recipe.apply(rng, scenes[n % _SCENES]), examples.channels)

        run(0)
        clock = time.thread_time
        return _mean_time(run, itertools.count(), seconds / (len(steps) + 1), clock=clock)

    plain = time_of(noise.Recipe(()))
    rows = []
    for step in steps:
        alone = noise.Recipe((dataclasses.replace(step, p=1.0),))
        spent = 1e3 * max(0.0, time_of(alone) - plain)
        rows.append(
            {
                "name": step.name,
                "probability": step.p,
                "milliseconds": spent,
                "milliseconds_per_image": spent * step.p,
            }
        )
    return rows
