import numpy as np
import pytest

from sigunet.cleaning import tiles

CUT = {"multiple": 16, "core": 64, "margin": 32, "blend": 8, "whole": 1000}


def _network(picture):
    """A stand-in with a receptive field of 51 px and a grid of 16: block means and neighbours."""
    import cv2

    grey = picture.mean(axis=-1)
    near = cv2.blur(grey, (51, 51), borderType=cv2.BORDER_REPLICATE)
    height, width = (side // 16 * 16 for side in grey.shape)
    blocks = grey[:height, :width].reshape(height // 16, 16, width // 16, 16).mean(axis=(1, 3))
    coarse = np.zeros_like(grey)
    coarse[:height, :width] = np.repeat(np.repeat(blocks, 16, 0), 16, 1)
    return ((grey + near + coarse) / 3).astype(np.float32)


@pytest.mark.parametrize("length", [1, 31, 64, 65, 100, 129, 1000])
def test_shares_add_up_to_one(length):
    total = np.zeros(length)
    for span in tiles.spans(length, multiple=16, core=64, margin=32, blend=8):
        assert span.start % 16 == 0 and 0 <= span.start < span.stop <= length
        total[span.start : span.stop] += span.weights
    np.testing.assert_allclose(total, 1, atol=1e-6)


@pytest.mark.parametrize("shape", [(200, 330), (65, 900), (900, 48)])
def test_pieces_agree_with_the_whole(shape):
    picture = np.random.default_rng(0).random((*shape, 3), np.float32)
    whole = _network(picture)
    assert np.abs(tiles.predict(_network, picture, **CUT) - whole).max() < 1e-6


def test_pieces_that_see_too_little_do_not():
    picture = np.random.default_rng(0).random((200, 330, 3), np.float32)
    apart = tiles.predict(_network, picture, **{**CUT, "margin": 0, "blend": 1})
    assert np.abs(apart - _network(picture)).max() > 0.005


def test_pieces_are_no_larger_than_they_must_be():
    seen = []

    def network(picture):
        seen.append(picture.shape)
        return picture[..., 0]

    tiles.predict(network, np.zeros((500, 40, 1), np.float32), **CUT)
    assert len(seen) == 8
    assert max(shape[0] for shape in seen) <= 64 + 2 * 48 + 32
    seen.clear()
    tiles.predict(network, np.zeros((20, 40, 1), np.float32), **CUT)
    assert seen == [(20, 40, 1)]
