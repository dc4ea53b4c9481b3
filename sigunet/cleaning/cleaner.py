"""A network made into something that cleans any picture."""

import contextlib
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from sigunet import image
from sigunet.cleaning import backends, closer, inputs, scaling, tiles
from sigunet.cleaning.backend import Backend
from sigunet.cleaning.options import MAX_DPI, Options
from sigunet.cleaning.polarity import light_on_dark
from sigunet.cleaning.result import Result
from sigunet.errors import OptionError, PictureError, SigunetError
from sigunet.machine import cores
from sigunet.reading import name_of

if TYPE_CHECKING:
    from sigunet.checkpoint import Meta

LARGE = 4_000_000
"""Pixels of a picture from which on one at a time is worked on."""


class Cleaner:
    """Cleans pictures with one network, preprocessed as it was trained.

    It can be used from several threads.

    Args:
        backend: What runs the network.
        looks: How often a picture is looked at, one of `scaling.LOOKS`. "one" is fastest. "two"
            looks again at what it found, at up to twice the size, for two to five times the work:
            more accurate. Where that fills over 1.7 megapixels it does not. "auto" does so where the
            first look leaves doubt, which keeps most of what that brings. Only for networks that are shown pictures at their
            native scale, as shipped ones are.

    Raises:
        OptionError: If `looks` is something else.
    """

    def __init__(self, backend: Backend, *, looks: str = "auto"):
        _check_looks(looks)
        self.backend, self.looks = backend, looks
        self._one_large = threading.Lock()

    @classmethod
    def from_checkpoint(
        cls,
        place: str | Path,
        *,
        backend: str = "auto",
        threads: int | None = None,
        looks: str = "auto",
    ) -> Self:
        """Loads a checkpoint, whatever devices it was trained on.

        Args:
            place: A run's workdir, its checkpoints folder, the folder of one step (of several
                steps the one with the best validation IoU is taken), a .safetensors or .onnx
                file, or the name of weights that come with the package.
            backend: "onnx", "openvino", "jax", or "auto": ONNX where it can be had.
            threads: Of one prediction; None takes the cores there are.
            looks: See `Cleaner`.

        Raises:
            CheckpointError: If there is no whole checkpoint there.
            OptionError: If there is no such backend, or `looks` is something else.
        """
        # Before anything is read.
        _check_looks(looks)
        return cls(backends.load(place, backend=backend, threads=threads), looks=looks)

    @classmethod
    def from_pretrained(
        cls,
        name: str = "base",
        *,
        backend: str = "auto",
        threads: int | None = None,
        looks: str = "auto",
    ) -> Self:
        """Loads weights that come with the package.

        Args:
            name: Which ones.
            backend: See `from_checkpoint`.
            threads: Likewise.
            looks: See `Cleaner`.

        Raises:
            CheckpointError: If there are none of that name.
        """
        backends.check_shipped(name)
        return cls.from_checkpoint(name, backend=backend, threads=threads, looks=looks)

    @property
    def channels(self) -> int:
        """Channels of the pictures it takes: 1 for grey, 3 for RGB."""
        return self.backend.channels

    @property
    def threshold(self) -> float:
        """From which relative soft ink on a pixel counts as ink, calibrated on validation."""
        return self.backend.threshold

    @property
    def meta(self) -> "Meta":
        """What the checkpoint says of itself: config, step, metrics."""
        from sigunet.checkpoint.layout import meta_from_json

        return meta_from_json(self.backend.meta)

    def ink(self, picture: np.ndarray) -> np.ndarray:
        """Cleans a picture: soft ink at its own size, as it is written.

        Args:
            picture: float32[H, W, C] in [0, 1], 0 = black; any size.

        Returns:
            float32[H, W] in [0, 1], see `Result.soft`.
        """
        return self.clean_input(inputs.Input(picture, "the picture")).soft

    def mask(self, picture: np.ndarray) -> np.ndarray:
        """Cleans a picture: which of its pixels are ink.

        Args:
            picture: float32[H, W, C] in [0, 1], 0 = black; any size.

        Returns:
            bool[H, W], true = ink.
        """
        # The soft output is at native size: thresholded first and enlarged, edges would be stairs.
        return self.ink(picture) > self.threshold

    def find(self, picture: np.ndarray, *, refined: bool = True) -> scaling.Found:
        """Predicts soft ink, judges it again, and says at which scale that was done.

        The scale is that of the calibrated threshold, whichever will be asked for: what the network
        sees hangs on the picture alone, and one prediction serves all thresholds.

        Args:
            picture: float32[H, W, C] in [0, 1], 0 = black; any size, dark ink on light paper.
            refined: Whether what the network finds is judged again by the whole picture, where its
                checkpoint has a refinement.

        Returns:
            The soft ink at the picture's own size, the scale and the width of its strokes.
        """
        if self.backend.sampling == "letterbox":
            return scaling.unscaled(self._boxed(picture), self.threshold)
        if self.backend.strokes is None:
            return scaling.unscaled(self._predict(picture), self.threshold)
        found = scaling.fit(
            self._predict,
            picture,
            strokes=self.backend.strokes,
            threshold=self.threshold,
            looks=self.looks,
        )
        if not refined or self.backend.refinement is None:
            return found
        return scaling.refined(found, picture, self.backend.refinement, self.threshold)

    def teach(self, picture: np.ndarray) -> np.ndarray:
        """Predicts soft ink as a student is shown it: by two looks, at the picture's own size and twice that.

        Args:
            picture: float32[H, W, C] in [0, 1], 0 = black, dark ink on light paper, its strokes as
                wide as the network knows them.

        Returns:
            float32[H, W] in [0, 1], the mean of both looks, judged again where the checkpoint has a
            refinement.
        """
        first = self._predict(picture)
        both = closer.closer_look(self._predict, picture, first)
        refinement = self.backend.refinement
        return both if refinement is None else refinement(picture, both, first)

    def read(
        self,
        source: inputs.Source,
        *,
        page: int = 0,
        max_pixels: int = inputs.MAX_PIXELS,
        name: str | None = None,
    ) -> inputs.Input:
        """Reads one picture as the network takes it, for `clean_input`.

        Args:
            source: As `clean` takes it.
            page: Of a PDF, from 0.
            max_pixels: Largest accepted picture, checked before it is decoded; a page of a PDF is
                drawn at fewer dots per inch instead.
            name: What sentences call it, where the source has no path of its own.

        Raises:
            PictureError: If it is no picture that can be read, or too large.
        """
        return inputs.read_input(
            source, channels=self.channels, max_pixels=max_pixels, page=page, name=name
        )

    def clean(
        self,
        source: inputs.Source,
        options: Options | None = None,
        *,
        page: int = 0,
        max_pixels: int = inputs.MAX_PIXELS,
    ) -> Result:
        """Cleans one picture.

        Args:
            source: A path, the bytes of a file, a binary file, a PIL image, or an array.
            options: How it is to be written; by default a mask.
            page: Of a PDF, from 0.
            max_pixels: Largest accepted picture, see `read`.

        Returns:
            The ink, and what there is to tell of it.

        Raises:
            PictureError: If it is no picture that can be read, or too large.
        """
        return self.clean_input(self.read(source, page=page, max_pixels=max_pixels), options)

    def clean_input(self, given: inputs.Input, options: Options | None = None) -> Result:
        """Cleans a picture that was read.

        Args:
            given: As `read` returns it; its pixels become the result's, without a copy.
            options: How it is to be written; by default a mask.

        Returns:
            The ink, and what there is to tell of it.
        """
        inverted = light_on_dark(image.grey(given.picture)[..., 0])
        picture = 1 - given.picture if inverted else given.picture
        # Two large ones at once would need twice the memory, and be no faster.
        large = picture.shape[0] * picture.shape[1] > LARGE
        with self._one_large if large else contextlib.nullcontext():
            found = self.find(picture)
        return Result(
            name=given.name,
            picture=given.picture,
            raw=found.soft,
            calibrated=self.threshold,
            stroke=found.stroke,
            scale=found.scale,
            looks=found.looks,
            inverted=inverted,
            # Some files claim what no option may.
            own_dpi=given.dpi if given.dpi and 1 <= given.dpi <= MAX_DPI else None,
            notes=(*given.notes, *self.backend.notes),
            options=options or Options(),
        )

    def batch(
        self,
        sources: Iterable[inputs.Source],
        options: Options | None = None,
        *,
        workers: int | None = None,
    ) -> Iterator[Result | SigunetError]:
        """Cleans many pictures, several at once, in their order.

        Args:
            sources: As `clean` takes them; read no faster than they are worked on.
            options: For all of them.
            workers: How many at once; None takes the cores there are.

        Yields:
            A result, or the error that took its place.
        """

        def one(source: inputs.Source) -> Result | SigunetError:
            try:
                return self.clean(source, options)
            except SigunetError as error:
                return error
            except MemoryError:
                return PictureError(f"{name_of(source)}: there is not enough memory for it.")

        yield from in_order(one, sources, workers or cores())

    def _predict(self, picture: np.ndarray) -> np.ndarray:
        network = self.backend.meta["config"]["model"]
        margin = tiles.reach(
            network["depth"],
            network["convs"],
            block=2 if network["stem"] == "space_to_depth" else 1,
            # Weights from before there was such a block do not mention it.
            detail=bool(network.get("detail", 0)),
        )
        return tiles.predict(self._piece, picture, multiple=self.backend.multiple, margin=margin)

    def _piece(self, picture: np.ndarray) -> np.ndarray:
        height, width = picture.shape[:2]
        padded = image.pad_to_multiple(picture, self.backend.multiple)
        return self.backend(padded[None])[0, :height, :width]

    def _boxed(self, picture: np.ndarray) -> np.ndarray:
        # The paper goes on around the picture, as it does in training.
        square, place = image.letterbox(picture, self.backend.size, fill=_paper(picture))
        return image.unletterbox(self.backend(square[None])[0], place)


def _check_looks(looks: str) -> None:
    if looks not in scaling.LOOKS:
        raise OptionError(f"looks is {looks!r}; it must be one of {', '.join(scaling.LOOKS)}.")


def in_order(function: Any, items: Iterable[Any], workers: int) -> Iterator[Any]:
    """Maps a function over items in threads; the results come in order, few items ahead."""
    with ThreadPoolExecutor(workers) as pool:
        waiting = []
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > 2 * workers:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        finally:
            for future in waiting:
                future.cancel()


def _paper(picture: np.ndarray) -> np.ndarray:
    """Returns the median of a picture's border, float32[C]."""
    border = (picture[0], picture[-1], picture[:, 0], picture[:, -1])
    return np.median(np.concatenate(border), axis=0)
