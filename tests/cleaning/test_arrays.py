import numpy as np
import pytest

from sigunet.cleaning.inputs import read_input
from sigunet.errors import PictureError, TooLarge, Unsupported

RAMP = np.linspace(0, 1, 40).reshape(5, 8)


def grey_of(array) -> np.ndarray:
    picture = read_input(array, channels=1).picture
    assert picture.dtype == np.float32
    return picture[..., 0]


@pytest.mark.parametrize(
    ("array", "tolerance"),
    [
        ((RAMP * 255).round().astype(np.uint8), 0.5 / 255),
        ((RAMP * 65535).round().astype(np.uint16), 1e-5),
        ((RAMP * 65535).round().astype(">u2"), 1e-5),
        ((RAMP * 4095).round().astype(np.uint16), 2e-4),
        (RAMP.astype(np.float16), 1e-3),
        (RAMP.astype(np.float32), 1e-6),
        (RAMP, 1e-6),
    ],
    ids=str,
)
def test_types_and_shapes(array, tolerance):
    np.testing.assert_allclose(grey_of(array), RAMP, atol=tolerance)
    np.testing.assert_allclose(grey_of(array[..., None]), RAMP, atol=tolerance)
    colour = read_input(np.stack([array] * 3, -1), channels=3).picture
    np.testing.assert_allclose(colour, np.stack([RAMP] * 3, -1), atol=tolerance)
    # One channel becomes three, three become one, and views are as good as copies.
    assert read_input(array, channels=3).picture.shape == (5, 8, 3)
    np.testing.assert_allclose(grey_of(np.stack([array] * 3, -1)), RAMP, atol=tolerance + 1 / 255)
    np.testing.assert_allclose(grey_of(array[::-1, ::2]), RAMP[::-1, ::2], atol=tolerance)


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
@pytest.mark.parametrize(
    "values", [RAMP, np.rint(RAMP * 255).astype(np.uint8)], ids=["float", "uint8"]
)
def test_a_matrix_is_an_array(values):
    np.testing.assert_array_equal(grey_of(np.matrix(values)), grey_of(values))


def test_true_is_white():
    np.testing.assert_array_equal(grey_of(RAMP > 0.5), RAMP > 0.5)


@pytest.mark.parametrize("white", [np.uint8(255), np.uint16(65535), np.float32(1)])
def test_transparency_is_laid_on_white(white):
    ink = np.zeros((1, 3, 4), white.dtype)
    ink[0, :, 3] = [0, white // 2 if white > 1 else 0.5, white]
    np.testing.assert_allclose(grey_of(ink), [[1, 0.5, 0]], atol=1 / 255)


@pytest.mark.parametrize("white", [np.uint8(255), np.uint16(65535), np.float32(1)])
def test_light_ink_on_transparent_ground_is_laid_on_black(white):
    ink = np.zeros((9, 9, 4), white.dtype)
    ink[4] = white
    np.testing.assert_array_equal(grey_of(ink)[3:6, 0], [0, 1, 0])


def test_luma_is_that_of_files():
    rgb = np.random.default_rng(0).integers(0, 256, (9, 9, 3), np.uint8)
    np.testing.assert_allclose(grey_of(rgb / 255), grey_of(rgb), atol=0.6 / 255)


def test_the_array_is_left_as_it_is():
    array = RAMP.astype(np.float32)
    picture = read_input(array, channels=1).picture
    picture[:] = 0
    assert array.max() == 1


def test_rounding_is_forgiven_and_other_ranges_are_not():
    assert grey_of(RAMP * 1.0005 - 0.0002).min() == 0
    assert grey_of(RAMP * 1.0005).max() == 1
    for array in (RAMP * 255, RAMP - 0.5, RAMP * 1.01):
        with pytest.raises(PictureError, match=r"its floats reach from [-.\d]+ to [.\d]+, and"):
            read_input(array, channels=1)
    for bad in (np.nan, np.inf, -np.inf):
        array = RAMP.copy()
        array[2, 3] = bad
        with pytest.raises(PictureError, match="not finite") as caught:
            read_input(array, channels=1)
        assert caught.value.status == 400


@pytest.mark.parametrize(
    ("array", "error", "says"),
    [
        (np.zeros((0, 5)), PictureError, r"no pixels \(5 x 0\)"),
        (np.zeros((5, 0, 3), np.uint8), PictureError, r"no pixels \(0 x 5\)"),
        (np.zeros(7), Unsupported, r"its shape is \[7\]"),
        (np.zeros((5, 5, 2), np.uint8), Unsupported, r"its shape is \[5, 5, 2\]"),
        (np.zeros((1, 5, 5, 3), np.uint8), Unsupported, "its shape is"),
        (np.zeros((5, 5), np.int64), Unsupported, "its type is int64"),
        (np.zeros((5, 5), complex), Unsupported, "its type is complex128"),
        (np.full((5, 5), "x"), Unsupported, "its type is <U1"),
        (np.zeros((1, 30_001), np.uint8), TooLarge, "30001 x 1"),
        (np.broadcast_to(np.uint8(0), (9000, 9000)), TooLarge, "9000 x 9000"),
    ],
)
def test_arrays_that_are_no_pictures(array, error, says):
    with pytest.raises(error, match=says) as caught:
        read_input(array, channels=1)
    assert "\n" not in str(caught.value)
