"""A run's folder: which config it belongs to, and why it stopped."""

import json
from pathlib import Path
from typing import Any

from ml_collections import ConfigDict

from sigunet import config as config_lib
from sigunet.errors import ConfigError, TrainingStopped
from sigunet.tracking.files import write_json, write_text

CONFIG = "config.json"
FAILURE = "failure.json"


def check(workdir: Path, config: ConfigDict) -> None:
    """Checks, before anything is written, that a run may start or go on in a folder.

    Raises:
        ConfigError: If the folder holds a run of another config, or something else altogether.
        TrainingStopped: If the run stopped on a non-finite step and the config is the same still.
    """
    if workdir.exists() and not workdir.is_dir():
        raise ConfigError(f"{workdir} is a file; --workdir needs a folder.")
    if not (workdir / CONFIG).is_file():
        return
    changed = _changed(workdir, config)
    failure = read_failure(workdir)
    if failure and not changed:
        raise TrainingStopped(f"{failure['message']} ({workdir / FAILURE})")
    # After a failure a changed config is the remedy; the shape of the network stays what it was.
    barred = {k: v for k, v in changed.items() if not failure or k.startswith("model.")}
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


def claim(workdir: Path, config: ConfigDict) -> None:
    """Writes the config into the folder and clears a failure that the config has answered."""
    write_text(workdir / CONFIG, config_lib.to_json(config) + "\n")
    (workdir / FAILURE).unlink(missing_ok=True)


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
    write_json(
        workdir / FAILURE,
        {"message": message, "step": step, "first_pair": first, "last_pair": last},
    )
    return message
