"""The ONNX file that belongs to a checkpoint: shipped beside it, or made once and kept.

Nothing here imports JAX, Orbax or onnx unless a file has to be made. Kept files lie in
$SIGUNET_CACHE_DIR/onnx, else in $XDG_CACHE_HOME/sigunet/onnx, else in ~/.cache/sigunet/onnx, as

    KEY-DIGEST.onnx     KEY says which checkpoint and writer it was made by, DIGEST what it holds

so that one look at a folder finds it, and a damaged one is not taken.
"""

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sigunet
from sigunet import export, sealed, shipped
from sigunet.atomic import write_bytes
from sigunet.errors import CheckpointError, SigunetError

_KEPT = 16  # files, of some MB each; the oldest go
_HEX = 32  # digits of a digest in a file's name
_STEP_PARTS = ("weights", "meta")  # folders of a checkpoint's step that decide the graph

_making = threading.Lock()


@dataclass(frozen=True)
class Graph:
    """An ONNX file, read and checked.

    Attributes:
        data: Its bytes.
        source: What to call it in messages.
        described: What the JSON file beside it says; of the threshold and the like it is the later
            word.
        notes: Sentences for the user.
    """

    data: bytes
    source: str
    described: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def find(place: str | os.PathLike) -> Graph:
    """Finds, or makes, the graph of a checkpoint.

    Args:
        place: A .onnx file, or what `checkpoint.load_host` takes.

    Returns:
        The graph.

    Raises:
        CheckpointError: If there is no whole checkpoint there, or a file is not the one that was
            written.
        MissingExtra: If it has to be made and the onnx package is not installed.
    """
    path = Path(place)
    if path.suffix == export.SUFFIX:
        return _beside(path, required=False)
    weights = shipped.locate(place)
    if weights is None:
        return _kept(place, _folder_key(path))
    graph = weights.with_suffix(export.SUFFIX)
    if weights != path:
        return _beside(graph, required=True)
    if graph.is_file() and export.DIGEST in _described(graph):
        return _beside(graph, required=True)
    return _kept(place, _file_key(weights))


def _beside(graph: Path, *, required: bool) -> Graph:
    """Reads NAME.onnx and checks it against NAME.json, or where there is none against itself."""
    described = _described(graph) if required or graph.with_suffix(".json").is_file() else {}
    expected = described.get(export.DIGEST)
    if expected is None and required:
        raise CheckpointError(
            f"{graph.with_suffix('.json')} has no {export.DIGEST}: write {graph.name} again with "
            f"`sigunet export --format onnx`."
        )
    data = _read(graph)
    if expected is not None and hashlib.sha256(data).hexdigest() != expected:
        raise CheckpointError(
            f"The network {graph} has changed since it was written: its SHA-256 is not the one in "
            f"{graph.stem}.json."
        )
    if expected is None and export.is_changed(data):
        raise CheckpointError(
            f"The network {graph} has changed since it was written: its SHA-256 is not the one that "
            "it carries."
        )
    return Graph(data, str(graph), described if expected else {})


def _described(graph: Path) -> dict[str, Any]:
    path = graph.with_suffix(".json")
    try:
        described = json.loads(_read(path))
    except ValueError as error:
        raise CheckpointError(f"The weights {graph} have a damaged {path.name}.") from error
    if not isinstance(described, dict):
        raise CheckpointError(f"The weights {graph} have a damaged {path.name}.")
    return sealed.opened(described, path)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror or error}.") from error


def _kept(place: str | os.PathLike, key: str) -> Graph:
    """Takes the graph from the cache, or makes it and puts it there."""
    folder = cache_folder()
    data = _cached(folder, key)
    if data is not None:
        return Graph(data, str(place))
    with _making:
        # Another thread may have made it in the meantime.
        data = _cached(folder, key)
        if data is not None:
            return Graph(data, str(place))
        data, about = export.onnx_bytes(place)
        notes = _keep(folder, key, data) if _is_first_choice(place, about) else ()
    return Graph(data, str(place), notes=notes)


def _cached(folder: Path | None, key: str) -> bytes | None:
    """Reads the kept graph of a key; None if there is none that is whole."""
    for path in _files(folder, f"{key}-*{export.SUFFIX}"):
        with contextlib.suppress(OSError):
            data = path.read_bytes()
            if path.stem.endswith(_short(data)):
                return data
    return None


def _keep(folder: Path | None, key: str, data: bytes) -> tuple[str, ...]:
    """Writes a graph into the cache; returns a note if that cannot be done."""
    if folder is None:
        return ("The ONNX file is not kept: there is no home folder; set SIGUNET_CACHE_DIR.",)
    damaged = _files(folder, f"{key}-*{export.SUFFIX}")
    try:
        write_bytes(folder / f"{key}-{_short(data)}{export.SUFFIX}", data)
    except SigunetError as error:
        return (f"The ONNX file is not kept: {error}",)
    with contextlib.suppress(OSError):
        for path in damaged:
            if not path.stem.endswith(_short(data)):
                path.unlink(missing_ok=True)
        files = sorted(_files(folder, f"*{export.SUFFIX}"), key=lambda path: path.stat().st_mtime)
        for path in files[:-_KEPT]:
            path.unlink(missing_ok=True)
    return ()


def _files(folder: Path | None, pattern: str) -> list[Path]:
    try:
        return sorted(folder.glob(pattern)) if folder else []
    except OSError:
        return []


def cache_folder() -> Path | None:
    """Says where made files are kept; None where this user has no home."""
    own, shared = os.environ.get("SIGUNET_CACHE_DIR"), os.environ.get("XDG_CACHE_HOME")
    try:
        if own:
            return Path(own).expanduser() / "onnx"
        return Path(shared or "~/.cache").expanduser() / "sigunet" / "onnx"
    except RuntimeError:
        return None


def _is_first_choice(place: str | os.PathLike, about: dict[str, Any]) -> bool:
    """Whether a graph is of the step that was meant, and not of one to fall back to.

    Kept, the latter would hide the warning that the former is damaged.
    """
    from sigunet import checkpoint

    if shipped.locate(place) is not None:
        return True
    return checkpoint.read_meta(checkpoint.find(place)).step == about["step"]


def _file_key(weights: Path) -> str:
    return _key([_read(weights), _read(weights.with_suffix(".json"))])


def _folder_key(place: Path) -> str:
    """Knows a checkpoint folder by its steps' own words and by their weights' sizes and times.

    The words hold a checksum of the weights. Size and time tell of a file that was changed since:
    then the checkpoint is read again, which finds the damage.
    """

    def parts() -> Iterator[bytes]:
        for path in sorted(place.rglob("*")):
            inside = path.relative_to(place)
            if not any(part in _STEP_PARTS for part in inside.parts[:-1]) or not path.is_file():
                continue
            yield str(inside).encode()
            if "meta" in inside.parts:
                yield path.read_bytes()
            else:
                about = path.stat()
                yield f"{about.st_size} {about.st_mtime_ns}".encode()

    try:
        return _key(parts())
    except OSError as error:
        raise CheckpointError(f"{error.filename} cannot be read: {error.strerror}.") from error


def _key(parts: Iterable[bytes]) -> str:
    total = hashlib.sha256(f"{sigunet.__version__} {export.WRITER_VERSION}".encode())
    for part in parts:
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()[:_HEX]


def _short(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_HEX]
