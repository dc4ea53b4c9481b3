"""The suite's results as Markdown: the headline, row by row, and what is gained on thresholds."""

import math
from collections.abc import Sequence

from sigunet.results import header, line
from sigunet.suite.rows import BACKGROUNDS, CLEAN, ROWS, SEVERITIES
from sigunet.suite.scores import BOUND, CLASSICAL, BaseScores, Method

_COLUMNS = {
    "clean_fmeasure": "clean F",
    "backgrounds_fmeasure": "backgrounds F",
    "empty_false_ink": "empty: false ink",
    "skeleton_recall": "skeleton recall",
    "component_error": "component error",
    "pseudo_fmeasure": "pseudo-F",
    "weighted_fmeasure": "weighted pseudo-F",
    "iou": "IoU",
    "psnr": "PSNR, dB",
    "drd": "DRD",
    "ms": "ms",
}
"""Columns of the headline table behind the F-measure and the worst row."""

_ROW_COLUMNS = {"clean_fmeasure": CLEAN, "backgrounds_fmeasure": BACKGROUNDS}
"""Those of them that are of one row, and are left out where that is not there."""

_PERCENT = {
    "fmeasure",
    "clean_fmeasure",
    "backgrounds_fmeasure",
    "skeleton_recall",
    "pseudo_fmeasure",
    "weighted_fmeasure",
    "iou",
}


def report(bases: Sequence[BaseScores], identity: Sequence[str], about: Sequence[str] = ()) -> str:
    """Everything, for report.md.

    Args:
        bases: Scores on each base.
        identity: Whether the pictures are those of the published suite; these lines come first.
        about: Lines on how it was run.

    Returns:
        Markdown.
    """
    parts = [*identity, ""]
    for scores in bases:
        parts += [f"# Base {scores.base}", "", *headline(scores), "", *_by_row(scores)]
    parts += ["# How", "", *_how(), *about, "", *_settings(bases[0].methods)]
    return "\n".join(parts) + "\n"


def headline(scores: BaseScores) -> list[str]:
    """The headline table of a base: a line a method, the best first within its kind.

    What only some rows have is left out where those are not there.
    """
    several = len(scores.counted) > 1
    columns = _columns(scores)
    titles = ["Method", "F [95 % interval]", *(["worst row"] if several else []), *columns.values()]
    lines = header(titles)
    for method in ranked(scores):
        values = scores.headline(method.name)
        reached = ranged(values["fmeasure"], values["fmeasure_interval"])
        worst = f"{values['worst_row']} {cell('fmeasure', values['worst_row_fmeasure'])}"
        cells = [cell(key, values[key]) for key in columns]
        lines.append(line([method.name, reached, *([worst] if several else []), *cells]))
    return lines


def _columns(scores: BaseScores) -> dict[str, str]:
    lacking = {key for key, row in _ROW_COLUMNS.items() if row not in scores.rows}
    if all(math.isnan(scores.false_ink(method.name)) for method in scores.methods):
        lacking.add("empty_false_ink")
    return {key: title for key, title in _COLUMNS.items() if key not in lacking}


def differences(scores: BaseScores) -> list[str]:
    """What each method that is no threshold gains on the best classical method of each row."""
    examined = [m for m in ranked(scores) if m.kind not in (CLASSICAL, BOUND)]
    if not examined or scores.best_classical() is None:
        return []
    names = [method.name for method in examined]
    lines = header(["Row", "best classical", *names])
    for row in [*scores.compared, *_total(scores)]:
        best = scores.best_classical(row)
        if best is None:
            continue
        cells = []
        for name in names:
            gain, low, high = scores.difference(name, best, row)
            mean = cell("fmeasure", scores.mean(name, row=row))
            cells.append(f"{mean} ({100 * gain:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}])")
        reached = f"{best} {cell('fmeasure', scores.mean(best, row=row))}"
        lines.append(line([row or "**all**", reached, *cells]))
    return lines


