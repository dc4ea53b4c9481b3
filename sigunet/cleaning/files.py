"""Cleaning files: many at once, what is said of each, and what becomes of bad ones."""

import json
import os
import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sigunet import atomic
from sigunet.cleaning import inputs, jobs
from sigunet.cleaning.cleaner import LARGE, Cleaner, in_order
from sigunet.cleaning.jobs import PIPE, Job
from sigunet.cleaning.options import Options
from sigunet.cleaning.result import Result
from sigunet.errors import ConfigError, DataError, SigunetError, TooLarge, one_line
from sigunet.machine import cores
from sigunet.progress import Progress

_LONGEST = 200  # characters of an error that is none of ours


def clean_files(
    sources: Sequence[Path],
    out: Path | None,
    options: Options,
    *,
    checkpoint: str = "base",
    backend: str = "auto",
    page: int | None = None,
    looks: str = "auto",
    as_json: bool = False,
    quiet: bool = False,
) -> int:
    """Cleans files and folders.

    Args:
        sources: Pictures, PDFs and folders of them; `PIPE` is standard input.
        out: A file for one result, `PIPE`, or a folder; None writes NAME.clean.png beside NAME, and
            a pipe to standard output.
        options: How the results are written.
        checkpoint: The network, see `Cleaner.from_checkpoint`.
        backend: Likewise.
        page: Of PDFs, from 0; None takes all pages.
        looks: See `Cleaner`.
        as_json: Whether to print what is found of each picture, one JSON object a line, instead of
            the names of the files written.
        quiet: Whether to print nothing but errors.

    Returns:
        0, or 1 if a picture could not be cleaned; each of those gets a sentence on stderr, again at
        the end where there are many.

    Raises:
        SigunetError: If nothing can be cleaned at all.
    """
    plan = jobs.plan(sources, out, options.format, page=page)
    piped = any(job.target == PIPE for job in plan.jobs)
    if piped and as_json:
        raise ConfigError("--json and the picture both want standard output: name a file with -o.")
    if piped and sys.stdout is None:
        raise ConfigError("Standard output is closed: name a file with -o.")
    workers = min(cores(), len(plan.jobs)) or 1
    network = _Network(
        partial(Cleaner.from_checkpoint, checkpoint, backend=backend, looks=looks), workers
    )

    def one(job: Job) -> dict[str, Any] | SigunetError:
        try:
            return _clean_one(network, job, options, in_full=as_json)
        except SigunetError as error:
            return error
        except Exception as error:
            # Whatever is wrong with one picture, the others are still to be cleaned.
            return _sentence(job, error)

    failed = list(plan.problems)
    bar = Progress("cleaning", len(plan.jobs), unit="pictures", quiet=quiet or as_json)
    with bar:
        for job, told in zip(plan.jobs, in_order(one, plan.jobs, workers), strict=True):
            bar.advance()
            if isinstance(told, SigunetError):
                failed.append(str(told))
                if len(plan.jobs) > 1:
                    bar.say(f"sigunet: {told}")
            elif as_json:
                print(json.dumps({**told, "file": str(job.target)}), flush=True)
            elif not quiet:
                _say(job, told, bar)
    _list(failed, len(plan.jobs) + len(plan.problems))
    return 1 if failed else 0


class _Network:
    """The network: small pictures are done several at once, large ones one after the other on all cores.

    Args:
        load: Makes a cleaner with so many threads for a prediction; None takes the cores there are.
        workers: How many pictures are worked on at once.
    """

    def __init__(self, load: Callable[..., Cleaner], workers: int):
        self._load, self._alone = load, workers == 1
        # Many small pictures are done sooner one a core than each on all of them.
        self._narrow = load(threads=None if self._alone else 1)
        self._wide: Cleaner | None = None
        # Two large ones at once would need twice the memory, and be no faster.
        self._one_large = threading.Lock()

    def clean(
        self, source: Path | bytes, page: int, options: Options, then: Callable[[Result], Any]
    ) -> Any:
        """Cleans a picture, and does with the result what is to be done, while it may hold its memory."""
        if self._alone:
            return then(self._narrow.clean(source, options, page=page))
        given = self._small(source, page)
        if given is not None:
            return then(self._narrow.clean_input(given, options))
        with self._one_large:
            if self._wide is None:
                # JAX takes the cores that it finds.
                jax = self._narrow.backend.name == "jax"
                self._wide = self._narrow if jax else self._load(threads=None)
            return then(self._wide.clean(source, options, page=page))

    def _small(self, source: Path, page: int) -> inputs.Input | None:
        """Reads a picture if it is a small one; pages of PDFs are none, nor what is read but once."""
        # Rather than refuse a page of a PDF, it is drawn smaller.
        if not os.path.isfile(source) or inputs.is_pdf(source):
            return None
        try:
            return self._narrow.read(source, page=page, max_pixels=LARGE)
        except TooLarge:
            # Told before it was decoded; whether it is too large altogether is said when it is read.
            return None


def _sentence(job: Job, error: Exception) -> SigunetError:
    """Says what went wrong with a picture where no part of ours has said so."""
    if isinstance(error, MemoryError):
        return DataError(f"{job.name}: there is not enough memory for it.")
    said = " ".join(str(error).split())[:_LONGEST]
    if isinstance(error, OSError):
        return DataError(f"{job.name}: {said}.")
    return DataError(f"{job.name} cannot be cleaned ({type(error).__name__}: {said}).")


def _list(failed: Sequence[str], total: int) -> None:
    """Says at the end what could not be cleaned: on a screen of names it would be overlooked."""
    if total == 1:
        for sentence in failed:
            print(f"sigunet: {one_line(sentence)}", file=sys.stderr)
    elif failed:
        print(f"sigunet: {len(failed)} of {total} pictures failed:", file=sys.stderr)
        for sentence in failed:
            print(f"  {one_line(sentence)}", file=sys.stderr)


def _clean_one(network: _Network, job: Job, options: Options, *, in_full: bool) -> dict[str, Any]:
    """Cleans a picture and writes it; returns what there is to tell, or what is told in words."""
    source = _stdin() if job.source == PIPE else job.source

    def write(result: Result) -> dict[str, Any]:
        data = result.encode()
        if job.target == PIPE:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        else:
            atomic.write_bytes(job.target, data)
        # Not the result itself: what was read and found of a folder of pages would fill the memory.
        if in_full:
            return {**result.to_dict(), "name": job.name}
        # The confidence of every pixel is left uncomputed.
        return {"verdict": result.verdict, "certainty": result.certainty, "notes": result.notes}

    return network.clean(source, job.page, options, write)


def _stdin() -> bytes:
    if sys.stdin is None:
        raise DataError("Standard input is closed, and no picture can be read from it.")
    return sys.stdin.buffer.read(inputs.MAX_BYTES + 1)


def _say(job: Job, told: dict[str, Any], bar: Progress) -> None:
    for note in told["notes"]:
        bar.say(f"sigunet: {note}")
    if told["verdict"] != "signature":
        found = "no signature found" if told["verdict"] == "empty" else "perhaps no signature"
        # The certainty is that there is one, whatever the verdict.
        chance = f"the chance that there is one: {told['certainty']:.0%}"
        bar.say(f"sigunet: {job.name}: {found} ({chance}).")
    if job.target != PIPE:
        bar.tell(str(job.target))
