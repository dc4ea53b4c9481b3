"""The options of `sigunet clean`, `app` and `serve`; what they need is imported when they are used."""

import argparse
from pathlib import Path

from sigunet.arguments import BACKENDS, CHECKPOINT_HELP, LOOKS

_CHECKPOINT = "base"


def add_clean(verb: argparse.ArgumentParser) -> None:
    """Adds the options of `sigunet clean`."""
    verb.add_argument(
        "inputs",
        nargs="+",
        type=Path,
        metavar="IN",
        help="pictures, PDFs, folders of them, or - for standard input",
    )
    verb.add_argument(
        "-o", "--out", type=Path, help="a file for one picture, - for a pipe, else a folder"
    )
    written = verb.add_argument_group("what is written")
    written.add_argument(
        "--format",
        default="mask",
        metavar="{mask,gray,rgba,svg}",
        help="mask: 1-bit, black on white (default); gray: soft; rgba: transparent, in the ink's own "
        "colour; svg: outlines",
    )
    written.add_argument(
        "--threshold",
        type=float,
        help="on soft ink; by default the calibrated one, and none where there is no signature",
    )
    written.add_argument("--ink", metavar="#RRGGBB", help="colour of the ink, for rgba and svg")
    written.add_argument(
        "--crop", action="store_true", help="cut to the ink, with 8 px of paper around"
    )
    written.add_argument("--pad", type=int, metavar="PX", help="paper around it, cut or not")
    written.add_argument(
        "--size", metavar="WxH", help="fit into exactly so many px, as 500x200, with paper around"
    )
    written.add_argument(
        "--max-bytes",
        type=int,
        metavar="N",
        help="largest file; fewer levels make it fit and, without --size, fewer px",
    )
    written.add_argument(
        "--dpi", type=float, help="resolution noted in the file; by default the input's"
    )
    add_network(verb)
    _add_looks(verb)
    verb.add_argument(
        "--page", type=int, metavar="N", help="of PDFs, from 1; by default all, of a pipe the first"
    )
    verb.add_argument("--json", action="store_true", help="print what was found, an object a line")
    verb.add_argument("--quiet", action="store_true", help="print nothing but errors")


def add_network(verb: argparse.ArgumentParser) -> None:
    """Adds the options that choose the network and what runs it."""
    verb.add_argument(
        "--checkpoint", default=_CHECKPOINT, help=f"by default {_CHECKPOINT}; {CHECKPOINT_HELP}"
    )
    verb.add_argument(
        "--backend",
        default="auto",
        metavar=BACKENDS,
        help="what runs the network; by default ONNX Runtime on a CPU, where openvino may be faster",
    )


def _add_looks(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--looks",
        choices=LOOKS,
        default="auto",
        help="one: fastest; two: once more, at up to twice the size: more accurate, two to five "
        "times the work; auto: two where the first leaves doubt (default)",
    )


def run_clean(options: argparse.Namespace) -> int:
    """Cleans what the parsed options name.

    Returns:
        The exit code.

    Raises:
        SigunetError: If nothing can be cleaned at all.
    """
    from sigunet.cleaning import files
    from sigunet.cleaning.options import Options, parse_size
    from sigunet.errors import OptionError

    if options.page is not None and options.page < 1:
        raise OptionError(f"page {options.page} must be 1 or more.")
    wanted = Options(
        format=options.format,
        threshold=options.threshold,
        ink=options.ink,
        crop=options.crop,
        pad=options.pad,
        size=None if options.size is None else parse_size(options.size),
        max_bytes=options.max_bytes,
        dpi=options.dpi,
    )
    return files.clean_files(
        options.inputs,
        options.out,
        wanted,
        checkpoint=options.checkpoint,
        backend=options.backend,
        page=None if options.page is None else options.page - 1,
        looks=options.looks,
        as_json=options.json,
        quiet=options.quiet,
    )


def add_app(verb: argparse.ArgumentParser) -> None:
    """Adds the options of `sigunet app`."""
    verb.add_argument("--host", default="127.0.0.1", help="address to listen on")
    verb.add_argument("--port", type=int, default=8501, help="port to listen on")
    add_network(verb)


def run_app(options: argparse.Namespace) -> int:
    """Serves the page until it is interrupted.

    Raises:
        SigunetError: If it cannot be served.
    """
    from sigunet import app

    return app.run(
        host=options.host,
        port=options.port,
        checkpoint=options.checkpoint,
        backend=options.backend,
    )


def add_serve(verb: argparse.ArgumentParser) -> None:
    """Adds the options of `sigunet serve`."""
    verb.add_argument("--host", default="127.0.0.1", help="address to listen on")
    verb.add_argument(
        "--port", type=int, default=8000, help="port to listen on; 0 takes a free one"
    )
    add_network(verb)
    _add_looks(verb)
    verb.add_argument("--workers", type=int, default=1, metavar="N", help="processes")
    limits = verb.add_argument_group("limits of each worker")
    limits.add_argument("--max-bytes", type=int, default=16_000_000, help="largest picture file")
    limits.add_argument("--max-pixels", type=int, default=25_000_000, help="largest picture")
    limits.add_argument(
        "--concurrency",
        type=int,
        metavar="N",
        help="pictures worked on at once; default: cores / workers",
    )
    limits.add_argument("--queue", type=int, default=32, metavar="N", help="pictures that wait")
    limits.add_argument(
        "--timeout", type=float, default=60.0, metavar="S", help="of an upload, and of the work"
    )


def run_serve(options: argparse.Namespace) -> int:
    """Serves until it is stopped.

    Raises:
        SigunetError: If it cannot be served.
    """
    from sigunet.server import Settings, run

    settings = Settings(
        host=options.host,
        port=options.port,
        checkpoint=options.checkpoint,
        backend=options.backend,
        looks=options.looks,
        workers=options.workers,
        max_bytes=options.max_bytes,
        max_pixels=options.max_pixels,
        concurrency=options.concurrency,
        queue=options.queue,
        timeout=options.timeout,
    )
    return run(settings)
