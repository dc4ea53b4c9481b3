"""Validation while a run trains: fixed pairs, the score of a state on them, and their picture."""

from concurrent.futures import ThreadPoolExecutor

import jax
import numpy as np
from jax.sharding import Mesh
from ml_collections import ConfigDict

from sigunet import devices, grids, scoring, strength
from sigunet import model as model_lib
from sigunet import state as state_lib
from sigunet.data import example, sources


class Validation:
    """The fixed validation pairs, and the score of a state on them.

    Args:
        config: Of the run.
        mesh: Its devices.
        source: Signatures of writers that are not trained on.
        stream: Of the examples: another one draws other noise.
    """

    def __init__(
        self, config: ConfigDict, mesh: Mesh, source: sources.Source, stream: str = "validation"
    ):
        self._config, self._mesh, self._source, self._stream = config, mesh, source, stream
        self._step = scoring.jit_eval_step(config, mesh)
        self._batches = None

    def _prepare(self) -> None:
        """Draws the pairs, once; the last batch is padded and masked."""
        config = self._config
        pairs = example.Examples.of(config, self._source, stream=self._stream)
        count, size = config.eval.pictures, config.batch_size
        with ThreadPoolExecutor() as threads:
            drawn = list(threads.map(pairs, range(count)))
        self.shown = drawn[: config.tracking.pictures]
        self._batches = []
        for first in range(0, count, size):
            rows = [min(n, count - 1) for n in range(first, first + size)]
            self._batches.append(
                {
                    "image": np.stack([drawn[n][0] for n in rows]),
                    "ink": np.stack([drawn[n][1] for n in rows]),
                    "mask": np.arange(first, first + size) < count,
                }
            )

    def run(self, state: state_lib.TrainState) -> tuple[dict[str, float], np.ndarray | None]:
        """Scores a state.

        Args:
            state: Its averaged weights are scored where it has them.

        Returns:
            The metrics of `scoring.finish`, and the grid input | target | output | errors, or None
            where no pictures are asked for.
        """
        if self._batches is None:
            self._prepare()
        variables = state.best_variables
        total = None
        for batch in self._batches:
            local = devices.local_rows(batch)
            sums = jax.device_get(self._step(variables, devices.shard(local, self._mesh)))
            total = sums if total is None else jax.tree.map(np.add, total, sums)
        metrics = scoring.finish(total)
        if not self.shown:
            return metrics, None
        model = model_lib.from_config(self._config.model)
        # One device of each process: the pictures are few.
        weights = jax.tree.map(lambda leaf: leaf.addressable_data(0), variables)
        images = np.stack([image for image, _ in self.shown])
        soft = np.asarray(model_lib.predict(model, weights, images))
        soft = np.stack([strength.relative(ink) for ink in soft])
        grid = grids.prediction_grid(images, [ink for _, ink in self.shown], soft)
        return metrics, grid
