"""Makes the two files that freeze the suite: `python -m sigunet.suite.make signatures|digests`.

Neither is made again once results of the suite are published: other files are another suite.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from sigunet.suite import base, digests
from sigunet.suite.pictures import build

_HERE = Path(__file__).parent


def main(argv: Sequence[str] | None = None) -> None:
    """Runs the command.

    Args:
        argv: The arguments; those of the process if None.
    """
    parser = argparse.ArgumentParser(prog="python -m sigunet.suite.make", description=__doc__)
    parser.add_argument("file", choices=("signatures", "digests"))
    parser.add_argument(
        "--real",
        metavar="DIR",
        help=f"also digest base {base.REAL}: the folder of SSBI's signatures",
    )
    parser.add_argument("--to", type=Path, default=_HERE, help="the folder that is written into")
    arguments = parser.parse_args(argv)
    if arguments.file == "signatures":
        base.make_base(arguments.to / base.FILE)
        return
    sets = {base.SYNTHETIC: build(base.base_s(), base=base.SYNTHETIC)}
    if arguments.real:
        sets[base.REAL] = build(base.base_r(arguments.real), base=base.REAL)
    digests.write_digests(sets, arguments.to / digests.FILE)


if __name__ == "__main__":
    main()
