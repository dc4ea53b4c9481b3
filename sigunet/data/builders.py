"""The data sets as TFDS builders; importing this needs tensorflow-datasets, but not TensorFlow.

    builder = Synthetic(config=configured(SyntheticPlan(20_000, 400, seed=0)), data_dir=...)
    builder.download_and_prepare()
    builder.as_data_source("train")

TFDS files a data set under its name, config and version alone, so the config's name is the plan's
digest: whatever changes the records changes the place. Storage is array_record, for random access.
"""

import contextlib
import dataclasses
import errno
import io
import json
import logging
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import tensorflow_datasets as tfds

from sigunet.data.plan import FORMAT, Plan
from sigunet.data.records import Record, Skipped
from sigunet.errors import DataError

_SKIPPED = "skipped.json"

# How array_record words what the system has refused, within a RuntimeError.
_REFUSED = re.compile(r"\b(?:open|write|close|fsync)\(\) failed: ([^;]+)")


@dataclasses.dataclass
class PlanConfig(tfds.core.BuilderConfig):
    """A TFDS config that is a plan."""

    plan: Plan | None = None


def configured(plan: Plan) -> PlanConfig:
    """Returns the TFDS config of a plan; its name is the plan's digest."""
    return PlanConfig(name=plan.digest, description=f"{plan.count} signatures", plan=plan)


class _Signatures(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    """What the three builders share: records of a plan, written in the plan's order."""

    VERSION = tfds.core.Version(f"{FORMAT}.0.0")
    # PNGs of a record beside its ink: grey ones, and those that are grey or RGB as they came, which
    # one shape would not describe.
    GREY: tuple[str, ...] = ("pigment",)
    MIXED: tuple[str, ...] = ()

    def _info(self) -> tfds.core.DatasetInfo:
        picture = tfds.features.Image(shape=(None, None, 1), encoding_format="png")
        features = {"ink": picture, "writer": tfds.features.Text(), "name": tfds.features.Text()}
        features |= dict.fromkeys(self.GREY, picture)
        features |= dict.fromkeys(self.MIXED, tfds.features.Text())
        return tfds.core.DatasetInfo(
            builder=self,
            description=self.__doc__,
            features=tfds.features.FeaturesDict(features),
            # The same order in every store of the same plan.
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager: object) -> dict[str, Iterator[tuple[int, dict]]]:
        del dl_manager  # nothing is downloaded
        plan = self.builder_config.plan
        splits = plan.splits()
        # TFDS has its unfinished folder here, which it renames when all is written.
        (Path(self.data_dir) / _SKIPPED).write_text(json.dumps(dataclasses.asdict(plan.skipped)))
        return {split: self._generate_examples(records) for split, records in splits.items()}

    def _generate_examples(self, records: Iterable[Record]) -> Iterator[tuple[int, dict]]:
        for number, record in enumerate(records):
            fields = ("ink", "writer", "name", *self.GREY, *self.MIXED)
            yield number, {field: getattr(record, field) for field in fields}


class Synthetic(_Signatures):
    """Synthetic signatures: ink coverage, pigment, writer and name."""

    name = "sigunet_synthetic"


class Folder(_Signatures):
    """Ink coverage and pigment measured in a user's scans of signatures, with writer and name."""

    name = "sigunet_folder"


class Pairs(_Signatures):
    """A user's scans with the ink coverage that belongs to them."""

    name = "sigunet_pairs"
    GREY = ()
    MIXED = ("image",)


_BUILDERS = {"synthetic": Synthetic, "folder": Folder, "pairs": Pairs}


def place(plan: Plan, root: Path) -> Path:
    """Returns the folder in which TFDS keeps the data set of a plan."""
    return root / _BUILDERS[plan.name].name / plan.digest / str(_Signatures.VERSION)


def builder(plan: Plan, root: Path) -> tfds.core.GeneratorBasedBuilder:
    """Returns the builder of a plan, nothing built yet.

    Args:
        plan: What to build.
        root: The folder of all data sets.
    """
    with _quiet():
        return _BUILDERS[plan.name](
            config=configured(plan), data_dir=str(root), file_format="array_record"
        )


def build(plan: Plan, root: Path) -> None:
    """Builds a plan's data set below `root`; TFDS writes beside the place and renames.

    Raises:
        OSError: If it cannot be written, for example because the disk is full.
    """
    tfds.disable_progress_bar()
    building = builder(plan, root)
    try:
        with _quiet():
            building.download_and_prepare()
    except RuntimeError as error:
        refused = _REFUSED.search(str(error))
        if refused is None:
            raise
        raise OSError(errno.EIO, refused[1].strip()) from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keeps TFDS from printing; standard output belongs to our commands' results."""
    logger = logging.getLogger("absl")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logger.setLevel(level)


class Stored:
    """One split of a built data set, read by index; picklable, and needs no TensorFlow.

    Args:
        path: The data set's folder, with the version.
        split: "train", "validation" or "test".

    Raises:
        DataError: If files are missing or damaged.
    """

    def __init__(self, path: str, split: str):
        self._path, self._split = path, split
        try:
            with _quiet():
                stored = tfds.builder_from_directory(path)
                decoders = {
                    name: tfds.decode.SkipDecoding()
                    for name, feature in stored.info.features.items()
                    if isinstance(feature, tfds.features.Image)
                }
                self._source = stored.as_data_source(split, decoders=decoders)
                # Files are opened here, by one thread, rather than by the first of many.
                self._source[len(self._source) - 1]
            self._skipped = Skipped(**json.loads((Path(path) / _SKIPPED).read_text()))
        except Exception as error:
            # TFDS, protobuf and array_record each have errors of their own for this.
            raise DataError(
                f"The stored data set {path} is damaged; delete that folder and it is built again."
            ) from error

    def __len__(self) -> int:
        return len(self._source)

    def __getitem__(self, index: int) -> Record:
        row = self._source[index]
        writer, name = row["writer"].decode(), row["name"].decode()
        return Record(row["ink"], writer, name, row.get("image", b""), row.get("pigment", b""))

    def writers(self) -> list[str]:
        """Returns the writer of each record."""
        return [self[i].writer for i in range(len(self))]

    def skipped(self) -> Skipped:
        """Returns what the whole set was built without."""
        return self._skipped

    def __reduce__(self) -> tuple:
        return Stored, (self._path, self._split)
