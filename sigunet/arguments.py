"""What several verbs of the command share."""

import argparse

CONFIG_HELP = "path of a config file, or the name of one that is shipped (base, default, finetune, small, tiny)"
"""What `--config` takes."""

_PLACES = (
    "a run's workdir, its checkpoints folder, the folder of one step, a {} file, or the name of "
    "weights that are shipped (base)"
)

CHECKPOINT_HELP = _PLACES.format(".safetensors or .onnx")
"""What `--checkpoint` takes where a network is used."""

WEIGHTS_HELP = _PLACES.format(".safetensors")
"""What is taken where weights are trained on, or written otherwise."""

BACKENDS = "{auto,onnx,openvino,jax}"
"""What `--backend` takes; `cleaning.backends`, which says so too, is slow to import."""


LOOKS = ("auto", "one", "two")
"""What `--looks` takes; `cleaning.scaling`, which says so too, is slow to import."""


def positive(text: str) -> int:
    """Reads a whole number above 0, as a `type` of argparse."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value
