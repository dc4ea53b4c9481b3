"""Work spread over processes, its results in order; no TensorFlow, no JAX.

Worker w of n does tasks w, w + n, w + 2n and so on, and each has a pipe of its own: results are
read round the pipes in turn, which puts them in order; a worker whose pipe is full goes on for one
more result and then waits.
"""

import atexit
import contextlib
import fcntl
import functools
import multiprocessing
import os
import pickle
import queue
import signal
import sys
import threading
import traceback
import types
import weakref
from collections.abc import Callable, Iterator
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from sigunet.errors import DataError, SigunetError
from sigunet.machine import cores

_AHEAD = 1  # results that a worker holds beside the one it sends and the one it makes

_START_LOCK = threading.Lock()


class OrderedMap:
    """An iterator over `task(start), task(start + 1), ... task(stop - 1)`, done by processes.

    Use it as a context manager, or call `close`; either ends the processes.

    Args:
        task: A picklable function of an integer; it is called in fresh interpreters.
        start: First argument.
        stop: One past the last.
        workers: How many processes; 0 means as many as cores.
        name: What a dead worker was doing, for the error message.

    Raises:
        DataError: From `next`, if a worker has died. What a task raises as `SigunetError` is
            raised again as it is; any other error becomes a RuntimeError with its traceback.
    """

    def __init__(
        self,
        task: Callable[[int], Any],
        start: int,
        stop: int,
        *,
        workers: int = 0,
        name: str = "data",
    ):
        self._next, self._stop, self._name = start, stop, name
        self._start = start
        count = max(1, min(workers or cores(), stop - start))
        context = multiprocessing.get_context("spawn")
        self._workers = []
        # Before `multiprocessing` ends its processes at exit, by the signal that ours ignore.
        self._at_exit = functools.partial(_close, weakref.ref(self))
        atexit.register(self._at_exit)
        try:
            with _hidden_main(), _kept_mask():
                for first in range(start, start + count):
                    receiver, sender = context.Pipe(duplex=False)
                    process = context.Process(
                        target=_work, args=(task, first, stop, count, sender), daemon=True
                    )
                    _block_signals()
                    process.start()
                    self._workers.append((process, receiver))
                    # Only the worker may hold the sending end, else its death would not end the
                    # pipe.
                    sender.close()
                    _widen(receiver)
        except BaseException:
            # Ctrl-C that came meanwhile, or no more processes allowed.
            self.close()
            raise

    @property
    def pids(self) -> list[int]:
        """The process numbers of the workers."""
        return [process.pid for process, _ in self._workers]

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if self._next >= self._stop or not self._workers:
            raise StopIteration
        process, receiver = self._workers[(self._next - self._start) % len(self._workers)]
        try:
            kind, value = _receive(receiver)
        except (EOFError, OSError) as error:
            process.join(timeout=5)
            code = process.exitcode
            self.close()
            raise DataError(
                f"A {self._name} worker process ended unexpectedly (exit code {code}); it may have "
                "been killed for using too much memory: set data.workers lower."
            ) from error
        if kind == "result":
            self._next += 1
            return value
        self.close()
        if kind == "sentence":
            raise value
        raise RuntimeError(f"A {self._name} worker process failed:\n{value}")

    def __enter__(self) -> "OrderedMap":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def stop(self) -> None:
        """Tells the processes to end, from any thread; a `next` that waits then fails."""
        for process, _ in self._workers:
            process.kill()

    def close(self) -> None:
        """Ends the processes; may be called more than once."""
        self.stop()
        workers, self._workers = self._workers, []
        for process, receiver in workers:
            process.join()
            receiver.close()
        atexit.unregister(self._at_exit)


def _close(reference: "weakref.ref[OrderedMap]") -> None:
    workers = reference()
    if workers is not None:
        workers.close()


_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def _kept_mask() -> Iterator[None]:
    """Lets signals through afterwards as before; what has come meanwhile is delivered then."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _block_signals() -> None:
    """Keeps Ctrl-C from a worker that is about to start; the block goes over to the child."""
    # Spawning starts the tracker where it is missing, and that ends by letting signals through.
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)


@contextlib.contextmanager
def _hidden_main() -> Iterator[None]:
    """Keeps `multiprocessing` from running the user's main script once more in every worker.

    Nothing of ours lives there; it may have no `if __name__ == "__main__"`, import TensorFlow or
    come from standard input.
    """
    with _START_LOCK:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


def _work(
    task: Callable[[int], Any], first: int, stop: int, stride: int, sender: Connection
) -> None:
    # Ctrl-C, or a scheduler's notice, reaches the whole group of processes: the parent alone
    # decides what to do with it, and a run that saves its state still needs its batches.
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    # A full pipe holds the thread back and not the work: otherwise a worker would wait with each
    # result until its turn comes, which is all of them waiting for the slowest.
    ready: queue.Queue[Any] = queue.Queue(_AHEAD)
    sending = threading.Thread(target=_send_all, args=(sender, ready), daemon=True)
    sending.start()
    for number in range(first, stop, stride):
        ready.put(_answer(task, number))
    ready.put(None)
    sending.join()


def _send_all(sender: Connection, ready: "queue.Queue[Any]") -> None:
    """Sends what is ready until None comes."""
    try:
        while (answer := ready.get()) is not None:
            _send(sender, answer)
        # The results are read at leisure; the pipe stays open until they are.
        sender.close()
    except (BrokenPipeError, ConnectionResetError):
        # The parent is gone or has closed the map: nobody waits for more.
        os._exit(0)


def _widen(connection: Connection) -> None:
    """Lets a pipe hold a megabyte where the system can: a batch then takes 25 turns, not 400."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        # There is a limit a user; past it the pipes work as they are.
        with contextlib.suppress(OSError):
            fcntl.fcntl(connection.fileno(), fcntl.F_SETPIPE_SZ, 2**20)


def _send(connection: Connection, message: Any) -> None:
    """Sends a message, its arrays straight from their memory: a tenth of the cost of `send`."""
    buffers: list[pickle.PickleBuffer] = []
    frame = pickle.dumps(message, protocol=5, buffer_callback=buffers.append)
    views = [buffer.raw() for buffer in buffers]
    connection.send((frame, [view.nbytes for view in views]))
    for view in views:
        while view:
            view = view[os.write(connection.fileno(), view) :]


def _receive(connection: Connection) -> Any:
    """Receives what `_send` has sent; arrays come writable, in memory of their own.

    Raises:
        EOFError: If the other side is gone.
    """
    frame, sizes = connection.recv()
    buffers = [np.empty(size, np.uint8) for size in sizes]
    for buffer in buffers:
        view = memoryview(buffer)
        while view:
            count = os.readv(connection.fileno(), [view])
            if not count:
                raise EOFError
            view = view[count:]
    return pickle.loads(frame, buffers=buffers)


def _answer(task: Callable[[int], Any], number: int) -> tuple[str, Any]:
    try:
        return "result", task(number)
    except SigunetError as error:
        return "sentence", error
    except Exception:
        return "failure", traceback.format_exc()
