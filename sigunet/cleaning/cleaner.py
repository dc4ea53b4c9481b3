"""A network made into something that cleans any picture."""

import dataclasses
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import cv2
import numpy as np

from sigunet import image
from sigunet.cleaning import backends, inputs, scaling, tiles
from sigunet.cleaning.options import MAX_DPI, Options
from sigunet.cleaning.polarity import light_on_dark
from sigunet.cleaning.result import Result
from sigunet.errors import SigunetError
from sigunet.machine import cores

if TYPE_CHECKING:
    from sigunet.checkpoint import Meta

_LARGE = 4_000_000  # px; of larger pictures one at a time is worked on
_SPECK = 8  # px; smaller patches are no ink, see truth.MIN_SPECK
_SPECK_SHARE = 0.5  # of the square of the stroke's width; the dot of an i is some 0.8 of it


class Cleaner:
    """Cleans pictures with one network, preprocessed as it was trained.

    It can be used from several threads.

    Args:
        backend: What runs the network.
    """

    def __init__(self, backend: backends.Backend):
        self.backend = backend
        self._one_large = threading.Lock()

    @classmethod
    def from_checkpoint(
        cls, place: str | Path, *, backend: str = "auto", threads: int | None = None
    ) -> Self:
        """Loads a checkpoint, whatever devices it was trained on.

        Args:
            place: A run's workdir, its checkpoints folder, the folder of one step (of several
                steps the one with the best validation IoU is taken), a .safetensors or .onnx
                file, or the name of weights that come with the package.
            backend: "onnx", "jax", or "auto": ONNX where it can be had.
            threads: Of one prediction; None takes the cores there are.

        Raises:
            CheckpointError: If there is no whole checkpoint there.
        """
        return cls(backends.load(place, backend=backend, threads=threads))

    @classmethod
    def from_pretrained(
        cls, name: str = "base", *, backend: str = "auto", threads: int | None = None
    ) -> Self:
        """Loads weights that come with the package.

        Args:
            name: Which ones.
            backend: See `from_checkpoint`.
            threads: Likewise.

        Raises:
            CheckpointError: If there are none of that name.
        """
        backends.check_shipped(name)
        return cls.from_checkpoint(name, backend=backend, threads=threads)

    @property
    def channels(self) -> int:
        """Channels of the pictures it takes: 1 for grey, 3 for RGB."""
        return self.backend.channels

    @property
    def threshold(self) -> float:
        """From which soft output on a pixel counts as ink, calibrated on validation."""
        return self.backend.threshold

    @property
    def meta(self) -> "Meta":
        """What the checkpoint says of itself: config, step, metrics."""
        from sigunet.checkpoint.layout import meta_from_json

        return meta_from_json(self.backend.meta)

    def ink(self, picture: np.ndarray) -> np.ndarray:
        """Predicts soft ink at the picture's own size, specks left out.

        Args:
            picture: float32[H, W, C] in [0, 1], 0 = black; any size.

        Returns:
            float32[H, W] in [0, 1], the share of each pixel that is ink.
        """
        return self.find(picture).soft

    def mask(self, picture: np.ndarray) -> np.ndarray:
        """Predicts which pixels are ink.

        Args:
            picture: float32[H, W, C] in [0, 1], 0 = black; any size.

        Returns:
            bool[H, W], true = ink.
        """
        # The soft output is at native size: thresholded first and enlarged, edges would be stairs.
        return self.ink(picture) > self.threshold

    def find(self, picture: np.ndarray, threshold: float | None = None) -> scaling.Found:
        """Predicts soft ink, and at which scale that was done.

        Args:
            picture: float32[H, W, C] in [0, 1], 0 = black; any size, dark ink on light paper.
            threshold: From which soft ink on specks are looked for; None is the calibrated one.

        Returns:
            The soft ink at the picture's own size, the scale and the width of its strokes.
        """
        threshold = self.threshold if threshold is None else threshold
        if self.backend.sampling == "letterbox":
            found = scaling.unscaled(self._boxed(picture), threshold)
        elif self.backend.strokes is None:
            found = scaling.unscaled(self._predict(picture), threshold)
        else:
            found = scaling.fit(
                self._predict, picture, strokes=self.backend.strokes, threshold=threshold
            )
        least = max(_SPECK, round(_SPECK_SHARE * found.stroke**2))
        return dataclasses.replace(found, soft=without_specks(found.soft, threshold, least))

    def clean(
        self, source: inputs.Source, options: Options | None = None, *, page: int = 0
    ) -> Result:
        """Cleans one picture.

        Args:
            source: A path, the bytes of a file, a binary file, a PIL image, or an array.
            options: How it is to be written; by default a mask.
            page: Of a PDF, from 0.

        Returns:
            The ink, and what there is to tell of it.

        Raises:
            PictureError: If it is no picture that can be read.
        """
        options = options or Options()
        given = inputs.read_input(source, channels=self.channels, page=page)
        # Some files claim what no option may.
        if options.dpi is None and given.dpi and 1 <= given.dpi <= MAX_DPI:
            options = dataclasses.replace(options, dpi=given.dpi)
        inverted = light_on_dark(image.grey(given.picture)[..., 0])
        picture = 1 - given.picture if inverted else given.picture
        threshold = self.threshold if options.threshold is None else options.threshold
        if picture.shape[0] * picture.shape[1] > _LARGE:
            # Two at once would need twice the memory, and be no faster.
            with self._one_large:
                found = self.find(picture, threshold)
        else:
            found = self.find(picture, threshold)
        return Result(
            name=given.name,
            picture=given.picture,
            soft=found.soft,
            threshold=threshold,
            stroke=found.stroke,
            scale=found.scale,
            inverted=inverted,
            notes=(*given.notes, *self.backend.notes),
            options=options,
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


def without_specks(soft: np.ndarray, threshold: float, least: int) -> np.ndarray:
    """Takes small patches of ink away.

    Args:
        soft: float32[H, W] in [0, 1].
        threshold: From which soft ink on a pixel is ink.
        least: px; 8-connected patches of fewer go.

    Returns:
        float32[H, W]; zero where a patch was, the same array if there is none.
    """
    mask = (soft > threshold).view(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    small = stats[:, cv2.CC_STAT_AREA] < least
    small[0] = False
    if not small.any():
        return soft
    soft = soft.copy()
    for index in np.flatnonzero(small):
        left, top, width, height = stats[index, :4]
        # Its soft rim goes with it, as far as that lies beyond its box by one pixel.
        cut = np.s_[max(top - 1, 0) : top + height + 1, max(left - 1, 0) : left + width + 1]
        patch, inside = soft[cut], labels[cut]
        patch[(inside == index) | ((inside == 0) & (patch <= threshold))] = 0
    return soft


def _paper(picture: np.ndarray) -> np.ndarray:
    """Returns the median of a picture's border, float32[C]."""
    border = (picture[0], picture[-1], picture[:, 0], picture[:, -1])
    return np.median(np.concatenate(border), axis=0)
