"""Runs compared from their local records: what differs in the configs, who is best, and curves."""

import io
import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from sigunet.atomic import write_bytes
from sigunet.errors import SigunetError, require
from sigunet.tracking import metrics_log, provenance

# Colours that colour-blind people can tell apart (Okabe and Ito, 2008), yellow left out.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#56B4E9", "#E69F00")
_DASHES = ("-", "--", ":", "-.")

_WIDEST_CELL = 44


@dataclass(frozen=True)
class Run:
    """A run read from its folder.

    Attributes:
        name: Its folder, as short as tells it apart from the others.
        folder: Where it lies.
        config: Dotted config keys and their values.
        rows: Of metrics.jsonl, in order.
    """

    name: str
    folder: Path
    config: dict[str, Any]
    rows: list[dict[str, Any]]

    def series(self, key: str) -> tuple[list[int], list[float]]:
        """Returns the steps and values of one metric, rows without it or with null left out."""
        points = [(row["step"], row[key]) for row in self.rows if row.get(key) is not None]
        return [step for step, _ in points], [value for _, value in points]


def compare(
    folders: Sequence[str | os.PathLike], *, picture: str | os.PathLike | None = None
) -> str:
    """Compares runs, from their folders alone: no account, no network.

    Args:
        folders: Run folders, or folders with runs anywhere below.
        picture: Where to write the curves as a picture; None: no picture.

    Returns:
        Text that is also Markdown: a table of results, best validation IoU first, a table of what
        differs in the configs, and a sentence for each folder that could not be read.

    Raises:
        SigunetError: If there is no run at all, or the picture cannot be written.
        MissingExtra: If a picture is wanted and matplotlib is not installed.
    """
    found, notes = find_runs(folders)
    if not found:
        raise SigunetError(" ".join(notes) or "Name at least one folder with runs in it.")
    parts = [_results(found), _differences(found), *notes]
    if picture is not None:
        draw(found, picture)
        parts.append(f"Curves: {picture}")
    return "\n\n".join(parts)


def find_runs(folders: Sequence[str | os.PathLike]) -> tuple[list[Run], list[str]]:
    """Reads all runs below some folders.

    Args:
        folders: Run folders, or folders with runs anywhere below.

    Returns:
        The runs, and a sentence for everything that looks like a run and cannot be read.
    """
    notes = []
    places: dict[Path, None] = {}
    for folder in map(Path, folders):
        below = _run_folders(folder)
        if not below:
            missing = "is no folder" if not folder.is_dir() else "holds no run (no metrics.jsonl)"
            notes.append(f"{folder} {missing}.")
        places.update(dict.fromkeys(below))
    runs = []
    for place, name in zip(places, _names(list(places)), strict=True):
        try:
            runs.append(_read_run(place, name))
        except SigunetError as error:
            notes.append(str(error))
    return runs, notes


def _run_folders(folder: Path) -> list[Path]:
    """Returns resolved folders with a metrics.jsonl or a manifest, W&B's own folders left out."""
    found = []
    for place, below, files in os.walk(folder):
        below[:] = sorted(name for name in below if name != "wandb" and not name.startswith("."))
        if metrics_log.NAME in files or provenance.NAME in files:
            found.append(Path(place).resolve())
    return found


def _names(places: list[Path]) -> list[str]:
    if len(places) < 2:
        return [place.name for place in places]
    common = os.path.commonpath([place.parent for place in places])
    return [str(place.relative_to(common)) for place in places]


def _read_run(folder: Path, name: str) -> Run:
    path = folder / metrics_log.NAME
    if not path.exists():
        raise SigunetError(f"{folder} has a manifest and no {metrics_log.NAME}: it never started.")
    rows = metrics_log.read_metrics(path)
    if not rows:
        raise SigunetError(f"{path} has no readable row yet.")
    return Run(name, folder, flat(_read_config(folder)), rows)


def _read_config(folder: Path) -> dict[str, Any]:
    """Reads the config from the manifest, or from config.json where only that was kept."""
    for file, pick in ((provenance.NAME, lambda c: c["config"]), ("config.json", dict)):
        path = folder / file
        if not path.exists():
            continue
        try:
            return dict(pick(json.loads(path.read_text(encoding="utf-8"))))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SigunetError(f"{path} cannot be read as a run's config.") from error
    raise SigunetError(f"{folder} has metrics and neither manifest.json nor config.json.")


