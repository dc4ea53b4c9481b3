import numpy as np
import pytest

from sigunet.noise import Scene, render
from sigunet.noise.paper import fibres, sheet, texture

BLANK = Scene.from_ink(np.zeros((256, 256), np.float32))


def _rng(seed=0):
    return np.random.default_rng(seed)


def _saturation(image):
    return float((image.max(axis=-1) - image.min(axis=-1)).mean())


def test_a_share_of_sheets_is_tinted():
    papers = [sheet(_rng(seed), BLANK, colour=0.5).paper for seed in range(200)]
    tinted = [paper for paper in papers if paper.shape[-1] == 3]
    assert 0.4 < len(tinted) / 200 < 0.6
    assert all(0.7 < paper.mean() <= 1 for paper in tinted)
    assert max(map(_saturation, tinted)) > 0.1


def test_colour_is_not_drawn_where_it_is_not_wanted():
    one, two = _rng(), _rng()
    sheet(one, BLANK)
    two.uniform(0.8, 1.0)
    assert one.random() == two.random()


@pytest.mark.parametrize("amplitude", [0.03, 0.1, 0.25])
def test_texture_has_its_amplitude(amplitude):
    spans = []
    for seed in range(10):
        paper = texture(_rng(seed), BLANK, amplitude=(amplitude, amplitude)).paper[..., 0]
        assert paper.shape == (256, 256)
        spans.append(np.subtract(*np.percentile(paper, [99.5, 0.5])))
    assert np.mean(spans) == pytest.approx(amplitude, rel=0.25)


def test_texture_is_rough_at_several_scales():
    paper = texture(_rng(3), BLANK, amplitude=(0.2, 0.2)).paper[..., 0]
    blocks = paper.reshape(16, 16, 16, 16).mean(axis=(1, 3))
    assert paper.std() > 1.5 * blocks.std() > 0.003


def test_brown_texture_loses_more_blue_than_red():
    paper = texture(_rng(), BLANK, amplitude=(0.2, 0.2), colour=1.0).paper
    red, _, blue = paper.mean(axis=(0, 1))
    assert red > blue


def test_fibres_darken_a_little_here_and_there():
    few, many = (render(fibres(_rng(), BLANK, count=(n, n)), 1)[0] for n in (10, 100))
    assert 0 < (few < 0.99).mean() < (many < 0.99).mean() < 0.15
    assert many.min() > 0.3
    bright = render(fibres(_rng(), BLANK, count=(50, 50), colour=1.0), 3)[0]
    assert _saturation(bright) > 0
