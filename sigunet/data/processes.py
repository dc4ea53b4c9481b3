"""The batches from worker processes: no TensorFlow, and no lock that all threads wait for."""

import queue
import threading
from typing import Any

from sigunet.data.batches import Batch, Batches
from sigunet.data.workers import OrderedMap
from sigunet.machine import cores

_AHEAD = 2  # batches that wait in this process; two more wait in each worker

_END = object()


class ProcessLoader:
    """Batches made by worker processes, a whole one by one worker, in order.

    Args:
        batches: What to make.
        start_step: First batch.
        stop_step: One past the last.
        workers: How many processes; 0 means as many as cores.

    Raises:
        DataError: From `next`, if a worker process has died or its data cannot be read.
    """

    def __init__(self, batches: Batches, start_step: int, stop_step: int, *, workers: int = 0):
        self._map = OrderedMap(batches, start_step, stop_step, workers=workers or cores())
        self._ready: queue.Queue[Any] = queue.Queue(_AHEAD)
        self._closing = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._fill, name="batches", daemon=True)
        self._thread.start()

    def _fill(self) -> None:
        # Taking a batch out of a pipe costs milliseconds that the training loop does not have.
        try:
            for batch in self._map:
                if not self._put(batch):
                    return
            self._put(_END)
        except Exception as error:
            self._put(error)

    def _put(self, item: Any) -> bool:
        while not self._closing.is_set():
            try:
                self._ready.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    @property
    def pids(self) -> list[int]:
        """The process numbers of the workers."""
        return self._map.pids

    def __iter__(self) -> "ProcessLoader":
        return self

    def __next__(self) -> Batch:
        if self._ended:
            raise StopIteration
        item = self._ready.get()
        if item is _END:
            self._ended = True
            raise StopIteration
        if isinstance(item, Exception):
            self.close()
            raise item
        return item

    def __enter__(self) -> "ProcessLoader":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the worker processes; may be called more than once."""
        self._ended = True
        self._closing.set()
        # The worker processes first: their end wakes the thread where it waits for a batch.
        self._map.stop()
        self._thread.join(timeout=5)
        self._map.close()
