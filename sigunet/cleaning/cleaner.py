"""A checkpoint made into something that cleans pictures."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

import jax
import numpy as np

from sigunet import checkpoint, image
from sigunet import model as model_lib
from sigunet.checkpoint import Meta, portable
from sigunet.errors import CheckpointError

# Pictures of all sizes are brought to few shapes, since the network is compiled for each.
_BUCKET = 128


class Cleaner:
    """Cleans pictures with one network, preprocessed as it was trained.

    Attributes:
        meta: What the checkpoint says of itself: config, threshold, metrics.
    """

    def __init__(self, variables: Mapping, meta: Meta):
        self.meta = meta
        self._variables = variables
        self._model = model_lib.from_config(meta.config.model)

    @classmethod
    def from_checkpoint(cls, place: str | Path) -> Self:
        """Loads a checkpoint, whatever devices it was trained on.

        Args:
            place: A run's workdir, its checkpoints folder, the folder of one step (of several
                steps the one with the best validation IoU is taken), a .safetensors file, or the
                name of weights that come with the package.

        Raises:
            CheckpointError: If there is no whole checkpoint there.
        """
        return cls(*checkpoint.load(place))

    @classmethod
    def from_pretrained(cls, name: str = portable.DEFAULT) -> Self:
        """Loads weights that come with the package.

        Args:
            name: Which ones.

        Raises:
            CheckpointError: If there are none of that name.
        """
        if name not in portable.shipped():
            known = ", ".join(portable.shipped()) or "none"
            raise CheckpointError(f"There are no weights named {name!r}; shipped are {known}.")
        return cls.from_checkpoint(name)

    @property
    def channels(self) -> int:
        """Channels of the pictures it takes: 1 for grey, 3 for RGB."""
        return self.meta.config.model.channels

    @property
    def threshold(self) -> float:
        """From which soft output on a pixel counts as ink, calibrated on validation."""
        return self.meta.threshold

    def ink(self, picture: np.ndarray) -> np.ndarray:
        """Predicts soft ink at the picture's own size.

        Args:
            picture: float32[H, W, C] in [0, 1], 0 = black; any size.

        Returns:
            float32[H, W] in [0, 1], the share of each pixel that is ink.
        """
        config = self.meta.config.data
        if config.sampling == "letterbox":
            # The paper goes on around the picture, as it does in training.
            square, place = image.letterbox(picture, config.size, fill=_paper(picture))
            return image.unletterbox(self._predict(square), place)
        height, width = picture.shape[:2]
        padded = image.pad_to_multiple(picture, max(_BUCKET, self._model.multiple))
        return self._predict(padded)[:height, :width]

    def mask(self, picture: np.ndarray) -> np.ndarray:
        """Predicts which pixels are ink.

        Args:
            picture: float32[H, W, C] in [0, 1], 0 = black; any size.

        Returns:
            bool[H, W], true = ink.
        """
        # The soft output is at native size: thresholded first and enlarged, edges would be stairs.
        return self.ink(picture) > self.threshold

    def _predict(self, picture: np.ndarray) -> np.ndarray:
        soft = model_lib.predict(self._model, self._variables, picture[None])
        return np.asarray(jax.device_get(soft)[0], np.float32)


def _paper(picture: np.ndarray) -> np.ndarray:
    """Returns the median of a picture's border, float32[C]."""
    border = (picture[0], picture[-1], picture[:, 0], picture[:, -1])
    return np.median(np.concatenate(border), axis=0)
