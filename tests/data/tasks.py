"""Tasks for worker processes: they must be importable there."""

import os
import sys
import time

import numpy as np

from sigunet.errors import DataError


def arrays(number):
    return {"a": np.full((300, 400), number, np.float32), "b": f"n{number}"}


def square(number):
    time.sleep(0.02 * (number % 3))
    return number**2


def sentence(number):
    if number == 2:
        raise DataError("Picture 2 is upside down.")
    return number


def failure(number):
    return 1 // (number - 2)


def death(number):
    if number == 3:
        os.kill(os.getpid(), 9)
    return number


def modules(number):
    return sorted(name for name in ("tensorflow", "jax") if name in sys.modules)


class Heavy:
    """Makes a batch, then says which heavy packages that has imported."""

    def __init__(self, make):
        self.make = make

    def __call__(self, number):
        self.make(number)
        return modules(number)
