"""The log of a worker: one line each on stderr, never a traceback, nothing of a request's content."""

import asyncio
import logging
import sys
import traceback
import warnings
from types import TracebackType
from typing import Any


def where(error: BaseException) -> str:
    """Says which error it is and where it was raised, without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


class _Lines(logging.Formatter):
    def formatException(self, ei: Any) -> str:
        return where(ei[1])

    def formatStack(self, stack_info: str) -> str:
        return ""

    def format(self, record: logging.LogRecord) -> str:
        return " ".join(super().format(record).split())


def configure() -> None:
    """Sets logging up for this process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines("%(asctime)s %(process)d %(levelname)s %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("sigunet").setLevel(logging.INFO)
    # A warning quotes what it is about.
    warnings.simplefilter("ignore")
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    sys.excepthook = _hook


def quiet_loop(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Logs what an event loop could not hand to anyone; its own words quote the exception."""
    error = context.get("exception")
    what = where(error) if error is not None else "no exception"
    logging.getLogger("sigunet.server").error("An error outside any request: %s", what)


def _hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger("sigunet.server").error("The worker ends: %s", where(error))
