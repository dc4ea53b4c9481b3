import cv2
import numpy as np
import pytest

from sigunet.signatures import RENDERER_VERSION, Writer, coverage, draw, draw_inked
from sigunet.signatures.hand import STYLES
from sigunet.signatures.pens import PENS
from sigunet.signatures.writer import MAX_SIZE, MIN_SIZE

SAMPLE = [(writer, signing) for writer in range(40) for signing in range(2)]


@pytest.fixture(scope="module")
def sample() -> list[np.ndarray]:
    return [draw(5, writer, signing) for writer, signing in SAMPLE]


def layout(ink: np.ndarray) -> np.ndarray:
    """A small blurred copy: where the ink lies, whatever the exact path."""
    blurred = cv2.GaussianBlur(ink.astype(np.float32), (0, 0), 8)
    small = cv2.resize(blurred, (48, 32), interpolation=cv2.INTER_AREA)
    return (small - small.mean()).ravel() / np.linalg.norm(small - small.mean())


def stroke_width(ink: np.ndarray) -> float:
    """Mean width: area over half the outline's length."""
    mask = (ink > 127).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    outline = sum(cv2.arcLength(contour, True) for contour in contours)
    return 2 * mask.sum() / outline


def test_the_same_arguments_give_the_same_bits():
    first = draw(3, 7, 2)
    draw(3, 8, 0)
    assert np.array_equal(first, draw(3, 7, 2))


def test_every_argument_matters():
    base = draw(3, 7, 2)
    for other in (draw(4, 7, 2), draw(3, 8, 2), draw(3, 7, 3)):
        assert base.shape != other.shape or not np.array_equal(base, other)


def test_signings_of_one_writer_are_more_alike_than_two_writers(sample):
    maps = np.array([layout(ink) for ink in sample])
    alike = maps @ maps.T
    writers = np.array([writer for writer, _ in SAMPLE])
    same = (writers[:, None] == writers) & ~np.eye(len(writers), dtype=bool)
    different = writers[:, None] != writers
    assert alike[same].mean() > alike[different].mean() + 0.3
    assert alike[same].max() < 0.9999


def test_pictures_have_the_native_size_of_a_signature(sample):
    for ink in sample:
        assert ink.dtype == np.uint8 and ink.ndim == 2
        assert MIN_SIZE[0] <= ink.shape[0] <= MAX_SIZE[0]
        assert MIN_SIZE[1] <= ink.shape[1] <= MAX_SIZE[1]


def test_no_ink_is_cut_off_at_the_border(sample):
    for ink in sample:
        border = np.concatenate([ink[:2].ravel(), ink[-2:].ravel(), ink[:, :2].ravel()])
        assert border.max() == 0 and ink[:, -2:].max() == 0


def test_ink_share_is_that_of_real_signatures(sample):
    shares = np.array([(ink > 127).mean() for ink in sample])
    assert 0.03 < np.median(shares) < 0.075
    assert np.quantile(shares, 0.05) > 0.012
    assert np.quantile(shares, 0.95) < 0.14


def test_strokes_are_as_wide_as_real_ones(sample):
    widths = np.array([stroke_width(ink) for ink in sample])
    assert 3.2 < np.median(widths) < 4.8
    assert widths.min() > 1.3 and widths.max() < 8.5


def test_hands_differ(sample):
    writers = [Writer.from_seed(5, index) for index in range(40)]
    assert len({writer.habits.style for writer in writers}) >= 5
    assert np.std([writer.habits.slant for writer in writers]) > 0.1
    aspects = [ink.shape[1] / ink.shape[0] for ink in sample]
    assert np.quantile(aspects, 0.9) > 1.8 * np.quantile(aspects, 0.1)


def test_signing_goes_forward_in_time_with_pen_lifts():
    for index in range(10):
        traces = Writer.from_seed(5, index).sign(0).traces
        clock = np.concatenate([trace.time for trace in traces])
        assert (np.diff(clock) > 0).all()


