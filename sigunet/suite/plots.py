"""Score against severity: a small picture for each row, all methods in it."""

import math
from pathlib import Path

from sigunet.errors import require
from sigunet.suite.report import ranked
from sigunet.suite.rows import SEVERITIES
from sigunet.suite.scores import BOUND, CLASSICAL, BaseScores

_COLUMNS = 6
# Okabe and Ito's colour-blind safe set, without the yellow that white paper swallows.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
_BEST, _OTHER = "#222222", "#C8C8C8"


def draw(scores: BaseScores, path: str | Path) -> None:
    """Draws F-measure by severity, a picture a row.

    Networks and predictions are in colour, the best classical method over the suite in black, the
    other classical ones in grey, the bound dashed.

    Args:
        scores: Of one base, with at least one degraded row.
        path: The picture file; its ending chooses the format.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    require("matplotlib", "bench")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = scores.degraded
    columns = min(_COLUMNS, len(rows))
    lines = math.ceil(len(rows) / columns)
    wide, high = 2.3 * columns + 0.5, 1.8 * lines + 0.9  # inches
    figure = Figure(figsize=(wide, high))
    FigureCanvasAgg(figure)
    # By hand: a layout that measures all labels takes longer than the drawing.
    figure.subplots_adjust(
        left=0.6 / wide, right=1 - 0.1 / wide, bottom=0.5 / high, top=1 - 0.6 / high, hspace=0.3
    )
    axes = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False).ravel()
    styles = _styles(scores)
    for axis, row in zip(axes, rows, strict=False):
        for name, style in styles.items():
            values = [100 * scores.at(name, row, severity) for severity in SEVERITIES]
            axis.plot(SEVERITIES, values, **style)
        axis.set_title(row, fontsize=9)
        axis.set_xticks(SEVERITIES)
        axis.set_ylim(0, 100)
        axis.grid(color="#EEEEEE")
        axis.tick_params(labelsize=7)
    for axis in axes[len(rows) :]:
        axis.axis("off")
    figure.supxlabel("severity", fontsize=9)
    figure.supylabel("F-measure, %", fontsize=9, x=0.05 / wide)
    # One of the greys stands for all in the legend.
    named = {}
    for handle, label in zip(*axes[0].get_legend_handles_labels(), strict=True):
        named.setdefault(label, handle)
    figure.legend(
        named.values(),
        named.keys(),
        loc="upper center",
        ncols=min(6, len(named)),
        fontsize=8,
        frameon=False,
    )
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def _styles(scores: BaseScores) -> dict[str, dict[str, object]]:
    """How each method's line looks, those behind first."""
    best = scores.best_classical()
    styles: dict[str, dict[str, object]] = {}
    methods = ranked(scores)
    for method in methods:
        if method.kind == CLASSICAL and method.name != best:
            styles[method.name] = {
                "color": _OTHER,
                "linewidth": 0.8,
                "label": "other classical methods",
            }
    for method in methods:
        if method.kind == BOUND:
            styles[method.name] = {
                "color": _BEST,
                "linewidth": 1,
                "linestyle": ":",
                "label": method.name,
            }
    if best:
        styles[best] = {"color": _BEST, "linewidth": 1.4, "label": f"{best} (best classical)"}
    examined = [m.name for m in methods if m.kind not in (CLASSICAL, BOUND)]
    for number, name in enumerate(examined):
        colour = _COLOURS[number % len(_COLOURS)]
        styles[name] = {
            "color": colour,
            "linewidth": 1.8,
            "marker": "o",
            "markersize": 3,
            "label": name,
        }
    return styles
