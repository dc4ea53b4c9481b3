"""What is put beside the classical methods: networks, and folders of predictions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from sigunet import image as images
from sigunet.errors import ConfigError, DataError
from sigunet.suite.pictures import Listed
from sigunet.suite.scores import NETWORK, PREDICTIONS, Method
from sigunet.suite.work import Worked


class Entry(Protocol):
    """Anything that answers a picture with a mask."""

    method: Method
    """Name, kind and what else is told of it."""

    timed: bool
    """Whether the time of an answer says anything."""

    def mask(self, base: str, picture: Worked) -> np.ndarray:
        """bool[H, W], True = ink."""


class Network:
    """A checkpoint, with the threshold and preprocessing that it carries.

    Args:
        name: In the tables.
        place: See `Cleaner.from_checkpoint`.
        looks: Likewise.

    Raises:
        CheckpointError: There is no whole checkpoint there.
    """

    timed = True

    def __init__(self, name: str, place: str, looks: str = "auto"):
        from sigunet.cleaning import Cleaner

        self._cleaner = Cleaner.from_checkpoint(place, looks=looks)
        meta = self._cleaner.meta
        self.method = Method(
            name,
            NETWORK,
            {
                "checkpoint": place,
                "step": meta.step,
                "version": meta.version,
                "threshold": self._cleaner.threshold,
                "channels": self._cleaner.channels,
                "looks": looks,
            },
        )

    def mask(self, base: str, picture: Worked) -> np.ndarray:
        """Cleans a picture, in grey where the network takes one channel."""
        image = picture.image
        return self._cleaner.mask(images.grey(image) if self._cleaner.channels == 1 else image)


class Predictions:
    """A folder of masks, black ink on white, named as the exported pictures.

    Args:
        name: In the tables.
        directory: As `images/` of an export: BASE/ROW/NAME.png.

    Raises:
        DataError: There is no such folder.
    """

    timed = False

    def __init__(self, name: str, directory: str):
        self._directory = Path(directory)
        if not self._directory.is_dir():
            raise DataError(f"There is no folder {directory} with predictions of {name}.")
        self.method = Method(name, PREDICTIONS, {"folder": directory})

    def mask(self, base: str, picture: Worked) -> np.ndarray:
        """Reads the answer to a picture.

        Raises:
            DataError: It is missing, cannot be read or has another size.
        """
        path = self._path(base, picture)
        found = images.read(path)[..., 0] < 0.5
        _same_size(path, found.shape[::-1], picture.truth.shape[::-1])
        return found

    def check(self, base: str, pictures: Iterable[Listed]) -> None:
        """Looks whether the answers are there, by their headers.

        Raises:
            DataError: One is missing, is no picture, or has another size than is known.
        """
        for picture in pictures:
            path = self._path(base, picture)
            size = images.check_header(path)
            _same_size(path, size, picture.size or size)

    def _path(self, base: str, picture: Worked | Listed) -> Path:
        path = self._directory / picture_path(base, picture)
        if not path.is_file():
            raise DataError(
                f"{self.method.name} has no prediction {path}: `sigunet evaluate --suite ... "
                "--export DIR` writes the pictures to answer, and a prediction has the same name."
            )
        return path


def _same_size(path: Path, size: tuple[int, int], wanted: tuple[int, int]) -> None:
    if size != wanted:
        sizes = [f"{width} x {height}" for width, height in (size, wanted)]
        raise DataError(f"{path} is {sizes[0]} px, and the picture is {sizes[1]}.")


def picture_path(base: str, picture: Worked | Listed) -> str:
    """Path of a picture below `images/`, and of a prediction below its folder."""
    return f"{base}/{picture.row}/{picture.name}.png"


@dataclass(frozen=True)
class Named:
    """NAME=PLACE from the command line."""

    name: str
    place: str

    @classmethod
    def parse(cls, text: str, option: str, *, named: bool) -> "Named":
        """Reads one.

        Args:
            text: NAME=PLACE, or PLACE alone.
            option: For the message.
            named: Whether the name is required; else it is the last folder's name.

        Raises:
            ConfigError: It has no name, or no place.
        """
        name, mark, place = text.partition("=")
        if not mark or "/" in name:
            if named:
                raise ConfigError(f"{option} {text!r} needs a name: {option} NAME=DIR.")
            parts = [part for part in Path(text).parts if part not in ("/", "..", "checkpoints")]
            # The folder of exported weights lies in that of the run, whose name says more.
            plain = [part for part in parts if part != "weights"] or parts or [text]
            return cls(plain[-1].removesuffix(".safetensors"), text)
        if not name or not place:
            raise ConfigError(f"{option} {text!r} is not NAME=DIR.")
        return cls(name, place)


def unique(names: Sequence[str], taken: Sequence[str]) -> None:
    """Makes sure that no two methods share a name.

    Args:
        names: Of what is put beside the classical methods.
        taken: Of the classical methods.

    Raises:
        ConfigError: Two do.
    """
    seen = set(taken)
    for name in names:
        if name in seen:
            raise ConfigError(
                f"Two methods are called {name}: name them, as in --checkpoint NAME=DIR."
            )
        seen.add(name)
