"""A suite of a moment: few small pictures of known ink, and scores made of numbers."""

from dataclasses import dataclass

import numpy as np

from sigunet import metrics
from sigunet.suite.pictures import SuitePicture
from sigunet.suite.scores import CLASSICAL, NETWORK, BaseScores, Method, PictureScore

ROWS = ("clean", "gaussian", "print", "empty")


def picture(row, severity, number):
    rng = np.random.default_rng([ROWS.index(row), severity, number])
    truth = np.zeros((60, 90), bool)
    if row != "empty":
        truth[20 + 5 * number : 24 + 5 * number, 10:80] = True
        truth[10:50, 40:43] = True
    image = np.where(truth, 0.2, 0.95)[..., None] + np.zeros(3)
    if row == "gaussian":
        image = image + rng.normal(0, 0.1 * severity, (60, 90, 1))
    if row == "print":
        image[5 : 5 + 2 * severity, 5:85] = 0.1
    pixels = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
    writer = "" if row == "empty" else f"w{number}"
    name = f"{severity}-{number:02d}"
    return SuitePicture(pixels.astype(np.float32) / 255, truth, row, severity, name, writer)


@dataclass(frozen=True)
class Made:
    """Two pictures a cell; a chunk is a row. Picklable, for worker processes."""

    base: str = "M"
    rows: tuple[str, ...] = ROWS

    def chunks(self):
        return len(self.rows)

    def count(self):
        return sum(2 * len(self._severities(row)) for row in self.rows)

    def _severities(self, row):
        return (1, 3, 5) if row in ("gaussian", "print") else (0,)

    def pictures(self, chunk):
        row = self.rows[chunk]
        for severity in self._severities(row):
            for number in range(2):
                yield picture(row, severity, number)


METHODS = (Method("net", NETWORK), Method("otsu", CLASSICAL), Method("wolf", CLASSICAL))


def scored(row, severity, number, values, *, base="M", false_ink=None):
    """A picture with these F-measures by method, and F-measure for every other metric."""
    scores = {}
    for method, value in values.items():
        scores[method] = dict.fromkeys(metrics.METRICS, value)
        scores[method]["false_ink"] = np.nan if false_ink is None else false_ink[method]
    return PictureScore(base, row, severity, f"{number}", "w", "d" * 64, scores, {"net": 5.0})


def base_scores(**values):
    """Scores of `METHODS`: for each row, F by method, the same for every picture."""
    pictures = []
    for row, by_method in values.items():
        if row == "empty":
            nothing = dict.fromkeys(by_method, np.nan)
            pictures += [scored(row, 0, n, nothing, false_ink=by_method) for n in range(2)]
            continue
        for severity in (0,) if row in ("clean", "backgrounds") else (1, 3, 5):
            pictures += [scored(row, severity, n, by_method) for n in range(2)]
    return BaseScores("M", pictures, METHODS)
