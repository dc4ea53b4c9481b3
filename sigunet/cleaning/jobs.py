"""Which output goes where: what there is to clean, and the file that each result is written to."""

import contextlib
import os
from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sigunet.cleaning import inputs
from sigunet.cleaning.options import SUFFIX
from sigunet.errors import ConfigError, DataError, SigunetError

PIPE = Path("-")
"""Standard input, or output."""

OWN = ".clean"
"""What is put before the ending of a cleaned picture's name, where it lies beside the picture."""

_STDOUT = (Path("/dev/stdout"), Path("/dev/fd/1"))
_PDF = ".pdf"
_ENDINGS = {*inputs.SUFFIXES, *SUFFIX.values()}


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


@dataclass(frozen=True)
class Plan:
    """What there is to do.

    Attributes:
        jobs: One a result.
        problems: Sentences on what cannot be done.
    """

    jobs: list[Job] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Page:
    """A page of a file; of a picture the only one."""

    file: Path
    number: int = 0
    # Whether its number belongs into the result's name.
    numbered: bool = False


def plan(sources: Sequence[Path], out: Path | None, format: str, *, page: int | None) -> Plan:
    """Plans what is cleaned, and where to.

    Args:
        sources: Pictures, PDFs and folders of them; `PIPE` is standard input. What is named twice is
            cleaned once.
        out: A file for one result, `PIPE`, or a folder; None writes NAME.clean.png beside NAME, and
            a pipe to standard output.
        format: Of the results, see `Options`.
        page: Of PDFs, from 0; None takes all pages of a file, and the first of a pipe.

    Raises:
        ConfigError: If `out` does not suit, or an input would be overwritten.
        DataError: If there is nothing to clean.
    """
    sources = _once(sources)
    out = PIPE if out in _STDOUT else out
    if sources == [PIPE]:
        return Plan([Job(PIPE, _piped(out, format), page or 0)])
    if PIPE in sources:
        raise ConfigError("Standard input (-) cannot be mixed with files.")
    plan = Plan()
    pages = [found for file in _files(sources) for found in _pages(file, page, plan.problems)]
    if not pages and not plan.problems:
        raise DataError(f"There are no pictures in {', '.join(map(str, sources))}.")
    taken: dict[Path, Path] = {}
    for found, target in zip(pages, _targets(pages, out, format), strict=True):
        other = taken.setdefault(target, found.file)
        if other is not found.file:
            plan.problems.append(
                f"{found.file} would be written to {target}, and so is {other}: rename it, or clean "
                "it into another folder."
            )
        else:
            plan.jobs.append(Job(found.file, target, found.number))
    _check_inputs_stay(plan.jobs)
    return plan


def beside(source: Path, format: str) -> Path:
    """Says where the result for a file goes if nobody says: NAME.clean.png beside NAME."""
    return source.parent / f"{source.stem}{OWN}{SUFFIX[format]}"


def check_target(target: Path, format: str, *, source: Path | None = None) -> None:
    """Checks that a result may be written to a file.

    Args:
        target: The file; a device or a named pipe may have any name.
        format: Of the result.
        source: The picture, where it is a file.

    Raises:
        ConfigError: If the file's name ends otherwise than the format does, or it is the picture.
    """
    device = os.path.exists(target) and not os.path.isfile(target)
    if not device and target.suffix.lower() != SUFFIX[format]:
        raise ConfigError(f"{format} is written as {SUFFIX[format]}, and {target} ends otherwise.")
    if source is not None:
        _check_apart(source, target, {os.path.realpath(source)})


def _piped(out: Path | None, format: str) -> Path:
    """Where the result for standard input goes."""
    if out is None or out == PIPE:
        return PIPE
    if not _is_file(out):
        raise ConfigError(f"A picture from a pipe needs a file name, and {out} is none.")
    check_target(out, format)
    return out


def _is_file(out: Path) -> bool:
    """Whether an output names a file; what is not there yet is one if it has an ending."""
    # Not by `Path`, whose tests raise where a folder may not be entered.
    return not os.path.isdir(out) and (bool(out.suffix) or os.path.exists(out))


