"""How fast the service is: a real process, loaded over HTTP from another one on loopback."""

import http.client
import io
import re
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from sigunet.errors import ConfigError, SigunetError
from sigunet.machine import cores, cpu_model
from sigunet.server.process import Started
from sigunet.server.settings import Settings

CLIENTS = (1, 8, 32)

_MOST_SECONDS = 600.0  # of one measurement
_MOST_MINUTES = 240.0  # of a soak
_MOST_CLIENTS = 256

_WARM_SECONDS = 3.0
_SAMPLES = 30  # of the memory during a soak, at the most
_SETTLED = 0.2  # share of a soak after which memory is expected to grow no more

_PATH = "/v1/clean"

_SCRIPT = """
wrk.method = "POST"
wrk.path = "{path}"
wrk.headers["Content-Type"] = "image/png"
local file = io.open("{picture}", "rb")
wrk.body = file:read("*a")
file:close()
"""


def run(
    *,
    checkpoint: str = "base",
    backend: str = "auto",
    seconds: float = 10.0,
    clients: tuple[int, ...] = CLIENTS,
    size: int = 224,
    workers: int = 1,
    concurrency: int | None = None,
    minutes: float = 0.0,
) -> dict[str, Any]:
    """Starts the service, loads it and stops it.

    Args:
        checkpoint: The network, see `Cleaner.from_checkpoint`.
        backend: Likewise.
        seconds: How long each number of clients asks.
        clients: How many ask at once, each again as soon as it is answered.
        size: Side of the square picture they send, px; a synthetic signature.
        workers: Processes of the service.
        concurrency: Pictures that each works on at once; None is the default.
        minutes: Of the soak that follows, with 8 clients; 0 does none.

    Returns:
        rows: [{clients, requests_per_second, p50, p99, requests, errors}], latencies in ms.
        soak: {minutes, requests, errors, first, settled, last, growth}, memory of the workers in
            bytes; None without one. `growth` is from `settled`, after a fifth of the time.
        generator, size, picture_bytes, workers, concurrency, backend, checkpoint, cores, cpu.

    Raises:
        ConfigError: If it would load for too long or from too many clients.
        SigunetError: If the service does not start.
    """
    if not 0 < seconds <= _MOST_SECONDS or not 0 <= minutes <= _MOST_MINUTES:
        raise ConfigError(
            f"A benchmark lasts at most {_MOST_SECONDS:g} s for each number of clients and "
            f"{_MOST_MINUTES:g} minutes of soak."
        )
    if not all(1 <= count <= _MOST_CLIENTS for count in clients):
        raise ConfigError(f"A benchmark has 1 to {_MOST_CLIENTS} clients.")
    settings = Settings(
        port=0,
        checkpoint=checkpoint,
        backend=backend,
        workers=workers,
        concurrency=concurrency,
        queue=max(64, *clients),
    )
    picture = _picture(size)
    load = _wrk if shutil.which("wrk") else _threads
    with tempfile.TemporaryFile() as log, Started(settings, log=log) as service:
        load(service, picture, 2, _WARM_SECONDS)
        rows = [{"clients": count, **load(service, picture, count, seconds)} for count in clients]
        soak = _soak(service, picture, minutes) if minutes else None
    return {
        "rows": rows,
        "soak": soak,
        "generator": load.__name__.removeprefix("_"),
        "size": size,
        "picture_bytes": len(picture),
        "workers": workers,
        "concurrency": settings.threads,
        "backend": backend,
        "checkpoint": checkpoint,
        "cores": cores(),
        "cpu": cpu_model(),
    }


