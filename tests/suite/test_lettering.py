from importlib import resources

import numpy as np
import pytest

from sigunet.noise.letters import faces as training_faces
from sigunet.suite.degrade import lettering


def families(names):
    return {name.split("-", 1)[1].rsplit("-", 2)[0] for name in names}


def test_no_face_of_the_exam_is_trained_on():
    held_out = families(face.file for face in lettering.faces())
    assert len(held_out) == 8
    assert not held_out & families(face.file for face in training_faces())
    assert {face.group for face in lettering.faces()} == {"serif", "sans", "mono", "typewriter"}


def test_each_face_stands_in_the_table_with_its_licence():
    folder = resources.files("sigunet.suite") / "fonts"
    table = (folder / "README.md").read_text("utf-8")
    notices = (folder / "LICENSE-OFL-1.1.txt").read_text("utf-8").lower().replace(" ", "-")
    for face in lettering.faces():
        assert f"`{face.file}`" in table
        assert next(iter(families([face.file]))) in notices


def test_no_entry_of_the_exams_words_is_trained_on():
    ours, theirs = (
        {
            line
            for line in (resources.files(package) / "words.txt").read_text("utf-8").splitlines()
            if line and not line.startswith("#") and len(line) > 12
        }
        for package in ("sigunet.suite", "sigunet.noise")
    )
    assert len(ours) > 80 and not ours & theirs


@pytest.mark.parametrize("face", lettering.faces(), ids=lambda face: face.file)
def test_every_face_holds_every_letter_that_is_set(face):
    text = (resources.files("sigunet.suite") / "words.txt").read_text("utf-8")
    letters = sorted({letter for letter in text + "0123456789/.,-§" if letter.isprintable()})
    missing = lettering.set_text(["\uffff"], face, 24)
    for letter in letters:
        drawn = lettering.set_text([letter], face, 24)
        assert letter == " " or drawn.any(), letter
        assert drawn.shape != missing.shape or not np.array_equal(drawn, missing), letter


def test_lines_fit_their_room():
    face = lettering.faces()[0]
    for seed in range(5):
        line = lettering.running(np.random.default_rng(seed), face, 16, 300)
        drawn = lettering.set_text([line], face, 16)
        assert 150 < drawn.shape[1] <= 304


def test_lines_stand_below_each_other():
    face = lettering.faces()[-1]
    rows = lettering.set_text(["HHH", "HHH"], face, 20, 30).max(axis=1)
    inked = np.flatnonzero(rows > 0.5)
    gaps = np.flatnonzero(np.diff(inked) > 5)
    assert len(gaps) == 1
    assert inked[gaps[0] + 1] - inked[0] == pytest.approx(30, abs=1)
