"""What every runtime of the network offers the cleaning."""

import abc
from typing import Any

import numpy as np

from sigunet.cleaning.evidence import FORMAT
from sigunet.cleaning.refinement import Refinement

_OTHER_VERSION = (
    "These weights' refinement is of another version of sigunet and is left out: fit it again with "
    "`python -m sigunet.refining`."
)


class Backend(abc.ABC):
    """A network with its weights, ready to predict; it may be called from several threads.

    Attributes:
        name: "onnx", "openvino" or "jax".
        meta: What the checkpoint says of itself, as `checkpoint.layout.meta_from_json` reads it.
        notes: Sentences for the user about how it was loaded.
        refinement: What judges its soft ink again; None if its checkpoint has none.
    """

    name: str

    refinement: Refinement | None

    def __init__(self, meta: dict[str, Any], notes: tuple[str, ...] = ()):
        self.meta = meta
        self.notes = notes
        self.refinement = None
        said = meta.get("refinement")
        if isinstance(said, dict) and said.get("format") != FORMAT:
            self.notes += (_OTHER_VERSION,)
        elif said is not None:
            self.refinement = Refinement.from_json(said)

    @abc.abstractmethod
    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Predicts soft ink.

        Args:
            image: float32[N, H, W, C] in [0, 1], 0 = black; any N, H and W.

        Returns:
            float32[N, H, W] in [0, 1], the share of each pixel that is ink.
        """

    @property
    def channels(self) -> int:
        """Channels of the pictures it takes: 1 for grey, 3 for RGB."""
        return self.meta["config"]["model"]["channels"]

    @property
    def multiple(self) -> int:
        """The number of pixels both sides are padded to a multiple of, inside."""
        return self.meta["multiple"]

    @property
    def threshold(self) -> float:
        """From which soft output on a pixel counts as ink, calibrated on validation."""
        return self.meta["threshold"]

    @property
    def sampling(self) -> str:
        """How pictures were brought to the network in training: "letterbox" or "crop"."""
        return self.meta["config"]["data"]["sampling"]

    @property
    def size(self) -> int:
        """Side of the square pictures it was trained on, px."""
        return self.meta["config"]["data"]["size"]

    @property
    def strokes(self) -> tuple[float, float] | None:
        """Narrowest and widest stroke it was trained on, px; None if that is not known."""
        strokes = self.meta.get("strokes")
        if not strokes or not all(np.isfinite(strokes)) or min(strokes) <= 0:
            return None
        return strokes[0], strokes[1]
