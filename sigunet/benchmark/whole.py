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
from sigunet.cleaning.options import Options
from sigunet.errors import SigunetError

_SIDE = 224  # px of the crops of the folder
_PHOTO = (3000, 4000)  # px
_GRAIN = 6.0  # of 255; noise of a sensor
_SEED = 20_260_301


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
        the default backend makes.

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
    for number in range(crops):
        page = _page(number % 20, (_SIDE, _SIDE), 0.6)
        cv2.imwrite(str(folder / f"{number:03d}.png"), page)
    network = backends.load(place)
    image = np.full((1, _SIDE, _SIDE, network.channels), 0.9, np.float32)
    network(image)
    # Half of the calls before and half after, since the machine's speed drifts.
    calls = _calls(network, image, crops // 2)
    started = time.perf_counter()
    failed = files.clean_files(
        [folder], folder / "out", Options(), checkpoint=place, backend=backend, quiet=True
    )
    taken = time.perf_counter() - started
    if failed:
        raise SigunetError("The benchmark's own folder could not be cleaned.")
    calls += _calls(network, image, crops - crops // 2)
    return {"folder": taken, "network_calls": calls, "folder_ratio": taken / calls}


def _calls(backend: Backend, image: np.ndarray, count: int) -> float:
    started = time.perf_counter()
    for _ in range(count):
        backend(image)
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
        ("the one by the other", f"{measured['folder_ratio']:.2f}"),
    ]
    lines = ["| what | measured |", "| --- | ---: |"]
    return "\n".join([*lines, *(f"| {what} | {value} |" for what, value in rows)])
