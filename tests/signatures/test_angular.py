"""Signatures of straight strokes, and hands that write as along a ruler."""

import dataclasses

import numpy as np
import pytest

from sigunet.signatures import Writer, angular, glyphs
from sigunet.signatures.gesture import Gesture
from sigunet.signatures.hand import STYLES
from sigunet.signatures.plan import straightened


def aside(points):
    """How far a line strays from the chord of its ends, as a share of the chord."""
    chord = points[-1] - points[0]
    long = np.hypot(*chord)
    off = points - points[0]
    return np.abs(chord[0] * off[:, 1] - chord[1] * off[:, 0]).max() / long**2


@pytest.mark.parametrize("letter", sorted(glyphs.STRAIGHT))
def test_straight_letters_turn_on_the_spot(letter):
    shape = glyphs.straight(letter)
    assert all(part.corners.all() and len(part.points) > 1 for part in shape.parts)
    assert shape.width == max(part.points[:, 0].max() for part in shape.parts)
    # As high as any capital.
    high = np.concatenate([part.points for part in shape.parts])[:, 1]
    assert -0.2 < high.min() <= 0.0 and 2.0 <= high.max() < 2.2


@pytest.mark.parametrize("style", ["angular", "cross"])
def test_nothing_in_them_bends(style):
    assert style in STYLES
    shapes = set()
    for seed in range(40):
        made = angular.write(style, 0.8, np.random.default_rng(seed))
        assert all(gesture.corners.all() and len(gesture.points) > 1 for gesture in made)
        shapes.add(tuple(len(gesture.points) for gesture in made))
    assert len(shapes) > 4


def test_pens_stay_down_between_strokes_where_a_hand_joins():
    def lifts(join):
        rngs = (np.random.default_rng(seed) for seed in range(60))
        return sum(len(angular.write("angular", join, rng)) for rng in rngs)

    assert lifts(1.0) < 0.9 * lifts(0.0)


def test_strokes_of_a_straight_hand_are_straight():
    bent, straight = [], []
    for index in range(600):
        writer = Writer.from_seed(11, index)
        if writer.habits.style != "cross":
            continue
        change = dataclasses.replace
        for share, found in ((0.0, bent), (1.0, straight)):
            habits = change(writer.habits, straight=share, bow=0.2, tremor=0.3 * (1 - share))
            signed = change(writer, habits=habits).sign(0)
            two = [len(gesture.points) == 2 for gesture in writer.plan]
            found += [
                aside(trace.points) for trace, of in zip(signed.traces, two, strict=True) if of
            ]
    assert len(straight) > 12
    assert max(straight) < 0.01 < 0.02 < np.median(bent)


def test_what_lies_beside_a_line_is_left_out_but_no_corner_and_no_bend():
    line = Gesture(
        np.array([[0, 0], [2, 0.05], [4, 0.0]]), np.array([True, False, True]), True, 1.5
    )
    assert len(straightened(line, 0.0).points) == 3
    short = straightened(line, 0.9)
    assert np.array_equal(short.points, [[0, 0], [4, 0]]) and short.leaves and short.loose == 1.5
    assert len(short.corners) == 2
    corner = dataclasses.replace(line, corners=np.array([True, True, True]))
    assert len(straightened(corner, 1.0).points) == 3
    bow = dataclasses.replace(line, points=np.array([[0, 0], [2, 1.5], [4, 0]]))
    assert len(straightened(bow, 1.0).points) == 3
    back = dataclasses.replace(line, points=np.array([[0, 0], [6, 0], [4, 0]]))
    assert len(straightened(back, 1.0).points) == 3


def test_a_stylus_draws_lines_of_one_width_and_one_shade():
    widths, shades = [], []
    for index in range(200):
        writer = Writer.from_seed(5, index)
        if writer.habits.pen.kind == "stylus" and not writer.habits.borrows:
            for trace in writer.sign(0).traces:
                widths.append(np.ptp(trace.width) / trace.width.mean())
                shades.append(np.ptp(trace.strength))
    assert len(widths) > 5
    assert np.max(widths) < 0.35 and np.median(widths) < 0.2 and np.max(shades) < 0.05
