import dataclasses

import numpy as np

from sigunet.signatures.gesture import Gesture
from sigunet.signatures.plan import straightened

LINE = Gesture(np.array([[0, 0], [2, 0.05], [4, 0.0]]), np.array([True, False, True]), True, 1.5)


def through(*points):
    flags = np.zeros(len(points), bool)
    return dataclasses.replace(LINE, points=np.array(points, float), corners=flags)


def test_what_lies_beside_a_line_is_left_out():
    short = straightened(LINE, 0.9)
    assert np.array_equal(short.points, [[0, 0], [4, 0]]) and short.corners.tolist() == [True, True]
    assert (short.leaves, short.loose) == (LINE.leaves, LINE.loose)
    assert len(straightened(through((0, 0), (1, 0.1), (2, 0.1), (3, -0.1), (5, 0)), 1).points) == 2


def test_a_hand_that_is_not_straight_keeps_all():
    assert straightened(LINE, 0.0) is LINE
    level = through((0, 0), (2, 0), (4, 0))
    assert straightened(level, 0.0) is level


def test_corners_bows_and_ways_back_stay():
    corner = dataclasses.replace(LINE, corners=np.ones(3, bool))
    assert len(straightened(corner, 1.0).points) == 3
    assert len(straightened(through((0, 0), (2, 1.5), (4, 0)), 1.0).points) == 3
    assert len(straightened(through((0, 0), (6, 0), (4, 0)), 1.0).points) == 3
    # An arc in many small steps, each of them nearly straight.
    turn = np.radians(np.arange(7) * 17)
    arc = through(*np.stack([np.sin(turn), 1 - np.cos(turn)], axis=1))
    kept = straightened(arc, 1.0).points
    assert 3 <= len(kept) < 7
