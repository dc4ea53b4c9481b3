"""Native-scale crops and a space-to-depth stem: a good result on a CPU.

Three quarters of an hour on two CPU cores. F-measure on real signatures under the described noise:
0.904 (Otsu 0.777, Sauvola 0.727); see experiments/small-synthetic/README.md.

    sigunet train --config configs/small.py --workdir experiments/my-small
"""

from ml_collections import ConfigDict

from sigunet.configs import default
from sigunet.noise import DEFAULT_RECIPE


def get_config() -> ConfigDict:
    """Returns the config."""
    config = default.get_config()
    config.steps = 6_000
    config.batch_size = 8
    config.log_every = 50
    config.eval_every = 500
    config.checkpoint_every = 500
    # Real pens are paler and less even than the description's.
    config.noise = DEFAULT_RECIPE.replace("pen(p=0.75)", "pen(0, 0.7, uneven=(0, 0.5), p=0.9)")
    config.model.width = 16
    config.model.stem = "space_to_depth"
    config.data.sampling = "crop"
    config.data.size = 256
    config.data.min_scale = 0.7
    config.data.max_scale = 1.4
    config.data.empty = 0.04
    config.data.clean = 0.08
    config.optimizer.schedule = "cosine"
    config.optimizer.learning_rate = 2e-3
    config.optimizer.warmup_steps = 200
    config.optimizer.weight_decay = 1e-4
    config.optimizer.clip_norm = 1.0
    config.optimizer.ema = 0.998
    config.eval.pictures = 128
    return config
