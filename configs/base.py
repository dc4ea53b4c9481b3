"""The weights that are shipped as `base`: colour, the wide family, native-scale crops.

4.44 M parameters, 10.4 GFLOP forward at 384 x 384. It is meant for a GPU with many cores beside it, since
making the pictures takes longer than learning from them; the shipped weights came in stages, each
started from the one before, and are a mean of two: experiments/base/CHAIN.md has the commands. To go on from the shipped ones
on two CPU cores, where a step of 8 crops takes two seconds:

    sigunet train --config configs/base.py --workdir experiments/my-base --init-from base \
        --config.batch_size=8 --config.optimizer.learning_rate=1.5e-3
"""

from ml_collections import ConfigDict

from sigunet.configs import small


def get_config() -> ConfigDict:
    """Returns the config."""
    config = small.get_config()
    config.noise = "wide"
    config.steps = 16_000
    config.batch_size = 32
    config.eval_every = 4_000
    config.checkpoint_every = 2_000
    config.model.width = 24
    config.model.channels = 3
    config.model.detail = 32
    # A whole signature and what lies around it: which of the strokes are the signature's shows there.
    config.data.size = 384
    config.data.writers = 2_000
    config.data.empty = 0.09
    config.data.clean = 0.13
    config.data.loader = "processes"
    config.loss.sharpness = 2.0
    # Strokes of 1.6 to 7 px: offices scan at 150 to 300 dpi.
    config.data.min_scale = 0.45
    config.data.max_scale = 1.3
    config.optimizer.learning_rate = 3e-3
    config.optimizer.ema = 0.999
    config.eval.pictures = 192
    return config
