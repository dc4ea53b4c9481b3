"""The verbs that measure and show; what they need is imported when they are used."""

import argparse
import json
from pathlib import Path

from sigunet import suite_options
from sigunet.arguments import CHECKPOINT_HELP, LOOKS, positive
from sigunet.errors import ConfigError

_PER_ROW = 10


def add_evaluate(verb: argparse.ArgumentParser) -> None:
    """Adds the options of `sigunet evaluate`."""
    verb.add_argument(
        "--checkpoint",
        action="append",
        default=[],
        metavar="[NAME=]DIR",
        help=f"{CHECKPOINT_HELP}; several with --suite",
    )
    verb.add_argument(
        "--signatures", type=Path, help="real scans to degrade; by default synthetic test writers"
    )
    verb.add_argument(
        "--writers", default=".*", help="regular expression: only these writers' scans"
    )
    verb.add_argument(
        "--writer-pattern", default="", help="as data.writer_pattern, for --signatures"
    )
    verb.add_argument("-o", "--out", type=Path, help="folder for the results")
    verb.add_argument("--json", action="store_true", help="print results.json")
    verb.add_argument(
        "--looks",
        action="append",
        default=[],
        choices=LOOKS,
        help="how often networks look at a picture, see sigunet clean; with --suite several, each a "
        "method of its own",
    )
    suite_options.add_to(verb)
    frozen = verb.add_argument_group("without --suite")
    frozen.add_argument(
        "--per-row", type=positive, help=f"pictures a degradation; {_PER_ROW} by default"
    )
    frozen.add_argument("--seed", type=int, help="of the frozen set; 0 by default")


def run_evaluate(options: argparse.Namespace) -> int:
    """Scores networks beside classical methods, and prints that.

    Returns:
        The exit code, 0.

    Raises:
        SigunetError: If a network or a picture cannot be used, or an option belongs to the other
            of the two ways to score.
    """
    if options.suite is not None:
        for name in ("per_row", "seed"):
            if getattr(options, name) is not None:
                option = f"--{name.replace('_', '-')}"
                raise ConfigError(f"{option} is of the frozen set: it goes without --suite.")
        return suite_options.run(options)
    if lone := suite_options.given(options):
        raise ConfigError(f"{lone[0]} needs --suite, as in --suite signature-cleaning-v1.")
    from sigunet import evaluate, frozen, results
    from sigunet.cleaning import Cleaner
    from sigunet.data import sources
    from sigunet.progress import Progress

    if len(options.checkpoint) != 1:
        raise ConfigError("evaluate takes one --checkpoint without --suite, or any number with it.")
    if len(options.looks) > 1:
        raise ConfigError("evaluate takes one --looks without --suite, or any number with it.")
    place = options.checkpoint[0]
    cleaner = Cleaner.from_checkpoint(place, looks=(options.looks or ["auto"])[0])
    if options.signatures:
        signatures = frozen.Scans(
            options.signatures, writers=options.writers, writer_pattern=options.writer_pattern
        )
    else:
        signatures = frozen.Stored(sources.open_source(cleaner.meta.config.data, "test"))
    per_row = _PER_ROW if options.per_row is None else options.per_row
    total = len(frozen.ROWS) * per_row
    with Progress("evaluating", total, unit="pictures") as bar:
        scores = evaluate.run(
            signatures,
            network=cleaner.ink,
            threshold=cleaner.threshold,
            out=options.out,
            seed=options.seed or 0,
            per_row=per_row,
            channels=cleaner.channels,
            about={
                "checkpoint": place,
                "step": cleaner.meta.step,
                "version": cleaner.meta.version,
                "looks": cleaner.looks,
                "signatures": options.signatures.name if options.signatures else "test split",
                "writers": options.writers if options.signatures else "",
            },
            progress=lambda done: bar.advance(),
        )
    print(
        json.dumps(scores.to_dict(), allow_nan=False) if options.json else results.markdown(scores)
    )
    return 0


def add_gallery(verb: argparse.ArgumentParser) -> None:
    """Adds the options of `sigunet gallery`."""
    verb.add_argument("-o", "--out", type=Path, default=Path("gallery.jpg"), help="the picture")
    verb.add_argument("--seed", type=int, default=0, help="of the noise")


def run_gallery(options: argparse.Namespace) -> int:
    """Draws every noise member.

    Returns:
        The exit code, 0.
    """
    from sigunet import gallery

    gallery.draw(options.out, seed=options.seed)
    print(options.out)
    return 0


def add_realism(verb: argparse.ArgumentParser) -> None:
    """Adds the options of `sigunet realism`."""
    verb.add_argument("--signatures", type=Path, required=True, help="real scans on plain paper")
    verb.add_argument("--writers", default=".*", help="regular expression: only these writers")
    verb.add_argument(
        "--writer-pattern", default="", help='as data.writer_pattern; "" takes the subfolder'
    )
    verb.add_argument("--count", type=positive, default=400, help="signatures that are drawn")
    verb.add_argument("--seed", type=int, default=0, help="of the drawn signatures")
    verb.add_argument("-o", "--out", type=Path, help="contact sheet, real and drawn side by side")
    verb.add_argument("--no-real", action="store_true", help="leave the real ones off the sheet")
    verb.add_argument("--json", action="store_true", help="print one JSON object")


def run_realism(options: argparse.Namespace) -> int:
    """Measures drawn signatures against real ones, and prints that.

    Returns:
        The exit code: 0, or 1 if they do not pass for real.

    Raises:
        SigunetError: If the scans cannot be used.
    """
    from sigunet import realism
    from sigunet.progress import Progress

    with Progress("measuring", None, unit="pictures") as bar:
        measured = realism.report(
            options.signatures,
            options.out,
            writers=options.writers,
            writer_pattern=options.writer_pattern,
            count=options.count,
            seed=options.seed,
            show_real=not options.no_real,
            progress=bar.advance,
        )
    print(json.dumps(measured.to_dict(), allow_nan=False) if options.json else measured.table())
    return 0 if measured.passed else 1
