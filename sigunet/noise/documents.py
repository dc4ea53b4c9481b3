"""Members of the paper stage: the user's own scans as the sheet that was signed."""

import dataclasses
import functools
import math
import os
import threading
from pathlib import Path

import numpy as np

from sigunet import image
from sigunet.errors import ConfigError, DataError
from sigunet.noise.recipe import Recipe
from sigunet.noise.registry import Range, member
from sigunet.noise.scene import Scene

_HELD = 256 * 2**20
"""Bytes of pictures that a process keeps; an A4 page at 300 dpi in colour takes 26 MB."""

_MAX_SIDE = 3600
"""px; of larger scans the upper left part is used, A4 at 300 dpi."""


@member("paper", p=0.3, limits={"scale": (0.05, 20.0)})
def documents(
    rng: np.random.Generator,
    scene: Scene,
    *,
    scale: Range = (0.7, 1.4),
    path: str = "",
) -> Scene:
    """The user's own scans as paper: a piece of a legal paper, cheque or form, its colour kept.

    The ink then darkens it, as a pen does. The scans must bear no signature, since what is on them
    is to be taken away.

    Args:
        rng: Source of randomness.
        scene: A scene; a real pair is left as it is.
        scale: Pixels of the picture to one of the scan, 1 = native; drawn evenly in its logarithm.
        path: Folder with pictures, searched with its subfolders, hidden ones left out, "/" between
            the parts of its name. In place of a scan that cannot be read the next one is taken.

    Returns:
        The scene on another paper.

    Raises:
        ConfigError: If no folder is given.
        DataError: If it is missing, or holds no picture that can be read.
    """
    _check_path(path)
    if scene.drawn:
        return scene
    files = _listed(path)
    page = _page(files, int(rng.random() * len(files)))
    ratio = math.exp(rng.uniform(math.log(scale[0]), math.log(scale[1])))
    # A scan that is smaller than the picture is enlarged to fill it.
    room = list(zip(scene.shape, page.shape[:2], strict=True))
    ratio = max(ratio, *(wanted / have for wanted, have in room))
    cut = []
    for wanted, have in room:
        side = max(1, min(have, round(wanted / ratio)))
        start = int(rng.random() * (have - side + 1))
        cut.append(slice(start, start + side))
    piece = page[tuple(cut)]
    paper = image.resize(image.to_float(piece), *scene.shape)
    return dataclasses.replace(scene, paper=np.minimum(paper, 1.0) * scene.paper)


def folders(recipe: Recipe) -> list[str]:
    """Returns the folders that a recipe takes scans from, each once.

    Args:
        recipe: Any recipe.

    Raises:
        ConfigError: If it has `documents` without a folder.
    """
    steps = [step for step in recipe.steps if step.name == documents.__name__ and step.p > 0]
    paths = list(dict.fromkeys(str(dict(step.values)["path"]) for step in steps))
    for path in paths:
        _check_path(path)
    return paths


def _check_path(path: str) -> None:
    if not path:
        raise ConfigError(
            'The noise member documents needs the folder of your scans: documents(path="...").'
        )


def files(path: str) -> dict[str, Path]:
    """Lists the scans of a folder as they are now; what was known of it before is forgotten.

    Args:
        path: As `documents` takes it.

    Returns:
        {path below the folder, with "/": path}, in the order that `documents` draws from.

    Raises:
        DataError: If the folder is missing, or holds no picture.
    """
    _listed.cache_clear()
    _PAGES.clear()
    folder = Path(path).expanduser()
    return {Path(file).relative_to(folder).as_posix(): Path(file) for file in _listed(path)}


@functools.cache
def _listed(path: str) -> tuple[str, ...]:
    folder = Path(path).expanduser()
    if not folder.is_dir():
        state = "is not a folder" if folder.exists() else "does not exist"
        raise DataError(f'The folder {path} {state}; check documents(path="...") in the recipe.')
    found = sorted(map(os.fspath, image.listed(folder)))
    if not found:
        raise DataError(
            f'The folder {path} holds no pictures; check documents(path="...") in the recipe.'
        )
    return tuple(found)


def _page(files: tuple[str, ...], first: int) -> np.ndarray:
    """Reads scan number `first`, or the next one that can be read, uint8[H, W, 3]."""
    errors = []
    for file in files[first:] + files[:first]:
        try:
            return _PAGES.read(file)
        except DataError as error:
            errors.append(error)
    raise errors[0]


class _Pages:
    """Scans in 8 bits by file, those used last, up to `_HELD` bytes of them."""

    def __init__(self):
        self._pages: dict[str, np.ndarray] = {}
        self._lock = threading.Lock()

    def read(self, file: str) -> np.ndarray:
        """Returns a scan, uint8[H, W, 3]; not to be changed."""
        with self._lock:
            page = self._pages.pop(file, None)
            if page is not None:
                self._pages[file] = page
                return page
        page = image.to_uint8(image.read(file, channels=3)[:_MAX_SIDE, :_MAX_SIDE])
        with self._lock:
            self._pages[file] = page
            while (
                len(self._pages) > 1 and sum(held.nbytes for held in self._pages.values()) > _HELD
            ):
                del self._pages[next(iter(self._pages))]
        return page

    def clear(self) -> None:
        """Lets go of all scans."""
        with self._lock:
            self._pages.clear()


_PAGES = _Pages()
