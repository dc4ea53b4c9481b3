"""The network, loaded once for all visitors."""

import functools
import threading

from sigunet.cleaning import Cleaner

_lock = threading.Lock()


def load(checkpoint: str, backend: str) -> Cleaner:
    """Loads a network, or returns the one that is there.

    Args:
        checkpoint: See `Cleaner.from_checkpoint`.
        backend: Likewise.

    Raises:
        CheckpointError: If it cannot be loaded.
    """
    with _lock:
        # Two visitors who come first would load it twice.
        return _loaded(checkpoint, backend)


@functools.cache
def _loaded(checkpoint: str, backend: str) -> Cleaner:
    return Cleaner.from_checkpoint(checkpoint, backend=backend)
