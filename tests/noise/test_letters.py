from importlib import resources

import numpy as np
import pytest

from sigunet.noise import letters

FONTS = resources.files("sigunet.noise") / "fonts"


def test_faces_of_four_groups():
    faces = letters.faces()
    assert 15 <= len(faces) <= 30
    assert {face.group for face in faces} == {"serif", "sans", "mono", "typewriter"}


@pytest.mark.parametrize("face", letters.faces(), ids=lambda face: face.name)
def test_every_face_draws_distinct_letters(face):
    glyphs = letters.alphabet(face, 20)
    drawn = [glyphs[character] for character in "ABCabcxyz0123456789éßñÅ£"]
    assert all(glyph.max() > 128 and glyph.shape[0] == glyphs.height for glyph in drawn)
    assert len({(glyph.shape, glyph.tobytes()) for glyph in drawn}) == len(drawn)
    assert glyphs[" "].max() == 0 and glyphs[" "].shape[1] > 2
    # Nothing is cut off at the top, not even by an accent.
    assert all(glyph[0].max() == 0 for glyph in drawn)


def test_faces_differ_from_each_other():
    drawn = [letters.raster(["Signature"], face, 24) for face in letters.faces()]
    assert len({(raster.shape, raster.tobytes()) for raster in drawn}) == len(drawn)


@pytest.mark.parametrize("face", letters.faces(), ids=lambda face: face.name)
def test_every_word_can_be_drawn(face):
    glyphs = letters.alphabet(face, 12)
    blank = glyphs["\uffff"]
    characters = {
        c for section in letters._SECTIONS for word in letters.words(section) for c in word
    }
    for character in characters - {" "}:
        glyph = glyphs[character]
        assert not (glyph.shape == blank.shape and (glyph == blank).all()), character


def test_licences_and_sources_are_listed():
    readme = (FONTS / "README.md").read_text()
    rows = [row for row in readme.splitlines() if row.startswith("| `")]
    assert len(rows) == len(letters.faces())
    texts = {
        "OFL-1.1": (FONTS / "LICENSE-OFL-1.1.txt").read_text(),
        "Apache-2.0": (FONTS / "LICENSE-Apache-2.0.txt").read_text(),
    }
    assert "SIL OPEN FONT LICENSE Version 1.1" in texts["OFL-1.1"]
    assert "Apache License" in texts["Apache-2.0"]
    for row in rows:
        file, family, source, licence = (cell.strip(" `") for cell in row.split("|")[1:-1])
        assert (FONTS / file).is_file()
        assert f"{family}: " in texts[licence]
        assert "@fontsource/" in source
    assert sum(len((FONTS / face.file).read_bytes()) for face in letters.faces()) < 1_500_000


def test_words_are_latin_1_and_unique_within_a_section():
    for section in letters._SECTIONS:
        entries = letters.words(section)
        assert len(entries) == len(set(entries)) >= 20
        assert all(entry == entry.strip() and entry.encode("latin-1") for entry in entries)
    assert len(letters.words("words")) > 250


@pytest.mark.parametrize(
    "draw",
    [
        letters.number,
        letters.name,
        letters.organisation,
        letters.label,
        letters.stamp_word,
        lambda rng: letters.sentence(rng, 30),
    ],
)
def test_generated_text_is_varied_and_replayed(draw):
    once = [draw(np.random.default_rng(seed)) for seed in range(60)]
    assert once == [draw(np.random.default_rng(seed)) for seed in range(60)]
    assert all(once) and len(set(once)) > 20


def test_sentences_have_the_length_wanted():
    for seed in range(20):
        assert 39 <= len(letters.sentence(np.random.default_rng(seed), 40)) < 75


def test_lines_of_text_stand_below_each_other():
    face = letters.faces()[0]
    one = letters.raster(["Total"], face, 20)
    three = letters.raster(["Total", "i", "Total"], face, 20, spacing=1.5)
    assert three.shape == (one.shape[0] + 60, one.shape[1])
    np.testing.assert_array_equal(three[-one.shape[0] :][-10:], one[-10:])
    assert letters.raster(["Total"], face, 40).shape[0] > 1.8 * one.shape[0]
