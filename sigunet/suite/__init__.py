"""The exam `signature-cleaning-v1`: frozen pictures of signatures, degraded in 18 ways.

The suite draws its pictures with code, faces and words of its own, so that nothing of it is seen in
training; `sigunet.noise` is not used here.
"""

from sigunet.suite.base import REAL, REAL_WRITERS, SYNTHETIC, base_r, base_s, make_base
from sigunet.suite.digests import verify, write_digests
from sigunet.suite.pictures import SuitePicture, build
from sigunet.suite.rows import (
    BACKGROUNDS,
    CLEAN,
    EMPTY,
    NAME,
    PER_CELL,
    PER_CELL_QUICK,
    PER_PLAIN_ROW,
    PER_PLAIN_ROW_QUICK,
    ROWS,
    SEVERITIES,
    cell_size,
    severities,
)

__all__ = [
    "BACKGROUNDS",
    "CLEAN",
    "EMPTY",
    "NAME",
    "PER_CELL",
    "PER_CELL_QUICK",
    "PER_PLAIN_ROW",
    "PER_PLAIN_ROW_QUICK",
    "REAL",
    "REAL_WRITERS",
    "ROWS",
    "SEVERITIES",
    "SYNTHETIC",
    "SuitePicture",
    "base_r",
    "base_s",
    "build",
    "cell_size",
    "make_base",
    "severities",
    "verify",
    "write_digests",
]
