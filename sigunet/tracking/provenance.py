"""The manifest of a run: everything needed to say what was run, on what, and to run it again."""

import importlib.metadata
import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sigunet
from sigunet.atomic import write_json
from sigunet.errors import SigunetError
from sigunet.machine import cores, cpu_model

NAME = "manifest.json"

MAX_DIFF = 200_000
"""Longest recorded diff in characters; what is beyond is cut, and the cut is marked."""

_MAX_UNTRACKED = 50

_PACKAGES = (
    "jax",
    "jaxlib",
    "flax",
    "optax",
    "orbax-checkpoint",
    "ml-collections",
    "numpy",
    "opencv-python-headless",
    "pillow",
    "tensorflow-cpu",
    "tensorflow",
    "tensorflow-datasets",
    "array-record",
    "wandb",
)

# What may change from one start of a run to the next; a later start records where it differs.
_VARYING = ("commit", "dirty", "diff", "untracked", "versions", "python", "platform", "cpu")
_VARYING += ("devices", "data_digest", "config")


def manifest(
    config: Mapping[str, Any],
    *,
    command: Sequence[str],
    data_digest: str,
    devices: Mapping[str, Any],
    lineage: Mapping[str, Any] | None = None,
    repository: str | os.PathLike | None = None,
) -> dict[str, Any]:
    """Gathers the facts of a start: config, code, versions, machine, data and command.

    Args:
        config: The run's config as plain nested dicts; its `seed` is repeated at the top.
        command: The command line, argument by argument.
        data_digest: Digest of the data the run trains on.
        devices: What the run computes on, for example
            {"kind": "NVIDIA H200", "platform": "gpu", "count": 8, "processes": 1}.
        lineage: Of `--init-from`: where the first weights came from; None if they were drawn.
        repository: Folder whose git state is recorded; by default the checkout that this package
            runs from, and nothing when it was installed from a wheel.

    Returns:
        A dict that is valid JSON.
    """
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": list(command),
        "config": json.loads(json.dumps(config, default=str)),
        "seed": config.get("seed"),
        "data_digest": data_digest,
        "lineage": dict(lineage) if lineage else None,
        **code_state(repository),
        "sigunet": sigunet.__version__,
        "versions": versions(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu": {"model": cpu_model(), "cores": cores()},
        "devices": dict(devices),
    }


def write_manifest(
    workdir: str | os.PathLike, facts: Mapping[str, Any], *, restored_step: int | None
) -> dict[str, Any]:
    """Writes `manifest.json` of a new run, or adds a start to that of a run that goes on.

    The top of the file stays what the first start found. `starts` has one entry for every start:
    when, by which command, from which step (None: from scratch), and what then differed.

    Args:
        workdir: The run's folder.
        facts: What `manifest` returned.
        restored_step: The step restored from a checkpoint, or None.

    Returns:
        The content of the file.

    Raises:
        SigunetError: If the file cannot be written.
    """
    path = Path(workdir) / NAME
    content = _read(path)
    if content is None:
        content = {**facts, "starts": []}
    changed = {key: facts[key] for key in _VARYING if facts.get(key) != content.get(key)}
    start = {"started": facts["started"], "command": facts["command"]}
    content["starts"].append({**start, "restored_step": restored_step, **changed})
    write_json(path, content)
    return content


def _read(path: Path) -> dict[str, Any] | None:
    """Reads an earlier manifest; one that is damaged is kept beside and not built upon."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SigunetError(f"{path} cannot be read: {error.strerror or error}.") from error
    except ValueError:
        content = None
    if isinstance(content, dict) and isinstance(content.get("starts"), list):
        return content
    path.replace(path.with_suffix(".damaged.json"))
    return None


def code_state(repository: str | os.PathLike | None = None) -> dict[str, Any]:
    """Says which code runs: commit, whether it is changed, the diff, names of untracked files.

    Args:
        repository: A folder in a git checkout; by default this package's own checkout.

    Returns:
        {"commit", "dirty", "diff", "untracked"}; commit and dirty are None outside of git.
    """
    folder = Path(repository) if repository is not None else _own_checkout()
    commit = _git(folder, "rev-parse", "HEAD") if folder is not None else None
    if commit is None:
        return {"commit": _installed_commit(), "dirty": None, "diff": "", "untracked": []}
    diff = _git(folder, "diff", "HEAD", "--no-color", "--no-ext-diff") or ""
    if len(diff) > MAX_DIFF:
        diff = f"{diff[:MAX_DIFF]}\n[cut: {len(diff) - MAX_DIFF} more characters]"
    untracked = (_git(folder, "ls-files", "--others", "--exclude-standard") or "").splitlines()
    return {
        "commit": commit.strip(),
        "dirty": bool(diff),
        "diff": diff,
        "untracked": untracked[:_MAX_UNTRACKED],
    }


def _own_checkout() -> Path | None:
    """Returns this package's folder if git tracks it there.

    A package installed into an environment that lies inside somebody else's checkout must not
    claim that checkout's commit.
    """
    package = Path(sigunet.__file__).parent
    return package if _git(package, "ls-files", "__init__.py") else None


def _installed_commit() -> str | None:
    """Returns the commit pip recorded when it installed the package straight from git."""
    try:
        origin = importlib.metadata.distribution("sigunet").read_text("direct_url.json")
    except importlib.metadata.PackageNotFoundError:
        return None
    return json.loads(origin).get("vcs_info", {}).get("commit_id") if origin else None


def _git(folder: Path, *arguments: str) -> str | None:
    """Runs git in a folder; None where there is no git, no checkout, or it takes too long."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode(errors="replace")


def versions() -> dict[str, str]:
    """Returns the versions of the packages a result depends on, those not installed left out."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
