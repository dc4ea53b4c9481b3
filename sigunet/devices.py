"""Devices and hosts: one mesh axis, `data`, over all there are."""

import contextlib
import os
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from sigunet.errors import ConfigError


def initialize(
    coordinator: str | None = None, processes: int | None = None, index: int | None = None
) -> None:
    """Joins the other processes of a run, where there are any.

    On TPU pods and under Slurm JAX finds them itself; elsewhere they are named, by argument or by
    JAX_COORDINATOR_ADDRESS, JAX_NUM_PROCESSES and JAX_PROCESS_ID. Must run before anything else
    touches JAX.

    Args:
        coordinator: "host:port" of process 0.
        processes: How many there are.
        index: Which one this is, from 0.

    Raises:
        ConfigError: If some of the three are given and others are not, or nobody answers.
    """
    coordinator = coordinator or os.environ.get("JAX_COORDINATOR_ADDRESS")
    processes = processes if processes is not None else _integer("JAX_NUM_PROCESSES")
    index = index if index is not None else _integer("JAX_PROCESS_ID")
    given = [value is not None for value in (coordinator, processes, index)]
    if all(given):
        if not 0 <= index < processes:
            raise ConfigError(f"--process-index {index} must be below --processes {processes}.")
        if processes > 1:
            try:
                jax.distributed.initialize(coordinator, processes, index)
            except RuntimeError as error:
                reason = str(error).splitlines()[0]
                raise ConfigError(
                    f"Process 0 at {coordinator} does not answer: {reason}"
                ) from error
    elif any(given):
        raise ConfigError(
            "Several processes need all three of --coordinator HOST:PORT, --processes N and "
            "--process-index I."
        )
    else:
        # JAX knows Cloud TPU, Slurm and MPI by itself; it finds no cluster on a single machine.
        with contextlib.suppress(ValueError):
            jax.distributed.initialize()


def _integer(name: str) -> int | None:
    text = os.environ.get(name)
    if text is None:
        return None
    if not text.isdigit():
        raise ConfigError(f"{name}={text} is not a number.")
    return int(text)


def first_process() -> bool:
    """Says whether this is the process that writes and prints for all."""
    return jax.process_index() == 0


def mesh() -> Mesh:
    """Returns the mesh of all devices of all processes, with the axis `data`."""
    return Mesh(np.asarray(jax.devices()), ("data",))


def check_batch(batch_size: int, accumulate: int) -> None:
    """Checks that a batch divides over the devices.

    Raises:
        ConfigError: Names the nearest batch sizes that do.
    """
    parts = jax.device_count() * accumulate
    if batch_size % parts:
        below = max(parts, batch_size // parts * parts)
        raise ConfigError(
            f"batch_size {batch_size} does not divide by {jax.device_count()} devices"
            + (f" x {accumulate} accumulated parts" if accumulate > 1 else "")
            + f"; {below} or {(batch_size // parts + 1) * parts} would."
        )


def local_rows(batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Cuts this process's rows out of a global batch that every process has whole."""
    count, index = jax.process_count(), jax.process_index()
    return {
        key: rows[len(rows) // count * index : len(rows) // count * (index + 1)]
        for key, rows in batch.items()
    }


def shardings(mesh: Mesh) -> tuple[NamedSharding, NamedSharding]:
    """Returns the two shardings there are: replicated, and split along the batch."""
    return (
        NamedSharding(mesh, PartitionSpec()),
        NamedSharding(mesh, PartitionSpec("data")),
    )


def shard(batch: dict[str, np.ndarray], mesh: Mesh) -> dict[str, jax.Array]:
    """Puts this process's rows of a global batch on its devices, split along the first axis."""
    _, sharding = shardings(mesh)
    return {
        key: jax.make_array_from_process_local_data(sharding, rows) for key, rows in batch.items()
    }


def replicate(tree: Any, mesh: Mesh) -> Any:
    """Puts a tree of arrays, the same in every process, whole on every device."""
    sharding, _ = shardings(mesh)

    def put(leaf):
        host = np.asarray(leaf)
        return jax.make_array_from_callback(host.shape, sharding, lambda index: host[index])

    return jax.tree.map(put, tree)


def largest(number: int) -> int:
    """Returns the largest of all processes' numbers; all of them must call it together.

    It is how processes agree: on a signal that one of them got, on a file that one does not see.
    """
    if jax.process_count() == 1:
        return number
    from jax.experimental import multihost_utils

    return int(multihost_utils.process_allgather(np.asarray(number, np.int32)).max())


def describe() -> dict[str, str | int]:
    """Returns kind, platform and number of the devices, for the run's manifest."""
    first = jax.devices()[0]
    return {
        "platform": first.platform,
        "kind": first.device_kind,
        "devices": jax.device_count(),
        "processes": jax.process_count(),
    }


def memory_gib() -> float:
    """Returns the peak memory in GiB: the accelerator's, or this process's on a CPU."""
    statistics = jax.local_devices()[0].memory_stats()
    if statistics and "peak_bytes_in_use" in statistics:
        return statistics["peak_bytes_in_use"] / 2**30
    import resource
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**30 if sys.platform == "darwin" else 2**20)
