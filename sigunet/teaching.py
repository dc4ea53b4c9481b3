"""Distillation: a network is taught what a finished one finds by looking twice (Hinton et al. 2015).

The teacher looks at each training picture at its own size and at twice that, as thorough cleaning
does, and the mean of both is a second target beside the truth. What it doubts, and how much, tells the
student more of a picture than one bit a pixel; and what is got by looking twice can be learnt by a network
that looks once.
"""

import functools
from dataclasses import dataclass

import numpy as np
from ml_collections import ConfigDict

from sigunet.cleaning import Cleaner
from sigunet.errors import ConfigError


@dataclass(frozen=True)
class Teacher:
    """Predicts soft ink of training pictures; picklable, and safe to call from many threads.

    Attributes:
        checkpoint: As `Cleaner.from_checkpoint` takes it.
        backend: Likewise; on the CPU, where the pictures are made.
    """

    checkpoint: str
    backend: str = "onnx"

    @classmethod
    def of(cls, config: ConfigDict) -> "Teacher | None":
        """Returns the teacher of a run, loaded to see that it fits; None if there is none.

        Raises:
            CheckpointError: If there is no whole checkpoint there.
            ConfigError: If it takes other pictures than the run makes.
        """
        if not config.teacher.checkpoint:
            return None
        teacher = cls(config.teacher.checkpoint, config.teacher.backend)
        backend = _cleaner(teacher.checkpoint, teacher.backend).backend
        if backend.channels != config.model.channels or backend.sampling != config.data.sampling:
            raise ConfigError(
                f"The teacher {config.teacher.checkpoint} takes pictures of {backend.channels} "
                f"channels by {backend.sampling}, this run makes {config.model.channels} by "
                f"{config.data.sampling}."
            )
        return teacher

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Predicts soft ink.

        Args:
            image: float32[S, S, C] in [0, 1], 0 = black.

        Returns:
            float32[S, S] in [0, 1].
        """
        return _cleaner(self.checkpoint, self.backend).closer_look(image)


@functools.cache
def _cleaner(checkpoint: str, backend: str) -> Cleaner:
    # One for each process; its loader works on several pictures at once, so each on one thread.
    return Cleaner.from_checkpoint(checkpoint, backend=backend, threads=1)
