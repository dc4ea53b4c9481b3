import numpy as np
import pytest

from sigunet.cleaning import inputs
from sigunet.cleaning.inputs import Input
from sigunet.errors import PictureError
from sigunet.fuzz import promises, targets
from sigunet.fuzz.seeds import seeds


def test_valid_files_are_pictures_and_others_refused():
    assert targets.decoder(seeds()[0].data) == "picture"
    assert targets.decoder(b"") == targets.decoder(b"text") == "refused"


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((3, 3, 1), np.float64),
        np.zeros((3, 3), np.float32),
        np.zeros((3, 3, 3), np.float32),
        np.full((3, 3, 1), np.nan, np.float32),
        np.full((3, 3, 1), 1.01, np.float32),
        np.zeros((1, 30_001, 1), np.float32),
        np.zeros((0, 3, 1), np.float32),
    ],
)
def test_other_pictures_are_violations(picture, monkeypatch):
    monkeypatch.setattr(inputs, "read_input", lambda data, *, channels: Input(picture, "it"))
    with pytest.raises(promises.Violation):
        targets.decoder(b"even")


@pytest.mark.parametrize("text", ["two\nlines.", "no end", "<_io.BytesIO object at 0x7f>.", ""])
def test_what_is_no_sentence_is_a_violation(text, monkeypatch):
    def refuse(data, *, channels):
        raise PictureError(text)

    monkeypatch.setattr(inputs, "read_input", refuse)
    with pytest.raises(promises.Violation, match="no sentence"):
        targets.decoder(b"even")