def flat(config: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Turns nested dicts into one with dotted keys."""
    out = {}
    for key, value in config.items():
        if isinstance(value, dict):
            out.update(flat(value, f"{prefix}{key}."))
        else:
            out[prefix + key] = value
    return out


def _best(run: Run, key: str, pick: Any = max) -> tuple[float, int] | None:
    steps, values = run.series(key)
    return pick(zip(values, steps, strict=True), key=lambda p: p[0]) if values else None


def _results(runs: Sequence[Run]) -> str:
    header = ("run", "last step", "best val/iou", "at step", "best val/fmeasure", "at step")
    header += ("least val/loss", "images/s")
    rows = []
    for run in sorted(runs, key=lambda run: -(_best(run, "val/iou") or (-1.0, 0))[0]):
        cells = [run.name, str(max(row["step"] for row in run.rows))]
        for key in ("val/iou", "val/fmeasure"):
            best = _best(run, key)
            cells += [f"{best[0]:.4f}", str(best[1])] if best else ["-", "-"]
        least = _best(run, "val/loss", min)
        speeds = run.series("perf/images_per_second")[1]
        cells += [f"{least[0]:.4g}" if least else "-"]
        cells += [f"{median(speeds):.1f}" if speeds else "-"]
        rows.append(cells)
    return _table(list(header), rows)


def _differences(runs: Sequence[Run]) -> str:
    if len(runs) < 2:
        return "One run alone: nothing to compare its config with."
    missing = object()
    keys = {key: None for run in runs for key in run.config}
    values = {key: [run.config.get(key, missing) for run in runs] for key in keys}
    cells = {
        key: _shorten(["-" if item is missing else _text(item) for item in items])
        for key, items in values.items()
        if any(item != items[0] for item in items)
    }
    if not cells:
        return "The configs are the same."
    # Runs go down as in the table above, unless so many keys differ that no screen is that wide.
    if len(cells) <= 6:
        rows = [[run.name, *(row[i] for row in cells.values())] for i, run in enumerate(runs)]
        return _table(["run", *cells], rows)
    return _table(["key", *(run.name for run in runs)], [[k, *v] for k, v in cells.items()])


def _text(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value)


def _shorten(texts: list[str]) -> list[str]:
    """Cuts long values down to the part where they differ, as recipes do in one member."""
    if max(map(len, texts)) <= _WIDEST_CELL:
        return texts
    start = _common(texts)
    tail = _common([text[start:][::-1] for text in texts])
    # A few characters around the difference say which member of a recipe it belongs to.
    start, tail = max(0, start - 16), max(0, tail - 4)
    out = []
    for text in texts:
        part = ("…" if start else "") + text[start : len(text) - tail] + ("…" if tail else "")
        out.append(part if len(part) <= _WIDEST_CELL else f"{part[: _WIDEST_CELL - 1]}…")
    return out


def _common(texts: list[str]) -> int:
    """Counts the characters that all texts start with."""
    for count, characters in enumerate(zip(*texts, strict=False)):
        if len(set(characters)) > 1:
            return count
    return min(map(len, texts))


def _table(header: list[str], rows: list[list[str]]) -> str:
    # A bar inside a value, as between the members of a recipe, would end a Markdown cell.
    rows = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) + " |"
        for line in lines
    )


def draw(runs: Sequence[Run], picture: str | os.PathLike) -> None:
    """Draws the curves of runs over each other: training loss, F-measure and IoU on validation.

    Args:
        runs: What `find_runs` returned.
        picture: The file to write; the suffix (.png, .svg, .pdf) chooses the format.

    Raises:
        MissingExtra: If matplotlib is not installed.
        SigunetError: If the file cannot be written or the suffix is no format.
    """
    figure = require("matplotlib.figure", "train").Figure(figsize=(13, 4.8), layout="constrained")
    panels = (
        ("train/loss", "training loss (log scale)"),
        ("val/fmeasure", "F-measure on validation"),
        ("val/iou", "IoU on validation"),
    )
    for axes, (key, title) in zip(figure.subplots(1, 3), panels, strict=True):
        for index, run in enumerate(runs):
            style = {
                "color": _COLOURS[index % len(_COLOURS)],
                "linestyle": _DASHES[index // len(_COLOURS) % len(_DASHES)],
            }
            _curve(axes, *run.series(key), style, noisy=key.startswith("train/"))
        if key.startswith("train/") and any(v > 0 for run in runs for v in run.series(key)[1]):
            axes.set_yscale("log")
        axes.set_title(title, fontsize=11)
        axes.set_xlabel("step")
        axes.locator_params(axis="x", nbins=5)
        axes.grid(True, which="both", alpha=0.25, linewidth=0.6)
    handles = [
        axes.plot(
            [],
            [],
            color=_COLOURS[index % len(_COLOURS)],
            linestyle=_DASHES[index // len(_COLOURS) % len(_DASHES)],
        )[0]
        for index in range(len(runs))
    ]
    columns = max(1, min(len(runs), 110 // (max(len(run.name) for run in runs) + 6)))
    labels = [run.name for run in runs]
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, frameon=False)
    buffer = io.BytesIO()
    suffix = Path(picture).suffix.lstrip(".") or "png"
    try:
        figure.savefig(buffer, format=suffix, dpi=110)
    except ValueError as error:
        raise SigunetError(f"{picture}: a picture ends in .png, .svg or .pdf.") from error
    write_bytes(picture, buffer.getvalue())


def _curve(axes: Any, steps: list[int], values: list[float], style: dict, *, noisy: bool) -> None:
    if not noisy or len(values) < 20:
        mark = "o" if len(values) < 40 else ""
        axes.plot(steps, values, linewidth=1.6, marker=mark, markersize=3, **style)
        return
    axes.plot(steps, values, linewidth=0.7, alpha=0.25, **style)
    axes.plot(steps, _smooth(values), linewidth=1.6, **style)


def _smooth(values: list[float]) -> list[float]:
    """Averages the logarithm over about a twentieth of the curve, without lag at its start."""
    keep = 1 - 1 / max(2.0, len(values) / 20)
    total = weight = 0.0
    out = []
    for value in values:
        total = keep * total + math.log(max(value, 1e-12))
        weight = keep * weight + 1
        out.append(math.exp(total / weight))
    return out
