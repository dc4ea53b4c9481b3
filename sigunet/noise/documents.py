"""Members of the paper stage: the user's own scans as the sheet that was signed."""

import dataclasses
import functools
import math
import os
import threading
from pathlib import Path

import numpy as np

from sigunet import image
from sigunet.errors import DataError
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
        path: Folder with pictures, searched with its subfolders, "/" between the parts of its name;
            "" leaves the scene as it is.

    Returns:
        The scene on another paper.

    Raises:
        DataError: If the folder is missing, or it holds no picture or one that cannot be read.
    """
    if not path or scene.drawn:
        return scene
    files = _listed(path)
    page = _PAGES.read(files[int(rng.random() * len(files))])
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


@functools.cache
def _listed(path: str) -> tuple[str, ...]:
    folder = Path(path).expanduser()
    if not folder.is_dir():
        state = "is not a folder" if folder.exists() else "does not exist"
        raise DataError(f'The folder {path} {state}; check documents(path="...") in the recipe.')
    found = sorted(
        os.fspath(file)
        for file in folder.rglob("*")
        if file.suffix.lower() in image.SUFFIXES
        and not file.name.startswith(".")
        and file.is_file()
    )
    if not found:
        raise DataError(
            f'The folder {path} holds no pictures; check documents(path="...") in the recipe.'
        )
    return tuple(found)


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


_PAGES = _Pages()
