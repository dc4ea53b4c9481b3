import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sigunet import devices
from sigunet import state as state_lib


def batch_of(config, seed=0):
    rng = np.random.default_rng(seed)
    shape = (config.batch_size, config.data.size, config.data.size)
    ink = (rng.random(shape) < 0.1).astype(np.float32)
    image = 1 - ink[..., None] * 0.8 + rng.normal(0, 0.05, (*shape, 1)).astype(np.float32)
    return {"image": image, "ink": ink}


def same(one, other):
    return all(jax.tree.leaves(jax.tree.map(np.array_equal, one, other)))


@pytest.fixture
def machine(micro):
    """Makes (config, mesh, state, step) of a micro network."""

    def make(*overrides):
        config = micro(*overrides)
        mesh = devices.mesh()
        state = devices.replicate(state_lib.create(config), mesh)
        return config, mesh, state, state_lib.jit_train_step(config, mesh)

    return make


def test_learns_compiles_once_and_logs_means(machine):
    config, mesh, state, step = machine("log_every=3", "optimizer.ema=0.9", "optimizer.clip_norm=1")
    batch = devices.shard(batch_of(config), mesh)
    losses, logged = [], []
    for _ in range(6):
        state, metrics = step(state, batch)
        losses.append(float(state.running["loss"]))
        logged.append(float(metrics["loss"]))
    # The running sums start anew after each third step, and the metrics are their means.
    assert losses[1] > losses[0]
    assert losses[3] < losses[2]
    np.testing.assert_allclose(logged, [s / n for s, n in zip(losses, [1, 2, 3] * 2, strict=True)])
    assert logged[5] < logged[2]
    assert step._cache_size() == 1
    assert int(state.step) == 6
    assert not same(state.ema, state.variables)


def test_the_loss_is_shared_between_truth_and_teacher(machine):
    config, mesh, state, _ = machine()
    plain = batch_of(config)
    taught = {**plain, "taught": 1 - plain["ink"]}
    loss = {}
    for share in (0.0, 0.3, 1.0):
        config, mesh, state, step = machine(f"teacher.share={share}", "loss.sharpness=2")
        loss[share] = float(step(state, devices.shard(taught, mesh))[1]["loss"])
    config, mesh, state, step = machine("loss.sharpness=2")
    # Without a teacher its share is nothing.
    assert float(step(state, devices.shard(plain, mesh))[1]["loss"]) == loss[0.0]
    assert loss[0.3] == pytest.approx(0.7 * loss[0.0] + 0.3 * loss[1.0], rel=1e-5)
    assert loss[1.0] != pytest.approx(loss[0.0], rel=1e-2)


def test_a_teacher_is_heard_of_the_pictures_whose_ink_it_finds(machine):
    config, *_ = machine()
    plain = batch_of(config)
    ink, taught = np.zeros((2, *plain["ink"].shape), np.float32)
    ink[:, :10, :10] = taught[:, :10, :10] = 0.5
    # Of the first picture a little less than is asked, of the second a little more; more ink in one place
    # than there is does not make up for none in another.
    taught[0, :10, :30], taught[0, :5, :10] = 1, 0
    taught[1, :3, :10] = 0

    def loss(taught, *overrides):
        _, mesh, state, step = machine("loss.sharpness=1", *overrides)
        batch = {**plain, "ink": ink} | ({} if taught is None else {"taught": taught})
        return float(step(state, devices.shard(batch, mesh))[1]["loss"])

    share = "teacher.share=0.7"
    first, second = taught.copy(), taught.copy()
    first[1], second[0] = ink[1], ink[0]
    alone = loss(None)
    assert loss(first, share, "teacher.recall=0.6") == pytest.approx(alone, rel=1e-6)
    assert loss(first, share, "teacher.recall=0.45") != pytest.approx(alone, rel=1e-4)
    heard = loss(second, share)
    assert heard != pytest.approx(alone, rel=1e-4)
    assert loss(taught, share, "teacher.recall=0.6") == pytest.approx(heard, rel=1e-6)
    # Where there is nothing to find, nothing is overlooked.
    ink[:] = 0
    assert loss(taught, share, "teacher.recall=0.9") == loss(taught, share)


