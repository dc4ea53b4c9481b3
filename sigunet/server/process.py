"""The service as a process of its own, for benchmarks and tests."""

import os
import re
import selectors
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Self

from sigunet.errors import SigunetError
from sigunet.server.settings import Settings

_PATIENCE = 120.0  # s until it serves; machines that do other work are slow


class Started:
    """A service that runs from the beginning of a `with` block to its end.

    Args:
        settings: Its settings; port 0 takes a free one.
        log: Where stderr of the service goes; None leaves it where ours goes.

    Attributes:
        host: Where it listens.
        port: Likewise.
    """

    def __init__(self, settings: Settings, *, log: IO | None = None):
        self._settings = settings
        self._log = log
        self.host = settings.host
        self.port = settings.port

    def __enter__(self) -> Self:
        """Starts it and waits until it serves."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sigunet.server", self._settings.to_json()],
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        try:
            self.port = self._announced()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        """Stops it."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(2 * self._settings.timeout + 20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()

    @property
    def url(self) -> str:
        """Where it is reached, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    def workers(self) -> list[int]:
        """Returns the process ids of its workers; on Linux only."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(child) for child in children.split()]

    def memory(self) -> int:
        """Returns the bytes of memory that its workers take (their RSS); on Linux only."""
        total = 0
        for worker in self.workers():
            pages = int(Path(f"/proc/{worker}/statm").read_text().split()[1])
            total += pages * os.sysconf("SC_PAGE_SIZE")
        return total

    def _announced(self) -> int:
        """Waits for the line that says where it serves; returns the port."""
        end = time.monotonic() + _PATIENCE
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            said = b""
            while time.monotonic() < end:
                if not selector.select(0.5):
                    continue
                part = os.read(self.process.stdout.fileno(), 4096)
                said += part
                found = re.search(rb"http://\S+:(\d+) ", said)
                if found:
                    return int(found[1])
                if not part:
                    raise SigunetError("The service did not start; its own words say why.")
        raise SigunetError(f"The service did not start within {_PATIENCE:g} s.")
