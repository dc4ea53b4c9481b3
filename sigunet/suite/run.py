"""The exam: every method on every picture, side by side, at native size."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sigunet import metrics
from sigunet.data.workers import OrderedMap
from sigunet.errors import DataError
from sigunet.machine import cores
from sigunet.suite.entries import Entry
from sigunet.suite.scores import BaseScores, Method, PictureScore
from sigunet.suite.work import Source, Work, Worked, caches_of_methods, classical_methods
from sigunet.suite.worst import Worst


@dataclass(frozen=True)
class Results:
    """What came out.

    Attributes:
        bases: Scores on each base, in the order they were run.
        worst: The worst pictures of each base and method.
    """

    bases: list[BaseScores]
    worst: dict[str, Worst]

    @property
    def methods(self) -> list[Method]:
        """In the order of tables: what is examined, then the classical ones, then the bound."""
        return self.bases[0].methods


def run(
    sources: Sequence[Source],
    entries: Sequence[Entry],
    *,
    classical: bool = True,
    workers: int = 0,
    progress: Callable[[], None] | None = None,
) -> Results:
    """Builds every picture once and runs all methods on it.

    Processes build and run the classical methods, whose scores are kept for the next time; networks
    and predictions are this process's. Pictures are let go when they are scored, but for the worst.

    Args:
        sources: Where pictures come from, each scored on its own.
        entries: Networks and predictions.
        classical: Whether the classical methods stand beside them.
        workers: Processes; 0 means as many as cores, and 1 works here.
        progress: Called after each picture.

    Returns:
        The scores.

    Raises:
        DataError: There is nothing to run, or pictures cannot be built or read.
    """
    methods = [entry.method for entry in entries]
    methods += classical_methods() if classical else []
    if not methods:
        raise DataError("There is no method to run: name a --checkpoint or --predictions.")
    bases, worst = [], {}
    for source in sources:
        worst[source.base] = Worst()
        scored = [
            _scored(source.base, worked, entries, worst[source.base], progress)
            for worked in _worked(Work(source, score=classical), workers)
        ]
        if not scored:
            raise DataError(f"There are no pictures in {source.base} to run the suite on.")
        bases.append(BaseScores(source.base, scored, methods))
    return Results(bases, worst)


def _worked(work: Work, workers: int) -> Iterator[Worked]:
    """Works through all chunks in their order, and keeps new classical scores after each."""
    for chunk in chunks_of(work, workers):
        if work.score:
            caches = caches_of_methods()
            for worked in chunk:
                for name, cache in caches.items():
                    if cache.get(worked.digest) is None:
                        cache.put(worked.digest, worked.scores[name], worked.ms[name])
            for cache in caches.values():
                cache.save()
        yield from chunk


def chunks_of(work: Work, workers: int = 0) -> Iterator[list[Worked]]:
    """Does the work chunk by chunk, by processes where there are several cores.

    Args:
        work: What is done.
        workers: Processes; 0 means as many as cores, and 1 works here.

    Yields:
        The pictures of each chunk, in order.
    """
    count = work.source.chunks()
    workers = min(workers or cores(), count)
    if workers <= 1:
        yield from map(work, range(count))
        return
    with OrderedMap(work, 0, count, workers=workers, name="suite") as chunks:
        yield from chunks


def _scored(
    base: str,
    worked: Worked,
    entries: Sequence[Entry],
    worst: Worst,
    progress: Callable[[], None] | None,
) -> PictureScore:
    scores, ms = {}, {}
    truth = metrics.Truth(worked.truth)
    for entry in entries:
        start = time.perf_counter()
        found = np.asarray(entry.mask(base, worked))
        took = round((time.perf_counter() - start) * 1e3, 3)
        ms[entry.method.name] = took if entry.timed else math.nan
        scores[entry.method.name] = metrics.score(found, truth)
    scores |= worked.scores
    for name, reached in scores.items():
        worst.offer(name, reached, worked)
    if progress is not None:
        progress()
    return PictureScore(
        base,
        worked.row,
        worked.severity,
        worked.name,
        worked.writer,
        worked.digest,
        scores,
        ms | worked.ms,
    )
