import cv2
import numpy as np
import pytest

from sigunet.cleaning import scaling


class Eye:
    """Sees dark strokes of 3 to 8 px and nothing else, and remembers what it looked at."""

    def __init__(self, least=3, largest=8):
        self.least, self.largest, self.shapes = least, largest, []

    def __call__(self, picture):
        self.shapes.append(picture.shape[:2])
        dark = (picture[..., 0] < 0.5).astype(np.uint8)
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (self.largest + 1,) * 2)
        wide = cv2.morphologyEx(dark, cv2.MORPH_OPEN, kernel)
        small = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (self.least,) * 2)
        return (cv2.morphologyEx(dark, cv2.MORPH_OPEN, small) - wide).clip(0, 1).astype(np.float32)


def _page(stroke, side=360, *, everywhere=False):
    """A stroke across; `everywhere`, one along each side, so that all of the page is looked at again."""
    page = np.ones((side, side, 1), np.float32)
    rows = (side // 8, side * 7 // 8 - stroke) if everywhere else (side // 2,)
    for row in rows:
        page[row : row + stroke, side // 8 : side * 7 // 8] = 0
    return page


def _fit(eye, page, **changed):
    return scaling.fit(eye, page, strokes=(3.0, 8.0), threshold=0.5, **changed)


def test_strokes_within_the_range_are_cleaned_natively():
    eye = Eye()
    found = _fit(eye, _page(5))
    assert found.scale == 1.0 and eye.shapes == [(360, 360)]
    assert found.stroke == pytest.approx(5, abs=0.8)


@pytest.mark.parametrize("stroke", [13, 21])
def test_wide_strokes_are_brought_down(stroke):
    found = _fit(Eye(), _page(stroke))
    # To the middle of what is known.
    assert found.scale == pytest.approx(np.sqrt(3 * 8) / stroke, rel=0.25)
    assert found.stroke == pytest.approx(stroke, rel=0.25)
    truth = _page(stroke)[..., 0] < 0.5
    assert ((found.soft > 0.5) & truth).sum() / ((found.soft > 0.5) | truth).sum() > 0.75


def test_thin_strokes_are_brought_up():
    found = _fit(Eye(least=2), _page(1))
    assert found.scale > 1.5 and found.soft.shape == (360, 360)
    assert found.soft.any()


def test_blank_pictures_are_looked_at_a_few_times_and_stay():
    eye = Eye()
    found = _fit(eye, np.ones((200, 300, 1), np.float32))
    assert found.scale == 1.0 and found.stroke == 0 and not found.soft.any()
    assert len(eye.shapes) <= 5


def test_large_pictures_are_first_looked_at_in_small():
    eye = Eye()
    found = _fit(eye, _page(40, 800), probe=10_000)
    assert eye.shapes[0] == (100, 100)
    # The first look was near enough: nothing was ever looked at whole.
    assert max(eye.shapes) < (500, 500)
    assert found.soft.shape == (800, 800) and found.stroke == pytest.approx(40, rel=0.3)


def test_two_looks_are_the_mean_of_two_sizes():
    eye = Eye()
    page = _page(4, everywhere=True)
    once, twice = _fit(eye, page), _fit(eye, page, looks="two")
    assert eye.shapes[1:] == [(360, 360), (720, 720)]
    larger = scaling.images.resize(eye(scaling.images.resize(page, 720, 720)), 360, 360)
    np.testing.assert_allclose(twice.soft, (once.soft + larger) / 2, atol=1e-6)
    np.testing.assert_array_equal(twice.first, once.soft)
    assert (once.looks, twice.looks) == (1, 2) and once.first is None
    assert twice.scale == once.scale and twice.stroke == pytest.approx(once.stroke, abs=0.5)


@pytest.mark.parametrize(("strength", "looks"), [(1.0, 1), (0.7, 2)])
def test_a_second_look_where_the_first_leaves_doubt(strength, looks):
    eye = Eye()
    page = _page(4)

    def network(picture):
        return np.float32(strength) * eye(picture)

    found = _fit(network, page, looks="auto")
    assert found.looks == looks == len(eye.shapes)
    same = _fit(network, page, looks=("one", "two")[looks - 1])
    np.testing.assert_array_equal(found.soft, same.soft)


@pytest.mark.parametrize(
    ("first", "second", "looks"),
    [(0.8, 0.7, 2), (0.8, 0.5, 1), (0.8, 0.0, 1), (0.32, 0.25, 2), (0.32, 0.0, 2)],
)
def test_a_second_look_that_loses_sight_of_the_signature_does_not_count(first, second, looks):
    eye, page = Eye(), _page(4, everywhere=True)

    def network(picture):
        return np.float32(first if picture.shape[0] == 360 else second) * eye(picture)

    once, twice = (_fit(network, page, looks=one) for one in ("one", "two"))
    assert len(eye.shapes) == 3 and twice.looks == looks
    # Where there was little hope of a signature it counts, whatever it finds.
    if looks == 1:
        np.testing.assert_array_equal(twice.soft, once.soft)
        assert twice.first is None and twice.stroke == once.stroke
    else:
        assert twice.soft.max() == pytest.approx((first + second) / 2, abs=0.01)


def test_blank_pictures_leave_no_doubt():
    eye = Eye()
    found = _fit(eye, np.ones((200, 300, 1), np.float32), looks="auto")
    assert found.looks == 1 and found.stroke == 0


@pytest.mark.parametrize(("stroke", "finer"), [(4, 2.0), (5, 1.6), (7, np.sqrt(2))])
def test_a_second_look_enlarges_wide_strokes_less(stroke, finer):
    eye = Eye()
    _fit(eye, _page(stroke, everywhere=True), looks="two")
    assert len(eye.shapes) == 2
    assert eye.shapes[1][0] == pytest.approx(360 * finer, rel=0.1)


def test_what_was_brought_to_the_range_stays_there():
    shapes = []

    def network(picture):
        # Finds strokes of 9 px wherever it looks natively, and of 6.5 px from farther off.
        shapes.append(picture.shape[:2])
        wide = 9 if picture.shape[0] == 360 else 4
        return 1 - _page(wide, side=picture.shape[0])[..., 0]

    found = _fit(network, _page(5))
    assert found.scale < 0.7 and len(shapes) == 2


def test_two_looks_enlarge_only_what_stays_small_enough():
    eye = Eye()
    _fit(eye, _page(5, side=1700, everywhere=True), looks="two", probe=10**7)
    assert eye.shapes[0] == (1700, 1700) and len(eye.shapes) == 1
    _fit(eye, _page(5, side=1500, everywhere=True), looks="two")
    assert max(shape[0] for shape in eye.shapes[1:]) == pytest.approx(1581, abs=2)


def test_two_looks_have_no_stroke_where_nothing_is_left():
    # Seen at one of the two sizes alone, a stroke has half of its strength at most.
    found = _fit(Eye(largest=5), np.ones((200, 200, 1), np.float32), looks="two")
    assert found.stroke == 0 and not found.soft.any()
