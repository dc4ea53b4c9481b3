import functools
import http.client
import io
import json
import tempfile
from dataclasses import dataclass

import numpy as np
from PIL import Image

from sigunet import signatures
from sigunet.server import Settings
from sigunet.server.process import Started


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def error(self):
        content = json.loads(self.body)
        assert set(content) == {"error"}, content
        sentence = content["error"]
        assert sentence.endswith(".") and sentence.isprintable() and "Traceback" not in sentence
        assert not sentence.startswith("the ")
        assert self.headers["content-type"] == "application/json"
        return sentence


def call(service, method, path, body=None, headers=None, chunked=False, timeout=120):
    connection = http.client.HTTPConnection(service.host, service.port, timeout=timeout)
    try:
        connection.request(method, path, body, headers or {}, encode_chunked=chunked)
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, headers, answer.read())
    finally:
        connection.close()


def clean(service, data, query="", **headers):
    path = f"/v1/clean?{query}" if query else "/v1/clean"
    return call(
        service,
        "POST",
        path,
        data,
        {name.replace("_", "-"): text for name, text in headers.items()},
    )


def form(data, fields=(), *, name="file", filename="secret-name.png"):
    """A multipart body and its content type."""
    parts = [
        f'--limit\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields
    ]
    if data is not None:
        head = f'--limit\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"'
        parts.append(head.encode() + b"\r\nContent-Type: image/png\r\n\r\n" + data + b"\r\n")
    return b"".join(parts) + b"--limit--\r\n", "multipart/form-data; boundary=limit"


SIZE = (420, 180)


@functools.cache
def _ink():
    ink = Image.fromarray(signatures.draw(0, 0, 0))
    ink.thumbnail((SIZE[0] - 20, SIZE[1] - 20))
    return ink


def signature(size=SIZE, *, noise=2.0, kind="PNG", **more):
    """A file with a synthetic signature in the middle."""
    width, height = size
    ink = _ink()
    picture = Image.new("RGB", size, (238, 236, 230))
    place = ((width - ink.width) // 2, (height - ink.height) // 2)
    picture.paste((25, 30, 90), place, ink)
    if noise:
        grain = np.random.default_rng(0).normal(0, noise, (height, width, 3))
        picture = Image.fromarray(np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8))
    file = io.BytesIO()
    picture.save(file, kind, **more)
    return file.getvalue()


class Logged(Started):
    """A service whose log can be read."""

    def __init__(self, **settings):
        self.file = tempfile.TemporaryFile()
        super().__init__(Settings(port=0, **settings), log=self.file)

    def __exit__(self, *exception):
        super().__exit__(*exception)
        self.file.close()

    def log(self):
        self.file.seek(0)
        return self.file.read().decode()
