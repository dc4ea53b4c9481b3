"""What the tests of networks in files share."""

import os
import subprocess
import sys

import numpy as np

HEAVY = ("jax", "flax", "orbax", "ml_collections", "scipy", "onnx", "tensorflow")

RUN = """
import numpy as np
from sigunet.cleaning import backends
backend = backends.load({place!r})
assert backend.name == "onnx"
assert backend(np.ones((1, 20, 30, backend.channels), np.float32)).shape == (1, 20, 30)
"""


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(bytes(data))


def noise(channels=1, shape=(1, 40, 56)):
    return np.random.default_rng(0).random((*shape, channels), np.float32)


def imported_by(code):
    """Runs Python code elsewhere; says which heavy packages it imported."""
    listed = f"print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\n{listed}"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONWARNINGS": "error"},
    )
    assert done.stderr == ""
    return done.stdout.strip()
