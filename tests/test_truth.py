import cv2
import numpy as np
import pytest

from sigunet import image
from sigunet.truth import MIN_SPECK, coverage_target, drop_specks, ink_from_scan


def stroke(width, *, height=120, length=260, over=8, seed=0):
    """Exact coverage of a wavy stroke: drawn `over` times larger and averaged down."""
    rng = np.random.default_rng(seed)
    x = np.linspace(20, length - 20, 400)
    y = height / 2 + 30 * np.sin(x / 23 + rng.uniform(0, 6)) * np.cos(x / 71)
    points = np.rint(np.stack([x, y], -1) * over * 16).astype(np.int32)
    canvas = np.zeros((height * over, length * over), np.uint8)
    cv2.polylines(canvas, [points], False, 255, max(1, round(width * over)), cv2.LINE_8, shift=4)
    return cv2.resize(canvas, (length, height), interpolation=cv2.INTER_AREA) / np.float32(255)


def iou(a, b):
    return np.count_nonzero(a & b) / np.count_nonzero(a | b)


@pytest.mark.parametrize("width", [2.5, 4.4, 7.0, 20.0])
@pytest.mark.parametrize("pen", [0.2, 0.9])
def test_mask_ends_at_the_half_coverage_edge(width, pen):
    ink = stroke(width)
    coverage, mask = ink_from_scan(1 - pen * ink)
    assert iou(mask, ink > 0.5) > 0.97
    assert np.abs(coverage - ink).mean() < 0.01


@pytest.mark.parametrize("width", [2.5, 4.4])
def test_a_blurred_stroke_is_not_taken_fatter(width):
    ink = stroke(width)
    blurred = cv2.GaussianBlur(ink, (0, 0), 0.8)
    half_contrast = blurred > np.percentile(blurred[ink == 1], 75) / 2
    _, mask = ink_from_scan(1 - 0.8 * blurred)
    assert np.count_nonzero(mask) < 1.12 * np.count_nonzero(half_contrast)


def test_grainy_faint_pen_stays_one_stroke():
    ink = stroke(4.4)
    rng = np.random.default_rng(1)
    grain = np.clip(rng.normal(0.28, 0.08, ink.shape), 0.05, 1)
    _, mask = ink_from_scan(np.float32(1 - grain * ink))
    assert iou(mask, ink > 0.5) > 0.9


def test_pale_stroke_beside_a_black_one_is_kept():
    dark, pale = stroke(4.0, seed=0), np.zeros((120, 260), np.float32)
    pale[10:14, 20:240] = 1
    _, mask = ink_from_scan(1 - np.maximum(0.95 * dark, 0.3 * pale))
    assert iou(mask, np.maximum(dark, pale) > 0.5) > 0.95


def test_uneven_paper_changes_nothing_much():
    ink = stroke(4.4)
    light = np.linspace(1.0, 0.55, ink.shape[1], dtype=np.float32)[None]
    rng = np.random.default_rng(0)
    scan = light * (1 - 0.7 * ink) + rng.normal(0, 0.01, ink.shape).astype(np.float32)
    _, mask = ink_from_scan(np.clip(scan, 0, 1))
    assert iou(mask, ink > 0.5) > 0.95


@pytest.mark.parametrize("sigma", [0.0, 0.01, 0.04])
def test_blank_paper_has_no_ink(sigma):
    rng = np.random.default_rng(0)
    paper = np.float32(np.clip(0.9 + rng.normal(0, sigma, (150, 300)), 0, 1))
    coverage, mask = ink_from_scan(paper)
    assert not mask.any()
    assert coverage.mean() < 0.15


def test_specks_go_and_dots_stay():
    scan = np.ones((60, 80), np.float32)
    scan[10, 10 : 10 + MIN_SPECK - 1] = 0.2
    scan[30:34, 30:34] = 0.2
    _, mask = ink_from_scan(scan)
    assert np.argwhere(mask).min(0).tolist() == [30, 30]
    assert np.count_nonzero(mask) == 16


def dirty_scan():
    """Strokes on grainy paper, with a speck of dust one pixel off a stroke and one far away."""
    ink = stroke(4.4)
    ink[5:30] = 0
    ink[15:19, 20:240] = 1
    rng = np.random.default_rng(2)
    scan = 1 - 0.8 * ink + rng.normal(0, 0.01, ink.shape).astype(np.float32)
    specks = (slice(13, 14), slice(100, 103)), (slice(112, 114), slice(5, 7))
    for speck in specks:
        scan[speck] = 0.3
    return np.clip(scan, 0, 1), specks


def test_target_over_one_half_is_exactly_the_mask():
    scan, (beside, far) = dirty_scan()
    coverage, mask = ink_from_scan(scan)
    assert (coverage[beside] > 0.5).any() and not mask[beside].any()
    target = coverage_target(scan)
    assert target.dtype == np.float32 and target.shape == scan.shape
    assert np.array_equal(target > 0.5, mask)
    assert np.array_equal(image.to_float(image.to_uint8(target)) > 0.5, mask)
    assert np.array_equal(target[mask], coverage[mask])
    assert (target[beside] > 0.4).all() and not target[far].any()


def test_target_is_soft_at_strokes_and_zero_on_paper():
    scan, _ = dirty_scan()
    coverage, mask = ink_from_scan(scan)
    target = coverage_target(scan)
    outside = cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0
    assert coverage[outside].any() and not target[outside].any()
    soft = (target > 0.1) & (target < 0.45)
    assert np.count_nonzero(soft) > 100
    assert np.array_equal(target[soft], coverage[soft])
    assert not coverage_target(np.ones((40, 50), np.float32)).any()


def test_drop_specks_counts_diagonal_neighbours():
    assert drop_specks(np.eye(8, dtype=bool), 8).sum() == 8
    assert drop_specks(np.eye(7, dtype=bool), 8).sum() == 0


def test_tiny_and_wrong_pictures():
    coverage, mask = ink_from_scan(np.ones((1, 1), np.float32))
    assert coverage.shape == mask.shape == (1, 1) and not mask.any()
    with pytest.raises(ValueError, match="grey picture"):
        ink_from_scan(np.ones((4, 4, 1), np.float32))
    with pytest.raises(ValueError, match="grey picture"):
        coverage_target(np.ones((4, 4, 1), np.float32))
