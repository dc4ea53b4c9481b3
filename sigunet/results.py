"""Scores of methods on a frozen set: their means, tables in Markdown, and results.json."""

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sigunet import metrics
from sigunet.atomic import write_text
from sigunet.errors import DataError
from sigunet.frozen import set_digest

FORMAT = 1
"""Number of the layout of results.json."""

TABLES = ("fmeasure", "iou", "psnr", "accuracy")
"""Metrics that get a table by degradation; results.json has all of `metrics.METRICS`."""

_TITLES = {
    "accuracy": "Accuracy",
    "iou": "IoU",
    "precision": "Precision",
    "recall": "Recall",
    "fmeasure": "F-measure",
    "skeleton_recall": "Skeleton recall",
    "pseudo_fmeasure": "Pseudo-F",
    "weighted_fmeasure": "Weighted pseudo-F",
    "psnr": "PSNR (dB)",
    "drd": "DRD",
    "false_ink": "False ink",
    "component_error": "Component error",
    "ms": "ms an image",
}


@dataclass(frozen=True)
class PictureScores:
    """What every method reached on one picture.

    Attributes:
        row: Degradation of the picture.
        name: Name of the picture in its set.
        digest: SHA-256 of its pixels and truth.
        scores: Method -> `metrics.score`.
        ms: Method -> milliseconds the method took.
    """

    row: str
    name: str
    digest: str
    scores: dict[str, dict[str, float]]
    ms: dict[str, float]


@dataclass(frozen=True)
class Results:
    """Scores of some methods on one frozen set.

    Attributes:
        pictures: Scores by picture, in the order of the set.
        thresholds: Method -> the threshold its soft ink was cut at.
        about: What was measured: source, seed, checkpoint and the like, for the file's reader.
    """

    pictures: list[PictureScores]
    thresholds: dict[str, float]
    about: dict[str, object] = field(default_factory=dict)

    @property
    def methods(self) -> list[str]:
        """Names of the methods, in the order they were given."""
        return list(self.thresholds)

    @property
    def rows(self) -> list[str]:
        """Names of the degradations, in the order of the set."""
        return list(dict.fromkeys(picture.row for picture in self.pictures))

    @property
    def inked(self) -> int:
        """Number of pictures whose truth holds ink: those that every mean but false ink is over."""
        scores = (next(iter(picture.scores.values()), {}) for picture in self.pictures)
        return sum(math.isnan(score.get("false_ink", 0.0)) for score in scores)

    @property
    def digest(self) -> str:
        """SHA-256 of the whole set, as `frozen.set_digest`."""
        return set_digest(self.pictures)

    def mean(self, method: str, row: str | None = None) -> dict[str, float]:
        """Mean scores of one method, over one degradation or (None) over the whole set."""
        return metrics.mean(self._scores(method, row))

    def interval(self, method: str, row: str | None = None) -> tuple[float, float]:
        """95 % bootstrap interval over pictures of the mean F-measure; nan, nan without ink."""
        return metrics.bootstrap_interval([s["fmeasure"] for s in self._scores(method, row)])

    def ms(self, method: str) -> float:
        """Median milliseconds an image; the median, because the first picture of a size compiles."""
        times = [picture.ms[method] for picture in self.pictures]
        return float(np.median(times)) if times else math.nan

    def _scores(self, method: str, row: str | None) -> list[dict[str, float]]:
        return [p.scores[method] for p in self.pictures if row in (None, p.row)]

    def to_dict(self) -> dict[str, object]:
        """The results as plain JSON: undefined values are null, timings stand under `perf`."""
        whole = {m: self._summary(m, None) for m in self.methods}
        rows = {row: {m: self._summary(m, row) for m in self.methods} for row in self.rows}
        pictures = [
            {"row": p.row, "name": p.name, "digest": p.digest, "scores": p.scores}
            for p in self.pictures
        ]
        return _null_for_nan(
            {
                "format": FORMAT,
                "about": self.about,
                "set": {"digest": self.digest, "pictures": len(self.pictures)},
                "thresholds": self.thresholds,
                "overall": whole,
                "rows": rows,
                "pictures": pictures,
                "perf": {
                    "ms_per_image": {m: self.ms(m) for m in self.methods},
                    "ms": {m: [p.ms[m] for p in self.pictures] for m in self.methods},
                },
            }
        )

    def _summary(self, method: str, row: str | None) -> dict[str, object]:
        return {**self.mean(method, row), "fmeasure_interval": list(self.interval(method, row))}

    @classmethod
    def from_dict(cls, data: Mapping) -> "Results":
        """Reads back what `to_dict` wrote.

        Raises:
            DataError: The data has another layout.
        """
        if data.get("format") != FORMAT:
            raise DataError(
                f"These results have format {data.get('format')}, not {FORMAT}: evaluate again."
            )
        pictures = [
            PictureScores(
                row=entry["row"],
                name=entry["name"],
                digest=entry["digest"],
                scores={
                    method: {k: math.nan if v is None else v for k, v in scores.items()}
                    for method, scores in entry["scores"].items()
                },
                ms={method: times[n] for method, times in data["perf"]["ms"].items()},
            )
            for n, entry in enumerate(data["pictures"])
        ]
        return cls(pictures, dict(data["thresholds"]), dict(data["about"]))


