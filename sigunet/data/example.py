"""Example n of a run: a pure function of the config, the seed and n. No TensorFlow, no JAX."""

import dataclasses
import hashlib
from dataclasses import dataclass

import numpy as np
from ml_collections import ConfigDict

from sigunet import noise
from sigunet.data.geometry import SAMPLING, Frame
from sigunet.data.permutation import locate
from sigunet.data.records import Sample, density
from sigunet.data.source import Source
from sigunet.noise import colours

# What an undegraded picture still varies in: the pen, the white of its paper, and the grain that no
# scanner is without: a deviation of about 0.01 on the blank paper of office scans.
_CLEAN_INK = (0.0, 0.5)
_CLEAN_PAPER = (0.92, 1.0)
_CLEAN_COLOURED = 0.5
_CLEAN_GRAIN = (0.0, 0.015)


@dataclass(frozen=True)
class Description:
    """What example n is made of, for a person.

    Attributes:
        position: n.
        epoch: How often the source has been gone through before.
        index: Which of the source's signatures it is.
        writer: Who signed.
        name: Which signing.
        scale: Pixels of the example to one of the stored picture.
        severity: How hard it was meant to be, in [0, 1].
        members: The noise members that ran, as the recipe writes them, in order.
        empty: True if the signature was left away.
        clean: True if no noise was laid on.
        share: Of the members' probability that they had, see `Recipe.trace`.
    """

    position: int
    epoch: int
    index: int
    writer: str
    name: str
    scale: float
    severity: float
    members: tuple[str, ...]
    empty: bool
    clean: bool
    share: float


@dataclass(frozen=True)
class _Draws:
    """Everything about an example that is settled before its noise."""

    rng: np.random.Generator
    epoch: int
    index: int
    sample: Sample
    frame: Frame
    empty: bool
    clean: bool
    # Of the noise's probability, see `Recipe.trace`.
    share: float


@dataclass(frozen=True)
class Placed:
    """An example on its way: its draws, and the picture before the noise."""

    draws: _Draws
    scene: noise.Scene


