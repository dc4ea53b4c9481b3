"""The training state and its steps: pure functions, jitted once.

`(state, batch) -> (state, metrics)`; the state is donated and replicated, the batch is sharded over
the mesh axis `data`. Under jit BatchNorm reduces over the whole global batch, so one device and
many compute the same thing.
"""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
from flax import struct
from jax.sharding import Mesh
from ml_collections import ConfigDict

from sigunet import devices, losses, scoring
from sigunet import model as model_lib

RUNNING = ("loss", "accuracy", "iou", "gradient_norm")
"""The metrics of a training step that are averaged from one log line to the next."""

Batch = dict[str, jax.Array]
Metrics = dict[str, jax.Array]


@struct.dataclass
class TrainState:
    """All that a run carries from step to step.

    Attributes:
        step: int32[], steps done.
        variables: The network's {"params", "batch_stats"}.
        ema: Their exponential moving average, or None when it is off.
        opt_state: The optimiser's.
        running: float32[] sums of the metrics since they were last logged, and of "steps". They live here so that a
            run that was stopped in between logs the same numbers.
        failed_at: int32[], the first step (counted from 0) whose loss or gradient was not finite;
            -1 as long as there is none. From there on the state stands still.
    """

    step: jax.Array
    variables: Any
    ema: Any
    opt_state: Any
    running: Metrics
    failed_at: jax.Array

    @property
    def best_variables(self) -> Any:
        """The weights that are validated, chosen and shipped."""
        return self.variables if self.ema is None else self.ema


def schedule(config: ConfigDict, steps: int) -> optax.Schedule:
    """Returns the learning rate as a function of the step."""
    peak, warmup = config.learning_rate, config.warmup_steps
    if config.schedule == "cosine":
        after = optax.cosine_decay_schedule(peak, max(1, steps - warmup))
    else:
        after = optax.constant_schedule(peak)
    if not warmup:
        return after
    # Step 0 takes the first share of the ramp: a rate of zero would be a step for nothing.
    ramp = optax.linear_schedule(peak / (warmup + 1), peak, warmup)
    return optax.join_schedules([ramp, after], [warmup])


def optimizer(config: ConfigDict, steps: int) -> optax.GradientTransformation:
    """Builds Adam with the clipping, decay and schedule of `config.optimizer`."""
    rate = schedule(config, steps)
    # Always the same links, so that the state of a run fits whatever is changed of its optimiser.
    return optax.chain(
        optax.clip_by_global_norm(config.clip_norm) if config.clip_norm else optax.identity(),
        optax.scale_by_adam(),
        # Decay on kernels alone: BatchNorm's scale and shift and the head's bias keep their size.
        optax.add_decayed_weights(
            config.weight_decay, mask=lambda params: jax.tree.map(lambda x: x.ndim > 1, params)
        ),
        optax.scale_by_schedule(lambda step: -rate(step)),
    )


def create(config: ConfigDict) -> TrainState:
    """Draws the state of step 0, a function of the config alone."""
    model = model_lib.from_config(config.model)
    key = jax.random.fold_in(jax.random.key(config.seed), 0)
    variables = model_lib.init(model, key, model.multiple, config.model.channels)
    tx = optimizer(config.optimizer, config.steps)
    return TrainState(
        step=jnp.zeros((), jnp.int32),
        variables=variables,
        # A copy: donation forbids one buffer in two places.
        ema=jax.tree.map(jnp.copy, variables) if config.optimizer.ema else None,
        opt_state=tx.init(variables["params"]),
        running={name: jnp.zeros((), jnp.float32) for name in (*RUNNING, "steps")},
        failed_at=jnp.full((), -1, jnp.int32),
    )


