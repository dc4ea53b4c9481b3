"""A network of 0.06 M parameters on crops of 128 x 128: the demo and the tests.

Three minutes on two CPU cores. `make demo` prints its F-measure beside Otsu's on frozen pictures.

    sigunet demo
"""

from ml_collections import ConfigDict

from sigunet.configs import default


def get_config() -> ConfigDict:
    """Returns the demo's config."""
    config = default.get_config()
    config.steps = 600
    config.batch_size = 16
    config.log_every = 20
    config.eval_every = 200
    config.checkpoint_every = 200
    config.model.width = 8
    config.model.depth = 3
    config.model.convs = 1
    config.data.signatures = 400
    config.data.writers = 40
    config.data.size = 128
    config.data.sampling = "crop"
    config.optimizer.schedule = "cosine"
    config.optimizer.learning_rate = 3e-3
    config.optimizer.warmup_steps = 20
    config.eval.pictures = 32
    config.tracking.pictures = 4
    return config
