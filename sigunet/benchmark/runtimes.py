"""How fast cleaning is, beside what else could run the network, in one run on one machine."""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from sigunet import shipped
from sigunet.benchmark import peers
from sigunet.errors import SigunetError
from sigunet.machine import cores

AGREEMENT = 1e-4
"""The largest difference to our own output at which another runtime still runs the same network."""

_TURN = 0.25  # seconds that one runtime is timed before the next one is
_TURNS_AT_LEAST = 3


def backends(
    place: str = shipped.DEFAULT,
    *,
    size: int = 224,
    seconds: float = 60.0,
    threads: int | None = None,
) -> dict[str, Any]:
    """Times one picture in our backend and in its peers, in turns of a fraction of a second.

    Args:
        place: Of the checkpoint; what `cleaning.backends.load` takes, but for a .onnx file.
        size: Side of the square picture, px.
        seconds: In all, without loading and compiling.
        threads: Of one prediction; None takes the cores there are.

    Returns:
        size, threads: As given.
        seconds: {runtime: median of a prediction}. "sigunet" is our backend, "onnxruntime" the same
            graph with nothing around it; "jax"; "pytorch", "openvino" and "openvino bf16" where
            they are installed.
        per_second: {runtime: predictions a second}, of the median.
        speed: {runtime: our speed by its own}; above 1 we are faster.
        difference: {runtime: largest difference to our output}.

    Raises:
        CheckpointError: If there is no whole checkpoint there.
        SigunetError: If a runtime that computes in float32 finds something else.
    """
    threads = threads or cores()
    runs = _runtimes(place, threads)
    channels = _channels(place)
    image = np.random.default_rng(0).random((1, size, size, channels), np.float32)
    own = runs["sigunet"](image)
    difference = {name: float(np.abs(run(image) - own).max()) for name, run in runs.items()}
    for name, largest in difference.items():
        if largest > AGREEMENT and not name.endswith("bf16"):
            raise SigunetError(f"{name} does not run the same network: it is {largest:.1g} off.")
    medians = in_turns({name: lambda run=run: run(image) for name, run in runs.items()}, seconds)
    return {
        "size": size,
        "threads": threads,
        "seconds": medians,
        "per_second": {name: 1 / median for name, median in medians.items()},
        "speed": {name: median / medians["sigunet"] for name, median in medians.items()},
        "difference": difference,
    }


def table(result: dict[str, Any]) -> str:
    """Writes what `backends` found as a Markdown table, the fastest first."""
    lines = [
        f"One picture of {result['size']} x {result['size']}, {result['threads']} threads.",
        "",
        "| runtime | ms | pictures/s | our speed by its own |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name, seconds in sorted(result["seconds"].items(), key=lambda item: item[1]):
        rate, speed = result["per_second"][name], result["speed"][name]
        lines.append(f"| {name} | {1000 * seconds:.1f} | {rate:.0f} | {speed:.2f} |")
    return "\n".join(lines)


def session_options(
    place: str = shipped.DEFAULT,
    *,
    size: int = 224,
    seconds: float = 60.0,
    threads: int | None = None,
) -> dict[str, float]:
    """Times one picture in ONNX Runtime under each of its options, as `backends` does.

    Args:
        place: See `backends`; so the others.
        size: Side of the square picture, px.
        seconds: In all.
        threads: Of one prediction; None takes the cores there are.

    Returns:
        {option: median of a prediction in seconds}; "ours" is what `cleaning.graph_backends` sets, each
        other one differs from it in what its name says.
    """
    import onnxruntime

    from sigunet.cleaning import graph_backends as ours
    from sigunet.cleaning import graphs

    threads = threads or cores()

    def changed(**values: Any) -> Any:
        options = ours.session_options(threads)
        for name, value in values.items():
            setattr(options, name, value)
        return options

    still = changed()
    still.add_session_config_entry("session.intra_op.allow_spinning", "0")
    level, mode = onnxruntime.GraphOptimizationLevel, onnxruntime.ExecutionMode
    variants = {
        "ours": changed(),
        "one thread": changed(intra_op_num_threads=1),
        "twice the threads": changed(intra_op_num_threads=2 * threads),
        "threads do not spin": still,
        "memory patterns": changed(enable_mem_pattern=True),
        "no memory arena": changed(enable_cpu_mem_arena=False),
        "parallel execution": changed(execution_mode=mode.ORT_PARALLEL, inter_op_num_threads=2),
        "no NCHWc layout": changed(graph_optimization_level=level.ORT_ENABLE_EXTENDED),
        "no optimisation": changed(graph_optimization_level=level.ORT_DISABLE_ALL),
    }
    data = graphs.find(place).data
    image = np.random.default_rng(0).random((1, size, size, _channels(place)), np.float32)
    runs = {
        name: peers.bare_onnxruntime(data, threads, options) for name, options in variants.items()
    }
    return in_turns({name: lambda run=run: run(image) for name, run in runs.items()}, seconds)


def in_turns(calls: Mapping[str, Callable[[], Any]], seconds: float) -> dict[str, float]:
    """Times calls in turns, so that whatever else the machine does falls on all alike.

    Args:
        calls: {name: call}. Each turn begins with a call that is not timed: the threads of the one
            before may still be spinning.
        seconds: In all.

    Returns:
        {name: median of a call in seconds}.
    """
    times: dict[str, list[float]] = {name: [] for name in calls}
    turn = min(_TURN, seconds / len(calls) / _TURNS_AT_LEAST)
    end = time.perf_counter() + seconds
    turns = 0
    while turns < _TURNS_AT_LEAST or time.perf_counter() < end:
        for name, call in calls.items():
            call()
            stop = time.perf_counter() + turn
            start = 0.0
            while start < stop:
                start = time.perf_counter()
                call()
                times[name].append(time.perf_counter() - start)
        turns += 1
    return {name: statistics.median(taken) for name, taken in times.items()}


def _runtimes(place: str, threads: int) -> dict[str, peers.Run]:
    import jax

    from sigunet import checkpoint
    from sigunet.cleaning import backends as ours
    from sigunet.cleaning import graphs

    variables, meta = checkpoint.load_host(place)
    variables = jax.tree.map(lambda leaf: np.asarray(leaf, np.float32), variables)
    data = graphs.find(place).data
    runs: dict[str, peers.Run] = {
        "sigunet": ours.load(place, backend="onnx", threads=threads),
        "onnxruntime": peers.bare_onnxruntime(data, threads),
        "jax": peers.jax(variables, meta.config.model),
    }
    if peers.installed("torch"):
        runs["pytorch"] = peers.pytorch(variables, meta.config.model, threads)
    if peers.installed("openvino"):
        runs["openvino"] = peers.openvino(data, threads, "f32")
        runs["openvino bf16"] = peers.openvino(data, threads, "bf16")
    return runs


def _channels(place: str) -> int:
    from sigunet.cleaning import backends as ours

    return ours.load(place, backend="onnx").channels