def compare_sets(ours: Results, theirs: Results) -> str | None:
    """Says in a sentence how the pictures behind two results differ; None if they are the same."""
    mine, other = ({(p.row, p.name): p.digest for p in r.pictures} for r in (ours, theirs))
    if mine == other:
        return None
    absent = mine.keys() ^ other.keys()
    changed = [key for key in mine.keys() & other.keys() if mine[key] != other[key]]
    first = min(changed or absent)
    return (
        f"The sets differ, so their scores do not compare: {len(absent)} pictures are only in one, "
        f"{len(changed)} have other pixels (the first is {'/'.join(first)})."
    )


def markdown(results: Results) -> str:
    """The results as Markdown: a summary, then a table by degradation for each of `TABLES`."""
    lines = [
        f"{len(results.pictures)} pictures, {results.inked} of them with ink, set "
        f"`{results.digest[:12]}`. All means are over the pictures with ink; those without are "
        "scored as false ink only. In brackets the 95 % bootstrap interval over pictures.",
        "",
        *_summary_table(results),
    ]
    for metric in TABLES:
        lines += ["", f"### {_TITLES[metric]} by degradation", "", *_row_table(results, metric)]
    return "\n".join(lines) + "\n"


def write(results: Results, directory: str | os.PathLike) -> list[Path]:
    """Writes results.json and results.md into a directory, each beside its place and renamed.

    Args:
        results: What to write.
        directory: Created if missing.

    Returns:
        The two paths.

    Raises:
        SigunetError: The directory cannot be written.
    """
    texts = {
        "results.json": json.dumps(results.to_dict(), indent=1, allow_nan=False) + "\n",
        "results.md": markdown(results),
    }
    for name, text in texts.items():
        write_text(Path(directory) / name, text)
    return [Path(directory) / name for name in texts]


def load(path: str | os.PathLike) -> Results:
    """Reads a results.json.

    Raises:
        DataError: The file is missing or is no results file.
    """
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        return Results.from_dict(data)
    except (OSError, ValueError, KeyError, AttributeError, IndexError, TypeError) as error:
        raise DataError(f"{path} is not a results file: {error}") from error


def _summary_table(results: Results) -> list[str]:
    keys = [*metrics.METRICS, "ms"]
    lines = header(["Method", "Threshold", *(_TITLES[key] for key in keys)])
    for method in results.methods:
        values = {**results.mean(method), "ms": results.ms(method)}
        cells = [_cell(key, values[key]) for key in keys]
        lines.append(line([method, f"{results.thresholds[method]:g}", *cells]))
    return lines


def _row_table(results: Results, metric: str) -> list[str]:
    lines = header(["Degradation", "Pictures", *results.methods])
    for row in [*results.rows, None]:
        count = sum(row in (None, picture.row) for picture in results.pictures)
        cells = [_row_cell(results, method, row, metric) for method in results.methods]
        lines.append(line([row or "**all**", str(count), *cells]))
    return lines


def _row_cell(results: Results, method: str, row: str | None, metric: str) -> str:
    values = results.mean(method, row)
    if metric != "fmeasure":
        return _cell(metric, values[metric])
    if math.isnan(values["fmeasure"]):
        return f"({_cell('false_ink', values['false_ink'])} false ink)"
    low, high = results.interval(method, row)
    return f"{values['fmeasure']:.3f} [{low:.3f}, {high:.3f}]"


def _cell(key: str, value: float) -> str:
    if math.isnan(value):
        return "–"
    if key == "false_ink":
        return f"{100 * value:.2f} %"
    return f"{value:.1f}" if key in ("psnr", "ms") else f"{value:.3f}"


def header(titles: Sequence[str]) -> list[str]:
    """The two first lines of a Markdown table: words to the left, numbers to the right."""
    return [line(titles), line(["---"] + ["---:"] * (len(titles) - 1))]


def line(cells: Sequence[str]) -> str:
    """A line of a Markdown table."""
    return "| " + " | ".join(cells) + " |"


def _null_for_nan(value: object) -> object:
    """Replaces nan, which JSON does not know, by None throughout."""
    if isinstance(value, dict):
        return {key: _null_for_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_null_for_nan(item) for item in value]
    if isinstance(value, float) and math.isnan(value):
        return None
    return value
