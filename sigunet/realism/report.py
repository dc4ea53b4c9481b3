"""Real scans beside drawn signatures: the table, the two-sample test and the sheet."""

import dataclasses
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from sigunet import frozen, grids, image, signatures
from sigunet.errors import ConfigError, DataError
from sigunet.realism import samples
from sigunet.realism.features import FEATURES, NAMED, comparable, measure
from sigunet.realism.samples import Sample, Separation

MAX_AUC = 0.80
"""Bound on the classifier's area under the curve on the named features."""

MAX_RATIO = 2.0
"""Bound on every feature's distance, over that between two halves of the real writers."""

_SIGNINGS = 2  # drawn of each writer
_PEN = (0.0, 0.4)  # grey of the ink, as in `sigunet.frozen`
_COLUMNS, _ROWS = 8, 10
_CELL = (220, 130)  # px; largest width and height of a picture on the sheet


@dataclass(frozen=True)
class Row:
    """One feature.

    Attributes:
        name: See `FEATURES`.
        real: First quartile, median and third quartile of the real pictures.
        drawn: The same of the drawn ones.
        distance: Wasserstein distance between them, of the logarithm where the feature is a ratio,
            a length or a count.
        halves: The same between two halves of the real writers, median over random splits.
        ratio: `distance` over `halves`.
    """

    name: str
    real: tuple[float, float, float]
    drawn: tuple[float, float, float]
    distance: float
    halves: float
    ratio: float


@dataclass(frozen=True)
class Realism:
    """How drawn signatures compare with real ones.

    Attributes:
        rows: One for each of `FEATURES`.
        named: What a classifier makes of `NAMED`.
        all: What it makes of all features.
        pictures: (real, drawn) pictures measured.
        writers: (real, drawn) writers.
    """

    rows: tuple[Row, ...]
    named: Separation
    all: Separation
    pictures: tuple[int, int]
    writers: tuple[int, int]

    @property
    def passed(self) -> bool:
        """True if no ratio is over `MAX_RATIO` and the named AUC not over `MAX_AUC`."""
        return self.named.auc <= MAX_AUC and max(row.ratio for row in self.rows) <= MAX_RATIO

    def to_dict(self) -> dict:
        """Everything as JSON holds it."""
        return dataclasses.asdict(self) | {
            "passed": self.passed,
            "bounds": {"auc": MAX_AUC, "ratio": MAX_RATIO},
            "features": dict(FEATURES),
        }

    def table(self) -> str:
        """The table in Markdown, and the two tests in two sentences."""

        def quartiles(values: tuple[float, float, float]) -> str:
            low, middle, high = (f"{value:.3g}" for value in values)
            return f"{middle} [{low}, {high}]"

        lines = [
            "| Feature | Real | Drawn | Distance | Real halves | Ratio |",
            "|---|---:|---:|---:|---:|---:|",
        ]
        for row in self.rows:
            name = f"**{row.name}**" if row.name in NAMED else row.name
            numbers = f"{row.distance:.3f} | {row.halves:.3f} | {row.ratio:.2f}"
            lines.append(f"| {name} | {quartiles(row.real)} | {quartiles(row.drawn)} | {numbers} |")
        real, drawn = (
            f"{pictures} pictures by {writers} writers"
            for pictures, writers in zip(self.pictures, self.writers, strict=True)
        )
        worst = max(self.rows, key=lambda row: row.ratio)
        verdict = "within" if self.passed else "NOT within"
        return "\n".join(
            [
                *lines,
                "",
                f"Real: {real}; drawn: {drawn}. Median [quartiles].",
                f"AUC on the named features (bold): {_interval(self.named)}; "
                f"on all: {_interval(self.all)}.",
                f"Largest ratio: {worst.ratio:.2f} ({worst.name}). "
                f"This is {verdict} the bounds: named AUC {MAX_AUC:.2f}, ratio {MAX_RATIO:.0f}.",
            ]
        )


def _interval(found: Separation) -> str:
    return f"{found.auc:.2f} [{found.low:.2f}, {found.high:.2f}]"


def compare(real: Sample, drawn: Sample, *, seed: int = 0, repetitions: int = 20) -> Realism:
    """Compares measured pictures.

    Args:
        real: Values of `measure`, of at least two writers.
        drawn: Likewise.
        seed: Of the splits and folds, 0 or more.
        repetitions: How many times the classifier's folds are drawn anew.

    Returns:
        The table and both tests.

    Raises:
        DataError: A sample has fewer than two writers.
    """
    writers = tuple(len(np.unique(sample.writers)) for sample in (real, drawn))
    if min(writers) < 2:
        raise DataError("A comparison needs signatures of at least two writers on either side.")
    rng = np.random.default_rng([seed, 1])
    one, other = (dataclasses.replace(s, values=comparable(s.values)) for s in (real, drawn))
    halves = samples.half_distances(one, rng)
    rows = []
    for k, name in enumerate(FEATURES):
        distance = samples.wasserstein(one.values[:, k], other.values[:, k])
        low = tuple(np.quantile(real.values[:, k], (0.25, 0.5, 0.75)).tolist())
        high = tuple(np.quantile(drawn.values[:, k], (0.25, 0.5, 0.75)).tolist())
        # Where all real pictures agree exactly, any distance is too much.
        ratio = distance / max(float(halves[k]), 1e-9)
        rows.append(Row(name, low, high, distance, float(halves[k]), ratio))
    named = [tuple(FEATURES).index(name) for name in NAMED]
    return Realism(
        rows=tuple(rows),
        named=samples.separation(one, other, named, rng, repetitions),
        all=samples.separation(one, other, range(len(FEATURES)), rng, repetitions),
        pictures=(len(real.values), len(drawn.values)),
        writers=writers,
    )


