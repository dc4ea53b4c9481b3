"""From the bytes of a request to the bytes of its answer, in the lane that fits the picture."""

import base64
import io
import json
import time
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

import numpy as np

from sigunet.arguments import LOOKS
from sigunet.cleaning import Cleaner, Result
from sigunet.cleaning.inputs import Input
from sigunet.cleaning.options import MEDIA_TYPE, Options
from sigunet.errors import OptionError, TooLarge
from sigunet.machine import cores
from sigunet.reading import sniff
from sigunet.server.asked import Asked
from sigunet.server.lanes import Lane
from sigunet.server.metrics import Metrics
from sigunet.server.settings import LARGE, Settings

NAME = "the picture"
"""What sentences call every picture; the client's own name for it is not used."""

_PRINTABLE = "".join(chr(code) for code in range(32, 127) if chr(code) != "%")
_LONGEST_HEADER = 2000  # characters

_WARM = (64, 96)  # px; height and width of the picture that a new worker begins with


@dataclass(frozen=True)
class Answer:
    """A cleaned picture.

    Attributes:
        body: Of the answer.
        media_type: Of the body.
        headers: Further ones.
        pixels: Of the picture.
    """

    body: bytes
    media_type: str
    headers: dict[str, str]
    pixels: int


class Workshop:
    """The network, and the lanes it works in; made on the event loop that uses it.

    Args:
        settings: Limits.
        wide: The network, a prediction on all cores.
        narrow: The network, a prediction on the cores that are left where all places are taken.
        metrics: Where it is shown how many pictures wait.
    """

    def __init__(self, settings: Settings, wide: Cleaner, narrow: Cleaner, metrics: Metrics):
        self._settings = settings
        # Of each network one cleaner for each number of looks: they share its weights.
        self._wide, self._narrow = _by_looks(wide), _by_looks(narrow)

        def lane(name: str, threads: int, queue: int) -> Lane:
            return Lane(
                name,
                threads=threads,
                queue=queue,
                waiting=metrics.waiting.labels(name),
                working=metrics.working.labels(name),
            )

        self._small = lane("small", settings.threads, settings.queue)
        # Two large ones at once would need twice the memory and be no faster.
        self._large = lane("large", 1, settings.large_queue)

    async def clean(self, data: bytes | bytearray, asked: Asked) -> Answer:
        """Cleans a picture.

        Args:
            data: Its file.
            asked: The request's options.

        Raises:
            Refused: If the service is overloaded, or it takes too long.
            SigunetError: If it cannot be read, or not be written so.
        """
        # One time over both lanes.
        seconds, since = self._settings.timeout, time.monotonic()
        try:
            work = partial(self._clean_small, data, asked)
            return await self._small.run(work, seconds=seconds, since=since)
        except _Large:
            cleaner = self._wide[asked.looks or self._settings.looks]
            work = partial(_clean, cleaner, data, asked, self._settings.max_pixels, None)
            return await self._large.run(work, seconds=seconds, since=since)

    def longest(self) -> float:
        """Returns for how many s the oldest work has been going on; 0 if there is none."""
        return max(self._small.longest(), self._large.longest())

    def close(self) -> None:
        """Starts nothing more; does not wait."""
        self._small.close()
        self._large.close()

    def _clean_small(self, data: bytes | bytearray, asked: Asked) -> Answer:
        # A single picture is done sooner on all cores, many are done sooner each on its own.
        alone = self._small.working + self._large.working <= 1
        cleaners = self._wide if alone else self._narrow
        cleaner = cleaners[asked.looks or self._settings.looks]
        most = self._settings.max_pixels
        return _clean(cleaner, data, asked, most, min(most, LARGE))


def load(settings: Settings) -> tuple[Cleaner, Cleaner]:
    """Loads the network, and lets it predict once.

    Args:
        settings: Which one.

    Returns:
        The network with all cores for a prediction, and with its share of them.

    Raises:
        SigunetError: If it cannot be loaded.
    """
    wide = Cleaner.from_checkpoint(
        settings.checkpoint, backend=settings.backend, looks=settings.looks
    )
    share = max(1, cores() // settings.threads)
    narrow = wide
    if wide.backend.name != "jax" and share < cores():
        narrow = Cleaner.from_checkpoint(
            settings.checkpoint,
            backend=settings.backend,
            threads=share,
            looks=settings.looks,
        )
    for cleaner in {wide, narrow}:
        cleaner.ink(np.ones((*_WARM, cleaner.channels), np.float32))
    return wide, narrow


def _by_looks(cleaner: Cleaner) -> dict[str, Cleaner]:
    return {looks: Cleaner(cleaner.backend, looks=looks) for looks in LOOKS}


class _Large(Exception):
    """A picture, going in or coming out, that belongs into the lane of large ones."""


def _clean(
    cleaner: Cleaner, data: bytes | bytearray, asked: Asked, most: int, small: int | None
) -> Answer:
    """Cleans in this thread; where `small` is given and it has more pixels, raises `_Large`."""
    given = _read(cleaner, data, asked, most, small)
    height, width = given.picture.shape[:2]
    options = asked.options
    pixels = max(height * width, _pixels_out(width, height, options))
    if pixels > most:
        raise OptionError(f"{NAME} would get {pixels:,} pixels, and at most {most:,} are written.")
    if small is not None and pixels > small:
        raise _Large
    result = cleaner.clean_input(given, options)
    return _answer(result, result.encode(), as_json=asked.json)


def _read(
    cleaner: Cleaner, data: bytes | bytearray, asked: Asked, most: int, small: int | None
) -> Input:
    # PDFium draws a page smaller rather than refuse it.
    if small is not None and sniff.kind(io.BytesIO(data), NAME) == sniff.PDF:
        raise _Large
    try:
        return cleaner.read(data, page=asked.page, max_pixels=small or most, name=NAME)
    except TooLarge:
        if small is None or small == most:
            raise
        # Before anything was decoded. The other lane says whether it is too large for that too.
        raise _Large from None


def _pixels_out(width: int, height: int, options: Options) -> int:
    """Returns the most pixels that writing a picture of this size may take on the way."""
    around = 2 * (options.pad or 0)
    size = options.size or (0, 0)
    return max((width + around) * (height + around), size[0] * size[1])


def _answer(result: Result, picture: bytes, *, as_json: bool) -> Answer:
    from sigunet import __version__

    height, width = result.raw.shape
    media_type = MEDIA_TYPE[result.options.format]
    headers = {
        "X-Sigunet-Verdict": result.verdict,
        "X-Sigunet-Certainty": f"{result.certainty:.4f}",
        "X-Sigunet-Version": __version__,
        "X-Sigunet-Notes": quote(" ".join(result.notes), safe=_PRINTABLE)[:_LONGEST_HEADER],
    }
    if not as_json:
        return Answer(picture, media_type, headers, width * height)
    content = result.to_dict() | {
        "version": __version__,
        "media_type": media_type,
        "picture": base64.b64encode(picture).decode(),
    }
    body = json.dumps(content, allow_nan=False).encode()
    return Answer(body, "application/json", headers, width * height)
