"""Reading what users bring: a picture file of any common kind to pixels, within bounds.

`sniff` says what a file is by its first bytes, `guards` reads headers and refuses what would not
fit before anything is decoded, `decode` lets Pillow decode one format and no other, `pixels` brings
every mode to the one image contract, and `files` opens paths, bytes and streams.
"""

from sigunet.reading.decode import Frame, check, decode
from sigunet.reading.files import NAMELESS, name_of, opened, printable
from sigunet.reading.guards import MAX_BYTES, MAX_PIXELS, MAX_SIDE
from sigunet.reading.pixels import to_array

__all__ = [
    "MAX_BYTES",
    "MAX_PIXELS",
    "MAX_SIDE",
    "NAMELESS",
    "Frame",
    "check",
    "decode",
    "name_of",
    "opened",
    "printable",
    "to_array",
]
