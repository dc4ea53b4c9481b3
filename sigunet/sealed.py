"""JSON that tells whether it was changed since it was written.

What weights say of themselves, their threshold and their refinement, decides what they find as much as
the weights do.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sigunet import atomic
from sigunet.errors import CheckpointError

KEY = "described_sha256"
"""The key that holds the SHA-256 of all the others."""


def write(path: str | os.PathLike, content: Mapping[str, Any]) -> None:
    """Writes a JSON object with its digest; as `atomic.write_json`.

    Args:
        path: Where to.
        content: As `atomic.write_json` takes it; a digest that it has from before is replaced.

    Raises:
        SigunetError: If it cannot be written.
    """
    rest = {key: value for key, value in content.items() if key != KEY}
    atomic.write_json(path, rest | {KEY: _digest(rest)})


def opened(content: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Checks that what was read from a file is what was written; older files have no digest.

    Args:
        content: Of the file.
        path: What the sentence calls it.

    Returns:
        The content without its digest.

    Raises:
        CheckpointError: If it has changed.
    """
    rest = {key: value for key, value in content.items() if key != KEY}
    if KEY in content and content[KEY] != _digest(rest):
        raise CheckpointError(
            f"{path} has changed since it was written: its SHA-256 is not the one that it carries."
        )
    return rest


def _digest(content: Mapping[str, Any]) -> str:
    # Read once, so that what JSON does not tell apart, such as 1 and "1" as keys, is the same here.
    plain = json.loads(json.dumps(content, default=str))
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
