"""Distillation: a network is taught what a finished one finds by looking twice (Hinton et al. 2015).

The teacher looks at each training picture at its own size and at twice that, much as cleaning with
two looks does, and what it makes of both is a second target beside the truth: their mean, judged again by
its refinement where it has one. What it doubts, and how much, tells the student more of a picture than one
bit a pixel; and what is got by looking twice, and by looking at the whole, can be learnt by a network that
looks once.
"""

import functools
import hashlib
import json
from dataclasses import dataclass

import numpy as np
from ml_collections import ConfigDict

from sigunet.cleaning import Cleaner
from sigunet.errors import CheckpointError, ConfigError


@dataclass(frozen=True)
class Teacher:
    """Predicts soft ink of training pictures; picklable, and safe to call from many threads.

    Attributes:
        checkpoint: As `Cleaner.from_checkpoint` takes it.
        backend: "onnx" or "openvino": on the CPU, where the pictures are made.
        digest: Of what the checkpoint says of itself, its refinement included. A name or a
            run's folder may stand for other weights tomorrow, or in another process.
    """

    checkpoint: str
    backend: str
    digest: str

    @classmethod
    def of(cls, config: ConfigDict) -> "Teacher | None":
        """Returns the teacher of a run, loaded to see that it fits; None if there is none.

        Raises:
            CheckpointError: If there is no whole checkpoint there.
            ConfigError: If it takes other pictures than the run makes, or whole signatures squeezed
                into a square, which cannot be looked at in two sizes.
            MissingExtra: If what runs it is not installed, or its graph has to be made and onnx is
                not.
        """
        if not config.teacher.checkpoint:
            return None
        place = config.teacher.checkpoint
        cleaner, digest = _loaded(place, config.teacher.backend)
        sampling = (cleaner.backend.sampling, config.data.sampling)
        if cleaner.channels != config.model.channels or sampling != ("crop", "crop"):
            raise ConfigError(
                f"The teacher {place} takes pictures of {cleaner.channels} channels by "
                f"{sampling[0]}, this run makes {config.model.channels} by {sampling[1]}; both must "
                "have the same channels and data.sampling crop."
            )
        return cls(place, config.teacher.backend, digest)

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Predicts soft ink.

        Args:
            image: float32[S, S, C] in [0, 1], 0 = black.

        Returns:
            float32[S, S] in [0, 1].

        Raises:
            CheckpointError: If there is another checkpoint by now.
        """
        cleaner, digest = _loaded(self.checkpoint, self.backend)
        if digest != self.digest:
            raise CheckpointError(f"The teacher {self.checkpoint} has changed meanwhile.")
        return cleaner.teach(image)


@functools.cache
def _loaded(checkpoint: str, backend: str) -> tuple[Cleaner, str]:
    # One for each process; its loader works on several pictures at once, so each on one thread.
    cleaner = Cleaner.from_checkpoint(checkpoint, backend=backend, threads=1)
    meta = cleaner.backend.meta
    said = [meta[key] for key in ("config", "step", "metrics", "data_digest")]
    # One that this version leaves out says nothing.
    if cleaner.backend.refinement is not None:
        said.append(meta["refinement"])
    # Means of the same network with others say the rest alike.
    if "mixed" in meta:
        said.append(meta["mixed"])
    return cleaner, hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]
