"""`python -m sigunet.server JSON`: the service with settings as JSON, for programs that start it."""

import sys

from sigunet.errors import SigunetError
from sigunet.server import Settings, run


def main() -> int:
    """Serves; returns the exit code."""
    try:
        return run(Settings.from_json(sys.argv[1]))
    except SigunetError as error:
        print(f"sigunet: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
