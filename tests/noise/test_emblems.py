import numpy as np
import pytest

from sigunet.noise import emblems, seals


@pytest.mark.parametrize("draw", [emblems.ring, emblems.chop, emblems.dated, emblems.framed])
@pytest.mark.parametrize("thick", [0.5, 3.0, 400.0])
def test_seals_are_varied_and_inked(draw, thick):
    drawn = [draw(np.random.default_rng(seed), thick) for seed in range(24)]
    for raster in drawn:
        assert raster.dtype == np.uint8 and raster.ndim == 2
        assert 0.01 < (raster > 128).mean() < 0.95
    assert len({raster.tobytes() for raster in drawn}) == 24


def test_round_seals_are_round():
    for seed in range(12):
        flat = emblems.ring(np.random.default_rng(seed), 4.0)
        assert flat.shape == (2 * seals.RADIUS,) * 2
        axis = np.arange(2 * seals.RADIUS) - (seals.RADIUS - 0.5)
        distance = np.hypot(axis[:, None], axis)
        assert flat[distance > seals.RADIUS].max() == 0
        # Some ring closes all the way round.
        shares = [
            (flat[np.abs(distance - radius) < 0.7] > 40).mean()
            for radius in range(seals.RADIUS - 18, seals.RADIUS)
        ]
        assert max(shares) > 0.9


def test_character_seals_are_framed_or_cut_out():
    filled = 0
    for seed in range(40):
        raster = emblems.chop(np.random.default_rng(seed), 8.0)
        filled += (raster[4:12, 4:-4] > 128).mean() > 0.98 and (raster > 128).mean() > 0.55
    assert 5 < filled < 25


def test_a_star_has_its_corners_at_two_distances():
    points = emblems.star(5, 0.4)
    reach = np.hypot(*points.T)
    np.testing.assert_allclose(reach[::2], 1)
    np.testing.assert_allclose(reach[1::2], 0.4)
    np.testing.assert_allclose(points[0], [0, -1], atol=1e-12)
