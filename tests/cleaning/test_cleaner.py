from importlib import resources

import numpy as np
import pytest

from sigunet import checkpoint, image
from sigunet.checkpoint import Meta
from sigunet.cleaning import Cleaner
from sigunet.data.synthetic import scanned
from sigunet.errors import CheckpointError


@pytest.fixture(scope="module")
def cleaner(trained):
    return Cleaner.from_checkpoint(trained[0])


@pytest.mark.parametrize("shape", [(1, 1), (16, 300), (130, 257)])
def test_ink_has_the_pictures_own_size(cleaner, shape):
    ink = cleaner.ink(np.ones((*shape, 1), np.float32))
    assert ink.shape == shape
    assert ink.dtype == np.float32
    assert 0 <= ink.min() <= ink.max() <= 1


def test_padding_does_not_reach_into_the_picture(cleaner):
    picture = np.random.default_rng(0).random((128, 128, 1), np.float32)
    whole = cleaner.ink(picture)
    cut = cleaner.ink(picture[:100, :100])
    np.testing.assert_allclose(cut[:40, :40], whole[:40, :40], atol=1e-5)


def test_mask_uses_the_calibrated_threshold(cleaner, trained):
    picture = np.random.default_rng(0).random((64, 64, 1), np.float32)
    assert cleaner.threshold == checkpoint.read_meta(trained[1].checkpoint).threshold
    np.testing.assert_array_equal(cleaner.mask(picture), cleaner.ink(picture) > cleaner.threshold)


def test_letterboxed_network_answers_at_native_size(cleaner):
    config = cleaner.meta.config.copy_and_resolve_references()
    with config.unlocked():
        config.data.sampling = "letterbox"
    meta = Meta(1, config, {}, 0.5, "", (2.0, 6.0), "0")
    boxed = Cleaner(cleaner._variables, meta)
    picture = np.random.default_rng(0).random((90, 200, 1), np.float32)
    ink = boxed.ink(picture)
    assert ink.shape == (90, 200)
    border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    # The same as by hand: squeezed, predicted, cut out and enlarged before any threshold.
    square, place = image.letterbox(picture, config.data.size, fill=np.median(border))
    np.testing.assert_allclose(ink, image.unletterbox(cleaner.ink(square), place), atol=0.35)
    assert len(np.unique(ink)) > 100


def test_a_missing_checkpoint(tmp_path):
    with pytest.raises(CheckpointError, match="no folder"):
        Cleaner.from_checkpoint(tmp_path / "none")


def test_the_shipped_weights_clean_a_coloured_signature():
    cleaner = Cleaner.from_pretrained()
    assert cleaner.channels == 3
    ink, pigment = (layer / np.float32(255) for layer in scanned(77, 4, 0))
    # A blue pen on yellowish paper.
    colour, paper = np.array([0.1, 0.15, 0.5]), np.array([0.97, 0.95, 0.88])
    picture = paper + pigment[..., None] * (colour - paper)
    found, true = cleaner.mask(picture.astype(np.float32)), ink > 0.5
    assert 2 * np.sum(found & true) / (found.sum() + true.sum()) > 0.85
    assert cleaner.mask(np.ones((96, 130, 3), np.float32)).mean() < 0.002


def test_the_shipped_weights_are_small():
    folder = resources.files("sigunet") / "weights"
    sizes = {entry.name: len(entry.read_bytes()) for entry in folder.iterdir()}
    assert sizes["base.safetensors"] < 10_000_000
    assert "base.json" in sizes
