"""The body of a request, received in bounded memory and time and never put on a disk."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field

from starlette.requests import Request

from sigunet.server.errors import Refused, overloaded
from sigunet.server.form import FILE, Form

_ENVELOPE = 65_536  # bytes of a form around the picture: boundaries, headers, options


@dataclass(frozen=True)
class Upload:
    """What a request brought.

    Attributes:
        data: The picture's file.
        fields: Names and values of the form's other fields.
    """

    data: bytearray = field(repr=False)
    fields: tuple[tuple[str, str], ...] = ()


class Budget:
    """Bytes that all requests hold together; used on one event loop.

    Args:
        most: Bytes.
    """

    def __init__(self, most: int):
        self._left = most

    @contextlib.contextmanager
    def hold(self) -> Iterator["Held"]:
        """Holds bytes until the block ends."""
        held = Held(self)
        try:
            yield held
        finally:
            self._left += held.size

    def take(self, size: int) -> None:
        """Takes bytes.

        Raises:
            Refused: 503, if there are not so many left.
        """
        if size > self._left:
            raise overloaded("too many pictures are being received")
        self._left -= size


class Held:
    """Bytes that one request holds."""

    def __init__(self, budget: Budget):
        self._budget = budget
        self.size = 0

    def add(self, size: int) -> None:
        """Holds more bytes.

        Raises:
            Refused: 503, if there are not so many left.
        """
        self._budget.take(size)
        self.size += size


async def read(request: Request, held: Held, *, max_bytes: int, seconds: float) -> Upload:
    """Receives the picture of a request.

    Args:
        request: Its body is the picture, or a multipart form with the picture as its `file`.
        held: Where its bytes are counted.
        max_bytes: Largest picture; no more than that and the form around it is ever received.
        seconds: Longest time for all of it.

    Raises:
        Refused: 400 where there is no picture, 408 too slow, 413 too large, 415 compressed, 422 an
            unknown file, 503 too many uploads.
        ClientDisconnect: If the client went away.
    """
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refused(415, "A compressed request is not read: send it without Content-Encoding.")
    in_form = is_form(request)
    if not in_form and _kind(request).startswith("multipart/"):
        raise Refused(
            415, f"A form is sent as multipart/form-data, with the picture as its {FILE}."
        )
    cap = max_bytes + (_ENVELOPE if in_form else 0)
    if int(request.headers.get("content-length", 0)) > cap:
        raise _too_large(max_bytes)
    try:
        async with asyncio.timeout(seconds):
            chunks = _capped(request, held, cap, max_bytes)
            async with contextlib.aclosing(chunks):
                upload = await (_form(request, chunks) if in_form else _raw(chunks))
    except TimeoutError:
        raise Refused(408, f"The upload took longer than {seconds:g} s.") from None
    if len(upload.data) > max_bytes:
        raise _too_large(max_bytes)
    return upload


def is_form(request: Request) -> bool:
    """Says whether the body is a multipart form."""
    return _kind(request) == "multipart/form-data"


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


def _too_large(max_bytes: int) -> Refused:
    return Refused(413, f"The picture is too large: at most {max_bytes:,} bytes are read.")


async def _capped(
    request: Request, held: Held, cap: int, max_bytes: int
) -> AsyncGenerator[bytes, None]:
    total = 0
    async for chunk in request.stream():
        total += len(chunk)
        if total > cap:
            raise _too_large(max_bytes)
        held.add(len(chunk))
        yield chunk


async def _raw(chunks: AsyncGenerator[bytes, None]) -> Upload:
    data = bytearray()
    async for chunk in chunks:
        data += chunk
    return Upload(data)


async def _form(request: Request, chunks: AsyncGenerator[bytes, None]) -> Upload:
    form = Form(request.headers["content-type"])
    async for chunk in chunks:
        form.write(chunk)
    return Upload(form.picture(), tuple(form.fields))
