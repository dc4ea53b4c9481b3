"""The service under hostile requests: damaged pictures, options, headers, forms and framing.

A server of the package listens on loopback in a thread; every request goes through a socket, so
that uvicorn's and h11's share of the work is tried as well.
"""

import contextlib
import functools
import io
import json
import logging
import socket
import threading
import time
import zlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_from_bytes

import numpy as np

from sigunet.fuzz.promises import Violation, check_sentence
from sigunet.fuzz.seeds import seeds

_STATUSES = {200, 204, 400, 404, 405, 408, 413, 415, 422, 503}

_MAX_BYTES = 200_000
_MAX_PIXELS = 300_000
_SECONDS = 15.0  # for one answer

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

_TYPES = (
    b"image/png",
    b"application/octet-stream",
    b"application/x-www-form-urlencoded",
    b"text/plain; charset=utf-7",
    b"multipart/mixed; boundary=x",
    b"multipart/form-data",
    b"\x22\x22;;=\x22",
    b"",
)

_GOOD = {
    "format": ("mask", "gray", "rgba", "svg"),
    "threshold": ("0.5", "0.01", "5e-1"),
    "crop": ("true", "false", "1", "yes"),
    "pad": ("0", "5", "100"),
    "size": ("60x40", "1x1", "60×40", "300x2"),
    "max_bytes": ("29000", "2000"),
    "max-bytes": ("29000",),
    "looks": ("auto", "one", "two"),
    "dpi": ("300", "72.5"),
    "page": ("1",),
    "json": ("true", "false"),
}

_BAD = {
    "format": ("png", "MASK", ""),
    "threshold": ("0", "1", "nan", "inf", "-1", "1e-9", "0x1p-1", "0,5", "1_0"),
    "ink": ("#1a237e", "red", "#12345", "#1a237e\n", "１２"),
    "crop": ("maybe", ""),
    "pad": ("-1", "10000", "9" * 50, "1.5", "٣"),
    "size": ("30000x30000", "0x0", "60", "x", "9" * 20 + "x1"),
    "max_bytes": ("1", "0", "-5", "9" * 30),
    "looks": ("three", "", "2"),
    "dpi": ("0", "1e9", "nan"),
    "page": ("0", "2", "-1", "9" * 40, "one"),
    "json": ("2", "None"),
}


@dataclass(frozen=True)
class _Request:
    """Bytes to send, whether an answer is owed (the framing is sound), and whether with a body."""

    data: bytes
    sound: bool
    body: bool


def service(data: bytes) -> str:
    """Sends a picture to the service in a request that is made from it.

    Args:
        data: The bytes of a file.

    Returns:
        "picture", "refused", "other" where nothing was to be cleaned, or "dropped" where the
        request was cut off.

    Raises:
        Violation: If the answer is none that was promised.
    """
    rng = np.random.default_rng(zlib.crc32(data))
    request = _made(rng, data)
    answer = _exchanged(_port(), request)
    if not answer:
        if request.sound:
            raise Violation("no answer")
        return "dropped"
    status, headers, body = _parsed(answer)
    if status not in _STATUSES:
        raise Violation(f"status {status}: {body[:300]!r}")
    if not request.body:
        return "other"
    if status >= 400:
        _check_refusal(headers, body)
        return "refused"
    if "x-sigunet-verdict" not in headers:
        return "other"
    _check_picture(headers, body)
    return "picture"


def _check_refusal(headers: dict[str, str], body: bytes) -> None:
    if headers.get("content-type") != "application/json":
        raise Violation(f"an error as {headers.get('content-type')}")
    content = json.loads(body)
    text = content.get("error")
    if set(content) != {"error"}:
        raise Violation(f"no sentence: {body[:300]!r}")
    # What it names of a request is cut where that is long.
    check_sentence(text, ends=(".", "…", "'"), most=500)


