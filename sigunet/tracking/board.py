"""The W&B run of a training run: a copy of the local record that may fail without anyone noticing.

Everything W&B does happens on one thread of its own, in order: training hands a call over and goes
on, whether W&B answers, is slow, or is not there at all.
"""

import os
import queue
import re
import secrets
import shutil
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sigunet.atomic import write_text
from sigunet.tracking.credentials import resolve_mode

ID_FILE = "wandb-run-id.txt"

# Pictures wait in memory: a W&B that hangs must not fill it.
_MAX_WAITING = 500

_HIGHER_IS_BETTER = frozenset({"iou", "fmeasure", "accuracy", "precision", "recall", "psnr"})

_PUBLIC_FACTS = ("commit", "dirty", "data_digest", "devices", "lineage", "sigunet", "versions")


def say_on_stderr(sentence: str) -> None:
    """Prints a sentence about the run, and not about its results, where progress goes."""
    print(sentence, file=sys.stderr, flush=True)


def best_is(key: str) -> str | None:
    """Returns which value of a scalar is its summary: "max", "min", or None for the last one."""
    group, _, name = key.rpartition("/")
    if group == "perf":
        return None
    if name in _HIGHER_IS_BETTER:
        return "max"
    return "min" if name.endswith(("loss", "error")) or name == "false_ink" else None


