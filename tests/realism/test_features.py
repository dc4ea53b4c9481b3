import cv2
import numpy as np
import pytest

from sigunet.realism import FEATURES, NAMED, measure
from sigunet.realism.features import comparable, skeleton


def paper(height=200, width=300) -> np.ndarray:
    return np.full((height, width), 255, np.uint8)


def measured(canvas: np.ndarray) -> dict[str, float]:
    values = measure(canvas.astype(np.float32) / 255)
    return dict(zip(FEATURES, values, strict=True))


def line(picture: np.ndarray, start, end, width=5, ink=20) -> np.ndarray:
    return cv2.line(picture, start, end, ink, width, cv2.LINE_AA)


def ring(picture: np.ndarray) -> np.ndarray:
    return cv2.circle(picture, (150, 100), 60, 20, 5, cv2.LINE_AA)


def test_the_named_features_are_the_first():
    assert set(NAMED) <= set(FEATURES) and len(NAMED) == 8


def test_a_straight_line_is_straight_and_has_two_ends():
    picture = paper()
    picture[98:103, 40:260] = 20
    found = measured(picture)
    assert found["width"] == pytest.approx(5, abs=0.3)
    assert found["width spread"] < 0.1
    assert found["straightness"] > 0.9
    assert found["curvature"] < 0.05
    assert (found["components"], found["ends"], found["junctions"], found["loops"]) == (1, 2, 0, 0)
    assert abs(found["rise"]) < 0.02


def test_a_ring_is_bent_and_encloses_paper():
    found = measured(ring(paper()))
    assert (found["components"], found["ends"], found["junctions"], found["loops"]) == (1, 0, 0, 1)
    assert found["straightness"] == 0
    # A turn of 10 px on a radius of 60 px.
    assert found["curvature"] == pytest.approx(10 / 60, rel=0.15)
    assert found["aspect"] == pytest.approx(1, abs=0.02)


def test_a_cross_has_one_junction_and_four_ends():
    crossed = line(line(paper(), (60, 40), (240, 160)), (60, 160), (240, 40))
    found = measured(crossed)
    assert (found["ends"], found["junctions"], found["components"]) == (4, 1, 1)


def test_parts_are_counted_and_weighed():
    found = measured(line(line(paper(), (40, 60), (260, 60)), (40, 140), (45, 140)))
    assert found["components"] == 2
    assert found["small parts"] == 0.5
    assert found["largest part"] > 0.9


@pytest.mark.parametrize("degrees", [-20, 0, 30])
def test_slant_is_that_of_steep_strokes(degrees):
    picture = paper()
    shift = round(120 * np.tan(np.radians(degrees)))
    for x in (100, 150, 200):
        line(picture, (x, 160), (x + shift, 40))
    assert np.degrees(measured(picture)["slant"]) == pytest.approx(degrees, abs=4)


def test_a_pen_that_fades_has_a_spread_of_darkness():
    even = measured(line(paper(), (40, 100), (260, 100)))
    fading = paper()
    for x in range(40, 260, 4):
        line(fading, (x, 100), (x + 4, 100), ink=20 + (x - 40) * 150 // 220)
    fading = measured(fading)
    assert fading["darkness spread"] > 3 * even["darkness spread"] + 0.05
    assert fading["darkness"] < even["darkness"] - 0.1


def test_margins_do_not_count():
    small = ring(paper())
    wide = np.pad(small, 40, constant_values=255)
    one, other = measured(small), measured(wide)
    for name in ("ink share", "aspect", "size", "centre x", "centre y", "components"):
        assert one[name] == pytest.approx(other[name], abs=1e-6)


def test_blank_paper_is_not_measured():
    assert measure(np.ones((80, 90), np.float32)) is None


def test_a_skeleton_is_thin_and_keeps_the_shape():
    mask = ring(line(paper(), (20, 100), (280, 100), width=7)) < 128
    thin = skeleton(mask)
    assert (thin & ~mask).sum() == 0
    assert cv2.erode(thin.astype(np.uint8), np.ones((2, 2), np.uint8)).sum() <= 8
    parts = [cv2.connectedComponents(m.astype(np.uint8))[0] for m in (mask, thin)]
    holes = [
        cv2.connectedComponents((~m).astype(np.uint8), connectivity=4)[0] for m in (mask, thin)
    ]
    assert parts[0] == parts[1] and holes[0] == holes[1]


def test_twice_as_wide_is_as_far_at_any_width():
    values = np.ones((3, len(FEATURES)))
    values[:, 0] = [2.0, 4.0, 8.0]
    step = np.diff(comparable(values)[:, 0])
    assert step[0] == pytest.approx(step[1], abs=0.01)