def train_step(
    state: TrainState,
    batch: Batch,
    *,
    model: model_lib.UNet,
    tx: optax.GradientTransformation,
    ema: float,
    accumulate: int,
    log_every: int,
    sharpness: float = 1.0,
    teacher_share: float = 0.0,
    teacher_recall: float = 0.0,
    teacher_tolerance: float = 1.0,
) -> tuple[TrainState, Metrics]:
    """Does one optimiser step.

    Args:
        state: Before the step.
        batch: "image" uint8[B, H, W, C] and "ink" uint8[B, H, W] as the loaders give them, or both
            as float32 in [0, 1]; where there is a teacher, its soft ink "taught" like "ink".
        model: The network.
        tx: The optimiser.
        ema: Decay of the averaged weights, 0 for none.
        accumulate: Parts the batch is worked through in.
        log_every: Steps the metrics are averaged over.
        sharpness: Of the loss.
        teacher_share: Share of the loss that asks for what the teacher says.
        teacher_recall: Share of a picture's ink that the teacher must find to be heard, 0-1; 0:
            it is always heard.
        teacher_tolerance: How far from the truth, as sharp as it is asked for, it may be to be heard
            of a pixel, 0-1; 1: it is heard of all of them.

    Returns:
        The state after the step, or the same one where the loss or the gradient is not finite;
        and the metrics: those of `RUNNING`, averaged over the steps since the last multiple of
        `log_every`, and "failed_at".
    """
    parts = jax.tree.map(lambda x: _split(_shares(x), accumulate), batch)

    def loss_fn(params, batch_stats, part):
        logits, updates = model.apply(
            {"params": params, "batch_stats": batch_stats},
            part["image"],
            train=True,
            mutable=["batch_stats"],
        )
        target = losses.sharpened(part["ink"], sharpness)
        if "taught" in part:
            # A teacher's edges are already as sharp as it was taught.
            taught = part["taught"]
            heard = _recall(taught, part["ink"]) >= teacher_recall
            heard = heard[:, None, None] & (abs(taught - target) <= teacher_tolerance)
            # The loss is linear in what it asks for: to mix the targets is to mix the losses.
            mixed = (1.0 - teacher_share) * target + teacher_share * taught
            target = jnp.where(heard, mixed, target)
        loss = losses.binary_cross_entropy(logits, target)
        return jnp.mean(loss), (updates["batch_stats"], _train_metrics(logits, part["ink"]))

    def accumulate_part(carry, part):
        gradient, batch_stats, metrics = carry
        (loss, (batch_stats, new)), grads = jax.value_and_grad(loss_fn, has_aux=True)(
            state.variables["params"], batch_stats, part
        )
        new = {"loss": loss, **new}
        return (
            jax.tree.map(lambda a, b: a + b / accumulate, gradient, grads),
            batch_stats,
            jax.tree.map(lambda a, b: a + b / accumulate, metrics, new),
        ), None

    high = model_lib.parameter_dtype(model.dtype)
    zero = {name: jnp.zeros((), high) for name in ("loss", "accuracy", "iou")}
    carry = (
        jax.tree.map(jnp.zeros_like, state.variables["params"]),
        state.variables["batch_stats"],
        zero,
    )
    if accumulate == 1:
        carry, _ = accumulate_part(carry, jax.tree.map(lambda x: x[0], parts))
    else:
        carry, _ = jax.lax.scan(accumulate_part, carry, parts)
    gradient, batch_stats, metrics = carry

    norm = optax.tree.norm(gradient)
    updates, opt_state = tx.update(gradient, state.opt_state, state.variables["params"])
    variables = {
        "params": optax.apply_updates(state.variables["params"], updates),
        "batch_stats": batch_stats,
    }
    averaged = state.ema
    if averaged is not None:
        # The average starts short, so that the random weights of step 0 are soon forgotten.
        decay = jnp.minimum(ema, (1.0 + state.step) / (10.0 + state.step))
        averaged = jax.tree.map(
            lambda a, v: (a + (1.0 - decay) * (v - a)).astype(a.dtype), averaged, variables
        )
    metrics |= {"gradient_norm": norm, "steps": jnp.ones(())}
    begins = state.step % log_every == 0
    running = {
        name: jnp.where(begins, 0.0, total) + metrics[name].astype(jnp.float32)
        for name, total in state.running.items()
    }
    done = TrainState(
        step=state.step + 1,
        variables=variables,
        ema=averaged,
        opt_state=opt_state,
        running=running,
        failed_at=state.failed_at,
    )
    # A finite gradient can still make weights that are not: the next step would tell too late.
    sizes = jnp.stack([metrics["loss"], norm, optax.tree.norm(variables)])
    finite = jnp.all(jnp.isfinite(sizes))
    failed_at = jnp.where((state.failed_at < 0) & ~finite, state.step, state.failed_at)
    kept = jax.tree.map(lambda new, old: jnp.where(failed_at < 0, new, old), done, state)
    metrics = {name: running[name] / running["steps"] for name in RUNNING}
    return kept.replace(failed_at=failed_at), {**metrics, "failed_at": failed_at}


def _recall(found: jax.Array, ink: jax.Array) -> jax.Array:
    """Share of each picture's ink that is found, float32[B] in [0, 1]; 1 where there is none."""
    amount = jnp.sum(ink, axis=(1, 2))
    shared = jnp.sum(jnp.minimum(found, ink), axis=(1, 2))
    return jnp.where(amount > 0, shared / jnp.maximum(amount, 1e-6), 1.0)


def _shares(x: jax.Array) -> jax.Array:
    """Turns 8 bits into float32 in [0, 1]; leaves what is float as it is."""
    return x.astype(jnp.float32) / 255 if x.dtype == jnp.uint8 else x


def _split(x: jax.Array, parts: int) -> jax.Array:
    """Cuts [B, ...] into [parts, B / parts, ...] so that each device keeps the rows it has."""
    return x.reshape(x.shape[0] // parts, parts, *x.shape[1:]).swapaxes(0, 1)


def _train_metrics(logits: jax.Array, ink: jax.Array) -> Metrics:
    predicted, truth = logits > 0, ink > 0.5
    found, claimed, there = scoring.counts(predicted, truth)
    inked = there > 0
    iou = jnp.where(inked, found / jnp.maximum(claimed + there - found, 1), 0.0)
    return {
        "accuracy": jnp.mean(predicted == truth),
        "iou": jnp.sum(iou) / jnp.maximum(jnp.sum(inked), 1),
    }


def jit_train_step(config: ConfigDict, mesh: Mesh) -> Callable:
    """Compiles `train_step` for a config and a mesh; the state it is given is donated."""
    step = functools.partial(
        train_step,
        model=model_lib.from_config(config.model),
        tx=optimizer(config.optimizer, config.steps),
        ema=config.optimizer.ema,
        accumulate=config.optimizer.accumulate,
        log_every=config.log_every,
        sharpness=config.loss.sharpness,
        teacher_share=config.teacher.share,
        teacher_recall=config.teacher.recall,
        teacher_tolerance=config.teacher.tolerance,
    )
    replicated, sharded = devices.shardings(mesh)
    return jax.jit(
        step,
        in_shardings=(replicated, sharded),
        out_shardings=(replicated, replicated),
        # To find the operation that made a NaN, JAX runs the step again on what went in.
        donate_argnums=() if config.debug_nans else 0,
    )
