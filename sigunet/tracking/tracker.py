"""Where the training loop sends what it has to say: the local record, and W&B beside it."""

import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from sigunet import image
from sigunet.atomic import write_json
from sigunet.tracking import metrics_log
from sigunet.tracking.board import Wandb, say_on_stderr
from sigunet.tracking.provenance import write_manifest

SUMMARY = "summary.json"


class Tracker:
    """Writes metrics, pictures and the manifest to the run's folder, and the same to W&B.

    Only one process of a run tracks; the others hold `Tracker.silent()`, which does nothing.
    Used as a context manager it finishes the run, with exit code 1 if an exception passes.
    """

    def __init__(
        self,
        workdir: Path | None,
        log: metrics_log.MetricsLog | None,
        board: Wandb | None,
    ):
        """Use `Tracker.start` or `Tracker.silent`."""
        self._workdir = workdir
        self._log = log
        self._board = board

    @classmethod
    def start(
        cls,
        workdir: str | os.PathLike,
        config: Mapping[str, Any],
        *,
        manifest: Mapping[str, Any],
        restored_step: int | None,
        say: Callable[[str], None] = say_on_stderr,
    ) -> Self:
        """Opens the records of a run that begins or goes on.

        Args:
            workdir: The run's folder; made if it is missing.
            config: The run's config as nested dicts (`config.to_dict()`).
            manifest: What `sigunet.tracking.manifest` returned for this start.
            restored_step: The step restored from a checkpoint: metrics past it are cut; None for
                a run from scratch.
            say: Called with each sentence that the user should see.

        Returns:
            The tracker.

        Raises:
            SigunetError: If the folder cannot be written. W&B raises nothing.
        """
        workdir = Path(workdir)
        write_manifest(workdir, manifest, restored_step=restored_step)
        log = metrics_log.MetricsLog(workdir / metrics_log.NAME, restored_step=restored_step)
        return cls(workdir, log, Wandb(workdir, config, facts=manifest, say=say))

    @classmethod
    def silent(cls) -> Self:
        """Returns a tracker that does nothing, for all processes but the first."""
        return cls(None, None, None)

    @property
    def local_run_dir(self) -> Path | None:
        """Folder of the W&B run below workdir/wandb; None if there is none."""
        return self._board.directory if self._board else None

    @property
    def url(self) -> str | None:
        """Where the W&B run can be seen; None if it is not online."""
        return self._board.url if self._board else None

    @property
    def run_id(self) -> str | None:
        """Id of the W&B run, the same after every restart; None if there is none."""
        return (self._board.run_id or None) if self._board else None

    def scalars(self, step: int, values: Mapping[str, Any]) -> None:
        """Records numbers.

        Args:
            step: The step they belong to.
            values: Numbers or zero-dimensional arrays by key, each key in a group: train/, val/
                or perf/; what is not deterministic belongs under perf/.

        Raises:
            SigunetError: If metrics.jsonl cannot be written.
        """
        if self._log is None:
            return
        values = {key: np.asarray(value).item() for key, value in values.items()}
        self._log.write(step, values)
        self._board.scalars(step, values)

    def picture(self, step: int, name: str, array: np.ndarray, caption: str = "") -> Path | None:
        """Records a picture as samples/NAME-STEP.png.

        Args:
            step: The step it shows.
            name: What it shows; pictures of one name make a series.
            array: uint8[H, W] or uint8[H, W, 3].
            caption: A line of text beside it in W&B.

        Returns:
            The file, or None from a silent tracker.

        Raises:
            SigunetError: If the file cannot be written.
        """
        if self._workdir is None:
            return None
        name = re.sub(r"[^\w.-]+", "-", name)
        path = self._workdir / "samples" / f"{name}-{step:07d}.png"
        image.write(path, array)
        self._board.picture(step, name, path, caption)
        return path

    def artifact(self, source: str | os.PathLike, name: str, metadata: Mapping[str, Any]) -> None:
        """Hands a file or folder to W&B as a model artifact; locally it lies where it is.

        Args:
            source: A file, or a folder such as a finished checkpoint. It may be deleted afterwards.
            name: The artifact's name, to which the run's id is added.
            metadata: Numbers and text stored with it.
        """
        if self._board is not None:
            self._board.artifact(source, name, metadata)

    def summary(self, values: Mapping[str, Any]) -> None:
        """Records results of the whole run, in summary.json; later values replace earlier ones.

        Args:
            values: Numbers, text or zero-dimensional arrays by key.

        Raises:
            SigunetError: If summary.json cannot be written.
        """
        if self._workdir is None:
            return
        values = {key: metrics_log.plain(value) for key, value in values.items()}
        path = self._workdir / SUMMARY
        try:
            before = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            before = {}
        write_json(path, {**before, **values})
        self._board.summary(values)

    def finish(self, exit_code: int = 0) -> None:
        """Closes the records; W&B gets a bounded time to upload what is left.

        Args:
            exit_code: 0 if the run ended as planned; W&B shows the run as failed otherwise.
        """
        if self._log is None:
            return
        self._log.close()
        self._board.finish(exit_code)

    def __enter__(self) -> Self:
        """Returns itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finishes the run, as failed if an exception passes."""
        self.finish(0 if kind is None else 1)
