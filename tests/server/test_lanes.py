import asyncio
import threading
import time

import pytest

from sigunet.server.errors import Refused
from sigunet.server.lanes import Lane


class Shown:
    """A gauge that remembers how high it went."""

    def __init__(self):
        self.now = self.most = 0

    def inc(self):
        self.now += 1
        self.most = max(self.most, self.now)

    def dec(self):
        self.now -= 1


def lane(**more):
    return Lane("test", **{"threads": 1, "queue": 2, "waiting": Shown(), "working": Shown()} | more)


def run(function):
    return asyncio.run(asyncio.wait_for(function(), 60))


def test_no_more_at_once_than_there_are_threads():
    shown = Shown()
    at_once, most, lock = 0, 0, threading.Lock()
    pause = threading.Event()

    def work(k):
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        pause.wait(0.01)
        with lock:
            at_once -= 1
        return k * k

    async def all_of_them():
        bounded = lane(threads=2, queue=20, working=shown)
        done = await asyncio.gather(
            *(bounded.run(lambda k=k: work(k), seconds=60) for k in range(20))
        )
        await asyncio.sleep(0.05)
        assert done == [k * k for k in range(20)]
        assert bounded.working == 0 and bounded.longest() == 0

    run(all_of_them)
    assert most == 2 and shown.most == 2 and shown.now == 0


def test_one_too_many_is_refused_at_once():
    waiting, release = Shown(), threading.Event()

    async def four():
        bounded = lane(waiting=waiting)
        tasks = [asyncio.create_task(bounded.run(release.wait, seconds=60)) for _ in range(3)]
        await asyncio.sleep(0)
        while bounded.working != 1 or waiting.now != 2:
            await asyncio.sleep(0.01)
        with pytest.raises(Refused) as refused:
            await bounded.run(release.wait, seconds=60)
        assert refused.value.status == 503 and refused.value.headers["Retry-After"] == "1"
        release.set()
        assert await asyncio.gather(*tasks) == [True] * 3

    run(four)
    assert waiting.now == 0


def test_work_over_its_time_keeps_its_place_until_it_ends():
    release = threading.Event()

    async def late():
        bounded = lane()
        with pytest.raises(Refused) as refused:
            await bounded.run(release.wait, seconds=0.05)
        assert refused.value.status == 504
        assert bounded.working == 1 and bounded.longest() > 0
        with pytest.raises(Refused) as refused:
            await bounded.run(release.wait, seconds=0.05)
        assert refused.value.status == 503 and "no turn" in refused.value.sentence
        release.set()
        assert await bounded.run(lambda: 7, seconds=60) == 7

    run(late)


def test_time_that_has_begun_before_counts():
    release = threading.Event()

    async def late():
        bounded = lane()
        assert await bounded.run(lambda: 7, seconds=60, since=time.monotonic() - 1) == 7
        gone = time.monotonic() - 60
        with pytest.raises(Refused) as refused:
            await bounded.run(release.wait, seconds=60, since=gone)
        assert refused.value.status == 504 and refused.value.sentence.endswith("than 60 s.")
        with pytest.raises(Refused) as refused:
            await bounded.run(release.wait, seconds=60, since=gone)
        assert refused.value.status == 503 and "no turn came in 60 s" in refused.value.sentence
        release.set()

    run(late)


def test_who_goes_away_leaves_the_queue():
    waiting, release = Shown(), threading.Event()

    async def away():
        bounded = lane(waiting=waiting)
        first = asyncio.create_task(bounded.run(release.wait, seconds=60))
        while bounded.working != 1:
            await asyncio.sleep(0.01)
        second = asyncio.create_task(bounded.run(release.wait, seconds=60))
        while waiting.now != 1:
            await asyncio.sleep(0.01)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        assert waiting.now == 0
        release.set()
        await first

    run(away)


def test_errors_come_back():
    def fail():
        raise ValueError("mine")

    async def failing():
        bounded = lane()
        with pytest.raises(ValueError, match="mine"):
            await bounded.run(fail, seconds=60)
        assert await bounded.run(lambda: 1, seconds=60) == 1

    run(failing)
