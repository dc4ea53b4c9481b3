"""A user's folder of pictures: listed, converted by processes, and the unusable ones named."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from sigunet import image
from sigunet.data.records import NOTHING_SKIPPED, Record, Skipped
from sigunet.data.workers import OrderedMap
from sigunet.errors import ConfigError, DataError
from sigunet.machine import cores

MIN_SIDE = 8  # px; less than two strokes wide holds no signature
_NAMED = 5  # unusable files named in a message; the rest are counted
_CHUNK = 8


@dataclass(frozen=True)
class Unusable:
    """A file that cannot be used.

    Attributes:
        name: Its path below the folder.
        reason: Why, as the end of a sentence.
    """

    name: str
    reason: str


@dataclass(frozen=True)
class Converted:
    """A file that can: its record, and the name of what must stay in one split."""

    record: Record
    group: str


def pictures(folder: Path, option: str = "data.path") -> dict[str, Path]:
    r"""Lists the picture files below a folder by their names, hidden ones left out.

    Args:
        folder: It is searched with its subfolders.
        option: What the user has named the folder by, for the message.

    Returns:
        {path below the folder, with "/": path}, sorted. What is no UTF-8 in a name is spelt out,
        as in "\udce4", because such a name could be stored nowhere.

    Raises:
        DataError: If the folder is missing, is no folder, or holds no picture.
    """
    if not folder.is_dir():
        state = "is not a folder" if folder.exists() else "does not exist"
        raise DataError(f"The data folder {folder} {state}; check {option}.")
    found = {}
    for path in image.listed(folder):
        name = path.relative_to(folder).as_posix().encode("utf-8", "backslashreplace").decode()
        while name in found:  # by a file whose name has the very backslash
            name += "'"
        found[name] = path
    found = dict(sorted(found.items()))
    if not found:
        kinds = ", ".join(sorted(suffix[1:] for suffix in image.SUFFIXES))
        raise DataError(f"The data folder {folder} holds no pictures ({kinds}).")
    return found


def data_folder(path: str, option: str = "data.path") -> Path:
    """Returns the folder that an option names.

    Raises:
        ConfigError: If it is empty.
    """
    if not path:
        raise ConfigError(f"{option} is empty: set it to the folder with your pictures.")
    return Path(path).expanduser()


def writer_regex(pattern: str) -> re.Pattern:
    """Compiles `data.writer_pattern`.

    Raises:
        ConfigError: If it is no regular expression or has not exactly one group.
    """
    try:
        regex = re.compile(pattern)
    except re.error as error:
        raise ConfigError(
            f"data.writer_pattern {pattern!r} is no regular expression: {error}."
        ) from error
    if regex.groups != 1:
        raise ConfigError(
            f"data.writer_pattern {pattern!r} has {regex.groups} groups; it needs exactly one, "
            r"which holds the writer, as in (\d+)_.*"
        )
    return regex


def find_writers(names: Sequence[str], pattern: str) -> dict[str, str]:
    """Finds who wrote each file.

    Args:
        names: Paths below the folder, with "/".
        pattern: Regular expression with one group, searched for in the file's name and, if it is
            not there, in the whole path; "" takes the first subfolder.

    Returns:
        {name: writer} of the files that have one.

    Raises:
        ConfigError: If the pattern is wrong or matches nothing.
    """
    if not pattern:
        return {name: name.split("/")[0] for name in names if "/" in name}
    regex = writer_regex(pattern)
    matches = {name: regex.search(name.rsplit("/", 1)[-1]) or regex.search(name) for name in names}
    found = {name: match[1] for name, match in matches.items() if match and match[1]}
    if not found:
        raise ConfigError(
            f"data.writer_pattern {pattern!r} matches none of {len(names)} files, "
            f"the first of which is {names[0]}."
        )
    return found


def convert_all(
    convert: Callable[[int], Converted | Unusable], count: int, workers: int
) -> list[Converted | Unusable]:
    """Converts every file, by processes where there are many.

    Args:
        convert: Picklable; converts file number i.
        count: How many files.
        workers: Processes; 0 means as many as cores.

    Returns:
        The results in order.
    """
    workers = workers or cores()
    if workers == 1 or count <= 4 * _CHUNK:
        return [convert(i) for i in shown(range(count), "reading")]
    chunks = -(-count // _CHUNK)
    task = _Chunk(convert, count)
    with (
        OrderedMap(task, 0, chunks, workers=workers, name="reading") as chunked,
        shown(None, "reading", total=count) as bar,
    ):
        results = []
        for chunk in chunked:
            results += chunk
            bar.update(len(chunk))
        return results


def shown(items: Iterable | None, what: str, *, total: int | None = None) -> tqdm:
    """Returns the items with a bar, on a terminal only, and only if they take a second."""
    return tqdm(items, what, total, unit=" files", disable=None, delay=1, leave=False)


@dataclass(frozen=True)
class _Chunk:
    convert: Callable[[int], Converted | Unusable]
    count: int

    def __call__(self, chunk: int) -> list[Converted | Unusable]:
        return [
            self.convert(i) for i in range(chunk * _CHUNK, min((chunk + 1) * _CHUNK, self.count))
        ]


def matching(found: dict[str, str], writers: str, folder: str | Path) -> dict[str, str]:
    """Keeps the files of some writers.

    Args:
        found: {name: writer}, as `find_writers` gave it.
        writers: Regular expression that a writer's whole name must match.
        folder: For the message.

    Returns:
        {name: writer}, at least one.

    Raises:
        DataError: If no writer matches.
        ConfigError: If the expression is none.
    """
    try:
        wanted = re.compile(writers)
    except re.error as error:
        raise ConfigError(f"The writers {writers!r} are no regular expression: {error}.") from error
    kept = {name: writer for name, writer in found.items() if wanted.fullmatch(writer)}
    if not kept:
        raise DataError(f"{folder} holds no subfolder of a writer that matches {writers!r}.")
    return kept


def usable(
    results: Sequence[Converted | Unusable], folder: Path, on_bad_file: str
) -> tuple[list[Converted], Skipped]:
    """Keeps what can be used, and names what cannot.

    Args:
        results: Of all files of the folder.
        folder: For the message.
        on_bad_file: "skip" or "stop", which raises.

    Returns:
        The usable ones, and what is left out.

    Raises:
        DataError: If none is usable, or one is not and `on_bad_file` is "stop".
    """
    good = [result for result in results if isinstance(result, Converted)]
    bad = [result for result in results if isinstance(result, Unusable)]
    if not bad:
        return good, NOTHING_SKIPPED
    named = ", ".join(f"{file.name} ({file.reason})" for file in bad[:_NAMED])
    more = f" and {len(bad) - _NAMED} more" if len(bad) > _NAMED else ""
    sentence = f"{len(bad)} of {len(results)} pictures in {folder} cannot be used: {named}{more}"
    if not good:
        raise DataError(f"{sentence}; nothing is left to train on.")
    if on_bad_file == "stop":
        raise DataError(f"{sentence}; mend or remove them, or set data.on_bad_file=skip.")
    return good, Skipped(len(bad), sentence)


def read(path: Path, channels: int):
    """Reads a picture of a user, or says why it cannot be used.

    Args:
        path: The file.
        channels: 1 for grey, 3 for RGB.

    Returns:
        float32[H, W, channels] in [0, 1].

    Raises:
        DataError: The reason, as the end of a sentence.
    """
    try:
        pixels = image.read(path, channels=channels)
    except DataError as error:
        # The file is named once already, by its path below the folder.
        reason = str(error).removeprefix(str(path)).strip().rstrip(".")
        raise DataError(reason) from error
    height, width = pixels.shape[:2]
    if min(height, width) < MIN_SIDE:
        raise DataError(f"has {width} x {height} pixels, less than {MIN_SIDE} x {MIN_SIDE}")
    return pixels
