"""Limits of connections, by a server in a thread and raw sockets."""

import contextlib
import json
import logging
import socket
import threading
import time

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse, Response

from sigunet.server import Settings, protocol
from sigunet.server.worker import server_config

LARGE = 40_000_000  # bytes; more than the buffers of a connection


@contextlib.contextmanager
def served(app):
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    server = uvicorn.Server(server_config(app, Settings(timeout=1)))
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield listener.getsockname()[1], server
    finally:
        server.should_exit = True
        thread.join(60)
        listener.close()


def application():
    app = FastAPI()

    @app.get("/")
    async def root() -> PlainTextResponse:
        return PlainTextResponse("here")

    @app.get("/large")
    async def large() -> Response:
        return Response(bytes(LARGE))

    return app


def connect(port):
    return socket.create_connection(("127.0.0.1", port), 60)


def received(connection):
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(1 << 16):
            parts.append(part)
    return b"".join(parts)


def refusal(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.lower(), json.loads(body)["error"]


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_a_client_that_does_not_ask_is_shown_out(monkeypatch, begun):
    monkeypatch.setattr(protocol, "HEADER_SECONDS", 0.3)
    with served(application()) as (port, _), connect(port) as connection:
        connection.sendall(begun)
        status, head, sentence = refusal(received(connection))
        assert status == 408 and "0.3 s" in sentence and b"connection: close" in head


def test_one_that_asks_again_and_then_lingers_too(monkeypatch):
    monkeypatch.setattr(protocol, "HEADER_SECONDS", 0.5)
    with served(application()) as (port, _), connect(port) as connection:
        for _ in range(2):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            # Head and body may come in two pieces.
            while not answer.endswith(b"here"):
                part = connection.recv(4096)
                assert part
                answer += part
        connection.sendall(b"GET /")
        assert refusal(received(connection))[0] == 408


def test_so_many_connections_and_no_more(monkeypatch):
    monkeypatch.setattr(protocol, "CONNECTIONS", 3)
    with served(application()) as (port, server), contextlib.ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(connect(port))
        end = time.monotonic() + 60
        while len(server.server_state.connections) < 3 and time.monotonic() < end:
            time.sleep(0.01)
        with connect(port) as fourth:
            status, head, sentence = refusal(received(fourth))
        assert status == 503 and "overloaded" in sentence and b"retry-after: 1" in head


def test_a_client_that_does_not_read_is_cut_off(monkeypatch):
    monkeypatch.setattr(protocol, "_SECONDS_TO_READ", 0.3)
    with served(application()) as (port, server), connect(port) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        end = time.monotonic() + 60
        while server.server_state.total_requests == 0 and time.monotonic() < end:
            time.sleep(0.01)
        while server.server_state.connections and time.monotonic() < end:
            time.sleep(0.01)
        assert not server.server_state.connections
        assert len(received(connection)) < LARGE


def test_one_that_reads_gets_all():
    with served(application()) as (port, _), connect(port) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert len(received(connection)) > LARGE


def test_broken_chunks_end_the_request():
    with served(application()) as (port, _), connect(port) as connection:
        head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head + b"4\r\nabcd\r\nnonsense\r\n")
        assert received(connection)
        # Nobody else notices.
        with connect(port) as other:
            other.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert received(other).endswith(b"here")