def table(result: dict[str, Any]) -> str:
    """Lays out what `run` returns as Markdown."""
    lines = [
        f"The service on {result['cores']} cores of {result['cpu']}, {result['workers']} worker, "
        f"{result['concurrency']} at once, {result['size']} x {result['size']} px, load by "
        f"{result['generator']} on the same cores:",
        "",
        "| clients | requests/s | p50, ms | p99, ms | errors |",
        "| ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in result["rows"]:
        lines.append(
            f"| {row['clients']} | {row['requests_per_second']:.1f} | {row['p50']:.1f} | "
            f"{row['p99']:.1f} | {row['errors']} |"
        )
    soak = result["soak"]
    if soak:
        mega = {name: soak[name] / 1e6 for name in ("first", "settled", "last", "growth")}
        lines += [
            "",
            f"{soak['minutes']:g} minutes of load: {soak['requests']:,} requests, {soak['errors']} "
            f"errors; memory {mega['first']:.0f} MB at first, {mega['settled']:.0f} MB after a "
            f"fifth of the time, {mega['last']:.0f} MB at the end ({mega['growth']:+.1f} MB).",
        ]
    return "\n".join(lines)


def _picture(size: int) -> bytes:
    from sigunet import signatures

    ink = signatures.draw(0, 0, 0)
    rng = np.random.default_rng(0)
    pixels = 235 - 200 * (ink.astype(np.float32) / 255) + rng.normal(0, 4, ink.shape)
    picture = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    picture.thumbnail((size, size))
    square = Image.new("L", (size, size), 235)
    square.paste(picture, ((size - picture.width) // 2, (size - picture.height) // 2))
    file = io.BytesIO()
    square.convert("RGB").save(file, "PNG")
    return file.getvalue()


def _soak(service: Started, picture: bytes, minutes: float) -> dict[str, Any]:
    """Loads for minutes on end and watches the memory of the workers."""
    pids, sampled = service.workers(), [service.memory()]
    requests = errors = 0
    load = _wrk if shutil.which("wrk") else _threads
    # wrk loads for whole seconds, one at least.
    samples = min(_SAMPLES, max(2, round(60 * minutes)))
    for _ in range(samples):
        row = load(service, picture, 8, 60 * minutes / samples)
        requests, errors = requests + row["requests"], errors + row["errors"]
        sampled.append(service.memory())
    if service.workers() != pids:
        raise SigunetError("A worker of the service died under load.")
    settled = sampled[max(1, round(_SETTLED * samples))]
    return {
        "minutes": minutes,
        "requests": requests,
        "errors": errors,
        "first": sampled[0],
        "settled": settled,
        "last": sampled[-1],
        "growth": sampled[-1] - settled,
        "samples": sampled,
    }


def _wrk(service: Started, picture: bytes, clients: int, seconds: float) -> dict[str, Any]:
    """Loads with wrk, whose own work takes the least time."""
    with tempfile.TemporaryDirectory() as folder:
        file, script = Path(folder, "picture.png"), Path(folder, "post.lua")
        file.write_bytes(picture)
        script.write_text(_SCRIPT.format(path=_PATH, picture=file))
        # wrk takes whole seconds.
        whole = max(1, round(seconds))
        done = subprocess.run(
            [
                *("wrk", "--latency", "--threads", "1", "--connections", str(clients)),
                *("--duration", f"{whole}s", "--timeout", "60s", "--script", str(script)),
                service.url + _PATH,
            ],
            capture_output=True,
            text=True,
            timeout=seconds + 120,
        )
    if done.returncode:
        raise SigunetError(f"wrk failed: {' '.join(done.stderr.split())[:200]}")
    return parse_wrk(done.stdout)


def parse_wrk(text: str) -> dict[str, Any]:
    """Reads what `wrk --latency` prints.

    Args:
        text: Its output.

    Returns:
        requests_per_second, p50 and p99 in ms, requests, errors.
    """
    unit = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 60e3}

    def quantile(percent: int) -> float:
        found = re.search(rf"^\s*{percent}%\s+([\d.]+)(us|ms|s|m)\s*$", text, re.MULTILINE)
        return float(found[1]) * unit[found[2]] if found else float("nan")

    total = re.search(r"(\d+) requests in", text)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    if not total or not rate:
        raise SigunetError("wrk printed what cannot be read.")
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    broken = re.search(r"Socket errors: (.*)", text)
    errors = int(refused[1]) if refused else 0
    errors += sum(map(int, re.findall(r"\d+", broken[1]))) if broken else 0
    return {
        "requests_per_second": float(rate[1]),
        "p50": quantile(50),
        "p99": quantile(99),
        "requests": int(total[1]),
        "errors": errors,
    }


def _threads(service: Started, picture: bytes, clients: int, seconds: float) -> dict[str, Any]:
    """Loads with threads of this process, where there is no wrk."""
    spent: list[float] = []
    errors: list[int] = []
    start = time.perf_counter()
    end = start + seconds

    def client() -> None:
        connection = http.client.HTTPConnection(service.host, service.port, timeout=60)
        while time.perf_counter() < end:
            before = time.perf_counter()
            try:
                connection.request("POST", _PATH, picture, {"Content-Type": "image/png"})
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                errors.append(0)
                connection.close()
                continue
            if answer.status == 200:
                spent.append(time.perf_counter() - before)
            else:
                errors.append(answer.status)
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall = time.perf_counter() - start
    cuts = statistics.quantiles(spent, n=100) if len(spent) > 1 else [float("nan")] * 99
    return {
        "requests_per_second": len(spent) / wall,
        "p50": 1e3 * cuts[49],
        "p99": 1e3 * cuts[98],
        "requests": len(spent) + len(errors),
        "errors": len(errors),
    }
