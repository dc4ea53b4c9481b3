"""Ctrl-C and SIGTERM as a request that the loop answers between two steps."""

import signal
from types import FrameType, TracebackType
from typing import Self


class StopRequest:
    """While it is entered, the first SIGINT or SIGTERM sets `signal`; a second one kills as usual.

    Attributes:
        signal: The signal that came, or None.
    """

    def __init__(self):
        self.signal: signal.Signals | None = None
        self._before = {}

    def __enter__(self) -> Self:
        """Takes the signals over; in another thread than the main one there are none to take."""
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                self._before[number] = signal.signal(number, self._note)
            except ValueError:
                break
        return self

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.signal = signal.Signals(number)
        signal.signal(number, signal.SIG_DFL)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Gives the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
