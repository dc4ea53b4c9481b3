import json
import os
import shutil
import subprocess
import sys

import jax
import numpy as np
import pytest
from conftest import MICRO

from sigunet import checkpoint, config, devices, image
from sigunet import model as model_lib
from sigunet import state as state_lib
from sigunet.cleaning import Cleaner
from sigunet.errors import CheckpointError


def same(one, other):
    return all(jax.tree.leaves(jax.tree.map(np.array_equal, one, other)))


@pytest.fixture(scope="module")
def run(data_dir):
    """A micro config and a replicated fresh state."""
    settings = config.load("tiny", [*MICRO, "optimizer.ema=0.5"])
    return settings, devices.replicate(state_lib.create(settings), devices.mesh())


def at(state, step, fill):
    """A state of another step and other weights."""
    moved = jax.tree.map(lambda leaf: leaf * 0 + fill, state.variables)
    averaged = jax.tree.map(lambda leaf: leaf * 0 + 2 * fill, state.variables)
    return state.replace(step=state.step * 0 + step, variables=moved, ema=averaged)


def about(settings):
    return {"config": settings, "threshold": 0.4, "data_digest": "d", "strokes": (2.0, 6.0)}


def saved(folder, run, scores):
    """Saves a checkpoint for each {step: IoU or None}."""
    settings, state = run
    checkpoints = checkpoint.Checkpoints(folder)
    for step, iou in scores.items():
        metrics = {} if iou is None else {"iou": iou}
        checkpoints.save(at(state, step, float(step)), metrics, **about(settings))
    checkpoints.wait()
    return checkpoints


def test_latest_two_and_best_are_kept(tmp_path, run):
    checkpoints = saved(tmp_path, run, {1: 0.2, 2: 0.9, 3: 0.1, 4: None, 5: float("nan"), 6: 0.3})
    assert checkpoints.steps() == [2, 5, 6]
    checkpoints.close()
    assert checkpoint.find(tmp_path).name == "2"
    assert checkpoint.find(tmp_path, best=False).name == "6"
    assert checkpoint.find(tmp_path / "checkpoints").name == "2"
    assert checkpoint.find(tmp_path / "checkpoints" / "5").name == "5"


def test_the_best_outlives_restarts(tmp_path, run):
    saved(tmp_path, run, {1: 0.2, 2: 0.9, 3: 0.1}).close()
    saved(tmp_path, run, {4: 0.3, 5: None}).close()
    checkpoints = saved(tmp_path, run, {6: 0.1, 7: None})
    assert checkpoints.steps() == [2, 6, 7]
    checkpoints.close()


def test_restores_to_the_bit_and_says_what_it_is(tmp_path, run):
    settings, state = run
    checkpoints = saved(tmp_path, run, {3: 0.5})
    restored, meta, damaged = checkpoints.restore_latest(state)
    checkpoints.close()
    assert damaged == []
    assert same(restored, at(state, 3, 3.0))
    assert (meta.step, meta.threshold, meta.metrics) == (3, 0.4, {"iou": 0.5})
    assert meta.config == settings
    # The averaged weights are the ones to use.
    variables, _ = checkpoint.load(tmp_path)
    assert all((leaf == 6.0).all() for leaf in jax.tree.leaves(variables))


def test_a_save_is_whole_although_the_state_is_donated(tmp_path, run):
    settings, _ = run
    mesh = devices.mesh()
    state = devices.replicate(state_lib.create(settings), mesh)
    step = state_lib.jit_train_step(settings, mesh)
    shape = (settings.batch_size, 32, 32)
    batch = devices.shard(
        {"image": np.ones((*shape, 1), np.float32), "ink": np.zeros(shape, np.float32)}, mesh
    )
    state, _ = step(state, batch)
    expected = jax.device_get(state)
    checkpoints = checkpoint.Checkpoints(tmp_path)
    checkpoints.save(state, {}, **about(settings))
    for _ in range(3):
        state, _ = step(state, batch)
    checkpoints.wait()
    restored, _, _ = checkpoints.restore_latest(state)
    # What was restored may be donated in its turn.
    assert same(jax.device_get(restored), expected)
    again, _ = step(restored, batch)
    assert int(again.step) == 2
    checkpoints.close()


