"""A run's folder: which config it belongs to, and why it stopped."""

import json
from pathlib import Path
from typing import Any

import jax
from ml_collections import ConfigDict

from sigunet import config as config_lib
from sigunet import devices
from sigunet.atomic import write_json, write_text
from sigunet.errors import ConfigError, TrainingStopped

CONFIG = "config.json"
FAILURE = "failure.json"
CHECKPOINTS = "checkpoints"


def check(workdir: Path, config: ConfigDict) -> None:
    """Checks, before anything is written, that a run may start or go on in a folder.

    Raises:
        ConfigError: If the folder holds a run of another config, or cannot be a workdir.
        TrainingStopped: If the run stopped on a non-finite step and the config is the same still.
    """
    if "://" in str(workdir) or ":/" in str(workdir):
        raise ConfigError(f"{workdir}: --workdir must be a folder of the file system.")
    if workdir.exists() and not workdir.is_dir():
        raise ConfigError(f"{workdir} is a file; --workdir needs a folder.")
    if not (workdir / CONFIG).is_file():
        if (workdir / CHECKPOINTS).exists():
            raise ConfigError(
                f"{workdir} holds checkpoints but no {CONFIG}: use another --workdir."
            )
        return
    changed = _changed(workdir, config)
    failure = read_failure(workdir)
    # The same steps again would fail again, unless it is to find out where.
    if failure and not changed and not config.debug_nans:
        raise TrainingStopped(f"{failure['message']} ({workdir / FAILURE})")
    # After a failure a changed config is the remedy; what the state holds stays what it was.
    shape = ("model.", "optimizer.ema")
    barred = {k: v for k, v in changed.items() if not failure or k.startswith(shape)}
    if barred:
        listed = ", ".join(
            f"{key}: {old!r} there, {new!r} here" for key, (old, new) in barred.items()
        )
        raise ConfigError(
            f"{workdir} holds a run of another config ({listed}): use another --workdir."
        )


def is_same_run(workdir: Path, config: ConfigDict) -> bool:
    """Says whether a config may go on with the run in a folder, or is that of another."""
    return not _changed(workdir, config)


def _changed(workdir: Path, config: ConfigDict) -> dict[str, tuple[Any, Any]]:
    return {
        key: pair
        for key, pair in config_lib.differences(read_config(workdir), config).items()
        if not config_lib.is_free(key)
    }


def read_config(workdir: Path) -> ConfigDict:
    """Reads the config of the run in a folder.

    Raises:
        ConfigError: If there is none, or it is damaged.
    """
    path = workdir / CONFIG
    try:
        return config_lib.from_json(path.read_text())
    except FileNotFoundError as error:
        raise ConfigError(f"There is no run in {workdir}: {path} is missing.") from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error


def has_checkpoints(workdir: Path) -> bool:
    """Says whether a run in this folder would go on rather than begin."""
    folder = workdir / CHECKPOINTS
    return folder.is_dir() and any(entry.name.isdigit() for entry in folder.iterdir())


def claim(workdir: Path, config: ConfigDict) -> None:
    """Writes the config into the folder and clears a failure that a changed config has answered.

    One process writes; the others wait, and check that they see the same folder.

    Raises:
        ConfigError: If the processes of a run have different folders.
    """
    if jax.process_index() == 0:
        if (workdir / CONFIG).is_file() and _changed(workdir, config):
            (workdir / FAILURE).unlink(missing_ok=True)
        write_text(workdir / CONFIG, config_lib.to_json(config) + "\n")
    devices.largest(0)
    if devices.largest(int(not (workdir / CONFIG).is_file())):
        raise ConfigError(f"{workdir} must be a folder that all processes of the run share.")


def read_failure(workdir: Path) -> dict[str, Any] | None:
    """Returns what the failure file says, or None."""
    try:
        return json.loads((workdir / FAILURE).read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return {"message": "The run stopped on a non-finite step; its failure file is damaged."}


def record_failure(workdir: Path, step: int, config: ConfigDict) -> str:
    """Writes the failure file.

    Args:
        workdir: The run's folder.
        step: The step that failed, counted from 0.
        config: The run's config.

    Returns:
        The sentence to stop with.
    """
    first, last = step * config.batch_size, (step + 1) * config.batch_size - 1
    message = (
        f"Step {step} (pairs {first} to {last}) made a loss or gradient that is not finite. The "
        f"state before it is saved; lower optimizer.learning_rate, set optimizer.clip_norm, or look "
        f"at the pairs with `sigunet preview --workdir {workdir} --pair {first}`."
    )
    if jax.process_index() == 0:
        write_json(
            workdir / FAILURE,
            {"message": message, "step": step, "first_pair": first, "last_pair": last},
        )
    return message
