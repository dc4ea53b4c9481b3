"""Scores of methods on the suite: means over its cells, intervals, and paired differences."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sigunet import metrics
from sigunet.suite.rows import BACKGROUNDS, CLEAN, EMPTY, ROWS

DRAWS = 1000
"""Resamplings behind an interval."""

_LEVEL = (0.025, 0.975)

NETWORK, PREDICTIONS, CLASSICAL, BOUND = "network", "predictions", "classical", "bound"
"""Kinds of methods; a bound has seen the truth and is no method."""


@dataclass(frozen=True)
class Method:
    """What was run.

    Attributes:
        name: As in the tables.
        kind: `NETWORK`, `PREDICTIONS`, `CLASSICAL` or `BOUND`.
        about: Its setting or where it comes from, for the reader of the results.
    """

    name: str
    kind: str
    about: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class PictureScore:
    """What every method reached on one picture.

    Attributes:
        base: Name of the base.
        row: Degradation.
        severity: 1 to 5; 0 in rows that have none.
        name: Unique in its row.
        writer: Who signed.
        digest: SHA-256 of its pixels and truth.
        scores: Method -> `metrics.score`.
        ms: Method -> milliseconds it took; nan where it was not timed.
    """

    base: str
    row: str
    severity: int
    name: str
    writer: str
    digest: str
    scores: dict[str, dict[str, float]]
    ms: dict[str, float]


class BaseScores:
    """Scores on the pictures of one base.

    Args:
        base: Its name.
        pictures: Scores by picture, in the order of the set.
        methods: In the order of tables; each has a score for each picture.
    """

    def __init__(self, base: str, pictures: Sequence[PictureScore], methods: Sequence[Method]):
        self.base, self.pictures, self.methods = base, list(pictures), list(methods)

    @cached_property
    def rows(self) -> list[str]:
        """Names of the rows there are, in the order of the set."""
        return list(dict.fromkeys(picture.row for picture in self.pictures))

    @cached_property
    def degraded(self) -> list[str]:
        """Those of `rows` that are degradations of the suite."""
        return [row for row in ROWS if row in self.rows]

    @cached_property
    def counted(self) -> list[str]:
        """Rows the headline is a mean over: `degraded`, or where there are none, all with ink."""
        return self.degraded or [row for row in self.rows if self._has_ink(row)]

    @cached_property
    def compared(self) -> list[str]:
        """Rows with a best classical method of their own: `counted`, and the user's backgrounds."""
        own = [BACKGROUNDS] if BACKGROUNDS in self.rows else []
        return list(dict.fromkeys([*self.counted, *own]))

    def _has_ink(self, row: str) -> bool:
        return not all(math.isnan(self.mean(method.name, row=row)) for method in self.methods)

    @cached_property
    def _cells(self) -> dict[tuple[str, int], np.ndarray]:
        """Positions of the pictures of each row and severity."""
        cells: dict[tuple[str, int], list[int]] = {}
        for position, picture in enumerate(self.pictures):
            cells.setdefault((picture.row, picture.severity), []).append(position)
        return {cell: np.array(positions) for cell, positions in cells.items()}

    @cached_property
    def _values(self) -> dict[str, np.ndarray]:
        """float64[pictures, metrics] by method."""
        return {
            method.name: np.array(
                [
                    [picture.scores[method.name].get(key, math.nan) for key in metrics.METRICS]
                    for picture in self.pictures
                ]
            )
            for method in self.methods
        }

    def values(self, method: str, metric: str = "fmeasure") -> np.ndarray:
        """One number a picture: float64[pictures], nan where it is undefined."""
        return self._values[method][:, metrics.METRICS.index(metric)]

    def cells(self, row: str | None = None) -> list[np.ndarray]:
        """Positions of the pictures of each severity of a row; of all counted rows if None."""
        wanted = self.counted if row is None else [row]
        return [positions for (name, _), positions in self._cells.items() if name in wanted]

    def mean(self, method: str, metric: str = "fmeasure", row: str | None = None) -> float:
        """Mean over severities of a row, or over all counted rows and severities (None).

        Each cell counts the same, however many pictures it holds.
        """
        return _mean_of_cells(self.values(method, metric), self.cells(row))

    def at(self, method: str, row: str, severity: int, metric: str = "fmeasure") -> float:
        """Mean of one cell; nan if there is none."""
        positions = self._cells.get((row, severity))
        if positions is None:
            return math.nan
        return metrics.mean_defined(self.values(method, metric)[positions])

    def interval(
        self, method: str, metric: str = "fmeasure", row: str | None = None
    ) -> tuple[float, float]:
        """95 % bootstrap interval of `mean`: pictures are drawn again within each cell.

        Writers are not: it is for those there are.
        """
        return _interval(self.values(method, metric), self.cells(row))

    def difference(
        self, first: str, second: str, row: str | None = None
    ) -> tuple[float, float, float]:
        """Mean of the paired differences in F-measure, first less second, and its 95 % interval."""
        paired = self.values(first) - self.values(second)
        cells = self.cells(row)
        return _mean_of_cells(paired, cells), *_interval(paired, cells)

    def ms(self, method: str) -> float:
        """Median milliseconds a picture; nan where nothing was timed."""
        times = np.array([picture.ms.get(method, math.nan) for picture in self.pictures])
        times = times[~np.isnan(times)]
        return float(np.median(times)) if times.size else math.nan

    def worst_row(self, method: str) -> tuple[str, float]:
        """The counted row with the lowest mean F-measure, and that mean; "", nan if none."""
        means = [(self.mean(method, row=row), row) for row in self.counted]
        if not means:
            return "", math.nan
        value, row = min(means)
        return row, value

    def best_classical(self, row: str | None = None) -> str | None:
        """The classical method with the highest mean F-measure over a row, or over all counted.

        None where there is no classical method, or no ink.
        """
        names = [method.name for method in self.methods if method.kind == CLASSICAL]
        means = {name: self.mean(name, row=row) for name in names}
        known = [name for name in names if not math.isnan(means[name])]
        return max(known, key=means.__getitem__, default=None)

    def false_ink(self, method: str) -> float:
        """Mean false ink of row `empty`, or where that is not there, of all pictures without ink."""
        if EMPTY in self.rows:
            return self.mean(method, "false_ink", EMPTY)
        return _mean_of_cells(self.values(method, "false_ink"), list(self._cells.values()))

    def headline(self, method: str) -> dict[str, object]:
        """The line of the headline table: what the suite says of a method."""
        row, worst = self.worst_row(method)
        means = {key: self.mean(method, key) for key in metrics.METRICS if key != "false_ink"}
        own = {}
        if BACKGROUNDS in self.rows:
            own["backgrounds_fmeasure"] = self.mean(method, row=BACKGROUNDS)
        return {
            **means,
            "fmeasure_interval": list(self.interval(method)),
            "worst_row": row,
            "worst_row_fmeasure": worst,
            "clean_fmeasure": self.mean(method, row=CLEAN),
            **own,
            "empty_false_ink": self.false_ink(method),
            "ms": self.ms(method),
        }


def _mean_of_cells(values: np.ndarray, cells: Sequence[np.ndarray]) -> float:
    return metrics.mean_defined([metrics.mean_defined(values[cell]) for cell in cells])


def _interval(values: np.ndarray, cells: Sequence[np.ndarray]) -> tuple[float, float]:
    """Percentile bootstrap of the mean over cells (Efron and Tibshirani 1993), within cells."""
    rng = np.random.default_rng(0)
    sums, count = np.zeros(DRAWS), 0
    for cell in cells:
        kept = values[cell]
        kept = kept[~np.isnan(kept)]
        if kept.size:
            sums += kept[rng.integers(0, kept.size, (DRAWS, kept.size))].mean(axis=1)
            count += 1
    if not count:
        return math.nan, math.nan
    low, high = np.quantile(sums / count, _LEVEL)
    return float(low), float(high)
