"""Classical scores that need not be computed twice: one small file a method and setting."""

import hashlib
import inspect
import json
import logging
import math
import os
from collections.abc import Mapping
from pathlib import Path

import cv2

from sigunet import classical, metrics
from sigunet import image as images
from sigunet.atomic import write_text
from sigunet.errors import SigunetError

Scores = dict[str, tuple[dict[str, float], float]]
"""Digest of a picture -> (`metrics.score`, milliseconds)."""

_log = logging.getLogger(__name__)


def folder() -> Path:
    """Where the files lie: under $SIGUNET_DATA_DIR, or in ~/.cache/sigunet."""
    place = os.environ.get("SIGUNET_DATA_DIR") or "~/.cache/sigunet"
    return Path(place).expanduser() / "suite-scores"


def code() -> str:
    """SHA-256 over the source that the classical methods run by, hexadecimal.

    A comment changes it too: to score again costs minutes, and a version number can be forgotten.
    """
    parts = (classical, images.grey, images.to_uint8)
    return hashlib.sha256("".join(map(inspect.getsource, parts)).encode()).hexdigest()


class ScoreCache:
    """Kept scores of one method at one setting.

    A picture is known by the digest of its pixels and truth, so a set that changes in part is
    computed in part. Another setting, doxapy, OpenCV, definition of the scores or code of the
    classical methods is another file.

    Args:
        method: Its name.
        setting: What decides its output, versions included.
    """

    def __init__(self, method: str, setting: Mapping[str, object]):
        self._about = {
            "method": method,
            "setting": dict(setting),
            "opencv": cv2.__version__,
            "metrics": [metrics.VERSION, *metrics.METRICS],
            "code": code(),
        }
        key = hashlib.sha256(json.dumps(self._about, sort_keys=True).encode()).hexdigest()
        self._path = folder() / f"{method.replace(' ', '-')}-{key[:16]}.json"
        self._scores: Scores | None = None
        self._changed = False

    def get(self, digest: str) -> tuple[dict[str, float], float] | None:
        """Looks up a picture; None where it has not been scored."""
        return self._read().get(digest)

    def put(self, digest: str, scores: Mapping[str, float], ms: float) -> None:
        """Adds a picture; `save` writes it."""
        self._read()[digest] = (dict(scores), ms)
        self._changed = True

    def save(self) -> None:
        """Writes what was added; where that cannot be, a warning says so and nothing is lost."""
        if not self._changed:
            return
        rows = {
            digest: [_plain(scores[key]) for key in metrics.METRICS] + [_plain(ms)]
            for digest, (scores, ms) in self._read().items()
        }
        try:
            write_text(self._path, json.dumps({**self._about, "scores": rows}, allow_nan=False))
            self._changed = False
        except SigunetError as error:
            _log.warning("Scores of %s are not kept: %s", self._about["method"], error)

    def _read(self) -> Scores:
        if self._scores is None:
            self._scores = {}
            try:
                kept = json.loads(self._path.read_text(encoding="utf-8"))["scores"]
                for digest, values in kept.items():
                    numbers = [math.nan if value is None else value for value in values]
                    scores = dict(zip(metrics.METRICS, numbers[:-1], strict=True))
                    self._scores[digest] = (scores, numbers[-1])
            except (OSError, ValueError, KeyError, AttributeError, TypeError, IndexError):
                # Missing, or damaged: it is computed again.
                self._scores = {}
        return self._scores


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 9)
