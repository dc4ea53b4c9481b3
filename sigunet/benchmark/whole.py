"""How fast cleaning is as its users meet it: whole processes, a photograph, a folder."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from sigunet import shipped, signatures
from sigunet.cleaning import backends, files
from sigunet.cleaning.backend import Backend
from sigunet.cleaning.cleaner import Cleaner
from sigunet.cleaning.options import Options
from sigunet.errors import SigunetError

_SIDE = 224  # px of the crops of the folder
_PHOTO = (3000, 4000)  # px
_GRAIN = 6.0  # of 255; noise of a sensor
_SEED = 20_260_301
_DIFFERENT = 20  # pictures of the folder


def measure(
    place: str = shipped.DEFAULT,
    backend: str = "auto",
    *,
    crops: int = 200,
    repeats: int = 7,
    photos: int = 3,
) -> dict[str, Any]:
    """Times the command from its start to its end, and a folder against bare network calls.

    Args:
        place: Of the checkpoint, see `backends.load`.
        backend: What runs the network in the command, likewise.
        crops: Pictures in the folder.
        repeats: Of what takes less than a second; medians are given.
        photos: Of the photograph of 12 megapixels.

    Returns:
        Seconds, but for "photo_mib", the largest memory of cleaning a photograph, and
        "folder_ratio", the time of the folder by that of as many calls of the network alone, which
        the default backend makes; "same_ratio" by that of the calls that cleaning it takes, those
        at another scale included.

    Raises:
        SigunetError: If a command fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        crop, photo = base / "crop.png", base / "photo.jpg"
        cv2.imwrite(str(crop), _page(0, (_SIDE, _SIDE), 0.6))
        cv2.imwrite(str(photo), _page(0, _PHOTO, 6.0))
        python = [sys.executable, "-c"]
        nothing = _median([*python, "pass"], repeats)
        clean = [sys.executable, "-m", "sigunet", "clean", "--quiet", "--checkpoint", place]
        clean += ["--backend", backend]
        large = [_timed([*clean, str(photo)]) for _ in range(photos)]
        return {
            "import": _median([*python, "import sigunet"], repeats) - nothing,
            "cold_start": _median([*clean, str(crop)], repeats),
            "photo": statistics.median(seconds for seconds, _ in large),
            "photo_mib": max(memory for _, memory in large),
            **_folder(base / "folder", place, backend, crops),
        }


def _folder(folder: Path, place: str, backend: str, crops: int) -> dict[str, float]:
    folder.mkdir()
    pages = [_page(number, (_SIDE, _SIDE), 0.6) for number in range(min(crops, _DIFFERENT))]
    for number in range(crops):
        cv2.imwrite(str(folder / f"{number:03d}.png"), pages[number % len(pages)])
    network = backends.load(place)
    one = [(1, _SIDE, _SIDE, network.channels)] * crops
    made = _asked(network, pages)
    made = [shape for number in range(crops) for shape in made[number % len(pages)]]
    # Half of the calls before and half after, since the machine's speed drifts.
    calls, same = _calls(network, one[::2]), _calls(network, made[::2])
    started = time.perf_counter()
    failed = files.clean_files(
        [folder], folder / "out", Options(), checkpoint=place, backend=backend, quiet=True
    )
    taken = time.perf_counter() - started
    if failed:
        raise SigunetError("The benchmark's own folder could not be cleaned.")
    same += _calls(network, made[1::2])
    calls += _calls(network, one[1::2])
    return {
        "folder": taken,
        "network_calls": calls,
        "folder_ratio": taken / calls,
        "same_calls": same,
        "same_ratio": taken / same,
    }


def _asked(network: Backend, pages: Sequence[np.ndarray]) -> list[list[tuple[int, ...]]]:
    """Returns the shapes that cleaning each page asks the network for: thin strokes and doubt take two."""
    cleaner, shapes = Cleaner(_Listening(network)), []
    for page in pages:
        cleaner.backend.shapes = []
        cleaner.clean(cv2.cvtColor(page, cv2.COLOR_BGR2RGB))
        shapes.append(cleaner.backend.shapes)
    return shapes


class _Listening(Backend):
    """A network that keeps the shapes it is asked for."""

    def __init__(self, network: Backend):
        super().__init__(network.meta)
        self.shapes: list[tuple[int, ...]] = []
        self._network = network

    def __call__(self, image: np.ndarray) -> np.ndarray:
        self.shapes.append(image.shape)
        return self._network(image)


def _calls(network: Backend, shapes: Sequence[tuple[int, ...]]) -> float:
    """Times the network alone, s, without drawing its pictures or the first call of each size."""
    images = {shape: np.full(shape, 0.9, np.float32) for shape in set(shapes)}
    for image in images.values():
        network(image)
    started = time.perf_counter()
    for shape in shapes:
        network(images[shape])
    return time.perf_counter() - started


def _page(number: int, shape: tuple[int, int], scale: float) -> np.ndarray:
    """Draws uint8[H, W, 3] (BGR) of a blue signature on paper that is darker to one side."""
    pen = cv2.resize(
        signatures.draw(_SEED, number, 0), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
    )
    height, width = (min(*sides) for sides in zip(pen.shape, shape, strict=True))
    top, left = (shape[0] - height) // 2, (shape[1] - width) // 2
    cover = np.zeros((*shape, 1), np.float32)
    cover[top : top + height, left : left + width, 0] = pen[:height, :width] / np.float32(255)
    page = np.array([225, 235, 240], np.float32) * (1 - cover)
    page += np.array([120, 40, 30], np.float32) * cover
    page *= np.linspace(1, 0.7, shape[1], dtype=np.float32)[:, None]
    rng = np.random.default_rng(number)
    page += rng.standard_normal((*shape, 1), np.float32) * np.float32(_GRAIN)
    return np.clip(page, 0, 255).astype(np.uint8)


def _median(command: Sequence[str], repeats: int) -> float:
    _timed(command)  # reads the files from disk once
    return statistics.median(_timed(command)[0] for _ in range(repeats))


def _timed(command: Sequence[str]) -> tuple[float, float]:
    """Runs a command: seconds, and the largest memory it held, MiB."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    seconds = time.perf_counter() - started
    if process.returncode:
        raise SigunetError(f"{' '.join(command)} failed: {error.decode(errors='replace').strip()}")
    return seconds, usage.ru_maxrss / 1024


def table(measured: dict[str, Any]) -> str:
    """Writes the results as a Markdown table."""
    rows = [
        ("`import sigunet`", f"{measured['import']:.3f} s"),
        ("`sigunet clean one.png`, from start to end", f"{measured['cold_start']:.2f} s"),
        ("a photograph of 12 megapixels, likewise", f"{measured['photo']:.1f} s"),
        ("its largest memory", f"{measured['photo_mib']:.0f} MiB"),
        ("a folder of crops of 224 x 224", f"{measured['folder']:.1f} s"),
        ("as many calls of the network alone", f"{measured['network_calls']:.1f} s"),
        ("the folder by that", f"{measured['folder_ratio']:.2f}"),
        ("the calls that it takes, some at another scale", f"{measured['same_calls']:.1f} s"),
        ("the folder by that", f"{measured['same_ratio']:.2f}"),
    ]
    lines = ["| what | measured |", "| --- | ---: |"]
    return "\n".join([*lines, *(f"| {what} | {value} |" for what, value in rows)])
