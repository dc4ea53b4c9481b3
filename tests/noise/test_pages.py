import numpy as np
import pytest

from sigunet.noise import pages


def _lines(raster):
    """Rows at which lines of print start."""
    inked = (raster > 100).sum(axis=1) > 0.05 * raster.shape[1]
    return np.flatnonzero(np.diff(inked.astype(int)) == 1)


@pytest.mark.parametrize("em", [10.0, 20.0, 36.0])
def test_a_page_is_as_large_as_told_and_set_in_lines(em):
    for seed in range(12):
        raster = pages.page(np.random.default_rng(seed), (300.0, 400.0), em)
        assert raster.dtype == np.uint8 and raster.max() > 200
        assert 0.75 * 300 < raster.shape[0] < 300 + 3 * em
        assert 0.4 * 400 < raster.shape[1] < 400 * 1.5
        assert 0.02 < (raster > 128).mean() < 0.4


def test_lines_are_evenly_spaced():
    spread = []
    for seed in range(20):
        rows = (pages.page(np.random.default_rng(seed), (400.0, 400.0), 14.0) > 128).sum(axis=1)
        profile = rows - rows.mean()
        power = np.abs(np.fft.rfft(profile))[3:]
        spread.append(power.max() / np.median(power))
    assert np.median(spread) > 10


def test_justified_lines_end_together():
    ends = []
    for seed in range(30):
        raster = pages.page(np.random.default_rng(seed), (300.0, 500.0), 16.0)
        bands = np.array_split(raster > 128, 8)
        right = [np.flatnonzero(band.any(axis=0)).max() for band in bands if band.any()]
        ends.append(np.ptp(np.sort(right)[2:]) <= 3)
    assert 4 < sum(ends) < 28


def test_uneven_letters_differ_in_darkness():
    even, uneven = (
        np.mean(
            [
                pages.page(np.random.default_rng(seed), (200.0, 300.0), 24.0, amount).mean()
                for seed in range(8)
            ]
        )
        for amount in (0.0, 1.0)
    )
    assert uneven < 0.85 * even


def test_styled_blocks_are_varied():
    shapes, ruled = set(), 0
    for seed in range(60):
        raster = pages.styled(np.random.default_rng(seed), 250.0, 16.0, 0.5 * (seed % 2))
        assert raster.dtype == np.uint8 and raster.max() > 60
        shapes.add(raster.shape)
        ruled += (raster > 200).all(axis=1).any()
    assert len(shapes) > 30
    assert 4 < ruled < 30
