"""A picture before it is a picture: paper, what lies under the ink, the ink, what lies over it.

Noise members work on a `Scene`, stage by stage, in the order in which light and time do: paper,
under, ink and over build the scene up; `compose` flattens it; geometry, light, optics and sensor
work on the flat picture. `render` is the only exit. Everything is float32, and colour is a last
axis of length 1 or 3 that stays at 1 until a member brings colour in.
"""

import dataclasses
from dataclasses import dataclass, field

import cv2
import numpy as np

from sigunet.image import REC601

BLENDS = ("opaque", "darken", "multiply")
"""How a layer meets what it lies on: as paint, as ink that never lightens, as a dye."""


def _white() -> np.ndarray:
    return np.ones((1, 1, 1), np.float32)


def _black() -> np.ndarray:
    return np.zeros(1, np.float32)


@dataclass(frozen=True, eq=False)
class Layer:
    """Something printed, stamped or drawn, in the box it touches; parts outside are cut off.

    Attributes:
        cover: float32[h, w] in [0, 1], the share of each pixel that it covers.
        colour: float32[1] or [3] in [0, 1], 0 = black.
        top: Row of the scene at which `cover` starts, in pixels; may be negative.
        left: Column, likewise.
        blend: One of `BLENDS`.
    """

    cover: np.ndarray
    colour: np.ndarray
    top: int = 0
    left: int = 0
    blend: str = "darken"


@dataclass(frozen=True, eq=False)
class Scene:
    """What a scanner is about to see. Members return changed copies (`dataclasses.replace`).

    Attributes:
        ink: float32[H, W] in [0, 1], the share of each pixel that signature ink covers: the truth,
            which only geometry and ink that spreads may change.
        paper: float32[H or 1, W or 1, 1 or 3] in [0, 1]; of a real pair, the whole picture.
        ink_colour: float32[1] or [3] in [0, 1], 0 = black.
        density: float32[H or 1, W or 1] in [0, 1], how much of its colour the ink shows.
        drawn: True if the ink is in `paper` already (a real pair) and is not drawn again.
        under: Layers on the paper, below the ink, the lowest first.
        over: Layers above the ink, the lowest first.
        image: float32[H, W, 1 or 3], the flat picture; None until composed.
        box: (top, left, height, width) of the ink in pixels, the whole scene if there is none;
            members aim overlays at it.
        severity: In [0, 1], how hard this picture is to be; drawn once for a picture.
        grey_weights: Weights of red, green and blue where the picture is turned grey.
    """

    ink: np.ndarray
    paper: np.ndarray = field(default_factory=_white)
    ink_colour: np.ndarray = field(default_factory=_black)
    density: np.ndarray = field(default_factory=lambda: np.ones((1, 1), np.float32))
    drawn: bool = False
    under: tuple[Layer, ...] = ()
    over: tuple[Layer, ...] = ()
    image: np.ndarray | None = None
    box: tuple[int, int, int, int] = (0, 0, 1, 1)
    severity: float = 0.5
    grey_weights: tuple[float, float, float] = REC601

    @classmethod
    def from_ink(cls, ink: np.ndarray, *, ink_value: float = 0.0, paper: float = 1.0) -> "Scene":
        """Starts a scene from clean ink on even paper.

        Args:
            ink: float32[H, W] in [0, 1], 1 = ink.
            ink_value: Grey of the ink, 0 = black.
            paper: Grey of the paper, 1 = white.

        Returns:
            The scene.
        """
        return cls(
            ink=ink,
            paper=np.full((1, 1, 1), paper, np.float32),
            ink_colour=np.full(1, ink_value, np.float32),
            box=ink_box(ink),
        )

    @classmethod
    def from_picture(cls, image: np.ndarray, ink: np.ndarray) -> "Scene":
        """Starts a scene from a real pair: the ink is in the picture and is not drawn again.

        Layers under the ink are laid on with "darken", so that they pass below what is dark.

        Args:
            image: float32[H, W, 1 or 3] in [0, 1], 0 = black.
            ink: float32[H, W] in [0, 1], 1 = ink.

        Returns:
            The scene.
        """
        return cls(ink=ink, paper=image, drawn=True, box=ink_box(ink))

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.ink.shape

    def with_layers(self, layers: list[Layer], *, over: bool) -> "Scene":
        """Returns the scene with more layers over or under the ink, above those there."""
        if over:
            return dataclasses.replace(self, over=(*self.over, *layers))
        return dataclasses.replace(self, under=(*self.under, *layers))

    def compose(self) -> "Scene":
        """Flattens paper, layers and ink into `image`; returns the scene itself if that is done."""
        if self.image is not None:
            return self
        colours = [self.ink_colour, *(layer.colour for layer in (*self.under, *self.over))]
        channels = max(self.paper.shape[-1], *(colour.size for colour in colours))
        # Channel by channel: NumPy is slow at rows of three.
        planes = [np.empty(self.shape, np.float32) for _ in range(channels)]
        for channel, plane in enumerate(planes):
            plane[...] = self.paper[..., min(channel, self.paper.shape[-1] - 1)]
        for layer in self.under:
            _lay(planes, layer, "darken" if self.drawn else layer.blend)
        if not self.drawn:
            top, left, height, width = self.box
            cut = np.s_[top : top + height, left : left + width]
            cover = self.ink[cut]
            if self.density.size > 1:
                cover = cover * self.density[cut]
            elif self.density[0, 0] != 1:
                cover = cover * self.density
            _lay(planes, Layer(cover, self.ink_colour, top, left), "darken")
        for layer in self.over:
            _lay(planes, layer, layer.blend)
        image = planes[0][..., None] if channels == 1 else cv2.merge(planes)
        return dataclasses.replace(self, image=image)

    def reopened(self) -> "Scene":
        """Returns a composed scene as one that can be built on again, its picture as the paper."""
        if self.image is None:
            return self
        return dataclasses.replace(
            self, paper=self.image, image=None, drawn=True, under=(), over=()
        )


