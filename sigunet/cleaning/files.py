"""Cleaning files: which output goes where, what is said of it, and what becomes of bad ones."""

import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sigunet import atomic, image
from sigunet.cleaning import inputs
from sigunet.cleaning.cleaner import Cleaner, in_order
from sigunet.cleaning.options import SUFFIX, Options
from sigunet.errors import ConfigError, DataError, SigunetError
from sigunet.machine import cores

PIPE = Path("-")
"""Standard input, or output."""

_OWN = ".clean"  # what is put before the ending of a cleaned picture's name


@dataclass(frozen=True)
class Job:
    """One picture to clean.

    Attributes:
        source: A file, or `PIPE`.
        target: Where the result goes: a file, or `PIPE`.
        page: Of a PDF, from 0.
    """

    source: Path
    target: Path
    page: int = 0

    @property
    def name(self) -> str:
        """As messages call it."""
        return "standard input" if self.source == PIPE else str(self.source)


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
        out: A file name for one picture, `PIPE`, or a folder; None writes NAME.clean.png beside
            NAME, and a pipe to standard output.
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
    jobs, problems = _jobs(sources, out, options, page)
    if as_json and any(job.target == PIPE for job in jobs):
        raise ConfigError("--json and the picture both want standard output: name a file with -o.")
    workers = min(cores(), len(jobs)) or 1
    # Many small pictures are done sooner one a core than each on all of them.
    threads = 1 if workers > 1 else None
    cleaner = Cleaner.from_checkpoint(checkpoint, backend=backend, threads=threads, looks=looks)

    def one(job: Job) -> dict[str, Any] | SigunetError:
        try:
            return _clean_one(cleaner, job, options, in_full=as_json)
        except (SigunetError, OSError) as error:
            return error if isinstance(error, SigunetError) else DataError(f"{job.name}: {error}.")

    failed = list(problems)
    with _progress(len(jobs), quiet or as_json or workers == 1) as bar:
        for job, told in zip(jobs, in_order(one, jobs, workers), strict=True):
            bar.advance()
            if isinstance(told, SigunetError):
                failed.append(str(told))
                bar.say(f"sigunet: {told}")
            elif as_json:
                print(json.dumps({**told, "file": str(job.target)}), flush=True)
            else:
                _say(job, told, quiet)
    _list(failed, len(jobs) + len(problems))
    return 1 if failed else 0


def _list(failed: Sequence[str], total: int) -> None:
    """Says at the end what could not be cleaned: on a screen of names it would be overlooked."""
    if total == 1:
        for sentence in failed:
            print(f"sigunet: {sentence}", file=sys.stderr)
    elif failed:
        print(f"sigunet: {len(failed)} of {total} pictures failed:", file=sys.stderr)
        for sentence in failed:
            print(f"  {sentence}", file=sys.stderr)


def _clean_one(cleaner: Cleaner, job: Job, options: Options, *, in_full: bool) -> dict[str, Any]:
    """Cleans a picture and writes it; returns what there is to tell, or what is told in words."""
    source = sys.stdin.buffer.read(inputs.MAX_BYTES + 1) if job.source == PIPE else job.source
    result = cleaner.clean(source, options, page=job.page)
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


def _say(job: Job, told: dict[str, Any], quiet: bool) -> None:
    if quiet:
        return
    for note in told["notes"]:
        print(f"sigunet: {note}", file=sys.stderr)
    if told["verdict"] != "signature":
        found = "no signature found" if told["verdict"] == "empty" else "perhaps no signature"
        # The certainty is that there is one, whatever the verdict.
        chance = f"the chance that there is one: {told['certainty']:.0%}"
        print(f"sigunet: {job.name}: {found} ({chance}).", file=sys.stderr)
    if job.target != PIPE:
        print(job.target)


def _progress(total: int, quiet: bool):
    from sigunet.progress import Progress

    return Progress("cleaning", total, unit="pictures", quiet=quiet or not sys.stderr.isatty())


def _jobs(
    sources: Sequence[Path], out: Path | None, options: Options, page: int | None
) -> tuple[list[Job], list[str]]:
    """Finds what is to be done, and what cannot be."""
    if list(sources) == [PIPE]:
        target = out or PIPE
        if target != PIPE and (target.is_dir() or not target.suffix):
            raise ConfigError(f"A picture from a pipe needs a file name, and {out} is none.")
        return [Job(PIPE, target, page or 0)], []
    if PIPE in sources:
        raise ConfigError("Standard input (-) cannot be mixed with files.")
    files, problems = _files(sources, options)
    pages: list[tuple[Path, int, int]] = []
    for file in files:
        try:
            count = inputs.count_pages(file) if file.suffix.lower() == ".pdf" else 1
        except SigunetError as error:
            problems.append(str(error))
            continue
        wanted = range(count) if page is None else [page]
        pages += [(file, number, count if page is None else 1) for number in wanted]
    if not pages and not problems:
        raise DataError(f"There are no pictures in {', '.join(map(str, sources))}.")
    return _placed(pages, out, options), problems


def _files(sources: Sequence[Path], options: Options) -> tuple[list[Path], list[str]]:
    """Opens folders: the pictures in them, but for what this command has written there."""
    files = []
    for source in sources:
        if not source.is_dir():
            files.append(source)
            continue
        try:
            entries = sorted(os.scandir(source), key=lambda entry: entry.name)
        except OSError as error:
            raise DataError(f"{source} cannot be read: {error.strerror or error}.") from error
        for entry in entries:
            path = source / entry.name
            known = path.suffix.lower() in {*image.SUFFIXES, ".pdf"}
            if known and entry.is_file() and Path(path.stem).suffix != _OWN:
                files.append(path)
    return files, []


def _placed(pages: list[tuple[Path, int, int]], out: Path | None, options: Options) -> list[Job]:
    suffix = SUFFIX[options.format]
    if out == PIPE and len(pages) != 1:
        raise ConfigError("Only one picture can go to standard output.")
    is_file = out is not None and out != PIPE and bool(out.suffix) and not out.is_dir()
    if is_file and len(pages) == 1:
        if out.suffix.lower() != suffix:
            raise ConfigError(f"{options.format} is written as {suffix}, and {out} ends otherwise.")
        targets = [out]
    elif out == PIPE:
        targets = [PIPE]
    else:
        stems = Counter(file.stem for file, number, _ in pages if number == 0)
        targets = []
        for file, number, count in pages:
            # Two pictures that differ in their ending alone keep it.
            stem = file.name if stems[file.stem] > 1 and out is not None else file.stem
            stem = f"{stem}-{number + 1}" if count > 1 else stem
            if out is None:
                targets.append(file.with_name(f"{stem}{_OWN}{suffix}"))
            else:
                targets.append(out / f"{stem}{suffix}")
    jobs = [Job(file, target, n) for (file, n, _), target in zip(pages, targets, strict=True)]
    _check_targets(jobs)
    return jobs


def _check_targets(jobs: Sequence[Job]) -> None:
    for target, count in Counter(job.target for job in jobs).items():
        if count > 1:
            raise ConfigError(f"Several inputs would be written to {target}; rename one of them.")
    sources = {job.source.absolute() for job in jobs}
    for job in jobs:
        same = job.target.absolute() in sources
        if same or (job.target.exists() and job.source.exists() and _same(job)):
            raise ConfigError(f"{job.target} is an input itself; choose another output.")


def _same(job: Job) -> bool:
    return job.target != PIPE and job.target.samefile(job.source)
