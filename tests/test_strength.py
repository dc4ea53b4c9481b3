"""Relative soft ink: what it does to sure strokes, doubted ones, and next to nothing."""

import cv2
import jax.numpy as jnp
import numpy as np
import pytest

from sigunet import scoring, strength


@pytest.fixture
def stroke():
    """float32[64, 64]: a soft stroke of 5 px across, 1 in its middle."""
    canvas = np.zeros((64, 64), np.float32)
    cv2.line(canvas, (8, 20), (56, 40), 1.0, 5, cv2.LINE_8)
    return cv2.GaussianBlur(canvas, (0, 0), 0.8)


def test_a_doubted_stroke_is_as_wide_as_a_sure_one(stroke):
    sure = strength.relative(stroke)
    for doubt in (0.9, 0.7, 0.55):
        np.testing.assert_allclose(strength.relative(doubt * stroke), sure, atol=0.1)
        there = strength.relative(doubt * stroke) > 0.5
        assert np.count_nonzero(there ^ (sure > 0.5)) <= 0.03 * np.count_nonzero(sure > 0.5)
    # One threshold for all would have made it a third thinner.
    assert np.count_nonzero(0.55 * stroke > 0.5) < 0.75 * np.count_nonzero(sure > 0.5)


def test_what_is_below_the_floor_grows_paler_and_goes(stroke):
    for doubt in (0.4, 0.2):
        np.testing.assert_allclose(
            strength.relative(doubt * stroke), doubt * stroke / strength.FLOOR, rtol=1e-5
        )
    assert not (strength.relative(0.2 * stroke) > 0.5).any()


def test_lies_between_soft_ink_and_one_and_keeps_full_ink():
    soft = np.random.default_rng(0).random((40, 50), np.float32)
    soft[7, 9] = 1.0
    got = strength.relative(soft)
    assert got.dtype == np.float32
    assert (got >= soft).all() and got.max() <= 1.0
    assert got[7, 9] == 1.0
    # Beside full ink nothing is lifted.
    np.testing.assert_array_equal(got[5:10, 7:12], soft[5:10, 7:12])


def test_sees_further_where_the_network_saw_it_smaller(stroke):
    pale = 0.9 * stroke
    pale[20:40, 20:40] *= 0.6
    assert (strength.relative(pale, 1 / 3) <= strength.relative(pale) + 1e-6).all()
    assert (strength.relative(pale, 1 / 3) < strength.relative(pale) - 0.05).any()


def test_the_device_computes_the_same():
    soft = np.random.default_rng(1).random((3, 33, 47), np.float32) ** 3
    expected = np.stack([strength.relative(picture) for picture in soft])
    np.testing.assert_allclose(scoring.relative(jnp.asarray(soft)), expected, rtol=1e-6)
