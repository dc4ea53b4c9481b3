"""What Streamlit runs: the page, with the network that the command line names."""

import sys

from sigunet.app.page import show

show(*sys.argv[1:])