class Wandb:
    """One W&B run. No method raises, and none waits for W&B except the start and the finish.

    Attributes:
        mode: "online", "offline" or "off"; an online run that W&B refuses becomes offline.
        run_id: The id, kept in the run's folder so that a restart goes on in the same run.
        directory: Folder of the run below workdir/wandb, None until W&B has made it.
        url: Where the run can be seen, None if it is not online.
    """

    def __init__(
        self,
        workdir: str | os.PathLike,
        config: Mapping[str, Any],
        *,
        facts: Mapping[str, Any],
        say: Callable[[str], None] = say_on_stderr,
        wait_s: float = 10.0,
        init_timeout_s: float = 30.0,
        finish_timeout_s: float = 60.0,
    ):
        """Starts the run, or goes on with the one whose id lies in the folder.

        Args:
            workdir: The run's folder; what W&B records lies below workdir/wandb.
            config: The run's config as nested dicts; its `tracking` group says mode, project,
                group, tags, notes and name.
            facts: The manifest; what is needed to find the run again goes along with the config,
                paths, command and diff stay here.
            say: Called with each sentence that the user should see; each failure is said once.
            wait_s: Seconds the caller waits for W&B; after that it catches up by itself.
            init_timeout_s: Seconds W&B may take to start online before the run becomes offline.
            finish_timeout_s: Seconds W&B may take to upload what is left at the end.
        """
        self.directory: Path | None = None
        self.url: str | None = None
        self._workdir = Path(workdir).absolute()
        self._staging = self._workdir / "wandb" / "artifacts"
        self._tracking = dict(config.get("tracking", {}))
        self._config = {**config, "manifest": {k: facts.get(k) for k in _PUBLIC_FACTS}}
        self._say = say
        self._init_timeout_s = init_timeout_s
        self._finish_timeout_s = finish_timeout_s
        self._run = None
        self._defined: set[str] = set()
        self._failed = False
        self._calls: queue.Queue = queue.Queue(_MAX_WAITING)
        self._started = threading.Event()
        self._finished = False
        self.run_id = ""
        self.mode, sentence = resolve_mode(self._tracking.get("wandb", "auto"))
        if sentence:
            say(sentence)
        if self.mode == "off":
            return
        self.run_id = _run_id(self._workdir / ID_FILE)
        self._thread = threading.Thread(target=self._work, name="sigunet-wandb", daemon=True)
        self._thread.start()
        if not self._started.wait(wait_s):
            say("W&B is slow to answer; training goes on and W&B catches up when it can.")

    def scalars(self, step: int, values: Mapping[str, Any]) -> None:
        """Logs numbers by key ("train/loss") with `step` as their axis."""
        values = dict(values)
        self._hand_over(lambda: self._log(step, values))

    def picture(self, step: int, name: str, path: str | os.PathLike, caption: str) -> None:
        """Logs a picture file under samples/, away from the groups whose summary is a number."""

        def log() -> None:
            import wandb

            image = wandb.Image(str(path), caption=caption)
            self._log(step, {f"samples/{name}": image})

        self._hand_over(log)

    def artifact(self, source: str | os.PathLike, name: str, metadata: Mapping[str, Any]) -> None:
        """Logs a file or folder as a model artifact called NAME-RUNID.

        Args:
            source: What to log. It is linked under workdir/wandb at once, so that it may be
                deleted as soon as this returns.
            name: Name of the artifact before the run's id.
            metadata: Numbers and text stored with it.
        """
        # Without a run nothing would ever upload the copy.
        no_run = self._started.is_set() and self._run is None
        if self.mode == "off" or self._finished or no_run:
            return
        try:
            staged = self._stage(Path(source), name)
        except OSError as error:
            self._fail(error)
            return
        self._hand_over(lambda: self._log_artifact(staged, name, dict(metadata)))

    def summary(self, values: Mapping[str, Any]) -> None:
        """Sets values of the run's summary."""
        values = dict(values)
        self._hand_over(lambda: self._run.summary.update(values))

    def finish(self, exit_code: int = 0) -> None:
        """Ends the run and waits, up to the limit, for what is left to be uploaded."""
        if self.mode == "off" or self._finished:
            return
        self._hand_over(lambda: self._end(exit_code))
        self._finished = True
        self._thread.join(self._finish_timeout_s + 5)
        if self._thread.is_alive():
            self._fail(TimeoutError("it did not finish in time"))
        else:
            self._keep_newest()

    # From here on everything runs on the thread, except _hand_over, _stage, _keep_newest and _fail.

    def _hand_over(self, call: Callable[[], None]) -> None:
        if self.mode == "off" or self._finished:
            return
        try:
            self._calls.put_nowait(call)
        except queue.Full:
            self._fail(TimeoutError("it does not keep up"))

    def _work(self) -> None:
        try:
            self._start()
        finally:
            self._started.set()
        while not (self._finished and self._calls.empty()):
            try:
                call = self._calls.get(timeout=0.5)
            except queue.Empty:
                continue
            if self._run is None:
                continue
            # W&B must not be able to end a training run, whatever it raises.
            try:
                call()
            except (Exception, SystemExit) as error:
                self._fail(error)

    def _start(self) -> None:
        try:
            if self.mode == "online":
                self._start_online()
            else:
                self._run = self._init("offline")
            self.directory = Path(self._run.dir).parent
            self.url = self._run.url if self.mode == "online" else None
        except ImportError:
            self._fail(None, "wandb is not installed (pip install 'sigunet[train]')")
        except (Exception, SystemExit) as error:
            self._fail(error)

    def _start_online(self) -> None:
        try:
            self._run = self._init("online")
        except ImportError:
            raise
        except (Exception, SystemExit) as error:
            self.mode = "offline"
            _release()
            self._run = self._init("offline")
            where = Path(self._run.dir).parent
            self._say(
                f"W&B cannot be reached ({_first_line(error)}); the run is recorded offline: "
                f"`wandb sync {where}` uploads it later."
            )

    def _init(self, mode: str) -> Any:
        # Read at import: crash reports would go out even for an offline run.
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
        import wandb

        tracking = self._tracking
        return wandb.init(
            mode=mode,
            dir=str(self._workdir),
            id=self.run_id,
            resume="allow",
            project=tracking.get("project") or "sigunet",
            group=tracking.get("group") or None,
            tags=list(tracking.get("tags") or ()) or None,
            notes=tracking.get("notes") or None,
            name=tracking.get("name") or self._workdir.name,
            config=self._config,
            settings=wandb.Settings(
                init_timeout=self._init_timeout_s,
                finish_timeout=self._finish_timeout_s,
                # A run beside the one a notebook may have open, never in its place.
                reinit="create_new",
                console="off",
                silent=True,
                # The manifest holds what is needed; host, paths and code are nobody's business.
                host="",
                disable_code=True,
                disable_git=True,
                x_disable_machine_info=True,
                x_save_requirements=False,
            ),
        )

    def _log(self, step: int, values: dict[str, Any]) -> None:
        if not self._defined:
            self._run.define_metric("step", hidden=True)
        for key in values.keys() - self._defined:
            # One by one: a pattern such as "val/*" would also take the summaries of pictures.
            self._run.define_metric(key, step_metric="step", summary=best_is(key))
            self._defined.add(key)
        self._run.log({"step": step, **values})

    def _stage(self, source: Path, name: str) -> Path:
        folder = self._staging / f"{name}-{time.time_ns()}"
        if source.is_dir():
            shutil.copytree(source, folder, copy_function=_link)
        else:
            folder.mkdir(parents=True)
            _link(source, folder / source.name)
        return folder

    def _keep_newest(self) -> None:
        """Removes staged copies but the newest of each name: every finish offline leaves one."""
        folders = sorted(self._staging.glob("*"), key=lambda path: path.name)
        newest = {path.name.rpartition("-")[0]: path for path in folders}
        for folder in set(folders) - set(newest.values()):
            shutil.rmtree(folder, ignore_errors=True)

    def _log_artifact(self, staged: Path, name: str, metadata: dict[str, Any]) -> None:
        import wandb

        title = re.sub(r"[^\w.-]+", "-", f"{name}-{self.run_id}")
        artifact = wandb.Artifact(title, type="model", metadata=metadata)
        for file in sorted(path for path in staged.rglob("*") if path.is_file()):
            inside = file.relative_to(staged).as_posix()
            # "immutable": uploaded from where it lies, not from a second copy in the home folder.
            artifact.add_file(str(file), name=inside, policy="immutable", skip_cache=True)
        self._run.log_artifact(artifact, aliases=["latest", "best"])

    def _end(self, exit_code: int) -> None:
        begin = time.monotonic()
        self._run.finish(exit_code=exit_code)
        if self.mode != "online":
            return
        if time.monotonic() - begin < self._finish_timeout_s:
            shutil.rmtree(self._staging, ignore_errors=True)
        else:
            later = f"`wandb sync {self.directory}` uploads the rest"
            self._fail(None, f"W&B did not get everything in time ({later})")

    def _fail(self, error: BaseException | None, reason: str = "") -> None:
        if self._failed:
            return
        self._failed = True
        reason = reason or f"W&B failed ({_first_line(error)})"
        self._say(f"{reason}; the run goes on, its record is in {self._workdir}.")


def _release() -> None:
    """Makes W&B let go of a run whose start failed; its id stays taken in this process else."""
    import wandb

    # A run that somebody has open here, in a notebook perhaps, is not ours to end.
    if wandb.run is None:
        wandb.teardown()


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".:") if lines else type(error).__name__


def _link(source: str | os.PathLike, target: str | os.PathLike) -> None:
    """Links a file, which costs no space, or copies it where the file system cannot."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _run_id(path: Path) -> str:
    """Reads the run's id, or makes one; a sweep's agent brings its own."""
    if path.is_file() and (stored := path.read_text(encoding="utf-8").strip()):
        return stored
    made = os.environ.get("WANDB_RUN_ID") or secrets.token_hex(4)
    write_text(path, f"{made}\n")
    return made
