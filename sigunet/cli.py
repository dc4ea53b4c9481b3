"""The command `sigunet`: flags and nothing else; each verb imports what it needs when it runs."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import sigunet
from sigunet import clean_options, suite_options
from sigunet.benchmark import options as benchmark_options
from sigunet.errors import SigunetError

_CONFIG_HELP = "path of a config file, or the name of one that is shipped (default, small, tiny)"
_CHECKPOINT_HELP = (
    "a run's workdir, its checkpoints folder, the folder of one step, a .safetensors file, or the "
    "name of weights that are shipped (base)"
)


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
        print(f"sigunet: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("sigunet: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output has gone (`sigunet runs | head`): nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


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

    verb = _verb(verbs, "train", _train, "train a network, or go on with a run")
    verb.add_argument("--config", required=True, help=_CONFIG_HELP)
    verb.add_argument("--workdir", required=True, type=Path, help="the run's folder")
    verb.add_argument("--init-from", help=f"weights a new run starts from: {_CHECKPOINT_HELP}")
    verb.add_argument("--coordinator", help="HOST:PORT of process 0, where there are several")
    verb.add_argument("--processes", type=int, help="how many processes there are")
    verb.add_argument("--process-index", type=int, help="which one this is, from 0")
    verb.add_argument("--quiet", action="store_true", help="show no progress")

    verb = _verb(verbs, "evaluate", _evaluate, "score networks beside classical methods")
    verb.add_argument(
        "--checkpoint",
        action="append",
        default=[],
        metavar="[NAME=]DIR",
        help=f"{_CHECKPOINT_HELP}; several with --suite",
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
    suite_options.add_to(verb)
    frozen = verb.add_argument_group("without --suite")
    frozen.add_argument("--per-row", type=_positive, default=10, help="pictures a degradation")
    frozen.add_argument("--seed", type=int, default=0, help="of the frozen set")

    verb = _verb(
        verbs, "clean", clean_options.run_clean, "turn pictures of signatures into clean ink"
    )
    clean_options.add_clean(verb, _CHECKPOINT_HELP)

    verb = _verb(verbs, "app", clean_options.run_app, "clean pictures on a page in the browser")
    clean_options.add_app(verb, _CHECKPOINT_HELP)

    verb = _verb(verbs, "serve", clean_options.run_serve, "clean pictures over HTTP")
    clean_options.add_serve(verb, _CHECKPOINT_HELP)

    verb = _verb(verbs, "preview", _preview, "draw training pairs, or what a network makes of them")
    verb.add_argument("--config", help=f"training pairs of a config: {_CONFIG_HELP}")
    verb.add_argument(
        "--workdir", type=Path, help="training pairs of a run, exactly as it saw them"
    )
    verb.add_argument("--checkpoint", help="frozen test pictures, cleaned by this network")
    verb.add_argument("--pair", type=int, help="only pair N, and what it is made of")
    verb.add_argument("--count", type=_positive, default=24, help="pairs on the sheet")
    verb.add_argument(
        "--strip", action="store_true", help="with --checkpoint: inputs above, cleaned ones below"
    )
    verb.add_argument("-o", "--out", type=Path, default=Path("preview.png"), help="the picture")

    verb = _verb(verbs, "gallery", _gallery, "draw every noise member at several severities")
    verb.add_argument("-o", "--out", type=Path, default=Path("gallery.jpg"), help="the picture")
    verb.add_argument("--seed", type=int, default=0, help="of the noise")

    verb = _verb(verbs, "realism", _realism, "hold synthetic signatures against real scans")
    verb.add_argument("--signatures", type=Path, required=True, help="real scans on plain paper")
    verb.add_argument("--writers", default=".*", help="regular expression: only these writers")
    verb.add_argument(
        "--writer-pattern", default="", help='as data.writer_pattern; "" takes the subfolder'
    )
    verb.add_argument("--count", type=_positive, default=400, help="signatures that are drawn")
    verb.add_argument("--seed", type=int, default=0, help="of the drawn signatures")
    verb.add_argument("-o", "--out", type=Path, help="contact sheet, real and drawn side by side")
    verb.add_argument("--no-real", action="store_true", help="leave the real ones off the sheet")
    verb.add_argument("--json", action="store_true", help="print one JSON object")

    verb = _verb(verbs, "export", _export, "write the weights of a checkpoint alone, a small file")
    verb.add_argument("--checkpoint", required=True, help=_CHECKPOINT_HELP)
    verb.add_argument(
        "-o",
        "--out",
        required=True,
        type=Path,
        help="NAME.safetensors, NAME.onnx, or a new folder for Orbax",
    )
    verb.add_argument(
        "--format",
        choices=["safetensors", "orbax", "onnx"],
        help="by default what the ending of --out says",
    )
    verb.add_argument(
        "--threshold", type=float, help="on soft ink; by default the one that validation chose"
    )

    verb = _verb(verbs, "runs", _runs, "compare runs: configs, best metrics, curves")
    verb.add_argument(
        "folders", nargs="+", type=Path, metavar="DIR", help="workdirs, or above them"
    )
    verb.add_argument("-o", "--out", type=Path, help="picture of the curves")

    verb = _verb(verbs, "benchmark", benchmark_options.run, "measure speed")
    benchmark_options.add_to(verb, _CONFIG_HELP, _CHECKPOINT_HELP)

    verb = _verb(verbs, "demo", _demo, "train, evaluate and clean in a few minutes on a CPU")
    verb.add_argument("--workdir", type=Path, default=Path("experiments/demo"))
    verb.set_defaults(config="tiny")
    return parser


def _verb(verbs, name: str, run, text: str) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    verb.set_defaults(run=run)
    return verb


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def _train(options: argparse.Namespace) -> int:
    from sigunet import config as config_lib
    from sigunet import devices

    config = config_lib.load(options.config, options.overrides)
    devices.initialize(options.coordinator, options.processes, options.process_index)

    from sigunet.train import train_and_evaluate

    result = train_and_evaluate(
        config,
        options.workdir,
        init_from=options.init_from,
        command=options.command,
        quiet=options.quiet,
    )
    if not options.quiet and devices.first_process():
        for line in result.lines():
            print(line)
    return 0 if result.stopped_by is None else 128 + result.stopped_by


def _evaluate(options: argparse.Namespace) -> int:
    import json

    if options.suite is not None:
        return suite_options.run(options)
    from sigunet import evaluate, frozen, results
    from sigunet.cleaning import Cleaner
    from sigunet.data import sources
    from sigunet.errors import ConfigError
    from sigunet.progress import Progress

    if len(options.checkpoint) != 1:
        raise ConfigError("evaluate takes one --checkpoint without --suite, or any number with it.")
    place = options.checkpoint[0]
    cleaner = Cleaner.from_checkpoint(place)
    if options.signatures:
        signatures = frozen.Scans(
            options.signatures, writers=options.writers, writer_pattern=options.writer_pattern
        )
    else:
        signatures = frozen.Stored(sources.open_source(cleaner.meta.config.data, "test"))
    total = len(frozen.ROWS) * options.per_row
    with Progress("evaluating", total, unit="pictures") as bar:
        scores = evaluate.run(
            signatures,
            network=cleaner.ink,
            threshold=cleaner.threshold,
            out=options.out,
            seed=options.seed,
            per_row=options.per_row,
            channels=cleaner.channels,
            about={
                "checkpoint": place,
                "step": cleaner.meta.step,
                "version": cleaner.meta.version,
                "signatures": options.signatures.name if options.signatures else "test split",
                "writers": options.writers if options.signatures else "",
            },
            progress=lambda done: bar.advance(),
        )
    print(
        json.dumps(scores.to_dict(), allow_nan=False) if options.json else results.markdown(scores)
    )
    return 0


def _preview(options: argparse.Namespace) -> int:
    from sigunet import config as config_lib
    from sigunet import preview, workdir
    from sigunet.errors import ConfigError

    places = (options.config, options.workdir, options.checkpoint)
    if options.overrides and not options.config:
        raise ConfigError("preview takes --config.KEY=VALUE with --config only.")
    if sum(place is not None for place in places) != 1:
        raise ConfigError("preview takes one of --config, --workdir and --checkpoint.")
    if options.checkpoint:
        preview.draw_predictions(options.checkpoint, options.out, strip=options.strip)
        print(options.out)
        return 0
    if options.workdir:
        config = workdir.read_config(options.workdir)
    else:
        config = config_lib.load(options.config, options.overrides)
    positions = range(options.count) if options.pair is None else [options.pair]
    for line in preview.draw(config, positions, options.out):
        print(line)
    return 0


def _export(options: argparse.Namespace) -> int:
    from sigunet import checkpoint
    from sigunet.errors import ConfigError

    suffix = {"safetensors": ".safetensors", "onnx": ".onnx", "orbax": ""}
    if options.format and options.out.suffix != suffix[options.format]:
        ending = suffix[options.format] or "no ending: it is a folder"
        raise ConfigError(
            f"{options.format} is written to a name with {ending}, not {options.out}."
        )
    if options.out.suffix == ".onnx":
        from sigunet import export

        meta = export.write_onnx(options.checkpoint, options.out, threshold=options.threshold)
        print(f"{options.out}: the network of step {meta['step']}, for ONNX Runtime")
        return 0
    meta = checkpoint.export_weights(options.checkpoint, options.out, threshold=options.threshold)
    print(f"{options.out}: weights of step {meta.step}, in half precision")
    return 0


def _gallery(options: argparse.Namespace) -> int:
    from sigunet import gallery

    gallery.draw(options.out, seed=options.seed)
    print(options.out)
    return 0


def _realism(options: argparse.Namespace) -> int:
    import json

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


def _runs(options: argparse.Namespace) -> int:
    from sigunet.tracking import compare

    print(compare(options.folders, picture=options.out))
    return 0


def _demo(options: argparse.Namespace) -> int:
    from sigunet import config as config_lib
    from sigunet import demo

    config = config_lib.load(options.config, options.overrides)
    return demo.run(config, options.workdir, command=options.command)
