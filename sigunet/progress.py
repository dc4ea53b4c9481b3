"""Long work shows itself: a bar on a terminal, plain lines in a log, nothing when quiet."""

import sys
import time
from types import TracebackType
from typing import Self

from tqdm import tqdm

from sigunet.errors import one_line


class Progress:
    """Shows how far a run is, at what rate, and how long it will take.

    Attributes:
        quiet: Whether nothing is shown.
    """

    def __init__(
        self, title: str, total: int | None, *, done: int = 0, unit: str, quiet: bool = False
    ):
        self.quiet = quiet
        self._title, self._total, self._unit = title, total, unit
        self._first, self._started = done, None
        self._bar = None
        # Of one step a bar says nothing before it is over.
        if not quiet and total != 1 and sys.stderr is not None and sys.stderr.isatty():
            self._bar = tqdm(
                total=total,
                initial=done,
                desc=title,
                unit=unit,
                dynamic_ncols=True,
                file=sys.stderr,
            )

    def advance(self, count: int = 1) -> None:
        """Moves the bar; a log gets its lines from `report`."""
        if self._started is None:
            # The first one compiles: it says nothing of the time that is left.
            self._first, self._started = self._first + count, time.monotonic()
        if self._bar is not None:
            self._bar.update(count)

    def report(self, done: int, text: str) -> None:
        """Shows numbers: behind the bar, or as a line of its own in a log.

        Args:
            done: How many are done in all.
            text: The numbers.
        """
        if self._bar is not None:
            self._bar.set_postfix_str(text, refresh=False)
        elif not self.quiet:
            left = self._left(done)
            print(
                f"{self._title} {done}/{self._total} {self._unit}  {text}  {left}",
                file=sys.stderr,
                flush=True,
            )

    def say(self, sentence: str) -> None:
        """Prints a sentence above the bar."""
        sentence = one_line(sentence)
        if self._bar is not None:
            self._bar.write(sentence, file=sys.stderr)
        elif not self.quiet:
            print(sentence, file=sys.stderr, flush=True)

    def tell(self, line: str) -> None:
        """Prints a line of the output above the bar, whatever is quiet; letters it lacks are escaped."""
        if sys.stdout is None:
            return
        encoding = sys.stdout.encoding or "utf-8"
        try:
            line.encode(encoding, sys.stdout.errors or "strict")
        except UnicodeEncodeError:
            line = line.encode(encoding, "backslashreplace").decode(encoding)
        if self._bar is not None:
            self._bar.write(line, file=sys.stdout)
        else:
            print(line)

    def _left(self, done: int) -> str:
        fresh = done - self._first
        if fresh <= 0 or done >= self._total or self._started is None:
            return ""
        seconds = (time.monotonic() - self._started) / fresh * (self._total - done)
        return f"{duration(seconds)} left"

    def __enter__(self) -> Self:
        """Returns itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes the bar."""
        if self._bar is not None:
            self._bar.close()


def duration(seconds: float) -> str:
    """Writes a time as people say it: "40 s", "12 min", "3 h 20 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