def _by_row(scores: BaseScores) -> list[str]:
    parts = []
    if gains := differences(scores):
        parts += [
            "## Against the best classical method of each row",
            "",
            "F-measure in %; in brackets the paired difference with its 95 % interval.",
            "",
            *gains,
            "",
        ]
    methods = ranked(scores)
    parts += ["## F-measure by row, %", "", *header(["Row", *(m.name for m in methods)])]
    for row in [*scores.rows, *_total(scores)]:
        cells = [_row_cell(scores, method.name, row) for method in methods]
        parts.append(line([row or ("**all degraded**" if scores.degraded else "**all**"), *cells]))
    parts.append("")
    if scores.degraded:
        parts += _by_severity(scores, methods)
    return parts


def _total(scores: BaseScores) -> list[None]:
    """What stands for all counted rows below them in a table; a single one needs no such line."""
    return [None] * (len(scores.counted) > 1)


def _row_cell(scores: BaseScores, method: str, row: str | None) -> str:
    mean = scores.mean(method, row=row)
    if math.isnan(mean):
        return f"({cell('empty_false_ink', scores.mean(method, 'false_ink', row))} false ink)"
    return cell("fmeasure", mean)


def _by_severity(scores: BaseScores, methods: Sequence[Method]) -> list[str]:
    best = scores.best_classical()
    shown = [m.name for m in methods if m.kind not in (CLASSICAL, BOUND)]
    shown += [best] if best else []
    parts = []
    for name in shown:
        parts += [f"## F-measure of {name} by severity, %", ""]
        parts += header(["Row", *(str(severity) for severity in SEVERITIES)])
        for row in scores.degraded:
            cells = [cell("fmeasure", scores.at(name, row, severity)) for severity in SEVERITIES]
            parts.append(line([row, *cells]))
        parts.append("")
    return parts


def ranked(scores: BaseScores, row: str | None = None) -> list[Method]:
    """Methods as they stand in tables: examined ones as given, classical ones best first, bounds."""
    examined = [m for m in scores.methods if m.kind not in (CLASSICAL, BOUND)]
    classical = [m for m in scores.methods if m.kind == CLASSICAL]
    classical.sort(key=lambda m: -scores.mean(m.name, row=row))
    return [*examined, *classical, *(m for m in scores.methods if m.kind == BOUND)]


def _how() -> list[str]:
    return [
        "F is the mean F-measure over severities and rows "
        f"({len(ROWS)} rows of {len(SEVERITIES)} severities, those that are there; where none is, "
        "over all others with ink), at native size; the interval is a bootstrap over the pictures "
        "of each cell. Writers are not drawn again: the interval is for these writers, and says "
        "nothing of others. `clean` is without degradation, `empty` without a signature, as are "
        "those pairs whose truth holds no ink. Component error, DRD and false ink are better when "
        "lower. Classical methods see the picture in grey, at one setting for all of it.",
        "",
        "Milliseconds are medians a picture: of processor time on one core for classical methods, "
        "of the clock for networks, while other processes were building pictures.",
        "",
    ]


def _settings(methods: Sequence[Method]) -> list[str]:
    lines = header(["Method", "Kind", "Setting"])
    for method in methods:
        about = ", ".join(f"{key} {value}" for key, value in method.about.items())
        lines.append(line([method.name, method.kind, about.replace("|", "/") or "–"]))
    return lines


def ranged(mean: float, interval: tuple[float, float]) -> str:
    """A mean in % with its interval."""
    return f"{cell('fmeasure', mean)} [{', '.join(cell('fmeasure', end) for end in interval)}]"


def cell(key: str, value: float) -> str:
    """A number as the tables show it."""
    if math.isnan(value):
        return "–"
    if key == "empty_false_ink":
        return f"{100 * value:.2f} %"
    if key in _PERCENT:
        return f"{100 * value:.1f}"
    return f"{value:.1f}" if key in ("psnr", "ms") else f"{value:.2f}"
