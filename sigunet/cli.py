"""The command `sigunet`: its verbs, and what holds for all of them.

The options of the verbs stand in `*_options`; each imports what it needs when it runs.
"""

import argparse
import os
import sys
from collections.abc import Sequence

import sigunet
from sigunet import clean_options, measure_options, train_options
from sigunet.benchmark import options as benchmark_options
from sigunet.errors import SigunetError, one_line

_VERBS = (
    (
        "train",
        "train a network, or go on with a run",
        train_options.add_train,
        train_options.run_train,
    ),
    (
        "evaluate",
        "score networks beside classical methods",
        measure_options.add_evaluate,
        measure_options.run_evaluate,
    ),
    (
        "clean",
        "turn pictures of signatures into clean ink",
        clean_options.add_clean,
        clean_options.run_clean,
    ),
    (
        "app",
        "clean pictures on a page in the browser",
        clean_options.add_app,
        clean_options.run_app,
    ),
    ("serve", "clean pictures over HTTP", clean_options.add_serve, clean_options.run_serve),
    (
        "preview",
        "draw training pairs, or what a network makes of them",
        train_options.add_preview,
        train_options.run_preview,
    ),
    (
        "gallery",
        "draw every noise member at several severities",
        measure_options.add_gallery,
        measure_options.run_gallery,
    ),
    (
        "realism",
        "hold synthetic signatures against real scans",
        measure_options.add_realism,
        measure_options.run_realism,
    ),
    (
        "export",
        "write the weights of a checkpoint alone, a small file",
        train_options.add_export,
        train_options.run_export,
    ),
    (
        "runs",
        "compare runs: configs, best metrics, curves",
        train_options.add_runs,
        train_options.run_runs,
    ),
    ("benchmark", "measure speed", benchmark_options.add_to, benchmark_options.run),
    (
        "demo",
        "train, evaluate and clean in a few minutes on a CPU",
        train_options.add_demo,
        train_options.run_demo,
    ),
)
"""The verbs: name, what it does, what adds its options, what runs it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a verb.

    Args:
        argv: The arguments behind `sigunet`; those of the process by default.

    Returns:
        The exit code: 0, 1 where part of the work failed, 2 for what the user can mend, 130 or
        143 when stopped by a signal.
    """
    argv = list(sys.argv[1:] if argv is None else argv)
    arguments, overrides = _split_overrides(argv)
    parser = _parser()
    options = parser.parse_args(arguments)
    if overrides and "config" not in options:
        parser.error(f"{options.verb} takes no --config.KEY=VALUE")
    options.overrides = overrides
    options.command = ["sigunet", *argv]
    try:
        return options.run(options)
    except SigunetError as error:
        print(f"sigunet: {one_line(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("sigunet: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output has gone (`sigunet runs | head`): nothing is wrong.
        _close_output()
        return 0
    except OSError as error:
        print(f"sigunet: {one_line(error)}", file=sys.stderr)
        try:
            print(end="", flush=True)
        except OSError:
            _close_output()
        return 2


def _close_output() -> None:
    """Leaves nothing to be written at the end of the process, where it would fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _split_overrides(argv: list[str]) -> tuple[list[str], list[str]]:
    """Takes `--config.KEY=VALUE` and `--config.KEY VALUE` out of the arguments."""
    rest, overrides = [], []
    remaining = iter(argv)
    for argument in remaining:
        if not argument.startswith("--config."):
            rest.append(argument)
            continue
        text = argument.removeprefix("--config.")
        if "=" not in text:
            value = next(remaining, None)
            text = text if value is None else f"{text}={value}"
        overrides.append(text)
    return rest, overrides


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sigunet",
        description="The ink of a handwritten signature, cleaned of paper, print, stamps and noise.",
        epilog="Any key of a config is set on the command line: --config.batch_size=256",
    )
    parser.add_argument("--version", action="version", version=f"sigunet {sigunet.__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, text, add, run in _VERBS:
        verb = verbs.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        add(verb)
        verb.set_defaults(run=run)
    return parser
