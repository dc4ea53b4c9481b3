"""Bounded work: so many pictures at once, so many waiting, so long."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

from sigunet.server.errors import Refused, overloaded

_T = TypeVar("_T")

_REMEMBERED = 0.9  # share of the mean time that the past makes up


class Gauge(Protocol):
    """A number that goes up and down."""

    def inc(self) -> None:
        """Adds one."""

    def dec(self) -> None:
        """Takes one away."""


class Lane:
    """Threads of their own with a queue of their own; used on one event loop.

    Args:
        name: Of the threads.
        threads: How many work at once.
        queue: How many wait.
        waiting: Shows how many wait.
        working: Shows how many are worked on.
    """

    def __init__(self, name: str, *, threads: int, queue: int, waiting: Gauge, working: Gauge):
        self.threads = threads
        self._queue = queue
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._free = asyncio.Semaphore(threads)
        self._waiting_shown, self._working_shown = waiting, working
        self._waiting = 0
        self._since: dict[Future, float] = {}
        self._mean = 0.0

    @property
    def working(self) -> int:
        """How many are worked on, those included that nobody waits for any more."""
        return len(self._since)

    def longest(self) -> float:
        """Returns for how many s the oldest work has been going on; 0 if there is none."""
        return time.monotonic() - min(self._since.values()) if self._since else 0.0

    async def run(
        self, work: Callable[[], _T], *, seconds: float, since: float | None = None
    ) -> _T:
        """Does a piece of work in a thread.

        A thread cannot be stopped: work over its time goes on and keeps its place until it ends.

        Args:
            work: What to do; what it returns or raises comes back.
            seconds: Longest time, waiting included.
            since: When that time began, s as `time.monotonic` has it; by default now.

        Raises:
            Refused: 503 if too many wait or its turn does not come in time, 504 if it takes longer.
        """
        end = seconds + (time.monotonic() if since is None else since)
        await self._turn(end, seconds)
        loop = asyncio.get_running_loop()
        future = self._pool.submit(work)
        self._since[future] = time.monotonic()
        self._working_shown.inc()
        future.add_done_callback(lambda done: _tell(loop, self._ended, done))
        ours = asyncio.wrap_future(future)
        # Nobody may be there any more to take an error.
        ours.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.wait({ours}, timeout=max(0.0, end - time.monotonic()))
        if not ours.done():
            raise Refused(504, f"The picture took longer than {seconds:g} s.")
        return ours.result()

    def close(self) -> None:
        """Starts nothing more; does not wait."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _turn(self, end: float, seconds: float) -> None:
        if self._free.locked() and self._waiting >= self._queue:
            raise overloaded("too many pictures are waiting", retry_after=self._expected())
        self._waiting += 1
        self._waiting_shown.inc()
        try:
            async with asyncio.timeout(max(0.0, end - time.monotonic())):
                await self._free.acquire()
        except TimeoutError:
            raise overloaded(
                f"no turn came in {seconds:g} s", retry_after=self._expected()
            ) from None
        finally:
            self._waiting -= 1
            self._waiting_shown.dec()

    def _expected(self) -> float:
        """Estimates in s how long those that wait will take."""
        return min(60.0, self._mean * (self._waiting + 1) / self.threads)

    def _ended(self, future: Future) -> None:
        spent = time.monotonic() - self._since.pop(future)
        self._mean = _REMEMBERED * self._mean + (1 - _REMEMBERED) * spent if self._mean else spent
        self._working_shown.dec()
        self._free.release()


def _tell(loop: asyncio.AbstractEventLoop, function: Callable, *arguments: object) -> None:
    """Calls a function on the loop, from a thread that may outlive it."""
    try:
        loop.call_soon_threadsafe(function, *arguments)
    except RuntimeError:
        pass  # The loop has been closed: the process is about to end.
