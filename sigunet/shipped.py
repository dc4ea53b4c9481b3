"""The weights that come with the package: where they lie, found without reading any."""

import os
from importlib import resources
from pathlib import Path

from sigunet.errors import CheckpointError

SUFFIX = ".safetensors"

DEFAULT = "base"
"""The weights that are used where nobody names any."""


def folder() -> Path:
    """Returns where the package has its weights."""
    return Path(str(resources.files("sigunet") / "weights"))


def names() -> list[str]:
    """Lists the names of the weights that come with the package."""
    if not folder().is_dir():
        return []
    files = (entry.name for entry in folder().iterdir())
    return sorted(name.removesuffix(SUFFIX) for name in files if name.endswith(SUFFIX))


def check(name: str) -> None:
    """Checks that there are weights of a name.

    Raises:
        CheckpointError: If there are none; it says which there are.
    """
    if name not in names():
        known = ", ".join(names()) or "none"
        raise CheckpointError(f"There are no weights named {name!r}; shipped are {known}.")


def locate(place: str | os.PathLike) -> Path | None:
    """Finds the weights file that a user means.

    Args:
        place: A path that ends in .safetensors, or the name of shipped weights. A string that is
            such a name means them whatever lies in the working folder: a folder of that name is
            given as "./NAME", or as a `Path`.

    Returns:
        The file; None if `place` says something else, such as a folder.
    """
    path = Path(place)
    if path.suffix == SUFFIX:
        return path
    if str(place) not in names() or (not isinstance(place, str) and os.path.exists(place)):
        return None
    return folder() / f"{place}{SUFFIX}"
