import json

import pytest

from sigunet.benchmark import data as benchmark
from sigunet.data.example import Examples
from sigunet.data.sources import open_source


@pytest.fixture(scope="module")
def result(data_dir):
    from sigunet import config as config_lib

    config = config_lib.load(
        "default",
        [
            "batch_size=4",
            "data.size=64",
            "data.signatures=24",
            "data.writers=6",
            "data.loader=processes",
            "data.workers=1",
            "noise=gaussian(0.1, p=0.5)|lines(p=1)",
        ],
    )
    return benchmark.benchmark_data(config, seconds=0.2, source=open_source(config.data, "train"))


def test_the_result_has_rates_stages_and_members(result):
    assert result["images_per_second_per_core"] > 0 and result["images_per_second"] > 0
    assert result["members_per_image"] == pytest.approx(1.5, abs=0.15)
    assert [row["name"] for row in result["stages"]] == ["fetch", "geometry", "noise"]
    assert {row["name"]: row["probability"] for row in result["members"]} == {
        "gaussian": 0.5,
        "lines": 1.0,
    }
    for row in result["members"]:
        expected = row["milliseconds"] * row["probability"]
        assert row["milliseconds_per_image"] == pytest.approx(expected)
    json.dumps(result)


def test_each_stage_is_timed_on_its_own(result):
    # A small set is decoded once and kept; its stages take time all the same.
    assert all(row["milliseconds"] > 0 for row in result["stages"])


def test_waiting_is_not_counted_as_work_and_no_run_is_too_short(monkeypatch):
    ticks = iter(range(1000))
    calls = []
    mean = benchmark._mean_time(
        calls.append, iter(range(100)), 0.0, least=7, clock=lambda: 3 * next(ticks)
    )
    assert calls == list(range(7)) and mean == pytest.approx(3 / 7)


def test_letters_are_drawn_before_the_clock_starts(monkeypatch, data_dir):
    from sigunet import config as config_lib

    order = []
    make, measure = Examples.__call__, benchmark._one_core
    monkeypatch.setattr(Examples, "__call__", lambda self, n: order.append(n) or make(self, n))
    monkeypatch.setattr(
        benchmark, "_one_core", lambda *given: order.append("clock") or measure(*given)
    )
    monkeypatch.setattr(benchmark, "_loader_rate", lambda *given: 1.0)
    overrides = ["data.size=32", "data.signatures=24", "data.writers=6", "noise=lines(p=1)"]
    config = config_lib.load("default", overrides)
    benchmark.benchmark_data(config, seconds=0.0, source=open_source(config.data, "train"))
    assert order.index("clock") >= 300


def test_the_table_names_every_member(result):
    text = benchmark.table(result)
    assert all(row["name"] in text for row in [*result["members"], *result["stages"]])
    assert "images/s on one core" in text
