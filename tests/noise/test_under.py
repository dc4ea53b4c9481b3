import numpy as np
import pytest

from sigunet.noise import Scene
from sigunet.noise.under import lines, text

BLANK = np.zeros((224, 224), np.float32)


@pytest.mark.parametrize("member", [lines, text])
def test_lies_over_or_under_as_told(member):
    rng = np.random.default_rng(0)
    scene = Scene.from_ink(BLANK)
    assert not member(rng, scene, over=0.0).over and member(rng, scene, over=0.0).under
    assert not member(rng, scene, over=1.0).under and member(rng, scene, over=1.0).over
    over = [layer.blend for _ in range(40) for layer in member(rng, scene, over=1.0).over]
    assert set(over) == {"opaque", "multiply"}


@pytest.mark.parametrize("member", [lines, text])
def test_grey_as_told(member):
    rng = np.random.default_rng(0)
    for _ in range(10):
        image = member(rng, Scene.from_ink(BLANK), grey=(0.5, 0.5), over=0.0).compose().image
        # Two layers of one half that cross make a quarter.
        assert image.max() == 1 and image.min() > 0.1
        once = member(rng, Scene.from_ink(BLANK), grey=(0.5, 0.5))
        assert all(layer.colour == 0.5 for layer in (*once.under, *once.over))


def test_level_lines_are_level_and_as_wide_as_told():
    rng = np.random.default_rng(1)
    for _ in range(30):
        scene = lines(rng, Scene.from_ink(BLANK), count=(1, 1), width=(3.0, 3.0), angle=(0.0, 0.0))
        for layer in (*scene.under, *scene.over):
            profile = layer.cover.max(axis=int(layer.cover.shape[0] < layer.cover.shape[1]))
            assert profile.sum() == pytest.approx(3.0, abs=0.01)


def test_dashed_double_and_boxed_lines_occur():
    rng = np.random.default_rng(2)
    counts, dashed = set(), 0
    for _ in range(120):
        scene = lines(rng, Scene.from_ink(BLANK), count=(1, 1), over=0.0)
        counts.add(len(scene.under))
        cover = scene.under[0].cover
        along = cover.max(axis=int(cover.shape[0] > cover.shape[1]))
        dashed += np.diff((along > 0).astype(int)).clip(0).sum() > 2
    assert counts == {1, 2, 4, 5}
    assert 10 < dashed < 60


def test_text_is_as_large_as_told():
    heights = []
    for size in (8.0, 40.0):
        rng = np.random.default_rng(3)
        inked = [
            text(rng, Scene.from_ink(BLANK), size=(size, size), blocks=(1, 1), angle=(0.0, 0.0))
            for _ in range(20)
        ]
        heights.append(np.median([(*s.under, *s.over)[0].cover.shape[0] for s in inked]))
    assert heights[0] < 80 and heights[1] > 1.5 * heights[0]


def test_text_aims_at_the_ink():
    ink = BLANK.copy()
    ink[150:200, 20:90] = 1
    near = 0
    for seed in range(100):
        scene = text(np.random.default_rng(seed), Scene.from_ink(ink), blocks=(1, 1), over=0.0)
        cover = scene.under[0]
        row = cover.top + cover.cover.shape[0] / 2
        column = cover.left + cover.cover.shape[1] / 2
        near += 148 < row < 202 and 18 < column < 92
    assert near > 70


@pytest.mark.parametrize("member", [lines, text])
def test_colour_as_told(member):
    scene = Scene.from_ink(BLANK)
    for share, size in ((0.0, 1), (1.0, 3)):
        for seed in range(10):
            drawn = member(np.random.default_rng(seed), scene, colour=share)
            assert {layer.colour.size for layer in (*drawn.under, *drawn.over)} <= {size}


def test_coloured_print_is_the_same_print():
    scene = Scene.from_ink(BLANK)
    for seed in range(5):
        grey, dyed = (
            text(np.random.default_rng(seed), scene, colour=share, blocks=(1, 1), over=0.0)
            for share in (0.0, 1.0)
        )
        np.testing.assert_array_equal(grey.under[0].cover, dyed.under[0].cover)


def test_dense_pages_cover_much_of_the_ink(ink):
    shares, rows = [], []
    top, left, height, width = Scene.from_ink(ink).box
    for seed in range(40):
        scene = text(
            np.random.default_rng(seed),
            Scene.from_ink(ink),
            dense=1.0,
            over=0.0,
            grey=(0.0, 0.0),
            size=(10.0, 14.0),
        )
        assert len(scene.under) == 1
        page = Scene(ink=BLANK, under=scene.under).compose().image[..., 0]
        within = page[top : top + height, left : left + width]
        # A block of print of some em covers the paper between its letters too.
        cells = within[: height // 14 * 14, : width // 14 * 14].reshape(height // 14, 14, -1, 14)
        shares.append((cells.min(axis=(1, 3)) < 0.6).mean())
        rows.append((np.diff((page.min(axis=1) < 0.6).astype(int)) == 1).sum())
    assert np.median(shares) > 0.4
    assert np.median(rows) >= 3


def test_styled_and_uneven_print_is_print():
    for seed in range(20):
        scene = text(
            np.random.default_rng(seed), Scene.from_ink(BLANK), styled=1.0, uneven=1.0, grey=(0, 0)
        )
        assert any(layer.cover.max() > 0.3 for layer in (*scene.under, *scene.over))


def test_guide_lines_are_evenly_spaced_over_the_whole_picture():
    steps, squared = [], 0
    for seed in range(40):
        scene = lines(
            np.random.default_rng(seed), Scene.from_ink(BLANK), guides=1.0, angle=(0.0, 0.0)
        )
        assert scene.under and not scene.over
        cover = scene.under[0].cover
        assert cover.shape == BLANK.shape
        middle = cover[:, 100] if cover[:, 100].min() == 0 else cover[:, 106]
        rows = np.flatnonzero(np.diff((middle > 0.1).astype(int)) == 1)
        if len(rows) > 2:
            assert np.ptp(np.diff(rows)) <= 2
            steps.append(np.median(np.diff(rows)))
        squared += cover.max(axis=1).min() > 0
    assert min(steps) >= 15 and max(steps) <= 71
    assert 6 < squared < 32


def test_oblique_print_leans():
    leans = []
    for seed in range(40):
        upright, leaning = (
            text(
                np.random.default_rng(seed),
                Scene.from_ink(BLANK),
                oblique=share,
                blocks=(1, 1),
                angle=(0.0, 0.0),
                over=0.0,
            )
            .under[0]
            .cover
            for share in (0.0, 1.0)
        )
        leans.append(leaning.shape[1] > upright.shape[1] and leaning.shape[0] >= upright.shape[0])
    assert np.mean(leans) > 0.9
