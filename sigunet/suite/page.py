"""A page before the scanner sees it: paper, what lies under the pen's line, the line, what lies over.

The suite's own scene, apart from the one that training pictures are drawn with. Everything is
float64 and elementwise, or goes through an operation whose rounding is far below one grey level, so
that the pictures do not depend on the machine.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from sigunet.frozen import Signature

Another = Callable[[], Signature]
"""Reads another signature of the base; few degradations need one, and a scan takes time."""

LUMA = np.array([0.299, 0.587, 0.114])
"""Weights of red, green and blue in grey (ITU-R BT.601)."""


@dataclass(frozen=True, eq=False)
class Layer:
    """Something drawn, printed or stamped on the page.

    Attributes:
        cover: float64[H, W] in [0, 1], the share of each pixel it covers, times how much of its
            colour it shows there.
        colour: float64[3] in [0, 1], 0 = black.
        opaque: It hides what is below, as toner does; otherwise both absorb light, as inks do.
    """

    cover: np.ndarray
    colour: np.ndarray
    opaque: bool = False


@dataclass(frozen=True, eq=False)
class Page:
    """One page with a signature. Degradations return changed copies.

    Attributes:
        cover: float64[H, W] in [0, 1], the share of each pixel that the signature covers; only
            geometry changes it.
        inked: float64[H, W] in [0, 1], cover times how much of its colour the pen left there.
        pen: float64[3] in [0, 1], the colour of the pen's darkest ink on white.
        paper: float64[H, W, 3] in [0, 1].
        box: (top, left, height, width) of the signature in pixels.
        stroke: Mean width of its strokes, px.
        grey: The scanner sees no colour: the flat image has one channel.
        other: Alternates over the pictures of a cell, for what half of them must have.
        under: Layers below the signature, the lowest first.
        over: Layers above it.
        image: float64[H, W, 1 or 3] in [0, 1], the flat picture; None until `flat`.
    """

    cover: np.ndarray
    inked: np.ndarray
    pen: np.ndarray
    paper: np.ndarray
    box: tuple[int, int, int, int]
    stroke: float
    grey: bool = False
    other: bool = False
    under: tuple[Layer, ...] = ()
    over: tuple[Layer, ...] = ()
    image: np.ndarray | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.cover.shape

    @property
    def darkness(self) -> float:
        """How much darker than white the pen's ink is, in grey."""
        return float(1 - self.pen @ LUMA)

    def laid(self, *layers: Layer, over: bool) -> "Page":
        """Returns the page with more layers over or under the signature."""
        if over:
            return dataclasses.replace(self, over=(*self.over, *layers))
        return dataclasses.replace(self, under=(*self.under, *layers))

    def with_image(self, image: np.ndarray) -> "Page":
        """Returns the page with another flat picture, clipped to [0, 1]."""
        return dataclasses.replace(self, image=np.clip(image, 0.0, 1.0))

    def flat(self) -> "Page":
        """Returns the page with its `image` composed, or itself if that is done."""
        if self.image is not None:
            return self
        image = self.paper.copy()
        for layer in self.under:
            _lay(image, layer)
        _lay(image, Layer(self.inked, self.pen))
        for layer in self.over:
            _lay(image, layer)
        if self.grey:
            image = (image @ LUMA)[..., None]
        return self.with_image(image)


def _lay(image: np.ndarray, layer: Layer) -> None:
    cover = layer.cover[..., None]
    if layer.opaque:
        image += cover * (layer.colour - image)
    else:
        image *= 1 - cover * (1 - layer.colour)


def ink_box(cover: np.ndarray) -> tuple[int, int, int, int]:
    """(top, left, height, width) in pixels of all coverage above 0; the whole if there is none."""
    rows, columns = np.flatnonzero(cover.any(axis=1)), np.flatnonzero(cover.any(axis=0))
    if not rows.size:
        return (0, 0, *cover.shape)
    top, left = int(rows[0]), int(columns[0])
    return top, left, int(rows[-1]) + 1 - top, int(columns[-1]) + 1 - left


def blurred(array: np.ndarray, sigma: float) -> np.ndarray:
    """Smooths float64[H, W] or [H, W, C] by a Gaussian of `sigma` px, mirrored at the border."""
    if sigma <= 0:
        return array
    out = cv2.GaussianBlur(array, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)
    return out.reshape(array.shape)


def field(rng: np.random.Generator, shape: tuple[int, int], scale: float) -> np.ndarray:
    """Draws smooth noise of mean 0 and variance 1 over the page.

    Args:
        rng: Source of randomness.
        shape: (height, width) in pixels.
        scale: px from one independent value to the next.

    Returns:
        float64[H, W].
    """
    if scale <= 1:
        return rng.standard_normal(shape)
    steps = [max(2, round(side / scale)) + 3 for side in shape]
    knots = rng.standard_normal(steps)
    across = [_splines(side, count) for side, count in zip(shape, steps, strict=True)]
    noise = across[0] @ knots @ across[1].T
    # Each value is a weighted sum of independent ones; its deviation is the norm of the weights.
    norms = [np.sqrt((weights**2).sum(axis=1)) for weights in across]
    return noise / np.outer(*norms)


def _splines(length: int, count: int) -> np.ndarray:
    """Cubic B-spline weights of `count` knots at `length` pixels: float64[length, count]."""
    places = (np.arange(length) + 0.5) / length * (count - 3) + 1
    distance = np.abs(places[:, None] - np.arange(count))
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = np.clip(2 - distance, 0, None) ** 3 / 6
    return np.where(distance < 1, near, far)


def halved(array: np.ndarray, factor: int) -> np.ndarray:
    """Averages float64 or uint8[h factor, w factor] over squares to float64[h, w]."""
    height, width = (side // factor for side in array.shape)
    cut = array[: height * factor, : width * factor].reshape(height, factor, width, factor)
    return cut.mean(axis=(1, 3))


def paste(canvas: np.ndarray, patch: np.ndarray, top: int, left: int) -> None:
    """Lays a patch on float64[H, W], in place; what falls outside is cut off."""
    height, width = canvas.shape
    above, before = max(-top, 0), max(-left, 0)
    cut = patch[above : max(height - top, 0), before : max(width - left, 0)]
    top, left = top + above, left + before
    canvas[top : top + cut.shape[0], left : left + cut.shape[1]] = cut
