import numpy as np
import pytest

from sigunet.noise import letters
from sigunet.noise.layouts import CHANCES, PARTS, Sheet


@pytest.fixture
def sheet():
    """A sheet of 200 x 300 with a signature's box in the middle."""
    return Sheet(
        rng=np.random.default_rng(0),
        print=np.zeros((200, 300), np.uint8),
        fill=np.zeros((200, 300), np.uint8),
        box=(50.0, 60.0, 90.0, 180.0),
        thick=2.0,
        em=14.0,
        face=letters.faces()[0],
    )


def test_bars_cover_their_area_to_a_fraction_of_a_pixel(sheet):
    sheet.bar(10.25, 20.5, 13.75, 40.0)
    assert sheet.print.sum() / 255 == pytest.approx(3.5 * 19.5, rel=0.02)
    assert sheet.print[10, 30] == pytest.approx(0.75 * 255, abs=1)
    sheet.bar(-50, -50, -10, -10)
    sheet.bar(190, 290, 500, 500)
    assert sheet.print[199, 299] == 255


def test_dashes_and_frames(sheet):
    sheet.level(50, 0, 100, dash=(6, 4))
    assert sheet.print.sum() / 255 == pytest.approx(120, rel=0.05)
    sheet.print[:] = 0
    sheet.frame(20, 30, 60, 90)
    assert sheet.print[19:21, 40:80].min() == 255 and sheet.print[25:55, 29:31].min() == 255
    assert sheet.print[30:50, 40:80].max() == 0


def test_words_are_cut_at_the_edge(sheet):
    width = sheet.words("Signature", 190, 280)
    assert width > 30
    assert sheet.print[190:, 280:].max() > 100
    sheet.words("Signature", -500, 10)


def test_a_screen_makes_grounds_of_dots(sheet):
    sheet.ground(20, 20, 180, 280)
    assert sheet.fill.sum() == 255 * 160 * 260
    sheet.screen(4.0)
    assert 0.2 < sheet.fill[20:180, 20:280].mean() / 255 < 0.7
    assert sheet.fill[:20].max() == 0


@pytest.mark.parametrize("part", PARTS)
def test_every_part_prints_something(sheet, part):
    amounts = []
    for seed in range(6):
        sheet.rng = np.random.default_rng(seed)
        sheet.print[:], sheet.fill[:] = 0, 0
        part(sheet)
        amounts.append((int(sheet.print.sum()) + int(sheet.fill.sum())) / 255)
    assert np.median(amounts) > 60
    assert len(set(amounts)) == 6


def test_there_is_a_chance_for_every_part():
    assert len(CHANCES) == len(PARTS)
    assert sum(CHANCES) == pytest.approx(1)
