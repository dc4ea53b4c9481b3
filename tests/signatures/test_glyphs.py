import string

import numpy as np
import pytest

from sigunet.signatures import glyphs


@pytest.mark.parametrize("letter", string.ascii_letters)
def test_every_letter_can_be_written(letter):
    for form in range(3):
        shape = glyphs.glyph(letter, form)
        for part in shape.parts + shape.later:
            assert part.points.shape == (len(part.corners), 2)
            assert len(part.points) >= 2
            assert np.abs(part.points).max() < 3
        assert shape.width > 0.3


def test_forms_repeat_beyond_the_last():
    assert np.array_equal(
        glyphs.glyph("A", 0).parts[0].points, glyphs.glyph("A", 3).parts[0].points
    )


def test_dots_and_bars_come_after_the_word():
    assert glyphs.glyph("i", 0).later and glyphs.glyph("t", 0).later
    assert not glyphs.glyph("l", 0).later


@pytest.mark.parametrize("letter", "lhkbdf")
def test_ascenders_reach_above_an_x(letter):
    top = max(part.points[:, 1].max() for part in glyphs.glyph(letter, 0).parts)
    assert top > 1.8


@pytest.mark.parametrize("letter", "gjpqy")
def test_descenders_reach_below_the_line(letter):
    foot = min(part.points[:, 1].min() for part in glyphs.glyph(letter, 0).parts)
    assert foot < -0.8


@pytest.mark.parametrize("letter", sorted(glyphs.STRAIGHT))
def test_straight_letters_turn_on_the_spot_and_are_as_high_as_any(letter):
    shape = glyphs.straight(letter)
    assert all(part.corners.all() and len(part.points) > 1 for part in shape.parts)
    high = np.concatenate([part.points for part in shape.parts])[:, 1]
    assert -0.2 < high.min() <= 0.0 and 2.0 <= high.max() < 2.2