def spoil_cut(folder):
    largest = max((folder / "weights").rglob("*"), key=lambda path: path.stat().st_size)
    largest.write_bytes(largest.read_bytes()[: largest.stat().st_size // 2])


def spoil_bit(folder):
    for path in (folder / "training" / "d", folder / "training" / "ocdbt.process_0" / "d"):
        for file in path.glob("*") if path.is_dir() else ():
            data = bytearray(file.read_bytes())
            data[len(data) // 2] ^= 0xFF
            file.write_bytes(bytes(data))


def spoil_part(folder):
    shutil.rmtree(folder / "weights")


def spoil_meta(folder):
    (folder / "meta" / "metadata").write_text("{")


def spoil_values(folder):
    """Changes what the checkpoint says of itself: the weights are whole, but not those saved."""
    path = folder / "meta" / "metadata"
    meta = json.loads(path.read_text())
    meta["checksums"]["weights"] += 1
    path.write_text(json.dumps(meta))


# TensorStore's other reads end after the first one has failed and its event loop is closed.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("spoil", [spoil_cut, spoil_bit, spoil_part, spoil_meta, spoil_values])
def test_a_damaged_checkpoint_falls_back_to_the_one_before(tmp_path, run, spoil):
    _, state = run
    saved(tmp_path, run, {4: None, 6: None}).close()
    spoil(tmp_path / "checkpoints" / "6")
    checkpoints = checkpoint.Checkpoints(tmp_path)
    restored, meta, damaged = checkpoints.restore_latest(state)
    assert meta.step == 4
    assert same(restored, at(state, 4, 4.0))
    assert len(damaged) == 1
    assert "checkpoints/6" in damaged[0]
    assert "\n" not in damaged[0]
    assert (tmp_path / "checkpoints-damaged" / "6").is_dir()
    # The step can be saved again.
    checkpoints.save(at(state, 6, 1.0), {}, **about(run[0]))
    checkpoints.wait()
    assert checkpoints.steps() == [4, 6]
    checkpoints.close()


def test_use_falls_back_from_a_damaged_best_and_says_so(tmp_path, run, caplog):
    saved(tmp_path, run, {4: 0.9, 6: 0.1, 8: None}).close()
    spoil_part(tmp_path / "checkpoints" / "4")
    variables, meta = checkpoint.load(tmp_path)
    assert meta.step == 6
    assert all((leaf == 12.0).all() for leaf in jax.tree.leaves(variables))
    assert "checkpoints/4 is damaged" in caplog.text
    with pytest.raises(CheckpointError, match="damaged"):
        checkpoint.load(tmp_path / "checkpoints" / "4")


def test_a_copy_under_another_name_is_whole(tmp_path, run):
    saved(tmp_path, run, {4: None}).close()
    copy = tmp_path / "checkpoint-run:v0"
    shutil.copytree(tmp_path / "checkpoints" / "4", copy)
    assert checkpoint.load(copy)[1].step == 4


def test_nothing_whole_is_an_error(tmp_path, run):
    saved(tmp_path, run, {4: None}).close()
    spoil_part(tmp_path / "checkpoints" / "4")
    checkpoints = checkpoint.Checkpoints(tmp_path)
    with pytest.raises(CheckpointError, match=r"No checkpoint in .* is whole"):
        checkpoints.restore_latest(run[1])
    checkpoints.close()
    with pytest.raises(CheckpointError, match="damaged"):
        checkpoint.load(tmp_path)


def test_missing_places_are_sentences(tmp_path):
    with pytest.raises(CheckpointError, match="There is no folder"):
        checkpoint.find(tmp_path / "nowhere")
    with pytest.raises(CheckpointError, match="There is no checkpoint in"):
        checkpoint.find(tmp_path)
    (tmp_path / "scan.jpg").write_bytes(b"a picture")
    with pytest.raises(CheckpointError, match=r"scan\.jpg is no checkpoint: that is a folder, a"):
        checkpoint.find(tmp_path / "scan.jpg")


def test_weights_of_another_network_do_not_fit(tmp_path, run, micro):
    saved(tmp_path, run, {1: 0.5}).close()
    other = state_lib.create(micro("model.width=8"))
    with pytest.raises(CheckpointError, match="another network"):
        checkpoint.initial_weights(other, tmp_path)


def test_initial_weights_and_their_lineage(tmp_path, run, micro):
    saved(tmp_path, run, {1: 0.5}).close()
    state, lineage = checkpoint.initial_weights(state_lib.create(micro()), tmp_path)
    assert all((leaf == 2.0).all() for leaf in jax.tree.leaves(state.variables))
    assert int(state.step) == 0
    assert lineage["step"] == 1
    assert lineage["checkpoint"] == str(tmp_path)
    assert lineage["config_digest"] == config.digest(run[0])


def test_exported_weights_are_small_and_enough(tmp_path, trained):
    folder, result = trained
    meta = checkpoint.export_weights(folder, tmp_path / "weights")
    assert meta == checkpoint.read_meta(result.checkpoint)
    half, again = checkpoint.load_host(tmp_path / "weights")
    assert again == meta
    full, _ = checkpoint.load_host(folder)
    for a, b in zip(jax.tree.leaves(half), jax.tree.leaves(full), strict=True):
        assert a.dtype == np.float16
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-6)
    picture = np.random.default_rng(0).random((64, 64, 1), np.float32)
    inks = [Cleaner.from_checkpoint(p).find(picture).soft for p in (folder, tmp_path / "weights")]
    assert 0 < np.abs(inks[0] - inks[1]).max() < 0.01
    with pytest.raises(CheckpointError, match="exists already"):
        checkpoint.export_weights(folder, tmp_path / "weights")
    assert [path.name for path in tmp_path.iterdir()] == ["weights"]
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in written if str(tmp_path).encode() in path.read_bytes()]


def test_weights_for_grey_pictures_start_a_network_for_colour(trained, micro):
    folder, _ = trained
    settings = micro("model.channels=3")
    state, lineage = checkpoint.initial_weights(state_lib.create(settings), folder)
    assert lineage["step"] == 6
    grey, _ = checkpoint.load(folder)
    model = model_lib.from_config(settings.model)
    picture = np.random.default_rng(0).random((1, 32, 32, 3), np.float32)
    one = model_lib.predict(model, grey, image.grey(picture))
    np.testing.assert_allclose(model_lib.predict(model, state.variables, picture), one, atol=1e-5)
    narrow = state_lib.create(micro("model.channels=3", "model.width=2"))
    with pytest.raises(CheckpointError, match="another network"):
        checkpoint.initial_weights(narrow, folder)


def test_weights_of_a_narrow_network_start_a_wider_one_in_colour_with_detail(trained, micro):
    folder, _ = trained
    settings = micro("model.channels=3", "model.width=10", "model.detail=6")
    state, _ = checkpoint.initial_weights(state_lib.create(settings), folder)
    known, _ = checkpoint.load(folder)
    picture = np.random.default_rng(0).random((1, 32, 32, 3), np.float32)
    expected = model_lib.predict(model_lib.from_config(micro().model), known, image.grey(picture))
    found = model_lib.predict(model_lib.from_config(settings.model), state.variables, picture)
    np.testing.assert_allclose(found, expected, atol=1e-5)


# A file that may not grow stands in for a disk that is full: no root is needed for it.
FULL_DISK = """
import resource
import signal
import sys

from sigunet import checkpoint, config, devices
from sigunet import state as state_lib
from sigunet.cleaning import Cleaner
from sigunet.errors import CheckpointError

settings = config.load("tiny", sys.argv[2:])
state = devices.replicate(state_lib.create(settings), devices.mesh())
checkpoints = checkpoint.Checkpoints(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    about = dict(config=settings, threshold=0.5, data_digest="", strokes=(1.0, 2.0))
    checkpoints.save(state, {}, **about)
    checkpoints.wait()
except CheckpointError as error:
    print(error)
    sys.exit(3)
"""


def test_a_full_disk_is_a_sentence_and_leaves_no_step(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "run"), *MICRO],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
    )
    assert done.returncode == 3, done.stderr
    assert "could not be written" in done.stdout
    assert "File too large" in done.stdout
    assert done.stdout.count("\n") == 1
    assert not [path for path in (tmp_path / "run").rglob("*") if path.name.isdigit()]
