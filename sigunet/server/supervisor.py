"""The parent process: it holds the listening socket, and starts workers again when they die."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from sigunet.errors import ConfigError, require
from sigunet.server.settings import Settings

_NEEDS = ("fastapi", "uvicorn", "python_multipart", "prometheus_client")

_BACKLOG = 256  # connections that the system holds while a worker starts
_LOOK_EVERY = 0.05  # s
_SHORT_LIFE = 5.0  # s; a worker that dies sooner is started again more and more slowly
_LONGEST_PAUSE = 30.0  # s
_GRACE = 5.0  # s beyond what a worker allows itself to finish

_CANNOT_START = 2  # exit code of a worker that has said why

_COUNTS = "PROMETHEUS_MULTIPROC_DIR"  # where workers share their counts, see prometheus_client


def run(settings: Settings) -> int:
    """Serves until SIGTERM or Ctrl-C; requests in flight are finished then.

    Args:
        settings: What is served and within which limits.

    Returns:
        The exit code: 0, or 1 if the workers could not be started.

    Raises:
        MissingExtra: If the extra `serve` is not installed.
        ConfigError: If the address cannot be listened on.
    """
    for module in _NEEDS:
        require(module, "serve")
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(_listen(settings.host, settings.port))
        environment = dict(os.environ)
        # As this process was started, without the folder it happens to be in.
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        # Arenas of memory, one a thread otherwise, are not given back.
        environment.setdefault("MALLOC_ARENA_MAX", "2")
        environment.pop(_COUNTS, None)
        if settings.workers > 1:
            environment[_COUNTS] = stack.enter_context(_shared_folder())
        return _Supervisor(settings, listener, environment).run()


@contextlib.contextmanager
def _listen(host: str, port: int) -> Iterator[socket.socket]:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigError(
            f"--host {host} is no address of this machine: {_reason(error)}."
        ) from error
    with listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen(_BACKLOG)
        except OSError as error:
            raise ConfigError(
                f"{host}:{port} cannot be listened on: {_reason(error)}; choose another --port."
            ) from error
        yield listener


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


@contextlib.contextmanager
def _shared_folder() -> Iterator[str]:
    """Makes the folder where several workers share their counts."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="sigunet-metrics-")
    except OSError as error:
        raise ConfigError(
            f"Several --workers need a folder for temporary files, see TMPDIR: {_reason(error)}."
        ) from error
    with folder:
        yield folder.name


class _Supervisor:
    """Keeps so many workers alive."""

    def __init__(self, settings: Settings, listener: socket.socket, environment: dict[str, str]):
        self._settings = settings
        self._listener = listener
        self._environment = environment
        self._signals: list[int] = []

    def run(self) -> int:
        """Runs until told to stop; returns the exit code."""
        before = {
            number: signal.signal(number, lambda number, _: self._signals.append(number))
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        workers: list[_Worker] = []
        try:
            # One first: what keeps it from starting is said once.
            workers.append(self._new())
            code = self._until_ready(workers[0])
            if code is not None:
                return code
            self._say_where()
            while len(workers) < self._settings.workers:
                workers.append(self._new())
            while not self._signals:
                for worker in workers:
                    worker.keep_alive()
                time.sleep(_LOOK_EVERY)
            return 0
        finally:
            # First, so that nobody connects who would never be answered.
            self._listener.close()
            self._stop(workers)
            for number, handler in before.items():
                signal.signal(number, handler)

    def _new(self) -> "_Worker":
        return _Worker(self._settings, self._listener, self._environment)

    def _until_ready(self, worker: "_Worker") -> int | None:
        """Waits for the first worker; returns an exit code if there is no point in going on."""
        while not worker.is_ready():
            if self._signals:
                return 0
            code = worker.process.poll()
            if code == _CANNOT_START:
                return code
            if code is not None:
                print(
                    f"sigunet: the service cannot start: its worker {_ended(code)}.",
                    file=sys.stderr,
                )
                return 1
        return None

    def _say_where(self) -> None:
        host, port = self._listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        print(f"sigunet serves on http://{shown}:{port} (documentation: /docs)", flush=True)
        if host not in ("127.0.0.1", "::1"):
            print(
                f"sigunet: {shown} can be reached by others, and anyone who can is served.",
                file=sys.stderr,
            )

    def _stop(self, workers: list["_Worker"]) -> None:
        already = len(self._signals)
        for worker in workers:
            worker.terminate()
        end = time.monotonic() + 2 * self._settings.timeout + _GRACE
        for worker in workers:
            # Ctrl-C again does not wait.
            while worker.process.poll() is None and time.monotonic() < end:
                if len(self._signals) > already:
                    break
                time.sleep(_LOOK_EVERY)
            worker.kill()


class _Worker:
    """A process that is started again when it ends."""

    def __init__(self, settings: Settings, listener: socket.socket, environment: dict[str, str]):
        self._settings = settings
        self._listener = listener
        self._environment = environment
        self._pause = 0.0
        self._again: float | None = None
        self._start()

    def _start(self) -> None:
        self._ready, theirs = os.pipe()
        lifeline, self._lifeline = os.pipe()
        descriptors = (self._listener.fileno(), theirs, lifeline)
        arguments = [self._settings.to_json(), *map(str, descriptors)]
        # -P: nothing is imported from the folder that the service happens to be started in. In a
        # session of its own Ctrl-C reaches it through this process alone.
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "sigunet.server.worker", *arguments],
            env=self._environment,
            pass_fds=descriptors,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(theirs)
        os.close(lifeline)
        self._since = time.monotonic()

    def is_ready(self) -> bool:
        """Waits a moment for the worker to say that it serves."""
        readable, _, _ = select.select([self._ready], [], [], _LOOK_EVERY)
        return bool(readable) and os.read(self._ready, 1) == b"1"

    def keep_alive(self) -> None:
        """Starts it again if it has ended: at once, or later if it ends again and again."""
        now = time.monotonic()
        if self._again is not None:
            if now >= self._again:
                self._again = None
                self._start()
            return
        code = self.process.poll()
        if code is None:
            return
        print(f"sigunet: a worker {_ended(code)}; another takes its place.", file=sys.stderr)
        self._forget()
        short = now - self._since < _SHORT_LIFE
        self._pause = min(_LONGEST_PAUSE, max(1.0, 2 * self._pause)) if short else 0.0
        self._again = now + self._pause

    def terminate(self) -> None:
        """Asks it to finish its requests and end."""
        if self.process.poll() is None:
            self.process.terminate()

    def kill(self) -> None:
        """Ends it."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self._again is None:
            self._forget()

    def _forget(self) -> None:
        os.close(self._ready)
        os.close(self._lifeline)
        folder = self._environment.get(_COUNTS)
        if folder is not None:
            from prometheus_client import multiprocess

            multiprocess.mark_process_dead(self.process.pid, folder)


def _ended(code: int) -> str:
    if code < 0:
        return f"was ended by signal {-code}"
    return f"ended with exit code {code}"
