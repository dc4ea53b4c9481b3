import base64

import numpy as np
import pytest

pytest.importorskip("streamlit", reason="needs the extra app")

from sigunet.app.pictures import shown, shown_file
from sigunet.image import decode_png


def pixels(picture):
    return decode_png(base64.b64decode(picture.url.split(",")[1]))


def test_pictures_are_made_small_and_keep_their_size_in_words():
    picture = shown(np.full((3000, 1500, 1), 0.5, np.float32), "grey")
    assert (picture.width, picture.height, picture.alt) == (1500, 3000, "grey")
    assert pixels(picture).shape == (1400, 700)
    assert np.all(pixels(picture) == 128)


def test_transparent_pictures_lie_on_white():
    rgba = np.zeros((2, 2, 4), np.uint8)
    rgba[0] = (200, 0, 0, 255)
    rgba[1] = (200, 0, 0, 0)
    assert pixels(shown(rgba, ""))[:, 0].tolist() == [[200, 0, 0], [255, 255, 255]]


def test_a_file_is_shown_as_it_is_unless_it_is_too_large():
    picture = shown_file(b"abc", "image/svg+xml", (10, 20), "file")
    assert picture.url == "data:image/svg+xml;base64,YWJj"
    assert shown_file(bytes(3_000_000), "image/png", (10, 20), "") is None