def _check_picture(headers: dict[str, str], body: bytes) -> None:
    from PIL import Image

    kind = headers["content-type"].split(";")[0]
    if kind == "application/json":
        content = json.loads(body)
        if content["verdict"] != headers["x-sigunet-verdict"] or not content["picture"]:
            raise Violation("JSON that differs from its headers")
    elif kind == "image/svg+xml":
        if not body.rstrip().endswith(b"</svg>") and not body.rstrip().endswith(b"/>"):
            raise Violation("an svg without an end")
    elif kind == "image/png":
        with Image.open(io.BytesIO(body), formats=("PNG",)) as picture:
            picture.load()
    else:
        raise Violation(f"a picture as {kind}")


@functools.cache
def _port() -> int:
    """Starts the server, once in a process, and returns its port."""
    import uvicorn

    from sigunet.server import work
    from sigunet.server.app import create_app
    from sigunet.server.settings import Settings
    from sigunet.server.worker import server_config

    settings = Settings(
        port=0, backend="onnx", max_bytes=_MAX_BYTES, max_pixels=_MAX_PIXELS, concurrency=1
    )
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    app = create_app(settings, work.load(settings))
    server = uvicorn.Server(server_config(app, settings))
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=server.run, args=([listener],), daemon=True).start()
    end = time.monotonic() + 60
    while not server.started:
        if time.monotonic() > end:
            raise RuntimeError("The server did not start.")
        time.sleep(0.01)
    return listener.getsockname()[1]


def _exchanged(port: int, request: _Request) -> bytes:
    """Sends a request and returns all that comes back."""
    parts = []
    with socket.create_connection(("127.0.0.1", port), timeout=_SECONDS) as connection:
        try:
            connection.sendall(request.data)
            if not request.sound:
                with contextlib.suppress(OSError):
                    # It may have answered and closed already.
                    connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(1 << 16):
                parts.append(part)
        except ConnectionError:
            pass
    return b"".join(parts).removeprefix(_CONTINUE)


