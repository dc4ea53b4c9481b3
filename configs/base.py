"""The weights that are shipped as `base`: colour, the wide family, native-scale crops.

4.44 M parameters, 4.6 GFLOP at 256 x 256; some 8 crops/s on two CPU cores. The shipped weights came in stages, each
started from the one before; see experiments/base/README.md. In one go it is

    sigunet train --config configs/base.py --workdir experiments/base \
        --init-from experiments/small-synthetic/weights
"""

from ml_collections import ConfigDict

from sigunet.configs import small


def get_config() -> ConfigDict:
    """Returns the config."""
    config = small.get_config()
    config.noise = "wide"
    config.steps = 16_000
    config.eval_every = 1_000
    config.model.width = 24
    config.model.channels = 3
    config.model.detail = 32
    config.data.writers = 2_000
    config.data.empty = 0.08
    config.data.clean = 0.16
    config.loss.sharpness = 2.0
    # Strokes of 1.6 to 7 px: offices scan at 150 to 300 dpi.
    config.data.min_scale = 0.45
    config.data.max_scale = 1.3
    config.optimizer.learning_rate = 1.5e-3
    config.eval.pictures = 192
    return config