def ink_box(ink: np.ndarray) -> tuple[int, int, int, int]:
    """Finds where the ink is.

    Args:
        ink: float32[H, W] in [0, 1], 1 = ink.

    Returns:
        (top, left, height, width) in pixels of all coverage above 0; the whole if there is none.
    """
    left, top, width, height = cv2.boundingRect((ink > 0).view(np.uint8))
    if not width:
        return (0, 0, *ink.shape)
    return top, left, height, width


def _lay(planes: list[np.ndarray], layer: Layer, blend: str) -> None:
    """Lays one layer on the channels float32[H, W] of a picture, in place."""
    top, left = max(layer.top, 0), max(layer.left, 0)
    bottom = min(layer.top + layer.cover.shape[0], planes[0].shape[0])
    right = min(layer.left + layer.cover.shape[1], planes[0].shape[1])
    if bottom <= top or right <= left:
        return
    cover = layer.cover[
        top - layer.top : bottom - layer.top, left - layer.left : right - layer.left
    ]
    for channel, plane in enumerate(planes):
        below = plane[top:bottom, left:right]
        colour = layer.colour[min(channel, layer.colour.size - 1)]
        if blend == "multiply":
            below *= 1 - cover * (1 - colour)
            continue
        change = np.minimum(below, colour) if blend == "darken" else colour
        change = change - below
        change *= cover
        below += change


def render(scene: Scene, channels: int) -> tuple[np.ndarray, np.ndarray]:
    """Turns a scene into a training pair: the only exit.

    Args:
        scene: The scene; composed here if it is not.
        channels: 1 (colour is weighed into grey) or 3 (grey is repeated).

    Returns:
        image: float32[H, W, channels] in [0, 1], 0 = black.
        ink: float32[H, W] in [0, 1], 1 = ink.
    """
    image = scene.compose().image
    if channels == 1 and image.shape[-1] == 3:
        image = (image @ np.array(scene.grey_weights, np.float32))[..., None]
    image = np.clip(image, 0.0, 1.0)
    if channels == 3 and image.shape[-1] == 1:
        image = cv2.merge([image[..., 0]] * 3)
    return image, np.clip(scene.ink, 0.0, 1.0)
