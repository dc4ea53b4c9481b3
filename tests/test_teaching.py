"""Distillation: what a finished network finds by looking twice, learnt by one that looks once."""

import dataclasses
import json
import pickle
import shutil

import jax
import numpy as np
import pytest
from made_scene import scene

from sigunet import checkpoint, image, sealed, shipped
from sigunet import config as config_lib
from sigunet import train as train_lib
from sigunet.cleaning import Cleaner, closer
from sigunet.errors import CheckpointError, ConfigError, DataError
from sigunet.teaching import Teacher


def test_a_teacher_looks_twice(micro, trained):
    folder = str(trained[0])
    picture = np.random.default_rng(0).random((32, 32, 1), np.float32)
    cleaner = Cleaner.from_checkpoint(folder)
    once = cleaner._predict(picture)
    closer = image.resize(cleaner._predict(image.resize(picture, 64, 64)), 32, 32)
    # A loader of processes sends it to them.
    teacher = pickle.loads(pickle.dumps(Teacher.of(micro(f"teacher.checkpoint={folder}"))))
    np.testing.assert_allclose(teacher(picture), (once + closer) / 2, atol=1e-5)


def test_a_teacher_judges_again():
    picture, *_ = scene()
    cleaner = Cleaner.from_pretrained()
    once = cleaner._predict(picture)
    both = closer.closer_look(cleaner._predict, picture, once)
    taught = cleaner.teach(picture)
    np.testing.assert_array_equal(taught, cleaner.backend.refinement(picture, both, once))
    assert np.abs(taught - both).max() > 0.1


def test_a_teacher_that_has_changed_is_a_sentence(micro, trained):
    teacher = Teacher.of(micro(f"teacher.checkpoint={trained[0]}"))
    other = dataclasses.replace(teacher, digest="0" * 16)
    with pytest.raises(CheckpointError, match="has changed meanwhile"):
        other(np.ones((32, 32, 1), np.float32))


def test_a_teacher_is_known_by_its_refinement(tmp_path):
    for ending in ("safetensors", "json"):
        shutil.copy(shipped.folder() / f"base.{ending}", tmp_path / f"own.{ending}")
    config = config_lib.load("base", [f"teacher.checkpoint={tmp_path / 'own.safetensors'}"])
    digests = []
    said = json.loads((tmp_path / "own.json").read_text())
    plain = {key: value for key, value in said.items() if key != "refinement"}
    older = said | {"refinement": said["refinement"] | {"format": 0}}
    for number, about in enumerate((said, plain, older)):
        # Each under a name of its own, since one that has changed is refused.
        place = tmp_path / f"{number}.safetensors"
        shutil.copy(tmp_path / "own.safetensors", place)
        sealed.write(place.with_suffix(".json"), about)
        with config.unlocked():
            config.teacher.checkpoint = str(place)
        digests.append(Teacher.of(config).digest)
    # One that is left out, for it is of another version, says nothing.
    assert digests[0] != digests[1] == digests[2]


def test_no_teacher_is_none(micro):
    assert Teacher.of(micro()) is None


def test_a_teacher_that_is_not_there_is_a_sentence(micro, tmp_path):
    with pytest.raises(CheckpointError, match="nowhere"):
        Teacher.of(micro(f"teacher.checkpoint={tmp_path / 'nowhere'}"))


def test_a_teacher_of_other_pictures_is_a_sentence(micro, trained):
    with pytest.raises(ConfigError, match="1 channels by crop, this run makes 3"):
        Teacher.of(micro(f"teacher.checkpoint={trained[0]}", "model.channels=3"))


def test_openvino_and_tf_data_do_not_go_together(micro):
    taught = ["teacher.checkpoint=base", "teacher.backend=openvino"]
    with pytest.raises(ConfigError, match=r"set data\.loader=processes"):
        micro(*taught, "data.loader=tf")
    assert micro(*taught, "data.loader=processes").teacher.backend == "openvino"


@pytest.mark.parametrize("loader", ["tf", "processes"])
def test_a_run_learns_from_its_teacher(micro, trained, tmp_path, loader):
    if loader == "tf":
        pytest.importorskip("tensorflow")
    taught = [f"teacher.checkpoint={trained[0]}", "teacher.share=1", f"data.loader={loader}"]
    result = train_lib.train_and_evaluate(micro(*taught, "steps=2"), tmp_path / "run", quiet=True)
    assert result.step == 2
    alone = train_lib.train_and_evaluate(micro("steps=2"), tmp_path / "alone", quiet=True)
    assert result.metrics["loss"] != alone.metrics["loss"]


def test_a_run_goes_on_with_its_teacher_to_the_bit(micro, trained, tmp_path, monkeypatch):
    config = micro(f"teacher.checkpoint={trained[0]}", "optimizer.accumulate=2", "steps=4")
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train_lib.train_and_evaluate(config, whole, quiet=True)
    with config.unlocked():
        config.steps = 2
    train_lib.train_and_evaluate(config, parts, quiet=True)
    with config.unlocked():
        config.steps = 4
    train_lib.train_and_evaluate(config, parts, quiet=True)
    expected, got = (checkpoint.load_host(place)[0] for place in (whole, parts))
    jax.tree.map(np.testing.assert_array_equal, expected, got)
    # Another teacher under the same name is not gone on with.
    real = Teacher.of(config)
    monkeypatch.setattr(Teacher, "of", lambda config: dataclasses.replace(real, digest="other"))
    with config.unlocked():
        config.steps = 6
    with pytest.raises(DataError, match="or the teacher has changed"):
        train_lib.train_and_evaluate(config, parts, quiet=True)
