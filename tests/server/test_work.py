import asyncio
import json

import pytest
from made_server import signature

from sigunet.server import asked, work
from sigunet.server.lanes import Lane
from sigunet.server.metrics import Metrics
from sigunet.server.settings import Settings


@pytest.fixture(scope="module")
def cleaners():
    return work.load(Settings(backend="onnx"))


def cleaned(cleaners, query, **settings):
    """What a workshop answers, as JSON."""

    async def answer():
        workshop = work.Workshop(Settings(**settings), *cleaners, Metrics())
        try:
            wanted = asked.combine(asked.read([*query, ("json", "true")]))
            return await workshop.clean(signature(), wanted)
        finally:
            workshop.close()

    return json.loads(asyncio.run(answer()).body)


@pytest.mark.parametrize(("own", "taken"), [("one", 1), ("two", 2)])
def test_who_does_not_say_gets_the_looks_of_the_service(cleaners, own, taken):
    assert cleaned(cleaners, [], looks=own)["looks"] == taken
    assert cleaned(cleaners, [("looks", "one")], looks=own)["looks"] == 1
    assert cleaned(cleaners, [("looks", "two")], looks=own)["looks"] == 2


@pytest.mark.parametrize("looks", ["one", "two"])
def test_a_picture_that_changes_lanes_has_one_time_for_both(cleaners, monkeypatch, looks):
    ran = []

    class Watched(Lane):
        async def run(self, work, **times):
            ran.append((self, times))
            return await super().run(work, **times)

    monkeypatch.setattr(work, "Lane", Watched)
    monkeypatch.setattr(work, "LARGE", 1000)
    answer = cleaned(cleaners, [("looks", looks)], timeout=50)
    assert answer["looks"] == {"one": 1, "two": 2}[looks]
    (small, first), (large, second) = ran
    assert small is not large
    assert first == second and first["seconds"] == 50 and first["since"] > 0
