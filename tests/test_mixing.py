import dataclasses
import hashlib
import json

import jax
import numpy as np
import pytest

from sigunet import checkpoint, mixing
from sigunet.checkpoint import portable
from sigunet.cleaning import Cleaner
from sigunet.errors import CheckpointError, ConfigError


@pytest.fixture
def ends(tmp_path, trained):
    """The trained micro network as a file, and one like it whose weights are all another."""
    start, end = tmp_path / "start.safetensors", tmp_path / "end.safetensors"
    checkpoint.export_weights(trained[0], start)
    variables, meta = checkpoint.load_host(start)
    rng = np.random.default_rng(0)
    portable.write(start, variables, dataclasses.replace(meta, strokes=(2.0, 5.0)))
    other = jax.tree.map(lambda x: x + rng.random(x.shape), variables)
    portable.write(end, other, dataclasses.replace(meta, strokes=(3.0, 7.0)))
    return start, end


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_mean_lies_between_both_at_its_share(ends, tmp_path, share):
    out = tmp_path / "mean.safetensors"
    assert mixing.main([*map(str, ends), "--share", str(share), "-o", str(out)]) == 0
    (a, _), (b, of_end), (mean, meta) = map(checkpoint.load_host, (*ends, out))
    leaves = map(jax.tree.leaves, (a, b, mean))
    for x, y, z in zip(*leaves, strict=True):
        x, y = x.astype(np.float32), y.astype(np.float32)
        np.testing.assert_allclose(z, x + share * (y - x), rtol=1e-3, atol=1e-4)
    # Nothing was measured of the mean.
    assert meta.metrics == {} and meta.refinement is None
    assert meta.config == of_end.config and meta.threshold == of_end.threshold
    expected = [x + share * (y - x) for x, y in zip((2.0, 5.0), (3.0, 7.0), strict=True)]
    assert meta.strokes == pytest.approx(expected, abs=0.006)
    picture = np.random.default_rng(0).random((64, 64, 1), np.float32)
    assert Cleaner.from_checkpoint(out).ink(picture).shape == (64, 64)


def test_a_mean_says_what_it_is_the_mean_of(ends, tmp_path):
    middle, out = tmp_path / "middle.safetensors", tmp_path / "out.safetensors"
    mixing.mix(*ends, middle, share=0.25)
    mixing.mix(middle, ends[1], out, share=0.5)
    hashes = [hashlib.sha256(file.read_bytes()).hexdigest() for file in (*ends, middle)]
    said = json.loads(out.with_suffix(".json").read_text())["mixed"]
    assert said["share"] == 0.5
    assert said["start"]["sha256"] == hashes[2] and said["end"]["sha256"] == hashes[1]
    first = said["start"]["mixed"]
    assert first["share"] == 0.25 and first["start"]["sha256"] == hashes[0]
    assert checkpoint.load_host(out)[1].mixed == said
    assert "mixed" not in json.loads(ends[1].with_suffix(".json").read_text())


def test_networks_of_different_shapes_are_a_sentence(ends, tmp_path, capsys):
    out = tmp_path / "mean.safetensors"
    with pytest.raises(CheckpointError, match="different shapes"):
        mixing.mix("base", ends[0], out, share=0.5)
    assert mixing.main(["base", str(ends[0]), "-o", str(out)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not out.exists()


def test_what_cannot_be_written_or_is_no_share_is_a_sentence(ends, tmp_path):
    with pytest.raises(CheckpointError, match="exists already"):
        mixing.mix(*ends, ends[0], share=0.5)
    with pytest.raises(CheckpointError, match="must end in"):
        mixing.mix(*ends, tmp_path / "mean", share=0.5)
    with pytest.raises(ConfigError, match="between 0 and 1"):
        mixing.mix(*ends, tmp_path / "mean.safetensors", share=1.5)
