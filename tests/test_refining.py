import json
import shutil

import numpy as np
import pytest

from sigunet import refining, sealed, shipped
from sigunet.cleaning import Cleaner
from sigunet.cleaning.evidence import FEATURES
from sigunet.cleaning.refinement import Refinement
from sigunet.cleaning.scaling import Found
from sigunet.errors import CheckpointError
from sigunet.refining import Learnt


def _learnt(count=4000):
    """Ink is what has the pen's hue and is not straight; the rest of the features is noise."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(count, len(FEATURES))).astype(np.float32)
    ink = (x[:, FEATURES.index("hue")] < 0) & (x[:, FEATURES.index("straight_wide")] < 0.5)
    return Learnt(x, ink.astype(np.float32), np.ones(count))


def test_what_decides_is_found():
    learnt = _learnt()
    fitted = refining.fit(learnt, steps=300)
    found = fitted.probability(learnt.features) > 0.5
    assert (found == (learnt.ink > 0.5)).mean() > 0.93
    again = refining.fit(learnt, steps=300)
    assert again.to_json() == fitted.to_json()


def test_pixels_count_by_their_weight():
    learnt = _learnt(2000)
    # The same pixels twice, once with the opposite truth, which counts for a tenth.
    both = Learnt(
        np.concatenate([learnt.features, learnt.features]),
        np.concatenate([learnt.ink, 1 - learnt.ink]),
        np.repeat([1.0, 0.1], 2000),
    )
    found = refining.fit(both, steps=300).probability(learnt.features) > 0.5
    assert (found == (learnt.ink > 0.5)).mean() > 0.9


@pytest.fixture(autouse=True)
def few_signatures(monkeypatch):
    """A data set that is drawn in seconds; what is measured is the same."""
    load = refining.config_lib.load

    def fewer(name):
        config = load(name)
        config.data.writers, config.data.signatures = 20, 200
        return config

    monkeypatch.setattr(refining.config_lib, "load", fewer)


def test_pictures_are_measured_as_they_are_cleaned():
    cleaner = Cleaner.from_pretrained()
    one, two = (refining.measure(cleaner, 6, seed=3, quiet=True) for _ in range(2))
    np.testing.assert_array_equal(one.features, two.features)
    assert one.features.shape == (len(one.ink), len(FEATURES)) and np.isfinite(one.features).all()
    # What one look leaves counts for half of a picture more, where there were two; and the two of
    # the six that have little noise count twice.
    looks = one.features[:, FEATURES.index("looks")]
    assert set(looks) == {1, 2} and 0 < one.weight[looks == 2].sum() < 8
    assert one.weight.sum() <= 12.01
    assert 0.2 < one.ink.mean() < 0.9
    soft = one.features[:, FEATURES.index("soft")]
    assert ((soft > 0.5) == (one.ink > 0.5)).mean() > 0.8
    # What it has of a refinement plays no part.
    cleaner.backend.refinement = lambda picture, soft, first: 0 * soft
    without = refining.measure(cleaner, 6, seed=3, quiet=True)
    np.testing.assert_array_equal(one.features, without.features)


def test_no_writer_of_the_test_split_is_learnt_from(monkeypatch):
    asked = []
    opened = refining.sources.open_source

    def noted(data, split):
        asked.append(split)
        return opened(data, split)

    monkeypatch.setattr(refining.sources, "open_source", noted)
    refining.measure(Cleaner.from_pretrained(), 1, quiet=True)
    assert asked == ["validation"]


def test_what_one_look_leaves_is_learnt_from_for_half():
    ink = np.zeros((200, 200), np.float32)
    ink[40:60, 20:180] = ink[120:140, 20:180] = 1
    page = np.repeat(1 - 0.8 * ink[..., None], 3, axis=-1)
    first, second = 0.9 * ink, 0.5 * ink
    found = Found((first + second) / 2, 1.0, 20.0, 2, first)
    both, alone = refining._rows(page, ink, found, np.random.default_rng(0))
    looks, soft, change = (FEATURES.index(name) for name in ("looks", "soft", "change"))
    assert set(both[0][:, looks]) == {2} and set(alone[0][:, looks]) == {1}
    assert both[0][:, soft].max() == pytest.approx(0.7)
    assert alone[0][:, soft].max() == pytest.approx(0.9)
    assert both[0][:, change].min() == pytest.approx(-0.4) and not alone[0][:, change].any()
    assert both[2].sum() == pytest.approx(1) and alone[2].sum() == pytest.approx(0.5)
    (only,) = refining._rows(page, ink, Found(first, 1.0, 20.0), np.random.default_rng(0))
    assert only[2].sum() == pytest.approx(1)


def test_only_networks_at_native_scale_are_refined(trained):
    boxed = Cleaner.from_checkpoint(trained[0])
    config = boxed.backend.meta["config"]
    data = {**config["data"], "sampling": "letterbox"}
    boxed.backend.meta = {**boxed.backend.meta, "config": {**config, "data": data}}
    with pytest.raises(CheckpointError, match="sampling crop"):
        refining.measure(boxed, 1)


def test_a_network_that_finds_nothing_is_a_sentence():
    blind = Cleaner.from_pretrained()
    blind.find = lambda picture, refined: Found(np.zeros(picture.shape[:2], np.float32), 1.0, 0.0)
    with pytest.raises(CheckpointError, match="finds nothing"):
        refining.measure(blind, 2, quiet=True)


def test_the_command_writes_it_beside_the_weights(tmp_path, capsys, monkeypatch):
    for suffix in (".safetensors", ".json"):
        shutil.copy(shipped.folder() / f"base{suffix}", tmp_path / f"own{suffix}")
    own = tmp_path / "own.json"
    before = sealed.opened(json.loads(own.read_text()), own)
    monkeypatch.setattr(refining, "_STEPS", 20)
    # One of another version does not stand in the way.
    sealed.write(own, before | {refining.KEY: before[refining.KEY] | {"format": 0}})
    command = [str(tmp_path / "own.safetensors"), "--count", "4", "--backend", "jax"]
    assert refining.main(command) == 0
    assert "fitted to" in capsys.readouterr().out
    after = sealed.opened(json.loads(own.read_text()), own)
    changed = after.pop(refining.KEY)
    assert changed != before.pop(refining.KEY) and after == before
    cleaner = Cleaner.from_checkpoint(tmp_path / "own.safetensors", backend="jax")
    assert cleaner.backend.refinement.to_json() == Refinement.from_json(changed).to_json()


def test_what_is_no_file_of_weights_is_a_sentence(tmp_path, capsys):
    with pytest.raises(SystemExit):
        refining.main([str(tmp_path)])
    assert "no .safetensors file" in capsys.readouterr().err
    assert refining.main([str(tmp_path / "own.safetensors")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("sigunet.refining: ") and error.count("\n") == 1
    with pytest.raises(CheckpointError, match=r"own\.json cannot be read"):
        refining.write(tmp_path / "own.safetensors", Refinement.from_json(_shipped()))


def _shipped():
    return json.loads((shipped.folder() / "base.json").read_text())[refining.KEY]
