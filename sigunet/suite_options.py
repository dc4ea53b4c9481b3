"""The options of `sigunet evaluate --suite`; what they need is imported when they are used."""

import argparse
from pathlib import Path

_OPTIONS = (
    "quick",
    "sizes",
    "predictions",
    "export",
    "pairs",
    "backgrounds",
    "base",
    "rows",
    "no_classical",
)


def add_to(verb: argparse.ArgumentParser) -> None:
    """Adds the options to the verb, in a group of their own."""
    suite = verb.add_argument_group("the benchmark, and what goes with it")
    suite.add_argument("--suite", help="its name: signature-cleaning-v1")
    suite.add_argument("--quick", action="store_true", help="two pictures a cell, not eight")
    suite.add_argument(
        "--sizes",
        action="store_true",
        help="its mildest pictures at 0.33 to 3 times their size, instead of the exam",
    )
    suite.add_argument(
        "--predictions",
        action="append",
        default=[],
        metavar="NAME=DIR",
        help="masks of another program, black ink on white, named as --export names the pictures",
    )
    suite.add_argument("--export", type=Path, metavar="DIR", help="write the pictures, run nothing")
    suite.add_argument(
        "--pairs",
        type=Path,
        metavar="DIR",
        help="own pictures: images/ and gt/, or NAME, NAME_gt, or folders X and X_GT of equal names",
    )
    suite.add_argument(
        "--backgrounds", type=Path, metavar="DIR", help="own scans to write signatures on"
    )
    suite.add_argument(
        "--base",
        action="append",
        default=[],
        choices=["S", "R", "pairs"],
        help="only this: S synthetic, R the scans of --signatures, pairs those of --pairs",
    )
    suite.add_argument("--rows", default="", help="only these rows, as in print,stamp")
    suite.add_argument("--no-classical", action="store_true", help="leave classical methods out")


def given(options: argparse.Namespace) -> list[str]:
    """Names the options of this group that are set, but for `--suite` itself."""
    return [f"--{name.replace('_', '-')}" for name in _OPTIONS if getattr(options, name)]


def run(options: argparse.Namespace) -> int:
    """Runs the benchmark as the parsed options ask.

    Returns:
        The exit code.

    Raises:
        SigunetError: Something of the user's cannot be read or used.
    """
    import json

    from sigunet.suite import command

    results = command.evaluate(
        command.Options(
            suite=options.suite,
            checkpoints=options.checkpoint,
            predictions=options.predictions,
            signatures=options.signatures,
            writers=options.writers,
            writer_pattern=options.writer_pattern,
            bases=options.base,
            backgrounds=options.backgrounds,
            pairs=options.pairs,
            rows=[row for row in options.rows.split(",") if row],
            quick=options.quick,
            sizes=options.sizes,
            looks=options.looks or ["auto"],
            classical=not options.no_classical,
            out=options.out,
            export=options.export,
            command=options.command,
        ),
        quiet=options.json,
    )
    if options.json and results is not None:
        print(json.dumps(results, allow_nan=False))
    return 0
