"""The verbs around training; what they need is imported when they are used."""

import argparse
from pathlib import Path

from sigunet.arguments import CONFIG_HELP, WEIGHTS_HELP, positive

# Names of files of weights. A folder may have any other ending, as in run.v2.
_FILES = frozenset(
    """.bin .ckpt .gguf .h5 .hdf5 .keras .mlmodel .msgpack .npy .npz .onnx .pb .pickle .pkl .pt .pth
    .safetensors .tflite""".split()
)


def add_train(verb: argparse.ArgumentParser) -> None:
    """Adds the options of `sigunet train`."""
    verb.add_argument("--config", required=True, help=CONFIG_HELP)
    verb.add_argument("--workdir", required=True, type=Path, help="the run's folder")
    verb.add_argument("--init-from", help=f"weights a new run starts from: {WEIGHTS_HELP}")
    verb.add_argument("--coordinator", help="HOST:PORT of process 0, where there are several")
    verb.add_argument("--processes", type=int, help="how many processes there are")
    verb.add_argument("--process-index", type=int, help="which one this is, from 0")
    verb.add_argument("--quiet", action="store_true", help="show no progress")


def run_train(options: argparse.Namespace) -> int:
    """Trains a network, or goes on with a run.

    Returns:
        The exit code: 0, or 128 and the number of the signal that stopped it.

    Raises:
        SigunetError: If it cannot be trained so.
    """
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


def add_preview(verb: argparse.ArgumentParser) -> None:
    """Adds the options of `sigunet preview`."""
    verb.add_argument("--config", help=f"training pairs of a config: {CONFIG_HELP}")
    verb.add_argument(
        "--workdir", type=Path, help="training pairs of a run, exactly as it saw them"
    )
    verb.add_argument("--checkpoint", help="frozen test pictures, cleaned by this network")
    verb.add_argument("--pair", type=int, help="only pair N, and what it is made of")
    verb.add_argument("--count", type=positive, default=24, help="pairs on the sheet")
    verb.add_argument(
        "--strip", action="store_true", help="with --checkpoint: inputs above, cleaned ones below"
    )
    verb.add_argument("-o", "--out", type=Path, default=Path("preview.png"), help="the picture")


def run_preview(options: argparse.Namespace) -> int:
    """Draws training pairs, or what a network makes of frozen pictures.

    Returns:
        The exit code, 0.

    Raises:
        SigunetError: If the options do not go together, or what they name cannot be read.
    """
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


def add_export(verb: argparse.ArgumentParser) -> None:
    """Adds the options of `sigunet export`."""
    verb.add_argument("--checkpoint", required=True, help=WEIGHTS_HELP)
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


def run_export(options: argparse.Namespace) -> int:
    """Writes the weights of a checkpoint alone.

    Returns:
        The exit code, 0.

    Raises:
        SigunetError: If they cannot be read, or not be written there.
    """
    from sigunet import checkpoint
    from sigunet.errors import ConfigError

    suffix = {"safetensors": ".safetensors", "onnx": ".onnx", "orbax": ""}
    if options.format and options.out.suffix != suffix[options.format]:
        ending = suffix[options.format] or "no ending: it is a folder"
        raise ConfigError(
            f"{options.format} is written to a name with {ending}, not {options.out}."
        )
    given = options.out.suffix
    if given.lower() in _FILES and given not in suffix.values():
        raise ConfigError(
            f"{options.out} cannot be written: weights are written as NAME.safetensors, NAME.onnx, or "
            f"a folder, whose name does not end in {given}."
        )
    if given == ".onnx":
        from sigunet import export

        meta = export.write_onnx(options.checkpoint, options.out, threshold=options.threshold)
        print(f"{options.out}: the network of step {meta['step']}, for ONNX Runtime")
        return 0
    meta = checkpoint.export_weights(options.checkpoint, options.out, threshold=options.threshold)
    print(f"{options.out}: weights of step {meta.step}, in half precision")
    return 0


def add_runs(verb: argparse.ArgumentParser) -> None:
    """Adds the options of `sigunet runs`."""
    verb.add_argument(
        "folders", nargs="+", type=Path, metavar="DIR", help="workdirs, or above them"
    )
    verb.add_argument("-o", "--out", type=Path, help="picture of the curves")


def run_runs(options: argparse.Namespace) -> int:
    """Compares runs, and prints that.

    Returns:
        The exit code, 0.

    Raises:
        SigunetError: If there is no run.
    """
    from sigunet.tracking import compare

    print(compare(options.folders, picture=options.out))
    return 0


def add_demo(verb: argparse.ArgumentParser) -> None:
    """Adds the options of `sigunet demo`."""
    verb.add_argument("--workdir", type=Path, default=Path("experiments/demo"))
    verb.set_defaults(config="tiny")


def run_demo(options: argparse.Namespace) -> int:
    """Trains, evaluates and cleans, small.

    Returns:
        The exit code.

    Raises:
        SigunetError: If a step fails.
    """
    from sigunet import config as config_lib
    from sigunet import demo

    config = config_lib.load(options.config, options.overrides)
    return demo.run(config, options.workdir, command=options.command)
