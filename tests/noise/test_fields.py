import numpy as np
import pytest

from sigunet.noise import Scene
from sigunet.noise.fields import (
    BLANK_STROKE,
    coloured,
    contrast,
    levels,
    smooth,
    spread,
    stroke_width,
    times,
)
from sigunet.noise.marks import rule


@pytest.mark.parametrize("scale", [1, 3, 7.5, 10, 40])
def test_smooth_noise_is_about_normal_and_has_its_scale(scale):
    fields = [smooth(np.random.default_rng(seed), (240, 300), scale) for seed in range(12)]
    assert fields[0].shape == (240, 300) and fields[0].dtype == np.float32
    assert np.mean([field.mean() for field in fields]) == pytest.approx(0, abs=0.15)
    assert np.mean([field.std() for field in fields]) == pytest.approx(1, abs=0.2)
    if scale > 1:
        near, far = max(1, round(scale / 4)), round(2 * scale)

        def alike(step):
            pairs = [(field[:, step:].ravel(), field[:, :-step].ravel()) for field in fields]
            return np.mean([np.corrcoef(*pair)[0, 1] for pair in pairs])

        assert alike(near) > 0.6
        assert abs(alike(far)) < 0.2


@pytest.mark.parametrize("shape", [(1, 1), (2, 5), (7, 3)])
@pytest.mark.parametrize("scale", [1, 5, 30])
def test_smooth_noise_of_tiny_pictures(shape, scale):
    field = smooth(np.random.default_rng(0), shape, scale)
    assert field.shape == shape and np.isfinite(field).all()


def test_fields_are_spread_over_channels():
    field = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert spread(field, 1).shape == (2, 3, 1)
    np.testing.assert_array_equal(spread(field, 3), np.repeat(field[..., None], 3, axis=-1))
    assert coloured(field[..., None]).shape == (2, 3, 3)


@pytest.mark.parametrize("shape", [(4, 5), (1, 1)])
@pytest.mark.parametrize(("channels", "gains"), [(1, 1), (3, 1), (1, 3), (3, 3)])
def test_times_is_what_broadcasting_gives(shape, channels, gains):
    rng = np.random.default_rng(0)
    image = rng.random((*shape, channels), dtype=np.float32)
    fields = [rng.random((4, 5), dtype=np.float32) for _ in range(gains)]
    expected = image * np.stack(fields, axis=-1)
    np.testing.assert_allclose(times(image, *fields), expected, rtol=1e-6)


def test_levels_and_contrast(ink):
    scene = Scene.from_ink(ink, ink_value=0.2, paper=0.9).compose()
    paper, pen = levels(scene)
    assert paper == pytest.approx(0.9, abs=0.02) and pen == pytest.approx(0.25, abs=0.08)
    assert contrast(scene) == pytest.approx(paper - pen, abs=0.02)
    blank = Scene.from_ink(np.zeros((20, 20), np.float32)).compose()
    assert levels(blank) is None and contrast(blank) == 1


@pytest.mark.parametrize("width", [1.5, 2, 4, 7])
def test_stroke_width(width):
    widths = []
    for degrees in range(0, 180, 15):
        ahead = 50 * np.array([np.sin(np.radians(degrees)), np.cos(np.radians(degrees))])
        widths.append(stroke_width(np.pad(rule(tuple(-ahead), tuple(ahead), width)[0], 3)))
    assert np.mean(widths) == pytest.approx(width, rel=0.15)
    assert stroke_width(np.zeros((9, 9), np.float32)) == BLANK_STROKE
