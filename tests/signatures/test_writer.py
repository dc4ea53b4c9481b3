import cv2
import numpy as np
import pytest

from sigunet.signatures import RENDERER_VERSION, Writer, coverage, draw
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
    speed, width, strength = [], [], []
    for index in range(20):
        for trace in Writer.from_seed(5, index).sign(0).traces:
            if len(trace.speed) > 40:
                speed.append(trace.speed[10:-10] / trace.speed.max())
                width.append(trace.width[10:-10] / trace.width.max())
                strength.append(trace.strength[10:-10])
    fast = np.concatenate(speed)
    assert np.corrcoef(fast, np.concatenate(width))[0, 1] < -0.2
    assert np.corrcoef(fast, np.concatenate(strength))[0, 1] < -0.2


def test_draw_is_the_coverage_of_the_signing():
    assert np.array_equal(draw(5, 3, 1), coverage(Writer.from_seed(5, 3).sign(1)))


def test_the_renderer_has_a_version():
    assert RENDERER_VERSION


def test_negative_numbers_are_refused():
    with pytest.raises(ValueError, match="non-negative"):
        draw(0, -1, 0)
