import cv2
import numpy as np
import pytest
import svg_raster

from sigunet import signatures
from sigunet.cleaning import svg


def soft_ink(writer):
    return cv2.GaussianBlur(signatures.draw(7, writer, 0) / np.float32(255), (0, 0), 0.6)


def iou(a, b):
    return np.count_nonzero(a & b) / np.count_nonzero(a | b)


@pytest.mark.parametrize("threshold", [0.35, 0.5])
@pytest.mark.parametrize("writer", range(4))
def test_its_raster_is_the_mask(writer, threshold):
    soft = soft_ink(writer)
    text = svg.trace(soft, threshold)
    mask = soft > threshold
    assert iou(svg_raster.coverage(text) > 0.5, mask) > 0.99


def test_it_is_small():
    assert np.median([len(svg.trace(soft_ink(writer), 0.5)) for writer in range(9)]) < 30_000


def test_both_fill_rules_fill_the_same():
    soft = np.zeros((40, 60), np.float32)
    soft[5:35, 5:55] = 1
    soft[12:28, 15:45] = 0
    soft[18:22, 25:35] = 1
    text = svg.trace(soft, 0.5)
    filled = svg_raster.coverage(text) > 0.5
    assert filled[8, 8] and not filled[15, 20] and filled[20, 30]
    assert iou(filled, svg_raster.coverage(text, even_odd=True) > 0.5) > 0.999


def test_it_is_smooth_where_the_mask_is_stairs():
    y, x = np.mgrid[:100, :100]
    soft = np.clip(30.5 - np.hypot(x + 0.5 - 50, y + 0.5 - 50), 0, 1).astype(np.float32)
    _, _, (outline,) = svg_raster.read(svg.trace(soft, 0.5))
    off = np.hypot(*(outline - 50).T) - 30
    # Stairs are off by half a pixel and more.
    assert np.abs(off).max() < 0.15
    assert np.sqrt(np.mean(off**2)) < 0.06


def test_no_ink_is_an_empty_picture():
    root, size, outlines = svg_raster.read(svg.trace(np.zeros((30, 50), np.float32), 0.5))
    assert size == (50, 30) and not outlines and not list(root)
    assert (root.get("width"), root.get("height")) == ("50", "30")


def test_a_view_moves_and_scales():
    soft = np.zeros((10, 10), np.float32)
    soft[2:8, 2:8] = 1
    view = svg.View(100, 50, left=20, top=5, scale=(4.0, 2.0))
    text = svg.draw(svg.outlines(soft, 0.5), view, colour="#1a237e", dpi=254)
    root, size, (outline,) = svg_raster.read(text)
    assert size == (100, 50)
    assert (root.get("width"), root.get("height")) == ("10mm", "5mm")
    assert root[0].get("fill") == "#1a237e"
    np.testing.assert_allclose(outline.min(axis=0), [28, 9], atol=0.4)
    np.testing.assert_allclose(outline.max(axis=0), [52, 21], atol=0.4)


def test_coarser_is_smaller():
    soft = soft_ink(0)
    sizes = [len(svg.trace(soft, 0.5, tolerance=at)) for at in (0.035, 0.15, 0.6)]
    assert sizes[0] > 1.2 * sizes[1] > 1.2**2 * sizes[2]


def test_the_same_ink_gives_the_same_text():
    assert svg.trace(soft_ink(1), 0.5) == svg.trace(soft_ink(1), 0.5)