def _parsed(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    """Returns status, headers and body."""
    head, _, rest = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("ascii").split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    size = int(headers.get("content-length", len(rest)))
    return int(first.split(" ")[1]), headers, rest[:size]


def _made(rng: np.random.Generator, data: bytes) -> _Request:
    """Makes a request around a picture."""
    if rng.random() < 0.3:
        # All damage is in the request.
        data = _one(rng, seeds()).data
    method = _one(rng, (b"POST",) * 30 + (b"GET", b"PUT", b"HEAD", b"OPTIONS", b"post"))
    path = _one(
        rng, (b"/v1/clean",) * 30 + (b"/healthz", b"/metrics", b"/docs", b"/v1/clean/", b"/%00")
    )
    query = _query(rng)
    target = path + (b"?" + query if query else b"")
    headers = [(b"Host", b"x"), (b"Connection", b"close"), *_odd_headers(rng)]
    if rng.random() < 0.4:
        kind, body = _form(rng, data)
    else:
        kind, body = _one(rng, _TYPES), data
    if kind:
        headers.append((b"Content-Type", kind))
    framing, body, sound = _framed(rng, body)
    lines = [b"%s %s HTTP/1.1" % (method, target)]
    lines += [b"%s: %s" % header for header in [*headers, *framing]]
    head = bytearray(b"\r\n".join(lines) + b"\r\n\r\n")
    if rng.random() < 0.03:
        sound = False
        for _ in range(rng.integers(1, 6)):
            head[rng.integers(len(head))] = rng.integers(256)
    return _Request(bytes(head) + body, sound, body=method != b"HEAD")


def _one(rng: np.random.Generator, choices: tuple) -> Any:
    return choices[rng.integers(len(choices))]


def _options(rng: np.random.Generator) -> list[tuple[str, str]]:
    """Draws options: mostly few, mostly such as can be used."""
    names = rng.permutation(list(_GOOD))[: rng.choice([0, 0, 1, 1, 2, 4])]
    options = [(str(name), str(_one(rng, _GOOD[name]))) for name in names]
    if rng.random() < 0.15:
        name = str(rng.choice(list(_BAD)))
        options.append((name, str(_one(rng, _BAD[name]))))
    if rng.random() < 0.1:
        options += [("format", str(rng.choice(["rgba", "svg"]))), ("ink", "#1a237e")]
    if rng.random() < 0.03:
        options.append(("".join(map(chr, rng.integers(32, 1000, 5))), "1"))
    return options


def _query(rng: np.random.Generator) -> bytes:
    if rng.random() < 0.03:
        return quote_from_bytes(rng.bytes(30), safe="=&%+;").encode()
    pairs = (
        f"{quote_from_bytes(name.encode())}={quote_from_bytes(value.encode())}"
        for name, value in _options(rng)
    )
    return "&".join(pairs).encode()


def _odd_headers(rng: np.random.Generator) -> list[tuple[bytes, bytes]]:
    odd = (
        (b"Accept", b"application/json"),
        (b"Accept", b"\xff\xfe,;q="),
        (b"Expect", b"100-continue"),
        (b"Content-Encoding", b"gzip"),
        (b"Upgrade", b"websocket"),
        (b"Cookie", b"a" * 3000),
        (b"X-Long", b"a" * 20_000),
        (b"Range", b"bytes=0-1"),
        (b"X-Forwarded-For", b"1.2.3.4"),
    )
    return [_one(rng, odd)] if rng.random() < 0.15 else []


def _form(rng: np.random.Generator, data: bytes) -> tuple[bytes, bytes]:
    """Lays a picture and options into a multipart form, here and there a broken one."""
    boundary = _one(rng, (b"limit", b"limit", b"limit", b"-", b"a" * 70, b"a" * 300, b"\xff"))
    name = _one(rng, (b"file",) * 10 + (b"picture", b"", b"\xff\x22"))
    filename = _one(rng, (b"a.png", b"../../a", b"", b"\xe2\x80\xae.png", b"a" * 500))
    parts = [
        b'Content-Disposition: form-data; name="%s"\r\n\r\n%s' % (key.encode(), value.encode())
        for key, value in _options(rng)
    ]
    parts.insert(
        rng.integers(len(parts) + 1),
        b'Content-Disposition: form-data; name="%s"; filename="%s"\r\nContent-Type: image/png\r\n\r\n%s'
        % (name, filename, data),
    )
    if rng.random() < 0.05:
        parts = parts * int(rng.integers(2, 60))
    if rng.random() < 0.1:
        at = rng.integers(len(parts))
        broken = bytearray(parts[at])
        for _ in range(rng.integers(1, 6)):
            broken[rng.integers(min(len(broken), 120))] = rng.integers(256)
        parts[at] = bytes(broken)
    body = b"".join(b"--%s\r\n%s\r\n" % (boundary, part) for part in parts)
    if rng.random() < 0.9:
        body += b"--%s--\r\n" % boundary
    return b"multipart/form-data; boundary=" + boundary, body


def _framed(rng: np.random.Generator, body: bytes) -> tuple[list[tuple[bytes, bytes]], bytes, bool]:
    """Returns headers that say how long the body is, the body as sent, and whether that is true."""
    length = b"Content-Length", str(len(body)).encode()
    draw = rng.random()
    if draw < 0.7:
        return [length], body, True
    if draw < 0.95:
        step = int(2 ** rng.uniform(5, 16))
        chunks = [body[at : at + step] for at in range(0, len(body), step)]
        sent = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
        return [(b"Transfer-Encoding", b"chunked")], sent + b"0\r\n\r\n", True
    wrong = (b"-1", b"1e3", b"99999999999999999999", str(len(body) + 10).encode(), b"5")
    return [(b"Content-Length", bytes(_one(rng, wrong)))], body, False
