"""What is fuzzed: functions that take an input and raise where a promise is broken."""

from collections.abc import Callable

import numpy as np

from sigunet.errors import MissingExtra, OptionError, PictureError
from sigunet.fuzz.promises import Violation, check_sentence

Target = Callable[[bytes], str]
"""Takes an input and says in a word what became of it; raises anything on a violation.

It runs in a worker process of bounded memory, one input after another: what it starts at its first
call, a service for example, it may keep.
"""


def decoder(data: bytes) -> str:
    """Reads a picture: either it is one within the caps, or a sentence says why not.

    Args:
        data: The bytes of a file.

    Returns:
        "picture" or "refused".

    Raises:
        Violation: If what comes out is neither.
    """
    from sigunet.cleaning.inputs import read_input

    channels = 1 + 2 * (len(data) % 2)
    try:
        read = read_input(data, channels=channels)
    except (PictureError, OptionError, MissingExtra) as error:
        check_sentence(str(error))
        if getattr(error, "status", 415) not in (400, 413, 415, 422):
            raise Violation(f"status {error.status}") from error
        return "refused"
    _check_picture(read.picture, channels)
    for note in read.notes:
        check_sentence(note)
    if read.dpi is not None and not 0 < read.dpi <= 10_000:
        raise Violation(f"{read.dpi} dots per inch")
    return "picture"


def _check_picture(picture: np.ndarray, channels: int) -> None:
    from sigunet.reading import MAX_PIXELS, MAX_SIDE

    if picture.dtype != np.float32 or picture.ndim != 3 or picture.shape[2] != channels:
        raise Violation(f"{picture.dtype}{list(picture.shape)}")
    height, width = picture.shape[:2]
    if not (1 <= height <= MAX_SIDE and 1 <= width <= MAX_SIDE and height * width <= MAX_PIXELS):
        raise Violation(f"a picture of {width} x {height}")
    low, high = float(picture.min()), float(picture.max())
    # Not the other way round: comparisons with NaN are false.
    if not (low >= 0.0 and high <= 1.0):
        raise Violation(f"pixels from {low} to {high}")


def service(data: bytes) -> str:
    """Sends a picture to the HTTP service: see `sigunet.fuzz.service`."""
    from sigunet.fuzz import service as http

    return http.service(data)


TARGETS: dict[str, Target] = {"decoder": decoder, "service": service}
"""What can be fuzzed, by name."""
