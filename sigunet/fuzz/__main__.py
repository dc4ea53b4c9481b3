"""`python -m sigunet.fuzz TARGET --count N --seed S`: exit code 1 if a promise was broken."""

import argparse
import itertools
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from sigunet.fuzz import run
from sigunet.fuzz.targets import TARGETS
from sigunet.progress import Progress

_REPORT_EVERY = 1000  # inputs


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the fuzzer.

    Args:
        argv: The arguments; those of the process by default.

    Returns:
        0, or 1 if an input ended otherwise than was promised.
    """
    parser = argparse.ArgumentParser(prog="python -m sigunet.fuzz", description=run.__doc__)
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--count", type=int, default=20_000, help="how many inputs")
    parser.add_argument("--seed", type=int, default=0, help="the same seed makes the same inputs")
    parser.add_argument("--start", type=int, default=0, help="number of the first input")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument(
        "--seconds", type=int, default=run.SECONDS, help="of processor time, for one input"
    )
    parser.add_argument(
        "--memory", type=int, default=run.MEMORY, help="bytes, at most, beyond start"
    )
    parser.add_argument(
        "-o", "--out", type=Path, default=Path("fuzz-failures"), help="folder for inputs that fail"
    )
    options = parser.parse_args(argv)
    done = itertools.count(1)

    def advance() -> None:
        bar.advance()
        if (number := next(done)) % _REPORT_EVERY == 0:
            bar.report(number, options.target)

    with Progress("fuzzing", options.count, unit="inputs") as bar:
        outcome = run.fuzz(
            options.target,
            count=options.count,
            seed=options.seed,
            start=options.start,
            workers=max(1, min(options.workers, options.count)),
            memory=options.memory,
            seconds=options.seconds,
            out=options.out,
            progress=advance,
        )
    words = ", ".join(f"{number:,} {word}" for word, number in sorted(outcome.counts.items()))
    print(f"{options.count:,} inputs: {words or 'none'}")
    for number, reason in sorted(outcome.failures.items()):
        print(f"{options.out / f'{options.seed}-{number}.bin'}: {reason.strip().splitlines()[-1]}")
    return 1 if outcome.failures else 0


if __name__ == "__main__":
    sys.exit(main())