def test_a_teacher_is_not_heard_of_a_pixel_where_it_is_sure_and_wrong(machine):
    config, *_ = machine()
    ink = np.zeros(batch_of(config)["ink"].shape, np.float32)
    ink[:, :10, :10] = 1
    # A little off everywhere, and sure of a stroke that is no ink and of a gap where there is some.
    taught = np.abs(ink - np.float32(0.125))
    right = taught.copy()
    taught[:, 20:23], taught[:, :10, 4:6] = 0.9375, 0.0625
    right[:, 20:23], right[:, :10, 4:6] = ink[:, 20:23], ink[:, :10, 4:6]
    # An edge of which nothing is asked for, where it is less than the tolerance off what is drawn.
    ink[:, 12], taught[:, 12], right[:, 12] = 0.2, 0.9375, 0.0

    def loss(taught, tolerance):
        overrides = ("loss.sharpness=2", "teacher.share=0.7", f"teacher.tolerance={tolerance}")
        _, mesh, state, step = machine(*overrides)
        batch = {**batch_of(config), "ink": ink, "taught": taught}
        return float(step(state, devices.shard(batch, mesh))[1]["loss"])

    # As if it had said the truth there, and what it said elsewhere.
    assert loss(taught, 0.8) == pytest.approx(loss(right, 1.0), rel=1e-6)
    assert loss(taught, 1.0) != pytest.approx(loss(right, 1.0), rel=1e-3)


def test_a_second_shape_would_be_a_second_trace(machine):
    config, mesh, state, step = machine()
    batch = batch_of(config)
    state, _ = step(state, devices.shard(batch, mesh))
    step(state, devices.shard({key: value[:2] for key, value in batch.items()}, mesh))
    assert step._cache_size() == 2


@pytest.mark.parametrize("poison", ["image", "ink"])
def test_a_step_that_is_not_finite_keeps_the_state_for_good(machine, poison):
    config, mesh, state, step = machine("optimizer.ema=0.9")
    good = batch_of(config)
    bad = {key: value.copy() for key, value in good.items()}
    bad[poison][1, 3, 3] = np.nan
    state, _ = step(state, devices.shard(good, mesh))
    before = jax.device_get(state)
    state, metrics = step(state, devices.shard(bad, mesh))
    assert int(metrics["failed_at"]) == 1
    state, _ = step(state, devices.shard(good, mesh))
    assert int(state.failed_at) == 1
    assert same(before, jax.device_get(state.replace(failed_at=before.failed_at)))
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(jax.device_get(state)))


def test_accumulation_is_the_same_gradient_where_batchnorm_sees_the_same(machine):
    # Four equal pictures: each part has the statistics of the whole.
    outcomes = []
    for accumulate in (1, 2):
        config, mesh, state, step = machine(f"optimizer.accumulate={accumulate}")
        batch = {key: np.repeat(value[:1], 4, axis=0) for key, value in batch_of(config).items()}
        state, metrics = step(state, devices.shard(batch, mesh))
        moments = state.opt_state[1].mu
        outcomes.append((jax.device_get(metrics), jax.device_get(moments)))
    for name in state_lib.RUNNING:
        np.testing.assert_allclose(outcomes[0][0][name], outcomes[1][0][name], rtol=2e-4)
    for a, b in zip(*(jax.tree.leaves(moments) for _, moments in outcomes), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-3 * np.abs(a).max())


def test_schedules(micro):
    config = micro(
        "optimizer.schedule=cosine", "optimizer.warmup_steps=4", "optimizer.learning_rate=0.1"
    ).optimizer
    rate = state_lib.schedule(config, 104)
    assert 0 < rate(0) < rate(3) < 0.1
    assert rate(4) == pytest.approx(0.1)
    assert rate(54) == pytest.approx(0.05, rel=1e-3)
    assert rate(104) == pytest.approx(0.0, abs=1e-9)
    constant = state_lib.schedule(micro("optimizer.schedule=constant").optimizer, 100)
    assert constant(99) == pytest.approx(3e-3)


def test_decay_spares_all_but_kernels(micro):
    config = micro("optimizer.weight_decay=0.5", "optimizer.schedule=constant")
    tx = state_lib.optimizer(config.optimizer, config.steps)
    params = {"kernel": jnp.ones((3, 3, 1, 1)), "bias": jnp.ones(1)}
    nothing = jax.tree.map(jnp.zeros_like, params)
    updates, _ = tx.update(nothing, tx.init(params), params)
    assert float(updates["bias"][0]) == 0.0
    assert float(updates["kernel"].max()) < 0.0


def test_eight_bits_are_the_same_shares(machine):
    config, mesh, state, step = machine()
    exact = batch_of(config)
    bits = {key: np.rint(255 * np.clip(rows, 0, 1)).astype(np.uint8) for key, rows in exact.items()}
    shares = {key: (rows / np.float32(255)).astype(np.float32) for key, rows in bits.items()}
    before = jax.device_get(state)
    _, one = step(state, devices.shard(bits, mesh))
    _, other = step(devices.replicate(before, mesh), devices.shard(shares, mesh))
    for name in ("loss", "iou", "gradient_norm"):
        np.testing.assert_allclose(one[name], other[name], rtol=1e-5)
