import cv2
import numpy as np
import pytest

from sigunet.noise import Scene, render
from sigunet.noise.writing import annotations, writing


def _small_ink():
    ink = np.zeros((224, 224), np.float32)
    across = np.linspace(0, 1, 40)
    points = np.column_stack([70 + 90 * across, 110 + 25 * np.sin(9 * across)])
    canvas = np.zeros((224, 224), np.uint8)
    cv2.polylines(canvas, [np.rint(points).astype(np.int32)], False, 255, 4, cv2.LINE_AA)
    ink[:] = canvas / np.float32(255)
    return ink


def test_lies_beside_the_signature():
    ink = _small_ink()
    scene = Scene.from_ink(ink)
    top, left, height, width = scene.box
    inside, drawn = 0.0, 0.0
    for seed in range(60):
        for layer in writing(np.random.default_rng(seed), scene).over:
            seen = np.ones((224, 224, 1), np.float32)
            seen = Scene(ink=np.zeros_like(ink), over=(layer,)).compose().image[..., 0]
            dark = 1 - seen
            inside += dark[top : top + height, left : left + width].sum()
            drawn += dark.sum()
    assert drawn > 3000
    assert inside < 0.12 * drawn


def test_half_of_it_is_in_another_ink():
    scene = Scene.from_ink(_small_ink(), ink_value=0.3)
    for same, shares in ((0.0, (0.0, 0.2)), (1.0, (1.0, 1.0)), (0.5, (0.3, 0.7))):
        own = [
            np.allclose(layer.colour, 0.3)
            for seed in range(40)
            for layer in writing(np.random.default_rng(seed), scene, same=same).over[:1]
        ]
        assert shares[0] <= np.mean(own) <= shares[1]


def test_colour_as_told():
    scene = Scene.from_ink(_small_ink())
    for member in (writing, annotations):
        values = {"same": 0.0} if member is writing else {}
        for share, size in ((0.0, 1), (1.0, 3)):
            sizes = {
                layer.colour.size
                for seed in range(10)
                for layer in member(np.random.default_rng(seed), scene, colour=share, **values).over
            }
            assert sizes == {size}


def test_nothing_is_written_where_there_is_no_room():
    ink = np.zeros((100, 100), np.float32)
    ink[2:98, 2:98] = np.eye(96, dtype=np.float32)
    scene = Scene.from_ink(ink)
    assert all(not writing(np.random.default_rng(seed), scene).over for seed in range(10))


def test_annotations_are_small_marks():
    scene = Scene.from_ink(_small_ink())
    for seed in range(30):
        image, truth = render(annotations(np.random.default_rng(seed), scene), 1)
        np.testing.assert_array_equal(truth, scene.ink)
        marked = (image[..., 0] < (1 - scene.ink) - 0.2).mean()
        assert marked < 0.12


def test_on_a_blank_sheet_only_figures_are_written(monkeypatch):
    from sigunet.noise import writing as module

    monkeypatch.setattr(module, "written", lambda rng: pytest.fail("a word was written"))
    blank = Scene.from_ink(np.zeros((224, 224), np.float32))
    heights = [
        layer.cover.shape[0]
        for seed in range(30)
        for layer in writing(np.random.default_rng(seed), blank).over
    ]
    assert heights and max(heights) < 90


def test_what_enters_from_the_edge_is_in_another_ink():
    """In the same ink it could not be told from the signature, which the edge cuts as well."""
    scene = Scene.from_ink(_small_ink(), ink_value=0.3)
    for seed in range(40):
        drawn = writing(np.random.default_rng(seed), scene, same=1.0)
        assert all(layer.cover.shape[0] < 65 for layer in drawn.over)
