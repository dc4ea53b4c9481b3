"""What worker processes do for the suite: they build pictures and run the classical methods."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from sigunet import classical, metrics
from sigunet import image as images
from sigunet.suite.cache import ScoreCache
from sigunet.suite.pictures import Listed, SuitePicture
from sigunet.suite.scores import BOUND, CLASSICAL, Method

ORACLE = "best threshold"
"""Name of the bound: one threshold a picture, chosen with the truth."""


class Source(Protocol):
    """Where pictures come from, in chunks that processes share; picklable."""

    base: str
    """Name of the base, or of what stands for one."""

    def chunks(self) -> int:
        """How many chunks there are."""

    def count(self) -> int:
        """How many pictures there are in all."""

    def pictures(self, chunk: int) -> Iterator[SuitePicture]:
        """Builds the pictures of a chunk."""

    def listed(self) -> Iterator[Listed]:
        """Lists all pictures before they are built."""


@dataclass(frozen=True)
class Worked:
    """A picture as it comes from a worker: in 8 bits, with its classical scores.

    Attributes:
        pixels: uint8[H, W, 3].
        truth: bool[H, W], True = ink.
        row: Degradation.
        severity: 0 to 5.
        name: Unique in its row.
        writer: Who signed.
        digest: As `SuitePicture.digest`.
        scores: Method -> `metrics.score`.
        ms: Method -> milliseconds.
    """

    pixels: np.ndarray
    truth: np.ndarray
    row: str
    severity: int
    name: str
    writer: str
    digest: str
    scores: dict[str, dict[str, float]]
    ms: dict[str, float]

    @property
    def image(self) -> np.ndarray:
        """float32[H, W, 3] in [0, 1], 0 = black."""
        return images.to_float(self.pixels)


@dataclass(frozen=True)
class Work:
    """Builds and scores a chunk; picklable, for worker processes.

    Attributes:
        source: Of the pictures.
        score: Whether classical methods are run.
    """

    source: Source
    score: bool = True

    def __call__(self, chunk: int) -> list[Worked]:
        """Works through a chunk, with one thread: another process has the other core."""
        cv2.setNumThreads(1)
        caches = caches_of_methods() if self.score else {}
        return [self._worked(picture, caches) for picture in self.source.pictures(chunk)]

    def _worked(self, picture: SuitePicture, caches: dict[str, ScoreCache]) -> Worked:
        truth = metrics.Truth(picture.truth)
        scores, ms = {}, {}
        for name, cache in caches.items():
            kept = cache.get(picture.digest)
            scores[name], ms[name] = kept or _run(name, picture, truth)
        return Worked(
            images.to_uint8(picture.image),
            picture.truth,
            picture.row,
            picture.severity,
            picture.name,
            picture.writer,
            picture.digest,
            scores,
            ms,
        )


def _run(name: str, picture: SuitePicture, truth: metrics.Truth) -> tuple[dict[str, float], float]:
    # Of the thread, so that it is the same whatever else the machine does.
    start = time.thread_time()
    found = classical_mask(name, picture.image, picture.truth)
    ms = round((time.thread_time() - start) * 1e3, 3)
    return metrics.score(found, truth), ms


def classical_mask(name: str, image: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Runs a classical method, or the bound.

    Args:
        name: One of `classical.methods`, or `ORACLE`.
        image: float32[H, W, C] in [0, 1], 0 = black.
        truth: bool[H, W]; only the bound looks at it.

    Returns:
        bool[H, W], True = ink.
    """
    if name == ORACLE:
        return classical.best_threshold(image, truth) > 0.5
    return classical.methods()[name](image) > 0.5


def classical_methods() -> list[Method]:
    """The classical methods this machine can run, with their settings, and the bound."""
    version = classical.doxapy_version()
    found = []
    for name, method in classical.methods().items():
        keywords = dict(method.keywords)
        if method.func is classical.doxa:
            keywords = {**keywords, "doxapy": version}
        found.append(Method(name, CLASSICAL, keywords))
    return [*found, Method(ORACLE, BOUND, {"chosen": "with the truth, for each picture"})]


def caches_of_methods() -> dict[str, ScoreCache]:
    """The kept scores of each of `classical_methods`."""
    return {method.name: ScoreCache(method.name, method.about) for method in classical_methods()}
