import numpy as np
import pytest

from sigunet.data.geometry import Frame, crop, letterbox


def signature(height=120, width=200):
    ink = np.zeros((height, width), np.uint8)
    ink[50:60, 40:160] = 255
    ink[60:61, 40:160] = 100
    return ink


def rngs(count):
    return map(np.random.default_rng, range(count))


def test_letterbox_keeps_aspect_and_area_and_never_thresholds():
    ink = signature()
    for rng in rngs(20):
        frame = letterbox(rng, ink, 64, (0.5, 1.25))
        cut = frame.cut(ink, 0.0)
        assert cut.shape == (64, 64) and cut.dtype == np.float32
        assert frame.to_height / frame.to_width == pytest.approx(120 / 200, abs=0.03)
        shrunk = frame.to_height * frame.to_width / ink.size
        assert cut.sum() == pytest.approx(ink.sum() / 255 * shrunk, rel=1e-4)
        assert ((cut > 0.02) & (cut < 0.98)).any()


def test_letterbox_fits_exactly_where_the_scale_is_one():
    frame = letterbox(np.random.default_rng(0), signature(), 64, (1.0, 1.25))
    assert (frame.to_width, frame.to_height) == (64, 38)
    places = {letterbox(rng, signature(), 64, (1.0, 1.0)).to_top for rng in rngs(50)}
    assert min(places) == 0 and max(places) == 64 - 38


def test_paper_goes_on_beyond_the_picture_and_strokes_do_not():
    rng = np.random.default_rng(0)
    shade = np.linspace(0.6, 0.9, 40)[:, None, None] * np.ones((40, 50, 3))
    picture = (255 * (shade + rng.normal(0, 0.02, shade.shape))).clip(0, 255).astype(np.uint8)
    ink = np.zeros((40, 50), np.uint8)
    ink[30:36, 10:40] = 255
    picture[ink > 0] = 10
    frame = Frame(0, 0, 40, 50, 40, 30, 40, 50, 128)
    seen, true = frame.cut(picture, 1.0), frame.cut(ink, 0.0)
    out = frame.extended(seen, true)
    inside = np.zeros((128, 128), bool)
    inside[40:80, 30:80] = True
    assert (out[inside] == seen[inside]).all() and true[~inside].sum() == 0
    # No stroke outside, no hard edge above, and the grain of the paper.
    assert out[~inside].min() > 0.4
    assert abs(out[39, 30:80].mean() - out[40, 30:80].mean()) < 0.01
    assert out[20:40, 0:30].std() > 0.015
    assert out.shape == (128, 128, 3) and out.dtype == np.float32


@pytest.mark.parametrize("channels", [1, 3])
def test_a_window_within_the_picture_is_left_alone_and_one_beside_it_is_white(channels):
    seen = np.ones((16, 16, channels), np.float32)
    ink = np.zeros((16, 16), np.float32)
    assert Frame(3, 4, 16, 16, 0, 0, 16, 16, 16).extended(seen, ink) is seen
    assert (Frame(0, 0, 0, 5, 0, 0, 0, 5, 16).extended(seen, ink) == 1).all()
    black = Frame(0, 0, 4, 4, 0, 0, 4, 4, 16)
    ink[:4, :4] = 1
    out = black.extended(np.zeros((16, 16, channels), np.float32), ink)
    assert (out[4:] == 1).all() and (out[:4, :4] == 0).all()


def test_around_the_picture_is_the_fill():
    cut = Frame(0, 0, 10, 10, 2, 3, 5, 5, 16).cut(np.zeros((10, 10, 3), np.uint8), 0.5)
    assert (cut[0, 0] == 0.5).all() and (cut[2:7, 3:8] == 0).all() and (cut[7:] == 0.5).all()


def test_crops_at_native_scale_are_the_pixels_themselves():
    ink = np.random.default_rng(0).integers(1, 256, (120, 200)).astype(np.uint8)
    for rng in rngs(20):
        frame = crop(rng, ink, 64, (1.0, 1.0))
        cut = frame.cut(ink, 0.0)
        inside = cut[
            frame.to_top : frame.to_top + frame.to_height,
            frame.to_left : frame.to_left + frame.to_width,
        ]
        part = ink[frame.top : frame.top + frame.height, frame.left : frame.left + frame.width]
        assert inside.shape == part.shape
        np.testing.assert_allclose(inside, part / 255, atol=1e-6)
        # What is not inside is paper.
        assert cut.sum() == pytest.approx(inside.sum(), rel=1e-5)


def test_most_crops_hold_ink_and_they_lie_everywhere():
    frames = [crop(rng, signature(), 64, (0.8, 1.25)) for rng in rngs(200)]
    inked = [frame.cut(signature(), 0.0).sum() > 5 for frame in frames]
    assert np.mean(inked) > 0.85
    assert len({(frame.top, frame.left) for frame in frames}) > 150


def test_crops_are_scaled():
    scales = [crop(rng, signature(), 64, (0.5, 2.0)).scale for rng in rngs(200)]
    assert min(scales) < 0.6 and max(scales) > 1.7
    assert 0.8 < np.median(scales) < 1.25


@pytest.mark.parametrize("shape", [(8, 8), (8, 300), (300, 8), (64, 64)])
@pytest.mark.parametrize("sampling", [letterbox, crop])
def test_any_shape_fits(sampling, shape):
    for rng in rngs(30):
        cut = sampling(rng, np.full(shape, 255, np.uint8), 64, (0.5, 2.0)).cut(
            np.full(shape, 255, np.uint8), 0.0
        )
        assert (
            cut.shape == (64, 64) and 0 <= cut.min() and cut.max() <= 1 and np.isfinite(cut).all()
        )


def test_a_picture_without_ink_can_be_cropped():
    frame = crop(np.random.default_rng(0), np.zeros((120, 200), np.uint8), 64, (1.0, 1.0))
    assert frame.cut(np.zeros((120, 200), np.uint8), 0.0).sum() == 0
