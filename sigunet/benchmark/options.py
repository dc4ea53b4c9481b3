"""The verb `sigunet benchmark`; what it needs is imported when it is used."""

import argparse
import json
import os

from sigunet.arguments import BACKENDS, CHECKPOINT_HELP, CONFIG_HELP


def add_to(verb: argparse.ArgumentParser) -> None:
    """Adds the options of `sigunet benchmark`."""
    verb.add_argument(
        "what",
        choices=["data", "train", "clean", "serve"],
        help="data: the input pipeline, member by member; train: the training step beside "
        "PyTorch's; clean: the network beside other runtimes, and the command; serve: the service "
        "under load",
    )
    verb.add_argument("--config", default="default", help=f"data, train: {CONFIG_HELP}")
    verb.add_argument("--checkpoint", default="base", help=f"clean, serve: {CHECKPOINT_HELP}")
    verb.add_argument(
        "--backend",
        default="auto",
        metavar=BACKENDS,
        help="clean, serve: what runs the network; the calls it is held against are the default's",
    )
    verb.add_argument("--seconds", type=float, default=5.0, help="time for each measurement")
    verb.add_argument(
        "--minutes", type=float, default=0.0, help="serve: of lasting load, to watch the memory"
    )
    verb.add_argument("--json", action="store_true", help="print one JSON object")


def run(options: argparse.Namespace) -> int:
    """Measures what the parsed options name, and prints it.

    Returns:
        The exit code, 0.

    Raises:
        SigunetError: If it cannot be measured.
    """
    measures = {"data": _data, "train": _train, "clean": _clean, "serve": _serve}
    measured, text = measures[options.what](options)
    print(json.dumps(measured) if options.json else text)
    return 0


def _data(options: argparse.Namespace) -> tuple[dict, str]:
    from sigunet import config as config_lib
    from sigunet.benchmark import data

    config = config_lib.load(options.config, options.overrides)
    measured = data.benchmark_data(config, seconds=options.seconds)
    return measured, data.table(measured)


def _train(options: argparse.Namespace) -> tuple[dict, str]:
    # Before JAX is imported: it would take most of a GPU's memory, and leave PyTorch none.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    from sigunet import config as config_lib
    from sigunet.benchmark import training

    config = config_lib.load(options.config, options.overrides)
    measured = training.training(config, seconds=options.seconds)
    return measured, training.table(measured)


def _clean(options: argparse.Namespace) -> tuple[dict, str]:
    from sigunet.benchmark import runtimes, whole

    network = runtimes.backends(options.checkpoint, seconds=6 * options.seconds)
    command = whole.measure(options.checkpoint, options.backend)
    text = f"{runtimes.table(network)}\n\n{whole.table(command)}"
    return {"network": network, "command": command}, text


def _serve(options: argparse.Namespace) -> tuple[dict, str]:
    from sigunet.benchmark import serve

    measured = serve.run(
        checkpoint=options.checkpoint,
        backend=options.backend,
        seconds=options.seconds,
        minutes=options.minutes,
    )
    return measured, serve.table(measured)
