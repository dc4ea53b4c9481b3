"""Training batches: tf.data over `example.py`, or the same batches from worker processes.

Nothing here has a state that a checkpoint would have to hold: batch k is a function of k, so that
a run resumes from its step alone, and on any number of threads or hosts.
"""

import contextlib
import os
import weakref
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
from ml_collections import ConfigDict

from sigunet.data.batches import Batch, Batches, Loader
from sigunet.data.example import Examples
from sigunet.data.source import Source
from sigunet.errors import require
from sigunet.machine import cores

_AHEAD = 2  # batches that wait


def make_loader(
    config: ConfigDict,
    source: Source,
    *,
    start_step: int = 0,
    stop_step: int | None = None,
    stream: str = "train",
    process_index: int = 0,
    process_count: int = 1,
    teacher: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Loader:
    """Opens the loader that `config.data.loader` names.

    Args:
        config: The whole config.
        source: Where the signatures come from.
        start_step: First batch, which is how a run resumes.
        stop_step: One past the last batch; None means `config.steps`.
        stream: Name of the stream of examples.
        process_index: Which host this is.
        process_count: How many hosts share each batch.
        teacher: See `Batches`.

    Returns:
        An iterator of `Batch`, where b is the batch size over the hosts; a context manager.

    Raises:
        MissingExtra: If `data.loader` is "tf" and TensorFlow is not installed.
        ConfigError: If the batch does not divide by the hosts, or the recipe is wrong.
    """
    examples = Examples.of(config, source, stream=stream)
    batches = Batches(
        examples, config.batch_size, process_index, process_count, teacher, config.data.closer
    )
    stop = config.steps if stop_step is None else stop_step
    stop = max(start_step, stop)
    if config.data.loader == "tf":
        return TfLoader(batches, start_step, stop, workers=config.data.workers)
    from sigunet.data.processes import ProcessLoader

    return ProcessLoader(batches, start_step, stop, workers=config.data.workers)


def tensorflow() -> ModuleType:
    """Imports TensorFlow such that it leaves every accelerator to JAX.

    Raises:
        MissingExtra: If it is not installed.
    """
    # It only feeds the training: what it says of its own start-up is not about the run. oneDNN
    # would round its arithmetic in another order, on the machines that have it.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    tf = require("tensorflow", "train")
    for kind in ("GPU", "TPU"):
        # Once TensorFlow runs it cannot be changed any more; whoever started it has chosen.
        with contextlib.suppress(RuntimeError, ValueError):
            tf.config.set_visible_devices([], kind)
    return tf


class TfLoader:
    """Batches made by tf.data's threads.

    Args:
        batches: What to make.
        start_step: First batch.
        stop_step: One past the last.
        workers: How many threads; 0 means as many as cores.

    Raises:
        DataError: From `next`, if the data cannot be read.
        MissingExtra: If TensorFlow is not installed.
    """

    def __init__(self, batches: Batches, start_step: int, stop_step: int, *, workers: int = 0):
        self._errors: list[Exception] = []
        tf = tensorflow()
        with tf.device("/CPU:0"):
            dataset = _dataset(tf, batches, start_step, stop_step, workers or cores(), self._errors)
            self._held = [dataset.as_numpy_iterator(), dataset]
        # An iterator that is alive when the interpreter ends keeps it from ending.
        self._release = weakref.finalize(self, self._held.clear)

    def __iter__(self) -> "TfLoader":
        return self

    def __next__(self) -> Batch:
        if not self._held:
            raise StopIteration
        try:
            return next(self._held[0])
        except StopIteration:
            raise
        except Exception:
            # TensorFlow turns what an example raised into text; the error itself is wanted.
            if self._errors:
                raise self._errors[0] from None
            raise

    def __enter__(self) -> "TfLoader":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the dataset and its threads; may be called more than once."""
        self._release()


def _dataset(
    tf: ModuleType,
    batches: Batches,
    start: int,
    stop: int,
    threads: int,
    errors: list[Exception],
) -> Any:
    """tf.data over the examples of one host, bounded, in order."""
    rows, shapes = batches.rows, batches.shapes

    def make(number: np.ndarray) -> tuple[np.ndarray, ...]:
        try:
            row = batches.row(batches.position(*divmod(int(number), rows)))
            return tuple(row[name] for name in shapes)
        except Exception as error:
            errors.append(error)
            raise

    def load(number: Any) -> dict[str, Any]:
        row = tf.numpy_function(make, [number], (tf.uint8,) * len(shapes), stateful=False)
        return {
            name: tf.ensure_shape(values, shape)
            for (name, shape), values in zip(shapes.items(), row, strict=True)
        }

    options = tf.data.Options()
    options.deterministic = True
    options.autotune.enabled = False
    options.threading.private_threadpool_size = threads
    options.threading.max_intra_op_parallelism = 1
    return (
        tf.data.Dataset.range(start * rows, stop * rows)
        .map(load, num_parallel_calls=threads, deterministic=True)
        .batch(rows, drop_remainder=True)
        .prefetch(_AHEAD)
        .with_options(options)
    )
