import os

import pytest

# Nothing of the user's: no account, no key, no data folder.
for name in ("WANDB_API_KEY", "WANDB_BASE_URL", "JAX_COORDINATOR_ADDRESS"):
    os.environ.pop(name, None)
# The networks of the tests compile three times faster so, and run in no time either way.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

MICRO = (
    "model.width=4",
    "model.depth=2",
    "data.size=32",
    "data.signatures=30",
    "data.writers=6",
    "data.loader=processes",
    "data.workers=1",
    "batch_size=4",
    "steps=6",
    "log_every=2",
    "eval_every=3",
    "checkpoint_every=2",
    "eval.pictures=6",
    "tracking.pictures=2",
    "tracking.wandb=off",
)
"""Overrides that make `tiny` a matter of seconds."""


@pytest.fixture(scope="session", autouse=True)
def cache_dir(tmp_path_factory):
    """A folder for the networks that are kept as ONNX, instead of the user's own."""
    folder = tmp_path_factory.mktemp("cache")
    os.environ["SIGUNET_CACHE_DIR"] = str(folder)
    yield folder
    del os.environ["SIGUNET_CACHE_DIR"]


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory):
    """A folder for data sets, shared by the tests of a session."""
    folder = tmp_path_factory.mktemp("data")
    before = os.environ.get("SIGUNET_DATA_DIR")
    os.environ["SIGUNET_DATA_DIR"] = str(folder)
    yield folder
    if before is None:
        del os.environ["SIGUNET_DATA_DIR"]
    else:
        os.environ["SIGUNET_DATA_DIR"] = before


@pytest.fixture
def micro(data_dir):
    """Makes a config of seconds: `micro("steps=4")`."""
    from sigunet import config as config_lib

    return lambda *overrides: config_lib.load("tiny", [*MICRO, *overrides])


@pytest.fixture(scope="session")
def trained(data_dir, tmp_path_factory):
    """The workdir of a micro run of six steps, and its result."""
    from sigunet import config as config_lib
    from sigunet.train import train_and_evaluate

    folder = tmp_path_factory.mktemp("runs") / "trained"
    result = train_and_evaluate(config_lib.load("tiny", MICRO), folder, quiet=True)
    return folder, result
