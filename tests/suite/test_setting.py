import numpy as np
import pytest

from sigunet.frozen import Signature
from sigunet.suite import base_s
from sigunet.suite.page import LUMA
from sigunet.suite.setting import HEIGHT, MARGIN, STROKE, coloured, page_of, truth
from sigunet.truth import stroke_width


@pytest.fixture(scope="module")
def pages():
    signatures = base_s()
    return [
        page_of(signatures[n], np.random.default_rng(n), grey=n % 8 == 4, other=False)
        for n in range(0, len(signatures.writers), 4)
    ]


def test_sizes_stay_within_the_exams_bounds(pages):
    for page in pages:
        top, left, height, width = page.box
        assert HEIGHT[0] - 2 <= height <= HEIGHT[1] + 1
        assert STROKE[0] <= page.stroke <= STROKE[1] * 1.1
        margins = (
            top / height,
            (page.shape[0] - top - height) / height,
            left / width,
            (page.shape[1] - left - width) / width,
        )
        assert all(MARGIN[0] - 0.02 <= margin <= MARGIN[1] + 0.02 for margin in margins)


def bar(height, stroke):
    ink = np.zeros((height + 20, 420), np.float32)
    ink[10 : 10 + stroke, 10:410] = 1
    ink[10 + height - stroke : 10 + height, 10:410] = 1
    return Signature(ink, "w", "bar")


@pytest.mark.parametrize(("height", "stroke"), [(60, 2), (300, 12), (600, 8), (240, 4)])
def test_a_signature_of_any_size_is_brought_to_them(height, stroke):
    page = page_of(bar(height, stroke), np.random.default_rng(0), grey=True, other=False)
    assert HEIGHT[0] - 1 <= page.box[2] <= HEIGHT[1] + 1
    assert STROKE[0] <= stroke_width(truth(page.cover)) <= STROKE[1] * 1.15


def test_ink_is_never_more_than_its_coverage(pages):
    for page in pages:
        assert (page.inked <= page.cover + 0.02).all()
        assert page.inked.sum() > 0.3 * page.cover.sum()


def test_colour_is_as_dark_as_the_pen():
    rng = np.random.default_rng(3)
    inks = np.array([coloured(0.35, rng) for _ in range(40)])
    assert inks @ LUMA == pytest.approx(np.full(40, 0.35), abs=0.05)
    strongest = inks.argmax(axis=1)
    assert {0, 1, 2} == set(strongest.tolist())


def test_grey_pages_have_no_colour(pages):
    for number, page in enumerate(pages):
        image = page.flat().image
        assert image.shape == (*page.shape, 1 if number % 2 else 3)
        assert 0.85 < np.median(image) <= 1


def test_specks_are_no_truth():
    cover = np.zeros((30, 30))
    cover[5:9, 5:25] = 0.9
    cover[20:22, 20:22] = 1
    assert np.array_equal(truth(cover), (cover == 0.9))
