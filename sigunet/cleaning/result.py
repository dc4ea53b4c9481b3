"""What cleaning a picture gives."""

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np

from sigunet.cleaning import confidence, formats
from sigunet.cleaning.options import Options


@dataclass(frozen=True, eq=False)
class Result:
    """A cleaned picture.

    Attributes:
        name: Of the input, for messages.
        picture: float32[H, W, C] in [0, 1], 0 = black: what was cleaned, as it was given.
        soft: float32[H, W] in [0, 1], share of each pixel that is ink, at the picture's own size.
        threshold: From which soft ink on a pixel counts as ink.
        stroke: Mean width of the strokes, px; 0 if there is no ink.
        scale: Of the picture that the network saw as against the given one.
        inverted: Whether ink is lighter than its ground in `picture`.
        notes: Sentences for the user.
        options: What was asked.
    """

    name: str
    picture: np.ndarray
    soft: np.ndarray
    threshold: float
    stroke: float
    scale: float
    inverted: bool
    notes: tuple[str, ...]
    options: Options

    @cached_property
    def mask(self) -> np.ndarray:
        """bool[H, W], True = ink."""
        return self.soft > self.threshold

    @cached_property
    def confidence(self) -> np.ndarray:
        """float32[H, W] in [0.5, 1]: how likely each pixel of `mask` is right."""
        return confidence.pixels(self.soft, self.threshold)

    @cached_property
    def certainty(self) -> float:
        """In [0, 1]: how likely there is a signature in the picture."""
        return confidence.certainty(confidence.features(self.soft, self.mask, self.stroke))

    @property
    def verdict(self) -> str:
        """One of `confidence.VERDICTS`."""
        return confidence.verdict(self.certainty)

    @property
    def box(self) -> tuple[int, int, int, int] | None:
        """(left, top, width, height) of the ink in px; None if there is none."""
        left, top, width, height = cv2.boundingRect(self.mask.view(np.uint8))
        return (left, top, width, height) if width else None

    def encode(self) -> bytes:
        """Writes the picture in the format that was asked for.

        Returns:
            The bytes of a file.

        Raises:
            OptionError: If it cannot be made small enough.
        """
        return formats.encode(
            self._paper_is_light,
            self.soft,
            self.options,
            threshold=self.threshold,
            inverted=self.inverted,
        )

    def render(self) -> np.ndarray:
        """Returns the pixels of `encode`: uint8[H, W] or, for rgba, uint8[H, W, 4].

        Raises:
            OptionError: The format is svg, which has none.
        """
        return formats.render(
            self._paper_is_light,
            self.soft,
            self.options,
            threshold=self.threshold,
            inverted=self.inverted,
        )

    def to_dict(self) -> dict[str, Any]:
        """Returns what there is to tell, as JSON has it."""
        height, width = self.soft.shape
        return {
            "name": self.name,
            "width": width,
            "height": height,
            "verdict": self.verdict,
            "certainty": round(self.certainty, 4),
            "confidence": round(float(self.confidence.mean()), 4),
            "ink_share": round(float(self.mask.mean()), 6),
            "box": list(self.box) if self.box else None,
            "stroke": round(self.stroke, 2),
            "scale": round(self.scale, 3),
            "threshold": self.threshold,
            "inverted": self.inverted,
            "format": self.options.format,
            "notes": list(self.notes),
        }

    def with_options(self, options: Options) -> "Result":
        """Returns the same ink to be written otherwise; the network is not asked again."""
        threshold = self.threshold if options.threshold is None else options.threshold
        return dataclasses.replace(self, options=options, threshold=threshold)

    @property
    def _paper_is_light(self) -> np.ndarray:
        return 1 - self.picture if self.inverted else self.picture
