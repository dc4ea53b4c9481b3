"""`sigunet evaluate --suite signature-cleaning-v1`, from its options to its report."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import sigunet
from sigunet import image as images
from sigunet.data import scans
from sigunet.errors import ConfigError
from sigunet.machine import cores, cpu_model
from sigunet.progress import Progress
from sigunet.suite import files, report, run, sizes
from sigunet.suite.base import REAL, SYNTHETIC
from sigunet.suite.entries import Entry, Named, Network, Predictions, unique
from sigunet.suite.export import export
from sigunet.suite.identity import identity
from sigunet.suite.rows import BACKGROUNDS, CLEAN, EMPTY, NAME, ROWS
from sigunet.suite.sources import PAIRS, Base, find_pairs
from sigunet.suite.work import Source, Worked, classical_mask, classical_methods


@dataclass(frozen=True)
class Options:
    """What the user asked for.

    Attributes:
        suite: Name of the suite.
        checkpoints: [NAME=]DIR of each network.
        predictions: NAME=DIR of each folder of masks.
        signatures: Real scans to set the suite on, or None.
        writers: Regular expression on their writers.
        writer_pattern: As `frozen.Scans`.
        bases: Names of the bases to run; all there are if empty.
        backgrounds: Folder of the user's scans to write on, or None.
        pairs: Folder of the user's pairs, or None.
        rows: Only these rows; all if empty.
        quick: The small part of the suite.
        sizes: Its mildest pictures at several sizes, instead of the exam.
        looks: How often networks look at a picture (see `Cleaner`), each a method of its own.
        classical: Whether the classical methods stand beside.
        out: Folder of the report, or None.
        export: Folder that pictures are written to instead, or None.
        workers: Processes; 0 means as many as cores.
        command: The command line, for the record.
    """

    suite: str = NAME
    checkpoints: Sequence[str] = ()
    predictions: Sequence[str] = ()
    signatures: Path | None = None
    writers: str = ".*"
    writer_pattern: str = ""
    bases: Sequence[str] = ()
    backgrounds: Path | None = None
    pairs: Path | None = None
    rows: Sequence[str] = ()
    quick: bool = False
    sizes: bool = False
    looks: Sequence[str] = ("auto",)
    classical: bool = True
    out: Path | None = None
    export: Path | None = None
    workers: int = 0
    command: Sequence[str] = ()


def evaluate(options: Options, *, quiet: bool = False) -> dict[str, object] | None:
    """Runs the suite as asked, prints the headline, writes the report.

    Args:
        options: What the user asked for.
        quiet: Print nothing.

    Returns:
        The content of results.json; None where pictures were exported instead.

    Raises:
        SigunetError: Something of the user's cannot be read or used.
    """
    if options.suite != NAME:
        raise ConfigError(f"There is no suite {options.suite!r}; there is {NAME}.")
    sources = sources_of(options)
    total = sum(source.count() for source in sources)
    entries = entries_of(options) if options.export is None else []
    notes = _left_out(options, _checked(sources, entries))
    if options.export is not None:
        with Progress("exporting", total, unit="pictures", quiet=quiet) as bar:
            count = export(sources, options.export, workers=options.workers, progress=bar.advance)
        if not quiet:
            told = f"{options.export}: {count} pictures in images/, their truths in gt/"
            print("\n".join([told, *notes]))
        return None
    with Progress("evaluating", total, unit="pictures", quiet=quiet) as bar:
        results = run.run(
            sources,
            entries,
            classical=options.classical,
            workers=options.workers,
            progress=bar.advance,
        )
    if options.sizes:
        return _sized(results, options, notes, quiet=quiet)
    same = [*identity(results.bases), *notes]
    content = files.summary(results, same, _about(options))
    if not quiet:
        print("\n".join([*same, *_told(results)]))
    if options.out is not None:
        by_name = {entry.method.name: entry for entry in entries}

        def mask(base: str, method: str, worked: Worked) -> np.ndarray:
            if method in by_name:
                return by_name[method].mask(base, worked)
            return classical_mask(method, worked.image, worked.truth)

        missing = files.write(results, options.out, content, mask=mask)
        if not quiet:
            print("\n".join(["", *missing, str(options.out / "report.md")]))
    return content


def _sized(
    results: run.Results, options: Options, notes: Sequence[str], *, quiet: bool
) -> dict[str, object]:
    """Prints and writes what came out by size."""
    same = [sizes.IDENTITY, *notes]
    lines = list(same)
    for scores in results.bases:
        lines += ["", f"Base {scores.base}, {len(scores.pictures)} pictures", ""]
        lines += sizes.table(scores)
    content = files.summary(results, same, _about(options))
    if options.out is not None:
        text = "\n".join([*lines, "", *files.told(content)]) + "\n"
        files.write_tables(options.out, text, content)
        lines += ["", str(options.out / "report.md")]
    if not quiet:
        print("\n".join(lines))
    return content


def _checked(sources: Sequence[Source], entries: Sequence[Entry]) -> set[Path]:
    """Opens the headers of all files of the user's that will be read.

    Returns:
        Those that pictures are made of.

    Raises:
        DataError: One is missing or no picture, or has another size than it must.
    """
    used: set[Path] = set()
    for source in sources:
        pictures = list(source.listed())
        files_of = dict.fromkeys(path for picture in pictures for path in picture.files)
        for path in files_of:
            images.check_header(path)
        used.update(files_of)
        for entry in entries:
            if isinstance(entry, Predictions):
                entry.check(source.base, pictures)
    return used


def _left_out(options: Options, used: set[Path]) -> list[str]:
    """Says, after an empty line, that some backgrounds are not used; nothing if all are."""
    if options.backgrounds is None:
        return []
    found = scans.pictures(options.backgrounds, "--backgrounds").values()
    written = len(used.intersection(found))
    if written == len(found):
        return []
    part = f"the first {written}" if written else "none"
    return ["", f"Signatures are written on {part} of {len(found)} scans in {options.backgrounds}."]


def sources_of(options: Options) -> list[Source]:
    """The pictures to run on: the bases asked for, or the built-in one and all the user has named.

    Raises:
        ConfigError: A base or row is asked for that is not there, or sizes of what has none.
        DataError: A folder is missing or empty.
    """
    known = (CLEAN, *ROWS, EMPTY, BACKGROUNDS)
    if unknown := [row for row in options.rows if row not in known]:
        raise ConfigError(f"The suite has no row {unknown[0]!r}; it has {', '.join(known)}.")
    if BACKGROUNDS in options.rows and options.backgrounds is None:
        raise ConfigError(
            f"Row {BACKGROUNDS} is your own scans: name their folder with --backgrounds."
        )
    backgrounds: tuple[str, ...] = ()
    if options.backgrounds is not None:
        found = scans.pictures(options.backgrounds, "--backgrounds")
        backgrounds = tuple(str(path) for path in found.values())
    named = {REAL: options.signatures, PAIRS: options.pairs}
    wanted = options.bases or [SYNTHETIC, *(name for name, folder in named.items() if folder)]
    sources = [_source(name, options, backgrounds) for name in dict.fromkeys(wanted)]
    if options.sizes:
        return [_resizable(source) for source in sources]
    return sources


def _source(name: str, options: Options, backgrounds: tuple[str, ...]) -> Source:
    if name == PAIRS:
        if options.pairs is None:
            raise ConfigError(f"Base {name} is your own pictures: name their folder with --pairs.")
        return find_pairs(options.pairs)
    rows = tuple(options.rows) or None
    if name == SYNTHETIC:
        return Base(name, options.quick, backgrounds=backgrounds, rows=rows)
    if options.signatures is None:
        raise ConfigError(f"Base {name} is real scans: name their folder with --signatures.")
    base = Base(
        name,
        options.quick,
        str(options.signatures),
        options.writers,
        options.writer_pattern,
        backgrounds,
        rows,
    )
    # Opened once here, so that a wrong folder is told before any work is done.
    _ = base.signatures
    return base


def _resizable(source: Source) -> sizes.Sized:
    if not isinstance(source, Base):
        raise ConfigError(
            "--sizes resizes what a signature covers, and pairs say only which pixels are ink."
        )
    return sizes.Sized(source)


def entries_of(options: Options) -> list[Entry]:
    """The networks and predictions that are asked for.

    Raises:
        SigunetError: One is not there, or two share a name.
    """
    predictions = [Named.parse(text, "--predictions", named=True) for text in options.predictions]
    networks = [Named.parse(text, "--checkpoint", named=False) for text in options.checkpoints]
    looking = [
        (named.name if looks == "auto" else f"{named.name}, looks={looks}", named.place, looks)
        for looks in dict.fromkeys(options.looks)
        for named in networks
    ]
    names = [name for name, *_ in looking] + [named.name for named in predictions]
    unique(names, [method.name for method in classical_methods()])
    return [
        *(Network(*network) for network in looking),
        *(Predictions(named.name, named.place) for named in predictions),
    ]


def _told(results: run.Results) -> list[str]:
    lines = []
    for scores in results.bases:
        lines += ["", f"Base {scores.base}, {len(scores.pictures)} pictures", ""]
        lines += report.headline(scores)
        if gains := report.differences(scores):
            lines += ["", *gains]
    return lines


def _about(options: Options) -> dict[str, object]:
    return {
        "suite": NAME,
        "quick": options.quick,
        "command": " ".join(options.command),
        "sigunet": sigunet.__version__,
        "numpy": np.__version__,
        "python": sys.version.split()[0],
        "machine": f"{cores()} cores of {cpu_model()}",
    }