def _files(sources: Sequence[Path]) -> list[Path]:
    """Opens folders: the pictures in them, but for what was written there from one beside it."""
    files = []
    for source in sources:
        if not os.path.isdir(source):
            files.append(source)
            continue
        try:
            names = sorted(os.listdir(source))
        except OSError as error:
            raise DataError(f"{source} cannot be read: {error.strerror or error}.") from error
        pictures = [source / name for name in names if _is_picture(source / name)]
        known = {path.stem for path in pictures} | {path.name for path in pictures}
        files += [path for path in pictures if not _is_result(path, known)]
    return _once(files)


def _once(paths: Sequence[Path]) -> list[Path]:
    """Leaves out what leads to the same place again."""
    places: dict[Path, Path] = {}
    for path in paths:
        places.setdefault(Path(os.path.realpath(path.parent), path.name), path)
    return list(places.values())


def _is_result(path: Path, known: Container[str]) -> bool:
    """Whether a file is NAME.clean.png, or NAME-1.clean.png of a page, beside a NAME that is known."""
    name = path.stem.removesuffix(OWN)
    stem, _, page = name.rpartition("-")
    return name != path.stem and (name in known or (page.isdecimal() and stem in known))


def _is_picture(path: Path) -> bool:
    if path.suffix.lower() not in inputs.SUFFIXES:
        return False
    # A link to nothing is one that cannot be read; a named pipe would be waited for.
    return os.path.isfile(path) or (os.path.islink(path) and not os.path.exists(path))


def _pages(file: Path, page: int | None, problems: list[str]) -> list[_Page]:
    """The pages of a file that are wanted; a file that cannot be read is a problem."""
    # What has the ending of a picture is opened when it is its turn; others may be PDFs.
    other = file.suffix.lower() not in inputs.SUFFIXES - {_PDF} and os.path.isfile(file)
    try:
        count = inputs.count_pages(file) if other else 1
    except SigunetError as error:
        problems.append(str(error))
        return []
    if page is not None:
        return [_Page(file, page)]
    return [_Page(file, number, numbered=count > 1) for number in range(count)]


def _targets(pages: Sequence[_Page], out: Path | None, format: str) -> list[Path]:
    """Where the result of each page goes."""
    if len(pages) == 1 and out == PIPE:
        return [PIPE]
    if len(pages) == 1 and out is not None and _is_file(out):
        check_target(out, format)
        return [out]
    if len(pages) > 1:
        _check_folder(out, len(pages))
    names = defaultdict(set)
    for page in pages:
        names[_folder(page, out), page.file.stem].add(page.file.name)
    targets = []
    for page in pages:
        folder = _folder(page, out)
        # Two pictures that differ in their ending alone keep it.
        alone = len(names[folder, page.file.stem]) == 1
        stem = page.file.stem if alone else page.file.name
        stem += f"-{page.number + 1}" if page.numbered else ""
        stem += OWN if out is None else ""
        targets.append(folder / f"{stem}{SUFFIX[format]}")
    return targets


def _check_folder(out: Path | None, count: int) -> None:
    """Checks that several results may go to an output."""
    if out == PIPE:
        raise ConfigError("Only one picture can go to standard output.")
    if out is None or os.path.isdir(out):
        return
    # A folder that is not there yet may have a dot in its name.
    if os.path.exists(out) or out.suffix.lower() in _ENDINGS:
        raise ConfigError(f"{out} is one file, and there are {count} results: name a folder.")


def _folder(page: _Page, out: Path | None) -> Path:
    return page.file.parent if out is None else out


def _check_inputs_stay(jobs: Sequence[Job]) -> None:
    sources = {os.path.realpath(job.source) for job in jobs}
    for job in jobs:
        if job.target != PIPE:
            _check_apart(job.source, job.target, sources)


def _check_apart(source: Path, target: Path, sources: Container[str]) -> None:
    """Checks that a result would not overwrite a picture, whatever links lead there."""
    same = os.path.realpath(target) in sources
    if not same:
        with contextlib.suppress(OSError):
            same = os.path.samefile(source, target)
    if same:
        raise ConfigError(f"{target} is an input itself; choose another output.")
