"""Why a request is refused, as a status and a sentence."""

import math

from sigunet.errors import ConfigError, DataError, MissingExtra, SigunetError

_LONGEST = 400  # characters of a sentence


class Refused(Exception):
    """A request that gets no picture.

    Args:
        status: Of the answer.
        sentence: For the client.
        retry_after: s after which to ask again.
    """

    def __init__(self, status: int, sentence: str, *, retry_after: float | None = None):
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        """Headers that belong to the answer."""
        if self.retry_after is None:
            return {}
        return {"Retry-After": str(max(1, math.ceil(self.retry_after)))}


def overloaded(what: str, *, retry_after: float = 1.0) -> Refused:
    """A refusal for the time being; `what` there is too much of."""
    return Refused(
        503, f"The service is overloaded: {what}. Try again later.", retry_after=retry_after
    )


def refused(error: SigunetError) -> Refused:
    """Brings an error of cleaning to a status.

    Args:
        error: As the rooms below raise it.
    """
    if isinstance(error, MissingExtra):
        return Refused(415, f"This service does not read pictures of this kind. {error}")
    fallback = (
        400 if isinstance(error, DataError) else 422 if isinstance(error, ConfigError) else 500
    )
    return Refused(getattr(error, "status", fallback), str(error))


def sentence(text: str) -> str:
    """Brings a message to one line that ends with a full stop; names of options stay as they are."""
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if text.startswith("the "):
        text = f"T{text[1:]}"
    if len(text) > _LONGEST:
        return f"{text[: _LONGEST - 1]}…"
    return text if text.endswith((".", "'")) else f"{text}."
