import numpy as np
import pytest

from sigunet import grids
from sigunet.errors import DataError


def shapes(count=3, height=48, width=64):
    """Images of one value and inks with a bar, different for each."""
    images, inks = [], []
    for index in range(count):
        ink = np.zeros((height, width), np.float32)
        ink[10 + 5 * index : 14 + 5 * index, 8:40] = 1
        inks.append(ink)
        images.append((0.8 - 0.6 * ink)[..., None])
    return images, inks


def count(picture, colour):
    return int(np.all(picture == np.array(colour, np.uint8), axis=-1).sum())


def test_errors_show_exactly_what_is_missed_and_what_is_false():
    truth = np.zeros((20, 30), np.float32)
    truth[5:10, 5:15] = 1
    output = np.zeros_like(truth)
    output[5:10, 9:18] = 0.8
    picture = grids.errors_picture(truth, output)
    assert picture.shape == (20, 30, 3) and picture.dtype == np.uint8
    missed = np.all(picture == grids.MISSED_INK, axis=-1)
    false = np.all(picture == grids.FALSE_INK, axis=-1)
    assert np.array_equal(missed, (truth == 1) & (output < 0.5))
    assert np.array_equal(false, (truth == 0) & (output >= 0.5))
    assert (picture[truth + output == 0] == 255).all()
    assert count(grids.errors_picture(truth, output, threshold=0.9), grids.FALSE_INK) == 0


def test_what_is_just_at_the_threshold_is_no_ink_as_in_the_scores():
    truth = np.array([[0.5, 0.5, 0.6, 0.6]], np.float32)
    output = np.array([[0.25, 0.3, 0.25, 0.3]], np.float32)
    picture = grids.errors_picture(truth, output, threshold=0.25)
    right = (grids._RIGHT_INK,) * 3
    expected = [[(255, 255, 255), grids.FALSE_INK, grids.MISSED_INK, right]]
    assert np.array_equal(picture, expected)


def test_the_two_kinds_of_error_differ_for_colour_blind_people():
    # Dichromats of the common kinds still see lightness and blue: both must differ clearly.
    missed, false = (np.array(c, float) for c in (grids.MISSED_INK, grids.FALSE_INK))
    luma = np.array([0.299, 0.587, 0.114])
    assert abs(missed[2] - false[2]) > 100
    assert abs((missed - false) @ luma) > 20


def test_a_prediction_shows_its_errors_and_a_perfect_one_has_none():
    images, inks = shapes()
    perfect = grids.prediction_grid(images, inks, inks)
    wrong = [ink.copy() for ink in inks]
    wrong[1][40:44, 50:60] = 1
    wrong[2][:, 8:20] = 0
    faulty = grids.prediction_grid(images, inks, wrong)
    assert perfect.dtype == np.uint8 and perfect.shape == faulty.shape
    # Both have the legend in these colours above the column.
    assert count(faulty, grids.FALSE_INK) - count(perfect, grids.FALSE_INK) == 40
    assert count(faulty, grids.MISSED_INK) - count(perfect, grids.MISSED_INK) == 4 * 12


def test_columns_are_input_target_output_errors():
    images, inks = shapes(1)
    grid = grids.prediction_grid(images, inks, [np.zeros_like(inks[0])])
    columns = np.split(grid[-48 - 2 : -2, 2:], [64 + 2, 2 * 66, 3 * 66], axis=1)
    assert np.array_equal(columns[0][:, :64, 0], 204 - 153 * inks[0].astype(np.uint8))
    assert np.array_equal(columns[1][:, :64, 0], 255 - 255 * inks[0].astype(np.uint8))
    assert (columns[2][:, :64] == 255).all()
    assert count(columns[3][:, :64], grids.MISSED_INK) == int(inks[0].sum())


def test_headings_stand_above_every_column():
    images, inks = shapes(1)
    grid = grids.prediction_grid(images, inks, inks)
    head = grid[: grid.shape[0] - 48 - 4]
    assert head.shape[0] > 8
    for left in range(2, 4 * 66, 66):
        assert (head[:, left : left + 64].min(axis=-1) < 150).any()


def test_pictures_of_different_sizes_are_padded_with_white():
    small, large = np.zeros((10, 20), np.float32), np.zeros((30, 50, 3), np.float32)
    sheet = grids.contact_sheet([small, large], columns=2)
    assert sheet.shape == (30 + 4, 50 + 20 + 6, 3)
    assert count(sheet, (0, 0, 0)) == 10 * 20 + 30 * 50
    # The small one stands in the middle of its place.
    column = np.all(sheet[:, 2:22] == 0, axis=(1, 2))
    assert np.flatnonzero(column).tolist() == list(range(12, 22))


def test_labels_are_written_and_long_ones_stay_in_their_column():
    pictures = [np.ones((20, 60), np.float32)] * 3
    plain = grids.contact_sheet(pictures, ["", "", ""], columns=3)
    named = grids.contact_sheet(
        pictures, ["", "a name far too long for sixty pixels", ""], columns=3
    )
    changed = np.flatnonzero((plain != named).any(axis=(0, 2)))
    assert changed.size and changed.min() >= 62 and changed.max() < 62 + 64


def test_a_sheet_of_one_kind_takes_every_kind_of_array():
    grey = np.full((8, 9), 128, np.uint8)
    pictures = [grey, grey[..., None], np.repeat(grey[..., None], 3, -1), grey / np.float32(255)]
    sheet = grids.contact_sheet(pictures, columns=4)
    assert count(sheet, (128, 128, 128)) == 4 * 8 * 9


def test_the_last_row_may_be_short():
    sheet = grids.contact_sheet([np.zeros((5, 5), np.float32)] * 5, columns=3)
    assert sheet.shape == (2 * 5 + 3 * 2, 3 * 5 + 4 * 2, 3)
    assert count(sheet, (0, 0, 0)) == 5 * 25


def test_pairs_lie_side_by_side():
    images, inks = shapes(3)
    grid = grids.pairs_grid(images, inks, labels=["n=0", "n=1", "n=2"])
    assert grid.shape[1] == 4 * 66 + 2
    assert count(grid, (0, 0, 0)) >= sum(int(ink.sum()) for ink in inks)
    assert grids.pairs_grid(images, inks, columns=1).shape[1] == 2 * 66 + 2


def test_a_strip_has_inputs_above_and_outputs_below():
    images, inks = shapes(3)
    strip = grids.strip(images, inks)
    assert strip.shape == (2 * 48 + 3 * 2, 3 * 66 + 2, 3)
    assert count(strip[50:], (0, 0, 0)) == sum(int(ink.sum()) for ink in inks)
    assert count(strip[:50], (0, 0, 0)) == 0
    assert grids.strip(images, inks, height=24).shape == (2 * 24 + 3 * 2, 3 * 34 + 2, 3)


def test_a_page_does_not_need_the_bundled_face(monkeypatch, tmp_path):
    monkeypatch.setattr(grids, "_FONT", tmp_path / "gone.woff")
    grids._font.cache_clear()
    images, inks = shapes(1)
    assert grids.prediction_grid(images, inks, inks).min() < 100
    grids._font.cache_clear()


def test_what_does_not_match_is_a_sentence():
    images, inks = shapes(2)
    with pytest.raises(DataError, match="no picture"):
        grids.contact_sheet([])
    with pytest.raises(DataError, match="2 pictures and 1 counterparts"):
        grids.prediction_grid(images, inks, inks[:1])
    with pytest.raises(DataError, match="2 pictures and 3 labels"):
        grids.pairs_grid(images, inks, labels=["a", "b", "c"])
