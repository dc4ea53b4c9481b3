"""What a fuzzed target can do wrong, where worker processes find it."""

import os
import warnings
from dataclasses import dataclass

import numpy as np

FAULTS = {
    "raise": (lambda: [][1], "IndexError"),
    "crash": (os.abort, "exit code -6"),
    "exit": (lambda: os._exit(0), "exit code 0"),
    "spin": (lambda: all(True for _ in iter(int, 1)), "hangs: more than 1 s of the processor"),
    "swell": (lambda: np.ones(1 << 28), "Unable to allocate"),
    "warn": (lambda: warnings.warn("leak", stacklevel=1), "warns: leak"),
    "print": (lambda: print("a secret"), "prints: a secret"),
    "print-below": (lambda: os.write(2, b"libtiff: oh"), "prints: libtiff: oh"),
}
"""By name: something wrong, and what the fuzzer says of it."""


@dataclass(frozen=True)
class Faulty:
    """Does something wrong at one input, and at no other."""

    fault: str
    bad: bytes

    def __call__(self, data: bytes) -> str:
        if data == self.bad:
            FAULTS[self.fault][0]()
        return "picture"
