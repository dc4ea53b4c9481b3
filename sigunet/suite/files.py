"""The files a run of the suite leaves: report, results, plots and sheets."""

import gzip
import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from sigunet.atomic import write_bytes, write_text
from sigunet.errors import MissingExtra
from sigunet.frozen import set_digest
from sigunet.suite import plots, worst
from sigunet.suite.report import report
from sigunet.suite.rows import NAME
from sigunet.suite.run import Results
from sigunet.suite.scores import BaseScores
from sigunet.suite.work import Worked

FORMAT = 1
"""Number of the layout of results.json and pictures.json.gz."""


def write(
    results: Results,
    directory: str | Path,
    content: Mapping[str, object],
    *,
    mask: Callable[[str, str, Worked], np.ndarray],
) -> list[str]:
    """Writes report.md, results.json, pictures.json.gz, severity-BASE.png and worst/BASE-METHOD.png.

    Args:
        results: What came out.
        directory: Made if missing.
        content: Of results.json: `summary` of the results.
        mask: Runs a method again, for the sheets: (base, method, picture) -> bool[H, W].

    Returns:
        Sentences on what could not be drawn.

    Raises:
        SigunetError: A file cannot be written.
    """
    directory = Path(directory)
    text = report(results.bases, content["identity"], told(content))
    write_tables(directory, text, content)
    pictures = json.dumps(_pictures(results), allow_nan=False).encode()
    # Without a time inside, equal scores are equal files.
    write_bytes(directory / "pictures.json.gz", gzip.compress(pictures, mtime=0))
    missing = []
    for scores in results.bases:
        if scores.degraded:
            try:
                plots.draw(scores, directory / f"severity-{scores.base}.png")
            except MissingExtra as error:
                missing = [f"No plots: {error}"]
        for method in scores.methods:
            kept = results.worst[scores.base].of(method.name)
            if kept:
                name = f"{scores.base}-{method.name.replace(' ', '-').replace('/', '-')}.png"
                worst.write_sheet(
                    directory / "worst" / name,
                    kept,
                    lambda worked, base=scores.base, method=method.name: mask(base, method, worked),
                )
    return missing


def write_tables(directory: str | Path, text: str, content: Mapping[str, object]) -> None:
    """Writes report.md and results.json.

    Args:
        directory: Made if missing.
        text: Of the report.
        content: Of results.json: `summary` of the results.

    Raises:
        SigunetError: A file cannot be written.
    """
    directory = Path(directory)
    write_text(directory / "report.md", text)
    numbers = json.dumps(content, indent=1, allow_nan=False) + "\n"
    write_text(directory / "results.json", numbers)


def told(content: Mapping[str, object]) -> list[str]:
    """Lines of Markdown on how a run was made: `summary` of its results."""
    return [f"- {key}: {value}" for key, value in content["about"].items()]


def summary(
    results: Results, identity: Sequence[str], about: Mapping[str, object]
) -> dict[str, object]:
    """Everything but the single pictures, as plain JSON; undefined values are null.

    Args:
        results: What came out.
        identity: Whether the pictures are those of the published suite.
        about: How it was run.
    """
    return _plain(
        {
            "format": FORMAT,
            "suite": NAME,
            "identity": list(identity),
            "about": dict(about),
            "methods": [
                {"name": m.name, "kind": m.kind, "about": m.about} for m in results.methods
            ],
            "bases": {scores.base: _summary(scores) for scores in results.bases},
        }
    )


def _summary(scores: BaseScores) -> dict[str, object]:
    names = [method.name for method in scores.methods]
    best = {row: scores.best_classical(row) for row in scores.compared}
    return {
        "digest": set_digest(scores.pictures),
        "pictures": len(scores.pictures),
        "headline": {name: scores.headline(name) for name in names},
        "rows": {
            row: {
                name: {
                    "fmeasure": scores.mean(name, row=row),
                    "fmeasure_interval": list(scores.interval(name, row=row)),
                    "false_ink": scores.mean(name, "false_ink", row),
                    "skeleton_recall": scores.mean(name, "skeleton_recall", row),
                    "component_error": scores.mean(name, "component_error", row),
                    "pseudo_fmeasure": scores.mean(name, "pseudo_fmeasure", row),
                    "by_severity": _by_severity(scores, name, row, "fmeasure"),
                    "skeleton_recall_by_severity": _by_severity(
                        scores, name, row, "skeleton_recall"
                    ),
                }
                for name in names
            }
            for row in scores.rows
        },
        "best_classical": {"all": scores.best_classical(), **best},
        "difference_to_best_classical": {
            row: {name: scores.difference(name, rival, row) for name in names}
            for row, rival in best.items()
            if rival is not None
        },
    }


def _by_severity(scores: BaseScores, method: str, row: str, metric: str) -> dict[str, float]:
    severities = dict.fromkeys(p.severity for p in scores.pictures if p.row == row)
    return {str(severity): scores.at(method, row, severity, metric) for severity in severities}


def _pictures(results: Results) -> dict[str, object]:
    pictures = [
        {
            "base": p.base,
            "row": p.row,
            "severity": p.severity,
            "name": p.name,
            "writer": p.writer,
            "digest": p.digest,
            "scores": p.scores,
            "ms": p.ms,
        }
        for scores in results.bases
        for p in scores.pictures
    ]
    return _plain({"format": FORMAT, "suite": NAME, "pictures": pictures})


def _plain(value: object) -> object:
    """Makes nan null and rounds, throughout."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 6)
    return value
