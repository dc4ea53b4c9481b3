import numpy as np
import pytest

from sigunet.cleaning import fitting
from sigunet.cleaning.fitting import Box, Sheet
from sigunet.cleaning.options import Options
from sigunet.errors import OptionError

BLUE = np.array([0, 0, 200], np.uint8)


def ink():
    mask = np.zeros((40, 60), bool)
    mask[10:20, 30:45] = True
    return mask


def test_the_box_of_the_ink_and_its_margin():
    assert fitting.choose_box(ink(), Options()) == Box(0, 0, 40, 60)
    assert fitting.choose_box(ink(), Options(crop=True, pad=0)) == Box(10, 30, 10, 15)
    assert fitting.choose_box(ink(), Options(crop=True, pad=12)) == Box(-2, 18, 34, 39)
    assert fitting.choose_box(ink(), Options(pad=5)) == Box(-5, -5, 50, 70)


def test_without_ink_the_whole_picture_is_kept():
    nothing = np.zeros((40, 60), bool)
    assert fitting.choose_box(nothing, Options(crop=True, pad=0)) == Box(0, 0, 40, 60)


def test_paper_around_a_strip_is_bounded():
    with pytest.raises(OptionError, match="pad 9000"):
        fitting.choose_box(np.zeros((10, 30_000), bool), Options(pad=9000))


def test_beyond_the_picture_lies_paper():
    array = np.arange(6, dtype=np.uint8).reshape(2, 3)
    assert fitting.cut(array, Box(-1, 1, 4, 3), (9,)).tolist() == [
        [9, 9, 9],
        [1, 2, 9],
        [4, 5, 9],
        [9, 9, 9],
    ]


@pytest.mark.parametrize(
    ("shape", "size", "expected"),
    [
        ((100, 200), (50, 50), Box(12, 0, 25, 50)),
        ((100, 200), (500, 200), Box(0, 50, 200, 400)),
        ((10, 30_000), (500, 200), Box(99, 0, 1, 500)),
    ],
)
def test_proportions_are_kept_and_the_picture_centred(shape, size, expected):
    assert fitting.place(shape, size) == expected


@pytest.mark.parametrize("size", [(30, 30), (240, 240), (61, 40)])
def test_a_sheet_becomes_exactly_the_size(size):
    alpha = np.where(ink(), np.uint8(255), np.uint8(0))
    colour = np.where(ink()[..., None], np.uint8([200, 0, 0]), BLUE)
    out = fitting.fit(Sheet(alpha, colour, BLUE), size)
    assert out.alpha.shape == size[::-1] and out.colour.shape == (*size[::-1], 3)
    ratio = min(size[0] / 60, size[1] / 40)
    assert out.alpha.sum() / 255 == pytest.approx(150 * ratio**2, rel=0.03)
    # No colour of the paper bleeds into edges that are averaged with it.
    assert (np.abs(out.colour[out.alpha > 0].astype(int) - [200, 0, 0]) <= 2).all()
    assert (out.colour[out.alpha == 0] == BLUE).all()
