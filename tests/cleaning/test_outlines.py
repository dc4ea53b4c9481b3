import cv2
import numpy as np
import pytest

from sigunet import signatures
from sigunet.cleaning.contours import contours
from sigunet.cleaning.outlines import outlines

_OVER = 16


def coverage(points, starts, shape):
    """Share of each pixel that polygons fill, by 16 x 16 samples: float32[H, W]."""
    high, wide = (side * _OVER for side in shape)
    filled = np.zeros((high, wide), np.uint8)
    # In 1/256 of a sample, whose centre is a half further on.
    cells = [np.rint((part * _OVER - 0.5) * 256) for part in np.split(points, starts[1:-1])]
    cv2.fillPoly(filled, [cell.astype(np.int32) for cell in cells], 1, shift=8)
    return cv2.resize(filled.astype(np.float32), shape[::-1], interpolation=cv2.INTER_AREA)


def jagged(points, starts):
    """The mean turn of outlines at their points, in degrees."""
    turns = []
    for part in np.split(points, starts[1:-1]):
        step = np.roll(part, -1, axis=0) - part
        angle = np.arctan2(step[:, 1], step[:, 0])
        turn = np.roll(angle, -1) - angle
        turns.append(np.abs((turn + np.pi) % (2 * np.pi) - np.pi))
    return np.degrees(np.concatenate(turns).mean())


@pytest.mark.parametrize("writer", range(3))
def test_thin_ink_covers_most_of_its_pixels_where_its_contours_do_not(writer):
    drawn = cv2.resize(signatures.draw(7, writer, 0), None, fx=0.35, fy=0.35)
    soft = np.random.default_rng(writer).normal(drawn / np.float32(255), 0.05).astype(np.float32)
    soft = np.clip(soft, 0, 1)
    ink = soft > 0.5

    def agreement(traced):
        filled = coverage(*traced, soft.shape) > 0.5
        return np.count_nonzero(filled & ink) / np.count_nonzero(filled | ink)

    exact = contours(soft, 0.5)
    assert agreement(exact) < 0.99
    smooth = outlines(soft, 0.5)
    assert agreement(smooth) > 0.995
    assert jagged(*smooth) < jagged(*exact)


def test_no_outline_is_lost_and_none_leaves_the_picture_by_much():
    soft = np.zeros((40, 60), np.float32)
    soft[0:9, 0:60] = 1
    soft[20:40, 50:60] = 1
    soft[20:30, 10:30] = 1
    soft[23:27, 15:25] = 0
    points, starts = outlines(soft, 0.5)
    assert len(starts) == 5
    assert points.min() > -0.5 and (points.max(axis=0) < [60.5, 40.5]).all()
    np.testing.assert_array_equal(coverage(points, starts, soft.shape) > 0.5, soft > 0.5)


def test_one_pixel_is_ink_even_where_it_is_barely_above_the_threshold():
    soft = np.zeros((7, 9), np.float32)
    soft[3, 4] = 0.51
    filled = coverage(*outlines(soft, 0.5), soft.shape) > 0.5
    np.testing.assert_array_equal(np.argwhere(filled), [[3, 4]])


def test_no_ink_has_no_outline():
    points, starts = outlines(np.zeros((3, 3), np.float32), 0.5)
    assert points.shape == (0, 2) and starts.tolist() == [0]
