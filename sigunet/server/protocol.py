"""HTTP/1.1 by uvicorn and h11, with the limits that uvicorn leaves to a proxy."""

import asyncio
import json
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from sigunet.server.settings import CONNECTIONS, HEADER_SECONDS

_SECONDS_TO_READ = 60.0
"""Longest time in s for a client to take in what fills the buffers of its connection."""


class BoundedProtocol(H11Protocol):
    """A connection: one of so many, whose client has so long to ask and to read the answer."""

    _head_timer: asyncio.TimerHandle | None = None
    _write_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Counts the connection."""
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            self._refuse(503, "The service is overloaded: too many connections.", retry_after=1)
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the connection."""
        for timer in (self._head_timer, self._write_timer, self.timeout_keep_alive_task):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Takes in what the client sends."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self._await_head()
        elif self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def send_400_response(self, msg: str) -> None:
        """Refuses what is no HTTP."""
        self._refuse(400, "The request is no valid HTTP, or its headers are too long.")

    def pause_writing(self) -> None:
        """The client reads too slowly."""
        super().pause_writing()
        self._write_timer = self.loop.call_later(_SECONDS_TO_READ, self.transport.abort)

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def _await_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEADER_SECONDS, self._head_too_slow)

    def _head_too_slow(self) -> None:
        self._head_timer = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self._refuse(408, f"The head of the request took longer than {HEADER_SECONDS:g} s.")

    def _refuse(self, status: int, sentence: str, *, retry_after: int | None = None) -> None:
        """Answers in place of the application, and closes the connection."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = json.dumps({"error": sentence}).encode()
            headers: list[tuple[str, str]] = [
                ("Content-Type", "application/json"),
                ("Content-Length", str(len(body))),
                ("Connection", "close"),
            ]
            if retry_after is not None:
                headers.append(("Retry-After", str(retry_after)))
            self._send(
                h11.Response(status_code=status, headers=headers, reason=STATUS_PHRASES[status])
            )
            self._send(h11.Data(data=body))
            self._send(h11.EndOfMessage())
        if self.cycle is not None and not self.cycle.response_complete:
            # The application may be answering still; nobody listens any more.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()

    def _send(self, event: Any) -> None:
        self.transport.write(self.conn.send(event))
