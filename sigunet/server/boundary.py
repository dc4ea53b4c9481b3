"""The outermost layer of the application: every request is counted, logged and answered."""

import asyncio
import json
import logging
import time

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sigunet.server.errors import sentence
from sigunet.server.logs import where
from sigunet.server.metrics import Metrics

PATHS = ("/v1/clean", "/healthz", "/metrics", "/docs", "/openapi.json")
"""The paths that are counted and logged by name; what else a client asks for is its own."""

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

_GONE = 499  # logged where the client went away before its answer

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'"),
    (b"referrer-policy", b"no-referrer"),
)

# A client that sends on while it is refused is listened to for so long: if the connection were cut,
# most would never see why.
_LINGER_SECONDS = 5.0
_LINGER_BYTES = 100_000_000

_access = logging.getLogger("sigunet.access")
_log = logging.getLogger("sigunet.server")


def error_response(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    """Makes the answer that all refusals have: {"error": sentence}."""
    body = json.dumps({"error": sentence(text)}).encode()
    return Response(body, status, headers, "application/json")


class Boundary:
    """Middleware that lets no exception and no traceback through.

    Args:
        app: The application within.
        metrics: Where requests are counted.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics):
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = _Request(receive, send)
        cleans = scope["path"] == PATHS[0]
        start = time.perf_counter()
        if cleans:
            self._metrics.in_flight.inc()
        try:
            await self._answered(scope, request)
        finally:
            spent = time.perf_counter() - start
            path = scope["path"] if scope["path"] in PATHS else "other"
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._metrics.requests.labels(path, str(request.status)).inc()
            if cleans:
                self._metrics.in_flight.dec()
                self._metrics.seconds.observe(spent)
            _access.info(
                "%s %s %d %d bytes %.0f ms", method, path, request.status, request.sent, 1e3 * spent
            )

    async def _answered(self, scope: Scope, request: "_Request") -> None:
        try:
            await self._app(scope, request.receive, request.send)
            return
        except ClientDisconnect:
            request.status = _GONE
            return
        except asyncio.CancelledError:
            failure = error_response(503, "The service is stopping.", {"Retry-After": "1"})
        except MemoryError:
            failure = error_response(
                503, "There is not enough memory for this picture now.", {"Retry-After": "10"}
            )
        except Exception as error:
            # Its message may hold what the client sent.
            _log.error("An error inside the service: %s", where(error))
            failure = error_response(500, "The service failed on this request; its log says where.")
        if request.status == _GONE:
            await failure(scope, request.receive, request.send)


class _Request:
    """The two ends of a request, watched."""

    def __init__(self, receive: Receive, send: Send):
        self._receive, self._send = receive, send
        self._receiving = True
        self.status = _GONE
        self.sent = 0

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            self._receiving = False
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": [*message.get("headers", ()), *_HEADERS]}
            self._refuses = self.status >= 400
        elif message["type"] == "http.response.body":
            self.sent += len(message.get("body", b""))
            last = not message.get("more_body", False)
            if last and self._refuses and self._receiving:
                await self._send({**message, "more_body": True})
                await self._linger()
                message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)

    async def _linger(self) -> None:
        """Drops what the client still sends; the whole answer is on its way already."""
        dropped = 0
        try:
            async with asyncio.timeout(_LINGER_SECONDS):
                while self._receiving and dropped < _LINGER_BYTES:
                    dropped += len((await self.receive()).get("body", b""))
        except TimeoutError:
            pass
