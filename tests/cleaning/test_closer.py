import numpy as np
import pytest

from sigunet import image as images
from sigunet.cleaning import closer


class Eye:
    """Says of dark pixels that they may be ink, by a value; remembers what it was shown."""

    def __init__(self, says=1.0):
        self.says, self.shown = says, []

    def __call__(self, picture):
        self.shown.append(picture)
        return np.where(picture[..., 0] < 0.5, np.float32(self.says), np.float32(0))


def _page(height, width, *strokes):
    page = np.ones((height, width, 1), np.float32)
    for top, left, length in strokes:
        page[top : top + 4, left : left + length] = 0
    return page


def _again(network, page, soft=None, *, scale=1.0, width=4.0):
    """What a second look makes of what is found in a page, or of `soft`."""
    if soft is None:
        soft = Eye()(images.scaled(page, scale))
    native = images.resize(soft, *page.shape[:2])
    return native, closer.second_look(
        network, page, soft, native, scale=scale, width=width, strokes=(3.0, 8.0), threshold=0.5
    )


def test_it_is_at_what_the_first_found():
    eye = Eye(0.5)
    page = _page(600, 500, (100, 80, 220))
    native, both = _again(eye, page)
    # The stroke, the pixels beside it and 48 px around, at twice the size.
    part = np.s_[51:153, 31:349]
    (shown,) = eye.shown
    np.testing.assert_array_equal(shown, images.scaled(page[part], 2.0))
    seen = images.resize(Eye(0.5)(shown), 102, 318)
    changed = np.s_[75:129, 55:325]
    np.testing.assert_allclose(
        both[changed], (native[changed] + seen[24:-24, 24:-24]) / 2, atol=1e-6
    )
    assert both[101, 100] == pytest.approx(0.75)
    both[changed] = native[changed]
    np.testing.assert_array_equal(both, native)


def test_what_is_cut_off_at_the_rim_is_left_alone():
    def network(picture):
        # Takes the edges of what it is shown for ink.
        soft = np.zeros(picture.shape[:2], np.float32)
        soft[:40] = soft[-40:] = 1
        soft[:, :40] = soft[:, -40:] = 1
        return soft

    page = _page(600, 500, (300, 200, 100))
    native, both = _again(network, page)
    assert (both[native == 0] == 0).all() and both[301, 250] == 0.5


@pytest.mark.parametrize("strokes", [[(2, 0, 300)], [(596, 3, 494)], [(10, 0, 9), (590, 490, 10)]])
def test_ink_at_the_very_edge(strokes):
    page = _page(600, 500, *strokes)
    native, both = _again(Eye(0.0), page)
    np.testing.assert_allclose(both, native / 2)


@pytest.mark.parametrize("scale", [0.25, 0.37, 1.7, 2.4])
def test_a_part_of_a_picture_that_was_seen_at_another_scale(scale):
    eye = Eye(0.0)
    stroke = round(8 / min(scale, 1))
    page = np.ones((801, 1403, 1), np.float32)
    page[400 : 400 + stroke, 600:900] = 0
    native, both = _again(eye, page, scale=scale, width=stroke * scale)
    ink = page[..., 0] < 0.5
    np.testing.assert_allclose(both[ink], native[ink] / 2)
    (shown,) = eye.shown
    # As much around it, of what the network saw, as at any other scale, and enlarged by as much.
    finer = np.clip(8 / (stroke * scale), np.sqrt(2), 2)
    for side, length in zip(shown.shape, (stroke, 300), strict=False):
        assert side == pytest.approx((length * scale + 98) * finer, abs=4 * max(scale, 1) * finer)


def test_a_small_signature_on_a_large_page_is_looked_at():
    eye = Eye()
    page = _page(2400, 1800, (2000, 1000, 300))
    assert _again(eye, page)[1] is not None and eye.shown[0].shape[:2] == (204, 796)


def test_faint_things_all_over_a_large_page_do_not_hinder_it():
    eye = Eye()
    page = _page(2400, 1800, (2000, 1000, 300))
    soft = eye(page)
    soft[10:20, 10:40] = soft[2380:2390, 10:40] = 0.1
    eye.shown.clear()
    assert _again(eye, page, soft)[1] is not None and eye.shown[0].shape[:2] == (200, 792)
    # On a small page they are looked at, too.
    small, faint = _page(500, 400, (240, 40, 300)), Eye()(_page(500, 400, (240, 40, 300)))
    faint[10:20, 300:340] = 0.1
    eye.shown.clear()
    _again(eye, small, faint)
    assert eye.shown[0].shape[0] > 2 * (244 - 10 + 48)


def test_nothing_is_looked_at_that_fills_a_large_page():
    eye = Eye()
    _, both = _again(eye, _page(2400, 1800, (20, 20, 1700), (2370, 20, 1700)))
    assert both is None and not eye.shown
    # A part that just fits is not given up for the whole, which does not.
    _, both = _again(eye, _page(1330, 1320, (60, 60, 1200), (1250, 60, 1200)))
    assert both is not None and eye.shown[0].shape[0] == pytest.approx(1.22 * 1292, abs=3)


def test_where_nothing_was_found_all_is_looked_at():
    eye = Eye(0.5)
    page = np.zeros((200, 300, 1), np.float32)
    _, both = _again(eye, page, np.zeros((200, 300), np.float32), width=0.0)
    assert eye.shown[0].shape[:2] == (400, 600)
    np.testing.assert_allclose(both, 0.25, atol=1e-6)
