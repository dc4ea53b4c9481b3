"""`python -m sigunet` is the command `sigunet`."""

import sys

from sigunet.cli import main

if __name__ == "__main__":
    sys.exit(main())
