"""Goes on from the shipped weights with pairs of your own: scans, and their ink as it should be.

800 steps of 8 crops: a quarter to half an hour on two CPU cores. docs/training.md says what the
folder looks like; there is an example with numbers in experiments/finetune-noisyoffice/README.md.

    sigunet train --config configs/finetune.py --workdir experiments/tuned --init-from base \
        --config.data.path=PAIRS
"""

from ml_collections import ConfigDict

from sigunet.configs import base


def get_config() -> ConfigDict:
    """Returns the config."""
    config = base.get_config()
    config.steps = 800
    config.batch_size = 8
    config.eval_every = 200
    config.checkpoint_every = 200
    # The pairs bring their own noise.
    config.noise = ""
    config.data.name = "pairs"
    config.data.size = 256
    config.data.min_scale = 0.9
    config.data.max_scale = 1.1
    config.data.empty = 0.0
    config.data.clean = 0.0
    # Edges as soft as the pairs have them.
    config.loss.sharpness = 1.0
    config.optimizer.learning_rate = 5e-4
    config.optimizer.warmup_steps = 50
    config.optimizer.ema = 0.99
    config.eval.pictures = 64
    return config
