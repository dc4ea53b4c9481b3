import numpy as np
import pytest

from sigunet import image
from sigunet.errors import ConfigError, DataError
from sigunet.noise import Scene, degrade, documents, parse


@pytest.fixture
def folder(tmp_path):
    """Two pages: a red ramp in a subfolder, and one smaller than a picture."""
    ramp = np.ones((300, 400, 3), np.float32)
    ramp[..., 1:] = np.linspace(0.3, 0.9, 400)[:, None]
    image.write(tmp_path / "legal" / "page.png", ramp)
    image.write(tmp_path / "note.png", np.full((40, 60, 3), 0.5, np.float32))
    (tmp_path / "readme.txt").write_text("no picture")
    return tmp_path


def _paper(folder, seed, **values):
    scene = Scene.from_ink(np.zeros((100, 120), np.float32))
    return documents.documents(np.random.default_rng(seed), scene, path=str(folder), **values).paper


def test_paper_is_a_piece_of_a_page_at_its_scale(folder):
    slopes = []
    for seed in range(30):
        paper = _paper(folder, seed, scale=(1.0, 1.0))
        assert paper.shape == (100, 120, 3) and paper.dtype == np.float32
        assert 0 <= paper.min() and paper.max() <= 1
        if paper[..., 0].min() > 0.99:
            slopes.append((paper[50, -1, 1] - paper[50, 0, 1]) / 119)
        else:
            np.testing.assert_allclose(paper, 0.5, atol=0.01)
    assert 5 < len(slopes) < 25
    np.testing.assert_allclose(slopes, 0.6 / 399, rtol=0.1)


def test_scale_as_told(folder):
    slopes = {
        scale: [
            np.ptp(paper[50, :, 1])
            for paper in (_paper(folder, seed, scale=(scale, scale)) for seed in range(20))
            if paper[..., 0].min() > 0.99
        ]
        for scale in (0.5, 2.0)
    }
    assert np.median(slopes[0.5]) == pytest.approx(4 * np.median(slopes[2.0]), rel=0.2)


def test_ink_darkens_the_page_and_keeps_the_truth(folder, ink):
    recipe = f"documents(p=1, path={str(folder)!r})"
    picture, truth = degrade(ink, recipe, np.random.default_rng(0), channels=3)
    np.testing.assert_array_equal(truth, ink)
    assert picture[ink == 1].max() < 0.01 and picture[ink == 0].mean() > 0.4
    again, _ = degrade(ink, parse(recipe), np.random.default_rng(0), channels=3)
    np.testing.assert_array_equal(again, picture)


def test_real_pairs_stay_as_they_are(folder):
    ink = np.zeros((30, 30), np.float32)
    scene = Scene.from_picture(np.full((30, 30, 1), 0.7, np.float32), ink)
    rng = np.random.default_rng(0)
    assert documents.documents(rng, scene, path=str(folder)) is scene


def test_folders_that_cannot_be_used_are_named(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    for name, reason in (
        ("missing", "does not exist"),
        ("file", "is not a folder"),
        ("empty", "holds no pictures"),
    ):
        with pytest.raises(DataError, match=f"{name} {reason}; check documents"):
            _paper(tmp_path / name, 0)
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "bad.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"bad\.png cannot be read"):
        _paper(tmp_path / "bad", 0)


def test_the_next_scan_takes_the_place_of_one_that_cannot_be_read(folder):
    whole = (folder / "legal" / "page.png").read_bytes()
    (folder / "legal" / "page.png").write_bytes(whole[: len(whole) // 2])
    for seed in range(8):
        np.testing.assert_allclose(_paper(folder, seed), 0.5, atol=0.01)


def test_hidden_subfolders_are_left_out(folder):
    image.write(folder / ".thumbnails" / "page.png", np.zeros((40, 60), np.float32))
    image.write(folder / ".note.png", np.zeros((40, 60), np.float32))
    assert list(documents.files(str(folder))) == ["legal/page.png", "note.png"]


def test_a_folder_is_listed_afresh_when_asked(folder):
    assert len(documents.files(str(folder))) == 2
    image.write(folder / "more.png", np.zeros((40, 60), np.float32))
    assert len(documents.files(str(folder))) == 3


def test_the_folders_of_a_recipe():
    recipe = parse("documents(path='b')|gaussian|documents(path='a')|documents(path='b', p=1)")
    assert documents.folders(recipe) == ["b", "a"]
    assert documents.folders(parse("documents(path='a', p=0)|documents(p=0)|gaussian")) == []


def test_a_folder_must_be_given(ink):
    says = r'documents needs the folder of your scans: documents\(path="..."\)'
    recipe = parse("documents(p=1)")
    with pytest.raises(ConfigError, match=says):
        documents.folders(recipe)
    with pytest.raises(ConfigError, match=says):
        degrade(ink, recipe, np.random.default_rng(0))


def test_memory_is_bounded(folder, monkeypatch):
    pages = documents._Pages()
    monkeypatch.setattr(documents, "_HELD", 300 * 400 * 3)
    big, small = folder / "legal" / "page.png", folder / "note.png"
    first = pages.read(str(big))
    assert pages.read(str(big)) is first
    pages.read(str(small))
    assert pages.read(str(big)) is not first
