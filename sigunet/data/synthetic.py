"""The embedded data set: signatures of people who do not exist, drawn by `sigunet.signatures`.

What counts as ink is measured on a clean scan of the drawn signature, as it is on scans of real ones:
a lens makes a hair line wider and paler, and what is learnt here is judged there.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from sigunet import image, signatures, truth
from sigunet.data import splits
from sigunet.data.plan import digest_of
from sigunet.data.records import NOTHING_SKIPPED, Record, encode_ink
from sigunet.data.workers import OrderedMap
from sigunet.machine import cores

_CHUNK = 16  # signatures a task: often enough for a smooth bar, seldom enough for cheap messages


# What the picture of a sharp edge looks like in a good scan at 300 dpi, px of a Gaussian: the softness
# of edges in real scans lies between those of these two.
_BLUR = (0.35, 0.75)
_DARKEST = 0.85  # of the grey range, between full ink and paper


def scanned(seed: int, writer: int, signing: int) -> tuple[np.ndarray, np.ndarray]:
    """Draws a signature and scans it, with nothing but clean paper around.

    Args:
        seed: As `signatures.draw`.
        writer: As `signatures.draw`.
        signing: As `signatures.draw`.

    Returns:
        uint8[H, W] ink as `truth.coverage_target` measures it, 0 = paper, 255 = ink; and uint8[H, W],
        how much ink the scanner saw in each pixel.
    """
    rng = np.random.default_rng([seed, writer, signing, 1])
    pigment = image.to_float(signatures.draw_inked(seed, writer, signing)[..., 1])
    pigment = cv2.GaussianBlur(pigment, (0, 0), rng.uniform(*_BLUR))
    ink = truth.coverage_target(1.0 - np.float32(_DARKEST) * pigment)
    return image.to_uint8(ink), image.to_uint8(pigment)


@dataclass(frozen=True)
class _Draw:
    """Draws one chunk of signatures; picklable, for worker processes."""

    seed: int
    writers: int
    numbers: tuple[int, ...]

    def __call__(self, chunk: int) -> list[Record]:
        return [self.record(n) for n in self.numbers[chunk * _CHUNK : (chunk + 1) * _CHUNK]]

    def record(self, number: int) -> Record:
        signing, writer = divmod(number, self.writers)
        ink, pigment = scanned(self.seed, writer, signing)
        return Record(
            encode_ink(ink),
            f"w{writer:05d}",
            f"w{writer:05d}-s{signing:04d}",
            pigment=encode_ink(pigment),
        )


class SyntheticPlan:
    """Which synthetic signatures there are, and how they are drawn.

    Signature k of n is signing k // writers of writer k % writers, so that a smaller set is the
    beginning of a larger one with as many writers.

    Args:
        count: Signatures in all three splits together.
        writers: How many people sign.
        seed: Of the people and of the split.
        workers: Processes that draw; 0 means as many as cores.
    """

    name = "synthetic"
    skipped = NOTHING_SKIPPED

    def __init__(self, count: int, writers: int, seed: int, *, workers: int = 0):
        self.count, self.writers, self.seed = count, min(writers, count), seed
        self._workers = workers or cores()
        self.digest = digest_of(
            self.name,
            renderer=signatures.RENDERER_VERSION,
            scan=(_BLUR, _DARKEST),
            count=count,
            writers=writers,
            seed=seed,
        )

    def splits(self) -> dict[str, Iterator[Record]]:
        """Returns the records of each split, drawn while they are iterated over.

        Raises:
            DataError: If there are fewer than three writers.
        """
        assigned = splits.assign((str(writer) for writer in range(self.writers)), self.seed)
        numbers = {split: [] for split in splits.SPLITS}
        for number in range(self.count):
            numbers[assigned[str(number % self.writers)]].append(number)
        return {split: self._drawn(tuple(numbers[split])) for split in splits.SPLITS}

    def _drawn(self, numbers: tuple[int, ...]) -> Iterator[Record]:
        draw = _Draw(self.seed, self.writers, numbers)
        # A process takes longer to start than a few chunks take to draw.
        if self._workers == 1 or len(numbers) <= 4 * _CHUNK:
            yield from map(draw.record, numbers)
            return
        chunks = -(-len(numbers) // _CHUNK)
        with OrderedMap(draw, 0, chunks, workers=self._workers, name="drawing") as drawn:
            for chunk in drawn:
                yield from chunk
