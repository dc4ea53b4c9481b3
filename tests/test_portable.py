import jax
import numpy as np
import pytest

from sigunet import checkpoint
from sigunet.cleaning import Cleaner
from sigunet.errors import CheckpointError, ConfigError


@pytest.fixture
def portable_weights(tmp_path, trained):
    """A safetensors file of the trained micro network."""
    file = tmp_path / "mine.safetensors"
    checkpoint.export_weights(trained[0], file)
    return file


def test_weights_in_one_file_are_those_of_the_checkpoint(portable_weights, trained):
    variables, meta = checkpoint.load_host(portable_weights)
    full, of_run = checkpoint.load_host(trained[0])
    assert meta == of_run
    assert jax.tree.structure(variables) == jax.tree.structure(full)
    for a, b in zip(jax.tree.leaves(variables), jax.tree.leaves(full), strict=True):
        assert a.dtype == np.float16 and a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-6)
    names = sorted(path.name for path in portable_weights.parent.iterdir())
    assert names == ["mine.json", "mine.safetensors"]
    picture = np.random.default_rng(0).random((64, 64, 1), np.float32)
    assert Cleaner.from_checkpoint(portable_weights).ink(picture).shape == (64, 64)


def test_a_threshold_calibrated_elsewhere_goes_with_the_weights(tmp_path, trained):
    file = tmp_path / "mine.safetensors"
    assert checkpoint.export_weights(trained[0], file, threshold=0.37).threshold == 0.37
    assert Cleaner.from_checkpoint(file).threshold == 0.37
    with pytest.raises(ConfigError, match="between 0 and 1"):
        checkpoint.export_weights(trained[0], tmp_path / "other.safetensors", threshold=1.0)


@pytest.mark.parametrize("harm", ["flip", "cut", "other json", "no json", "no file"])
def test_harmed_weights_are_a_sentence(portable_weights, harm):
    data, description = portable_weights.read_bytes(), portable_weights.with_suffix(".json")
    if harm == "flip":
        portable_weights.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    elif harm == "cut":
        portable_weights.write_bytes(data[:-100])
    elif harm == "other json":
        description.write_text("{}")
    elif harm == "no json":
        description.unlink()
    else:
        portable_weights.unlink()
    with pytest.raises(CheckpointError, match=r"mine\.safetensors"):
        checkpoint.load_host(portable_weights)


def test_weights_that_are_not_shipped_are_a_sentence():
    with pytest.raises(CheckpointError, match="no weights named 'nosuch'"):
        Cleaner.from_pretrained("nosuch")
