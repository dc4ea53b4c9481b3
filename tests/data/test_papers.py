import logging
import shutil

import numpy as np
import pytest

from sigunet import image
from sigunet.data import papers
from sigunet.errors import DataError
from sigunet.noise import parse


@pytest.fixture
def pages(tmp_path):
    """Three scans, one of them in a subfolder."""
    for number, name in enumerate(("a.png", "b.png", "sub/c.png")):
        image.write(tmp_path / "pages" / name, np.full((40, 50), number / 3, np.float32))
    return tmp_path / "pages"


def recipe(*folders, p=0.3):
    return parse("|".join(f"documents(path={str(folder)!r}, p={p})" for folder in folders))


def test_scans_that_cannot_be_used_are_counted_in_one_warning(pages, caplog):
    with caplog.at_level(logging.WARNING):
        papers.look_over(recipe(pages))
    assert not caplog.records
    (pages / "a.png").write_bytes(b"no picture")
    with caplog.at_level(logging.WARNING):
        papers.look_over(recipe(pages))
        (pages / "sub" / "d.jpg").touch()
        papers.look_over(recipe(pages))
    one, two = [record.getMessage() for record in caplog.records]
    assert f"1 of 3 scans in {pages} cannot be used ({pages / 'a.png'} cannot be read" in one
    assert "2 of 4 scans" in two and two.endswith("for one); they are left out.")
    assert "\n" not in one + two


def test_a_folder_without_a_scan_that_can_be_used_is_an_error(pages, tmp_path):
    for file in pages.rglob("*.png"):
        file.write_bytes(file.read_bytes()[:20])
    with pytest.raises(DataError, match=r"3 of 3 scans in .*; check documents\(path"):
        papers.look_over(recipe(pages))
    with pytest.raises(DataError, match=r"nodocs does not exist; check documents\(path"):
        papers.look_over(recipe(tmp_path / "nodocs"))


def test_what_a_recipe_never_draws_is_not_looked_at(tmp_path):
    papers.look_over(recipe(tmp_path / "nowhere", p=0))
    papers.look_over(parse("gaussian"))


def test_a_digest_changes_with_names_and_contents_alone(pages, tmp_path):
    first = papers.look_over(recipe(pages))
    assert len(first) == 1 and papers.look_over(parse("gaussian")) == []
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(pages, elsewhere)
    assert papers.look_over(recipe(elsewhere)) == first
    assert papers.look_over(recipe(pages, elsewhere)) == first * 2
    seen = [first]
    image.write(pages / "a.png", np.full((40, 50), 0.9, np.float32))
    seen.append(papers.look_over(recipe(pages)))
    (pages / "a.png").rename(pages / "z.png")
    seen.append(papers.look_over(recipe(pages)))
    (pages / "bad.png").touch()
    seen.append(papers.look_over(recipe(pages)))
    assert len({digest for (digest,) in seen}) == 4
