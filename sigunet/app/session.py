"""What one visitor's session keeps, and what it says when something goes wrong."""

import contextlib
import logging
from collections.abc import Callable, Hashable, Iterator
from typing import TypeVar

import streamlit as st

from sigunet.app.words import plain
from sigunet.errors import SigunetError

Made = TypeVar("Made")

_log = logging.getLogger(__name__)


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """Shows errors as sentences, never as tracebacks."""
    try:
        yield
    except SigunetError as error:
        st.error(plain(str(error)), icon=":material/error:")
    except MemoryError:
        st.error("There is not enough memory for this picture; try a smaller one.")
    except Exception:
        _log.exception("The page failed.")
        st.error(
            "Something went wrong inside sigunet, and the terminal it was started in says what. "
            "Another picture or other options may work.",
            icon=":material/error:",
        )


def once(place: str, key: Hashable, make: Callable[[], Made]) -> Made:
    """Makes something when its key changes, and keeps only the newest.

    Args:
        place: Where in the session it is kept.
        key: What it is made of.
        make: Makes it.

    Returns:
        What `make` returned for this key.
    """
    kept = st.session_state.get(place)
    if kept is None or kept[0] != key:
        # The old one goes first: there may not be memory for both.
        kept = None
        st.session_state.pop(place, None)
        kept = (key, make())
        st.session_state[place] = kept
    return kept[1]
