import numpy as np
import pytest

from sigunet.suite import ROWS, base_s, degrade
from sigunet.suite.degrade.copy import copy
from sigunet.suite.degrade.paper import texture
from sigunet.suite.degrade.seals import stamp
from sigunet.suite.setting import page_of


@pytest.fixture(scope="module")
def scenes():
    """Four signatures on plain pages: the page, and somebody else's signature."""
    signatures = base_s()
    pages = [
        page_of(
            signatures[n], np.random.default_rng(n), grey=n % 4 == 2, other=(n + n // 2) % 4 == 2
        )
        for n in (2, 4, 8, 10)
    ]
    return [(page, lambda n=n: signatures[20 + n]) for n, page in enumerate(pages)]


def degraded(row, scene, severity, seed=0):
    page, other = scene
    return degrade.ROWS[row](np.random.default_rng([seed, 7]), page, severity, other).flat()


def change(row, scenes, severity):
    """Root mean square change of the pictures."""
    squares = []
    for scene in scenes:
        before, after = scene[0].flat().image, degraded(row, scene, severity).image
        squares.append(np.mean((after - before) ** 2))
    return float(np.sqrt(np.mean(squares)))


def test_every_row_has_its_degradation():
    assert tuple(degrade.ROWS) == ROWS


@pytest.mark.parametrize("row", ROWS)
def test_severity_grows_and_the_truth_stays(row, scenes):
    weak, middle, strong = (change(row, scenes, severity) for severity in (1, 3, 5))
    assert 0.001 < weak < middle < strong
    page, _ = scenes[0]
    after = degraded(row, scenes[0], 3)
    assert after.image.shape[:2] == page.shape and np.isfinite(after.image).all()
    assert after.image.min() >= 0 and after.image.max() <= 1
    assert np.array_equal(after.cover, page.cover) == (row != "photo")


@pytest.mark.parametrize("row", ["lines", "stamp", "copy", "mixed"])
def test_a_picture_can_be_drawn_again(row, scenes):
    first, again = (degraded(row, scenes[1], 4).image for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, degraded(row, scenes[1], 4, seed=1).image)


def test_perspective_moves_truth_and_ink_together(scenes):
    page, other = scenes[0]
    after = degrade.ROWS["photo"](np.random.default_rng(0), page, 1, other)
    dark = 1 - after.image.mean(axis=-1)
    together, apart = (
        np.corrcoef(ink.ravel(), dark.ravel())[0, 1] for ink in (after.inked, page.inked)
    )
    assert together > 0.95 and apart < together - 0.1
    assert np.abs(after.cover - page.cover).mean() > 0.2 * page.cover.mean()


@pytest.mark.parametrize("severity", [1, 2, 3])
def test_seals_lie_over_the_share_of_the_box_that_is_asked_for(severity, scenes):
    wanted = {1: 0.2, 2: 0.3, 3: 0.4}[severity]
    for page, other in scenes:
        layer = stamp(np.random.default_rng(5), page, severity, other).over[0].cover > 0.02
        top, left, height, width = page.box
        box = layer[top : top + height, left : left + width]
        # The outline is filled from side to side, row by row.
        filled = (
            np.logical_or.accumulate(box, 1) & np.logical_or.accumulate(box[:, ::-1], 1)[:, ::-1]
        )
        assert 0.6 * wanted < filled.mean() < 1.3 * wanted


@pytest.mark.parametrize(("severity", "share"), [(1, 0.10), (3, 0.40), (5, 0.80)])
def test_print_lies_over_a_share_of_the_box(severity, share, scenes):
    found = []
    for seed in range(4):
        for page, other in scenes:
            rng = np.random.default_rng(seed)
            after = degrade.ROWS["print"](rng, page, severity, other)
            cover = (*after.under, *after.over)[0].cover > 0.3
            top, left, height, width = page.box
            box = cover[top : top + height, left : left + width]
            lines, columns = (np.flatnonzero(box.any(axis=axis)) for axis in (1, 0))
            found.append(np.ptp(lines) * np.ptp(columns) / box.size if lines.size else 0)
    assert 0.5 * share < np.mean(found) < 1.6 * share


def test_half_of_the_print_is_darker_than_the_ink(scenes):
    for page, other in scenes:
        after = degrade.ROWS["print"](np.random.default_rng(2), page, 3, other)
        print_ = (*after.under, *after.over)[0].colour.mean()
        if page.other:
            assert print_ <= page.pen.mean() + 0.1
        else:
            assert print_ >= page.pen.mean() - 0.1


def test_a_fax_knows_two_tones_and_no_colour(scenes):
    page, other = next(scene for scene in scenes if scene[0].other)
    image = copy(np.random.default_rng(1), page, 2, other).image
    assert image.shape[-1] == 1
    assert np.mean((image < 0.1) | (image > 0.9)) > 0.85


def test_empty_pages_hold_no_signature(scenes):
    page, other = scenes[0]
    for number in range(4):
        blank = degrade.empty(np.random.default_rng(number), page, number, other)
        assert not blank.cover.any() and not blank.inked.any()


def test_rough_paper_spans_what_it_says():
    rough = texture(np.random.default_rng(0), (200, 300))
    low, high = np.quantile(rough, [0.05, 0.95])
    assert (low, high) == pytest.approx((-1, 0))
