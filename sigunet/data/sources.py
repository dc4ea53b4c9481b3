"""Opening a data set: built when it is missing, by one process of a host, then read by index."""

import contextlib
import fcntl
import importlib.util
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from ml_collections import ConfigDict
from tqdm import tqdm

from sigunet.data.plan import Plan
from sigunet.data.records import Packed, Record, Skipped, packing
from sigunet.data.source import Reader, Source
from sigunet.data.splits import SPLITS
from sigunet.errors import DataError

_log = logging.getLogger(__name__)


def open_source(data: ConfigDict, split: str, *, plan: Plan | None = None) -> Source:
    """Opens one split of the data set that a config names, and builds the set if it is missing.

    With tensorflow-datasets the set is a TFDS one; without it, the same records in the same order
    lie in a file of our own.

    Args:
        data: `config.data`.
        split: "train", "validation" or "test".
        plan: As `plan_of(data)` gave it: whoever opens several splits then has a folder of the
            user listed and digested once. None makes one.

    Returns:
        The source. What the set was built without is said in a warning, each time.

    Raises:
        DataError: If the data cannot be read, split or stored.
        ConfigError: If the path or the pattern for the writer is wrong.
    """
    if split not in SPLITS:
        raise ValueError(f"split {split!r} is none of {', '.join(SPLITS)}")
    plan = plan_of(data) if plan is None else plan
    root = cache_dir(data)
    store = _tfds if _has_tfds() else _packed
    reader = store(plan, root, split)
    skipped = reader.skipped()
    if skipped.count:
        _log.warning("%s; they are left out.", skipped.sentence)
    return Source(reader, digest=plan.digest, split=split, skipped=skipped.count)


def plan_of(data: ConfigDict) -> Plan:
    """Returns what the data set of a config holds, without building anything.

    Raises:
        DataError: If the user's folder is missing or empty.
        ConfigError: If the path or the pattern for the writer is wrong.
    """
    if data.name == "synthetic":
        from sigunet.data.synthetic import SyntheticPlan

        return SyntheticPlan(data.signatures, data.writers, data.seed, workers=data.workers)
    if data.name == "folder":
        from sigunet.data.folder import FolderPlan as Scanned
    else:
        from sigunet.data.pairs import PairsPlan as Scanned
    return Scanned(
        data.path, data.writer_pattern, data.on_bad_file, data.seed, workers=data.workers
    )


def cache_dir(data: ConfigDict) -> Path:
    """Returns the folder of all data sets: the config's, $SIGUNET_DATA_DIR, or in ~/.cache."""
    chosen = data.cache_dir or os.environ.get("SIGUNET_DATA_DIR") or "~/.cache/sigunet/data"
    return Path(chosen).expanduser()


def _has_tfds() -> bool:
    return importlib.util.find_spec("tensorflow_datasets") is not None


def _tfds(plan: Plan, root: Path, split: str) -> Reader:
    from sigunet.data import builders

    place = builders.place(plan, root)
    _build_once(plan, place, lambda shown: builders.build(shown, root))
    return builders.Stored(str(place), split)


def _packed(plan: Plan, root: Path, split: str) -> Reader:
    place = root / "packed" / f"{plan.name}-{plan.digest}.sigunet"

    def build(shown: Plan) -> None:
        splits = shown.splits()
        with packing(place, shown.skipped) as add:
            for name, records in splits.items():
                for record in records:
                    add(name, record)

    _build_once(plan, place, build)
    return Packed(place, split)


class _Shown:
    """A plan whose records move a progress bar as they pass."""

    def __init__(self, plan: Plan, bar: tqdm):
        self.name, self.digest, self.count = plan.name, plan.digest, plan.count
        self._plan, self._bar = plan, bar

    @property
    def skipped(self) -> Skipped:
        return self._plan.skipped

    def splits(self) -> dict[str, Iterator[Record]]:
        return {split: self._pass(records) for split, records in self._plan.splits().items()}

    def _pass(self, records):
        for record in records:
            yield record
            self._bar.update()


def _build_once(plan: Plan, place: Path, build) -> None:
    """Builds what is to lie at `place`, unless it does; other processes of this host wait."""
    if place.exists():
        return
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with _alone(place.parent / f".{place.name}.lock", plan):
            if place.exists():
                return
            _sweep(place)
            _log.info("Building %d %s signatures in %s", plan.count, plan.name, place)
            # None: a bar on a terminal only.
            bar = tqdm(total=plan.count, desc=f"{plan.name} signatures", unit="", disable=None)
            with bar:
                build(_Shown(plan, bar))
    except OSError as error:
        if place.exists():
            return  # another host has been faster on a shared disk
        raise DataError(
            f"The data set cannot be stored in {place.parent}: {error.strerror or error}; "
            "set data.cache_dir to a folder with room."
        ) from error


@contextlib.contextmanager
def _alone(lock: Path, plan: Plan) -> Iterator[None]:
    """Holds a lock file; the system lets go of it however the process ends."""
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _log.info("Waiting for the process that builds the %s signatures", plan.name)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _sweep(place: Path) -> None:
    """Removes what killed builds have left beside a place; the lock is held."""
    for rest in place.parent.glob(f"incomplete.*_{place.name}"):
        if rest.is_dir():
            shutil.rmtree(rest, ignore_errors=True)
        else:
            rest.unlink(missing_ok=True)
