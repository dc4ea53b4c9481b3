import math

import pytest

from sigunet.benchmark import serve as benchmark_serve
from sigunet.errors import ConfigError, SigunetError

WRK = """Running 10s test @ http://127.0.0.1:8000/v1/clean
  1 threads and 8 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   150.31ms   12.09ms 201.16ms   81.30%
    Req/Sec    53.05     10.91    80.00     74.75%
  Latency Distribution
     50%  148.50ms
     75%  152.00ms
     90%  160.00ms
     99%    1.20s
  530 requests in 10.02s, 1.03MB read
  Socket errors: connect 0, read 1, write 0, timeout 2
  Non-2xx or 3xx responses: 4
Requests/sec:     52.91
Transfer/sec:    105.31KB
"""


def test_what_wrk_prints():
    assert benchmark_serve.parse_wrk(WRK) == {
        "requests_per_second": 52.91,
        "p50": 148.5,
        "p99": 1200.0,
        "requests": 530,
        "errors": 7,
    }
    with pytest.raises(SigunetError, match="cannot be read"):
        benchmark_serve.parse_wrk("unable to connect")


@pytest.mark.parametrize(("with_wrk", "backend"), [(True, "openvino"), (False, "auto")])
def test_a_short_run(with_wrk, backend, monkeypatch):
    if not with_wrk:
        monkeypatch.setattr(benchmark_serve.shutil, "which", lambda name: None)
    result = benchmark_serve.run(backend=backend, seconds=1, clients=(1, 3), size=64, minutes=0.02)
    assert result["backend"] == backend
    assert [row["clients"] for row in result["rows"]] == [1, 3]
    for row in result["rows"]:
        assert row["errors"] == 0 and row["requests"] > 0
        assert 0 < row["p50"] <= row["p99"] and math.isfinite(row["requests_per_second"])
    soak = result["soak"]
    assert soak["errors"] == 0 and soak["last"] > 10e6
    assert soak["growth"] == soak["last"] - soak["settled"]
    text = benchmark_serve.table(result)
    assert "| 3 |" in text and "0.02 minutes of load" in text


def test_loads_are_bounded():
    for more in ({"seconds": 10_000}, {"minutes": 1e6}, {"clients": (1000,)}):
        with pytest.raises(ConfigError):
            benchmark_serve.run(**more)
