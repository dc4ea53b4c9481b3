import io
import os
import threading
from pathlib import Path

import pytest

from sigunet.errors import DataError, PictureError, TooLarge
from sigunet.reading import name_of, opened


def content(source, **options) -> bytes:
    with opened(source, "it", **options) as file:
        return file.read()


class Slow(io.RawIOBase):
    """Gives a few bytes at a time, as a socket does, and never ends when told so."""

    def __init__(self, data: bytes, endless: bool = False):
        self.taken, self._data, self._endless = 0, data, endless

    def read(self, size=-1):
        part = self._data[self.taken : self.taken + 3] or (b"abc" if self._endless else b"")
        self.taken += len(part)
        return part


@pytest.mark.parametrize("wrap", [bytes, bytearray, memoryview, io.BytesIO, Slow])
def test_bytes_and_streams(wrap):
    assert content(wrap(b"0123456789"), max_bytes=10) == b"0123456789"
    with pytest.raises(TooLarge, match="it is too large: at most 9 bytes are read") as caught:
        content(wrap(b"0123456789"), max_bytes=9)
    assert caught.value.status == 413


def test_a_stream_without_end_is_left():
    stream = Slow(b"", endless=True)
    with pytest.raises(TooLarge):
        content(stream, max_bytes=1000)
    assert stream.taken <= 1003


def test_paths(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    assert content(path) == content(str(path)) == b"12345"
    with pytest.raises(TooLarge):
        content(path, max_bytes=4)
    with pytest.raises(DataError, match="it does not exist"):
        content(tmp_path / "b")
    with pytest.raises(DataError, match="it is a folder"):
        content(tmp_path)
    with pytest.raises(DataError, match="it cannot be opened"):
        content("a\0b")
    with pytest.raises(DataError, match="it cannot be opened"):
        content("a" * 5000)


def test_a_pipe_and_a_device(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"12345",))
    writer.start()
    assert content(pipe) == b"12345"
    writer.join()
    with pytest.raises(TooLarge):
        content("/dev/zero", max_bytes=100_000)


def test_text_files_get_a_sentence(tmp_path):
    (tmp_path / "a").write_bytes(b"\x89PNG\xff")
    for encoding in ("utf-8", "latin-1"):
        with (tmp_path / "a").open(encoding=encoding) as file:
            with pytest.raises(PictureError, match="it was opened as text"):
                content(file)


def test_a_closed_file_gets_a_sentence():
    file = io.BytesIO(b"1")
    file.close()
    with pytest.raises(DataError, match=r"it cannot be read: [^\n]+\."):
        content(file)


def test_names_fit_one_line():
    assert name_of(Path("a/b.png")) == "a/b.png"
    assert name_of(b"data") == name_of(io.BytesIO()) == "the picture"
    assert name_of("a\nb\x1b[31m\udc80.png") == "a?b?[31m?.png"
    assert len(name_of("a" * 999)) < 300
