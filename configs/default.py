"""The network and training as described: width 32, 224 x 224 letterboxed, Adam 1e-3.

    sigunet train --config configs/default.py --workdir experiments/first

Every key there is stands here with a comment; the other configs override a few.
7.85 M parameters, 21.3 GFLOP forward a picture: meant for a GPU or TPU.
"""

from ml_collections import ConfigDict


def get_config() -> ConfigDict:
    """Returns the base config, all keys."""
    config = ConfigDict()

    config.seed = 0  # of the weights, the order and the noise
    config.steps = 50_000  # optimiser steps in all, restarts counted together
    config.batch_size = 64  # pairs a step over all devices and hosts
    config.log_every = 50  # steps between two lines of metrics
    config.eval_every = 1_000  # steps between two validations
    config.checkpoint_every = 1_000  # steps between two saves; 0: only at validations and the end
    # What is drawn as noise, member by member in physical order whatever the order here; "default"
    # is sigunet.noise.DEFAULT_RECIPE, the described family; "wide" is WIDE_RECIPE, all that documents have; and
    # 'wide|documents(path="scans", p=0.3)' is that on scans of your own. A run keeps the text as it
    # is given. `sigunet preview` shows what it looks like.
    config.noise = "default"

    config.model = ConfigDict()
    config.model.width = 32  # channels of the first level; each level below has twice as many
    config.model.depth = 4  # levels of the encoder, above the bottleneck
    config.model.convs = 2  # Conv 3x3 - BatchNorm - ReLU in a row in each block
    config.model.channels = 1  # 1: grey pictures; 3: RGB
    config.model.stem = "none"  # "space_to_depth": 2 x 2 pixel blocks, a quarter of the cost
    config.model.detail = 0  # channels of a last block that sees the picture again; 0: none
    config.model.dtype = "float32"  # of the computation; "bfloat16" is faster on GPU and TPU

    config.loss = ConfigDict()
    # Steepness of the target's edges; 1: the share of each pixel that is ink; 2: edges as drawn.
    config.loss.sharpness = 1.0

    config.teacher = ConfigDict()
    # Weights whose opinion, got by looking twice and judging again, is learnt beside the truth: a run, a file, or the
    # name of shipped ones. "": none
    config.teacher.checkpoint = ""
    config.teacher.share = 0.5  # of the loss that asks for the teacher's opinion
    # Share of a picture's ink that the teacher must find to be heard, 0 to 1; where it overlooks
    # more, the truth alone teaches. 0: it is always heard
    config.teacher.recall = 0.0
    # How far from the truth the teacher may be to be heard of a pixel, 0 to 1; where it is further
    # off, sure and wrong, the truth alone teaches. 1: it is always heard
    config.teacher.tolerance = 1.0
    config.teacher.backend = "onnx"  # what runs it, beside the loader: or "openvino"

    config.optimizer = ConfigDict()
    config.optimizer.learning_rate = 1e-3  # of Adam, after the warm-up
    config.optimizer.schedule = "constant"  # or "cosine": down to zero at the last step
    config.optimizer.warmup_steps = 0  # linear from zero
    config.optimizer.weight_decay = 0.0  # decoupled (AdamW), on convolution kernels alone
    config.optimizer.clip_norm = 0.0  # largest global norm of the gradient; 0: not clipped
    config.optimizer.accumulate = 1  # parts a batch is worked through in, one after the other
    # Decay a step of averaged weights, which are then what is validated and kept; 0: off.
    config.optimizer.ema = 0.0

    config.data = ConfigDict()
    config.data.name = "synthetic"  # or "folder" (clean signatures), "pairs" (images/ and gt/)
    config.data.path = ""  # the user's folder, for "folder" and "pairs"
    config.data.cache_dir = ""  # "": $SIGUNET_DATA_DIR, else ~/.cache/sigunet/data
    config.data.seed = 0  # of the synthetic signatures and of the split
    config.data.signatures = 20_000  # synthetic: in all, train, validation and test together
    config.data.writers = 400  # synthetic: how many people sign
    config.data.writer_pattern = ""  # regular expression, group 1 in a file's name is its writer
    config.data.on_bad_file = "skip"  # or "stop"
    config.data.sampling = "letterbox"  # whole signatures; or "crop": windows at native scale
    config.data.size = 224  # side of a training picture in pixels
    config.data.min_scale = 0.8  # smallest and
    config.data.max_scale = 1.25  # largest scale of a crop, as against the signature's own size
    config.data.empty = 0.0  # share of pairs without a signature
    config.data.clean = 0.0  # share of pairs left undegraded
    config.data.sparse = 0.0  # share of pairs under less noise: each member's p times 0 to 1
    config.data.closer = 0.0  # share of windows of which a part is shown, enlarged 1.4 to 2 times
    # tf.data; or "processes": worker processes without TensorFlow, faster where cores are many. Both
    # give the same batches.
    config.data.loader = "tf"
    config.data.workers = 0  # threads or processes; 0: as many as cores

    config.eval = ConfigDict()
    config.eval.pictures = 256  # validation pairs, the same at every validation
    # Clean scans of real signatures to watch beside them, under the same noise: a folder as for
    # data.name=folder, none of which is trained on. "": none
    config.eval.signatures = ""
    config.eval.writers = ".*"  # regular expression: only these writers of that folder

    config.tracking = ConfigDict()
    config.tracking.wandb = "auto"  # online with a key, else offline; or "online", "offline", "off"
    config.tracking.project = "sigunet"
    config.tracking.name = ""  # "": the name of the workdir
    config.tracking.group = ""  # runs of one question
    config.tracking.tags = ()  # ("crops", "width")
    config.tracking.notes = ""
    config.tracking.pictures = 8  # validation pairs in the sample grids

    config.profile_steps = ()  # (first, last): a jax.profiler trace of these
    config.debug_nans = False  # stop at the operation that makes the first NaN; slow
    return config