def report(
    directory: str | os.PathLike,
    out: str | os.PathLike | None = None,
    *,
    writers: str = ".*",
    writer_pattern: str = "",
    count: int = 400,
    seed: int = 0,
    show_real: bool = True,
    progress: Callable[[], None] | None = None,
) -> Realism:
    """Compares drawn signatures with a folder of real scans.

    Args:
        directory: Scans of signatures on plain paper, one subfolder a writer.
        out: Where a contact sheet goes, or None.
        writers: Only writers whose whole name matches this regular expression.
        writer_pattern: As `data.writer_pattern`; forgeries count as the writer they imitate where
            it finds the same name.
        count: How many signatures are drawn, by half as many writers.
        seed: Of the drawn writers, the splits and the folds.
        show_real: False for a sheet of drawn signatures only, which may be published.
        progress: Called after each picture.

    Returns:
        The comparison.

    Raises:
        DataError: The folder has no usable scans of two writers, or the sheet cannot be written.
        ConfigError: An expression cannot be read, or a number is out of range.
    """
    if count < 2 * _SIGNINGS or seed < 0:
        raise ConfigError(f"At least {2 * _SIGNINGS} signatures are drawn, with a seed of 0 up.")
    scans = frozen.Scans(directory, writers=writers, writer_pattern=writer_pattern)

    def real(numbers: Iterable[int]) -> Iterable[tuple[np.ndarray, str]]:
        return ((image.read(scans.paths[k])[..., 0], scans.writers[k]) for k in numbers)

    def drawn(numbers: Iterable[int]) -> Iterable[tuple[np.ndarray, str]]:
        return ((_drawn(seed, k), str(k // _SIGNINGS)) for k in numbers)

    result = compare(
        _measured(real(range(len(scans.paths))), progress),
        _measured(drawn(range(count)), progress),
        seed=seed,
    )
    if out is not None:
        shown = _COLUMNS * _ROWS
        if not show_real:
            one_each = range(0, min(count, shown * _SIGNINGS), _SIGNINGS)
            cells = [_small(grey) for grey, _ in drawn(one_each)]
            image.write(out, grids.contact_sheet(cells, columns=_COLUMNS))
        else:
            cells, labels = _side_by_side(scans, seed, count, real, drawn)
            image.write(out, grids.contact_sheet(cells, labels, columns=_COLUMNS))
    return result


def _drawn(seed: int, number: int) -> np.ndarray:
    """Drawn signature `number` on white paper: float32[H, W] in [0, 1], 0 = black."""
    writer, signing = divmod(number, _SIGNINGS)
    held = signatures.draw_inked(seed, writer, signing)[..., 1]
    pen = np.random.default_rng([seed, 2, number]).uniform(*_PEN)
    return image.to_float(image.to_uint8(1 - (1 - pen) * image.to_float(held)))


def _measured(
    pictures: Iterable[tuple[np.ndarray, str]], progress: Callable[[], None] | None
) -> Sample:
    values, writers = [], []
    for grey, writer in pictures:
        found = measure(grey)
        if found is not None:
            values.append(found)
            writers.append(writer)
        if progress is not None:
            progress()
    if not values:
        raise DataError("No picture holds ink that can be measured.")
    return Sample(np.array(values), np.array(writers))


_Pictures = Callable[[Iterable[int]], Iterable[tuple[np.ndarray, str]]]


def _side_by_side(
    scans: frozen.Scans, seed: int, count: int, real: _Pictures, drawn: _Pictures
) -> tuple[list[np.ndarray], list[str]]:
    """Rows with real signatures on the left and drawn ones on the right."""
    half = _COLUMNS // 2
    rng = np.random.default_rng([seed, 3])
    names = np.array(scans.writers)
    # One of each writer before a second one of any.
    turns = [rng.permutation(np.flatnonzero(names == name)) for name in np.unique(names)]
    order = [turn[k] for k in range(max(map(len, turns))) for turn in turns if k < len(turn)]
    wanted = min(half * _ROWS, len(order), count // _SIGNINGS) // half * half
    left = [_small(grey) for grey, _ in real(order[:wanted])]
    right = [_small(grey) for grey, _ in drawn(range(0, wanted * _SIGNINGS, _SIGNINGS))]
    cells, labels = [], []
    for start in range(0, wanted, half):
        cells += left[start : start + half] + right[start : start + half]
        labels += ["real"] * half + ["drawn"] * half
    return cells, labels


def _small(grey: np.ndarray) -> np.ndarray:
    """A picture that fits on the sheet."""
    height, width = grey.shape
    factor = min(1.0, _CELL[0] / width, _CELL[1] / height)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
