"""What cleaning a picture gives.

The network is asked once; whatever hangs on options, the threshold included, is made of its raw
output when it is asked for. Whether there is a signature hangs on no option.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np

from sigunet.cleaning import confidence, formats
from sigunet.cleaning.options import Options
from sigunet.cleaning.specks import settled
from sigunet.errors import OptionError
from sigunet.reading import NAMELESS
from sigunet.strength import strength
from sigunet.truth import stroke_width

_OF_THE_THRESHOLD = ("_doubted", "soft", "mask", "confidence")


@dataclass(frozen=True, eq=False)
class Result:
    """A cleaned picture.

    Attributes:
        name: Of the input, for messages.
        picture: float32[H, W, C] in [0, 1], 0 = black: what was cleaned, as it was given.
        raw: float32[H, W] in [0, 1], share of each pixel that is ink, at the picture's own size, as
            the network and its refinement have it.
        calibrated: The threshold where none was asked for.
        stroke: Mean width of the strokes, px, at the calibrated threshold; 0 if there is no ink.
        scale: Of the picture that the network saw as against the given one.
        looks: Of how many sizes `raw` is the mean.
        inverted: Whether ink is lighter than its ground in `picture`.
        own_dpi: Resolution of the input, px an inch, where it names one.
        notes: Sentences for the user.
        options: What was asked.
    """

    name: str
    picture: np.ndarray
    raw: np.ndarray
    calibrated: float
    stroke: float
    scale: float
    looks: int
    inverted: bool
    own_dpi: float | None
    notes: tuple[str, ...]
    options: Options

    @property
    def threshold(self) -> float:
        """From which `soft` on a pixel counts as ink."""
        asked = self.options.threshold
        return self.calibrated if asked is None else asked

    @property
    def dpi(self) -> float | None:
        """Resolution that was asked for or else the input's, px an inch; None if none is known.

        The input's is written to scale where the file has more or fewer px than the picture.
        """
        return self.own_dpi if self.options.dpi is None else self.options.dpi

    @cached_property
    def _doubted(self) -> np.ndarray:
        """float32[H, W]: `soft`, whatever the verdict is."""
        return settled(self.raw, scale=self.scale, stroke=self.stroke, threshold=self.threshold)

    @cached_property
    def soft(self) -> np.ndarray:
        """float32[H, W] in [0, 1]: ink relative to the strongest near it, specks left out.

        All zeros where the verdict is "empty", for what is left of seals and stains is no signature;
        whoever asks for a threshold gets what is over it all the same.
        """
        if self.options.threshold is None and self.verdict == "empty":
            return np.zeros_like(self.raw)
        return self._doubted

    @cached_property
    def mask(self) -> np.ndarray:
        """bool[H, W], True = ink."""
        return self.soft > self.threshold

    @cached_property
    def confidence(self) -> np.ndarray:
        """float32[H, W] in [0.5, 1]: how likely each pixel of `mask` is right."""
        limit = strength(self.raw, self.scale)
        limit *= np.float32(self.threshold)
        return confidence.pixels(self.raw, limit, self.mask)

    @cached_property
    def certainty(self) -> float:
        """In [0, 1]: how likely there is a signature in the picture, whichever threshold was asked for.

        It is measured at the calibrated threshold, the one for which it is known what it is worth.
        """
        if self.threshold != self.calibrated:
            return self.with_options(Options()).certainty
        mask = self._doubted > self.threshold
        # Of a little ink the width has not been measured.
        stroke = self.stroke or stroke_width(mask)
        measured = confidence.features(self.picture, self.raw, mask, stroke, inverted=self.inverted)
        return confidence.certainty(measured)

    @property
    def verdict(self) -> str:
        """One of `confidence.VERDICTS`, whichever threshold was asked for."""
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
            OptionError: If it cannot be made small enough, or would be too large.
        """
        return self._written(formats.encode, own_dpi=self.own_dpi)

    def render(self) -> np.ndarray:
        """Returns the pixels of `encode`: uint8[H, W] or, for rgba, uint8[H, W, 4].

        `max_bytes` and `dpi` are of files, and change nothing here.

        Raises:
            OptionError: If the format is svg, which has none, or there were too many.
        """
        return self._written(formats.render)

    def _written(self, write: Callable[..., Any], **more: Any) -> Any:
        """Writes it; an error names the picture, where it has a name."""
        try:
            return write(
                self._paper_is_light,
                self.soft,
                self.options,
                threshold=self.threshold,
                inverted=self.inverted,
                **more,
            )
        except OptionError as error:
            if self.name == NAMELESS:
                raise
            raise OptionError(f"{self.name}: {error}") from error

    def to_dict(self) -> dict[str, Any]:
        """Returns what there is to tell, as JSON has it."""
        height, width = self.raw.shape
        return {
            "name": self.name,
            "width": width,
            "height": height,
            "verdict": self.verdict,
            "certainty": round(self.certainty, 4),
            "confidence": round(float(self.confidence.mean()), 4),
            "ink_share": round(float(self.mask.mean()), 6),
            "box": list(self.box) if self.box else None,
            "stroke": round(self.stroke, 2) if self.box else 0.0,
            "scale": round(self.scale, 3),
            "looks": self.looks,
            "threshold": self.threshold,
            "inverted": self.inverted,
            "format": self.options.format,
            "notes": list(self.notes),
        }

    def with_options(self, options: Options) -> "Result":
        """Returns what `Cleaner.clean` would have, asked for this; the network is not asked again.

        Args:
            options: How the ink is to be written; what they leave open is as it was calibrated, or
                as the input has it.
        """
        other = dataclasses.replace(self, options=options)
        kept = ["certainty"]
        if options.threshold == self.options.threshold:
            kept += _OF_THE_THRESHOLD
        vars(other).update({name: vars(self)[name] for name in kept if name in vars(self)})
        return other

    @property
    def _paper_is_light(self) -> np.ndarray:
        return 1 - self.picture if self.inverted else self.picture