def test_fast_ink_is_thinner_and_fainter():
    thinner, fainter = [], []
    for index in range(30):
        for trace in Writer.from_seed(5, index).sign(0).traces:
            if len(trace.speed) > 40:
                speed, width, strength = (
                    x[10:-10] for x in (trace.speed, trace.width, trace.strength)
                )
                if np.ptp(width) > 0.1:
                    thinner.append(np.corrcoef(speed, width)[0, 1])
                if np.ptp(strength) > 0.1:
                    fainter.append(np.corrcoef(speed, strength)[0, 1])
    assert len(thinner) > 30 and len(fainter) > 10
    assert np.median(thinner) < -0.3
    assert np.median(fainter) < -0.3


def test_draw_is_the_coverage_of_the_signing():
    assert np.array_equal(draw(5, 3, 1), coverage(Writer.from_seed(5, 3).sign(1)))


def test_ink_comes_with_exactly_the_same_coverage(sample):
    for (writer, signing), ink in zip(SAMPLE[:24], sample, strict=False):
        drawn = draw_inked(5, writer, signing)
        assert drawn.dtype == np.uint8 and drawn.shape == (*ink.shape, 2)
        assert np.array_equal(drawn[..., 0], ink)
        assert (drawn[..., 1] <= ink).all()
        # What is called ink can be seen.
        assert drawn[..., 1][ink > 127].min() > 20


def test_some_pens_give_their_ink_evenly_and_some_do_not():
    spread = []
    for index in range(60):
        cover, held = np.moveaxis(draw_inked(5, index, 0), -1, 0).astype(float)
        share = (held / np.maximum(cover, 1))[cover > 127]
        spread.append(share.std())
    assert np.mean(np.array(spread) < 0.04) > 0.15
    assert np.mean(np.array(spread) > 0.1) > 0.15


def test_hands_of_every_style_and_pens_of_every_kind_occur():
    habits = [Writer.from_seed(5, index).habits for index in range(300)]
    styles = [hand.style for hand in habits]
    assert set(styles) == set(STYLES)
    others = sum(style in ("strokes", "leftward", "hanging") for style in styles)
    assert 0.06 < others / len(styles) < 0.17
    # A line can be part of a name, and is mostly not drawn along a ruler.
    assert 0.03 < sum(style in ("angular", "cross") for style in styles) / len(styles) < 0.12
    assert 0.08 < np.mean([hand.straight > 0 for hand in habits]) < 0.3
    assert {hand.pen.kind for hand in habits} == set(PENS)
    widths = [hand.pen.width for hand in habits]
    assert min(widths) < 2.4 and max(widths) > 7.0


def strays(points):
    """How far a line goes from the chord of its ends, as a share of that."""
    chord, off = points[-1] - points[0], points - points[0]
    return np.abs(chord[0] * off[:, 1] - chord[1] * off[:, 0]).max() / (chord @ chord)


def test_strokes_of_a_straight_hand_are_straight():
    """Of the strokes that a plan has as one line, on the average some 150 px long."""
    bent, straight = [], []
    for index in range(350):
        writer = Writer.from_seed(11, index)
        if 0.1 < writer.habits.straight < 0.85:
            continue
        traces = writer.sign(0).traces
        for gesture, trace in zip(writer.plan, traces, strict=True):
            if len(gesture.points) == 2 and np.hypot(*np.ptp(trace.points, axis=0)) > 60:
                (straight if writer.habits.straight else bent).append(strays(trace.points))
    assert len(straight) > 15 and len(bent) > 30
    assert np.quantile(straight, 0.9) < 0.02
    assert np.median(bent) > 2 * np.median(straight)


def test_a_stylus_draws_lines_of_one_width():
    spread = {True: [], False: []}
    for index in range(250):
        writer = Writer.from_seed(5, index)
        if not writer.habits.borrows:
            for trace in writer.sign(0).traces:
                of = spread[writer.habits.pen.kind == "stylus"]
                of.append(np.std(trace.width) / trace.width.mean())
    assert len(spread[True]) > 10
    assert max(spread[True]) < 0.08 < np.median(spread[False])


def test_most_writers_keep_their_pen_and_some_take_another_one_at_times():
    texture = [
        {Writer.from_seed(5, index).sign(signing).grain for signing in range(4)}
        for index in range(24)
    ]
    changed = sum(len(grains) > 1 for grains in texture)
    assert 4 <= changed <= 18


def test_the_renderer_has_a_version():
    assert RENDERER_VERSION


def test_negative_numbers_are_refused():
    with pytest.raises(ValueError, match="non-negative"):
        draw(0, -1, 0)