@dataclass(frozen=True)
class Examples:
    """The endless series of examples of a run; picklable, and safe to call from many threads.

    Attributes:
        source: Where the signatures come from.
        recipe: The noise.
        seed: Of the order, the geometry and the noise.
        stream: Another stream has another order and other noise: "train", "validation", ...
        size: Side of a picture in pixels.
        channels: 1 for grey, 3 for RGB.
        sampling: "letterbox" or "crop".
        scales: Smallest and largest scale.
        empty: Share of examples without signature.
        clean: Share of examples without noise.
        sparse: Share of examples under less of it: the probability of every member, but for what is
            written on and with, is multiplied by a number drawn from 0 to 1. Documents are degraded
            in one or two ways, not in eight.
    """

    source: Source
    recipe: noise.Recipe
    seed: int
    stream: str = "train"
    size: int = 224
    channels: int = 1
    sampling: str = "letterbox"
    scales: tuple[float, float] = (1.0, 1.0)
    empty: float = 0.0
    clean: float = 0.0
    sparse: float = 0.0

    @classmethod
    def of(cls, config: ConfigDict, source: Source, *, stream: str = "train") -> "Examples":
        """Returns the examples that a run's config describes.

        Args:
            config: The whole config.
            source: As `open_source(config.data, ...)` gave it.
            stream: Name of the stream.

        Raises:
            ConfigError: If the noise recipe is wrong.
        """
        data = config.data
        return cls(
            source=source,
            recipe=recipe_of(config.noise),
            seed=config.seed,
            stream=stream,
            size=data.size,
            channels=config.model.channels,
            sampling=data.sampling,
            scales=(data.min_scale, data.max_scale),
            empty=data.empty,
            clean=data.clean,
            sparse=data.sparse,
        )

    def __call__(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Makes example n.

        Args:
            n: Position, from 0 upwards.

        Returns:
            image: float32[size, size, channels] in [0, 1], 0 = black.
            ink: float32[size, size] in [0, 1], 1 = ink.
        """
        return self.degrade(self.place(n))

    def place(self, n: int, sample: Sample | None = None) -> Placed:
        """Does the first part of example n: takes its signature and lays it in the square.

        Args:
            n: Position, from 0 upwards.
            sample: What the source holds at that place, if it has been read; None reads it.
        """
        draws = self._draw(n, sample)
        return Placed(draws, self._scene(draws))

    def degrade(self, placed: Placed) -> tuple[np.ndarray, np.ndarray]:
        """Does the second part, once: noise; returns what `__call__` does."""
        return noise.render(self._degraded(placed), self.channels)

    def describe(self, n: int) -> Description:
        """Says what example n is made of, from the same draws that make it."""
        draws = self._draw(n)
        severity, steps = (0.0, ()) if draws.clean else self.recipe.trace(draws.rng, draws.share)
        return Description(
            position=n,
            epoch=draws.epoch,
            index=draws.index,
            writer=draws.sample.writer,
            name=draws.sample.name,
            scale=draws.frame.scale,
            severity=severity,
            members=tuple(str(step) for step in steps),
            empty=draws.empty,
            clean=draws.clean,
            share=draws.share,
        )

    def locate(self, n: int) -> tuple[int, int]:
        """Returns the epoch of position n, and which of the source's signatures stands there."""
        return locate(n, len(self.source), f"{self.stream}|{self.seed}")

    def scene(self, n: int) -> noise.Scene:
        """Returns example n as it is before the noise."""
        return self.place(n).scene

    def _draw(self, n: int, sample: Sample | None = None) -> _Draws:
        epoch, index = self.locate(n)
        rng = generator(self.seed, self.stream, n)
        sample = self.source[index] if sample is None else sample
        empty, clean = (rng.random(2) < (self.empty, self.clean)).tolist()
        frame = SAMPLING[self.sampling](rng, sample.ink, self.size, self.scales)
        return _Draws(rng, epoch, index, sample, frame, empty, clean, self._share(n))

    def _share(self, n: int) -> float:
        if not self.sparse:
            return 1.0
        # Of a stream of its own: the other examples are the same however many are sparse.
        rng = generator(self.seed, f"{self.stream}|sparse", n)
        return rng.random() if rng.random() < self.sparse else 1.0

    def _scene(self, draws: _Draws) -> noise.Scene:
        sample, frame = draws.sample, draws.frame
        if draws.empty:
            return noise.Scene.from_ink(np.zeros((self.size, self.size), np.float32))
        ink = frame.cut(sample.ink, 0.0)
        if sample.image is None:
            scene = noise.Scene.from_ink(ink)
            if sample.pigment is None:
                return scene
            return dataclasses.replace(scene, density=density(ink, frame.cut(sample.pigment, 0.0)))
        picture = sample.image if sample.image.ndim == 3 else sample.image[..., None]
        seen = frame.cut(picture, 1.0)
        # A letterbox is white as in cleaning; a window shows what lies beside: paper.
        if self.sampling == "crop":
            seen = frame.extended(seen, ink)
        return noise.Scene.from_picture(seen, ink)

    def _degraded(self, placed: Placed) -> noise.Scene:
        draws, scene = placed.draws, placed.scene
        if not draws.clean:
            return self.recipe.apply(draws.rng, scene, draws.share)
        if scene.drawn:
            return scene
        rng = draws.rng
        pen, paper = rng.uniform(*zip(_CLEAN_INK, _CLEAN_PAPER, strict=True))
        colour = np.full(1, pen, np.float32)
        if self.channels == 3 and rng.random() < _CLEAN_COLOURED:
            colour = colours.pen(rng)
        sheet = np.full((1, 1, 1), paper, np.float32)
        scene = dataclasses.replace(scene, ink_colour=colour, paper=sheet).compose()
        grain = rng.standard_normal((*scene.shape, 1), np.float32)
        grain *= np.float32(rng.uniform(*_CLEAN_GRAIN))
        return dataclasses.replace(scene, image=scene.image + grain)


def recipe_of(text: str) -> noise.Recipe:
    """Parses `config.noise`.

    Raises:
        ConfigError: If the recipe is wrong, or `documents` is in it without a folder.
    """
    recipe = noise.parse(text)
    noise.documents.folders(recipe)
    return recipe


def generator(seed: int, stream: str, n: int) -> np.random.Generator:
    """Returns the source of randomness of position n of a stream, the same on any machine."""
    key = hashlib.blake2b(f"{stream}|{seed}|{n}".encode(), digest_size=24).digest()
    words = np.frombuffer(key, "<u4").tolist()
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(words)))
