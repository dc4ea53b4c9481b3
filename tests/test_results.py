import json

import made_pictures
import numpy as np
import pytest

from sigunet import results as rs
from sigunet.classical import METHODS
from sigunet.errors import DataError, SigunetError
from sigunet.evaluate import evaluate
from sigunet.frozen import Picture


@pytest.fixture(scope="module")
def pictures():
    return made_pictures.pictures()


@pytest.fixture(scope="module")
def results(pictures):
    known = {p.image.tobytes(): p.truth for p in pictures}
    predictors = {
        "perfect": lambda image: np.float32(known[image.tobytes()]),
        "inverted": lambda image: np.float32(~known[image.tobytes()]),
        **METHODS,
    }
    return evaluate(predictors, pictures, about={"source": "rectangles"})


def test_interval_is_around_the_mean(results):
    low, high = results.interval("otsu")
    assert low <= results.mean("otsu")["fmeasure"] <= high


def test_files_round_trip(results, tmp_path):
    paths = rs.write(results, tmp_path / "new" / "folder")
    assert [path.name for path in paths] == ["results.json", "results.md"]
    assert {path.name for path in paths[0].parent.iterdir()} == {"results.json", "results.md"}
    data = json.loads(paths[0].read_text())
    empty = {k: v for k, v in data["rows"]["empty"]["inverted"].items() if v is not None}
    assert empty == {"false_ink": 1, "fmeasure_interval": [None, None]}
    assert data["overall"]["perfect"]["fmeasure"] == 1
    again = rs.load(paths[0])
    assert rs.markdown(again) == rs.markdown(results) == paths[1].read_text()
    assert again.digest == results.digest == data["set"]["digest"]
    assert again.mean("otsu") == pytest.approx(results.mean("otsu"), nan_ok=True)
    assert again.about == {"source": "rectangles"}


def test_markdown_has_a_line_for_each_degradation_and_method(results):
    text = rs.markdown(results)
    for metric in ("F-measure", "IoU", "PSNR (dB)", "Accuracy"):
        section = text.split(f"### {metric} by degradation")[1].split("###")[0]
        for row in (*made_pictures.KINDS, "**all**"):
            assert f"\n| {row} | " in section
    line = next(x for x in text.splitlines() if x.startswith("| inverted | 0.5 |"))
    assert "| 0.000 |" in line and "100.00 %" in line
    assert "| empty | 3 | (0.00 % false ink) | (100.00 % false ink) |" in text
    assert "nan" not in text
    assert "9 pictures, 6 of them with ink" in text and "scored as false ink only" in text


def test_the_row_of_all_is_not_moved_by_pictures_without_ink(pictures):
    def specks(image):
        soft = np.zeros(image.shape[:2], np.float32)
        soft[::6, ::6] = soft[1::6, ::6] = soft[::6, 1::6] = soft[1::6, 1::6] = 1
        return soft

    inked = evaluate({"specks": specks}, [p for p in pictures if p.row != "empty"])
    whole = evaluate({"specks": specks}, pictures)
    means = whole.mean("specks")
    assert means.pop("false_ink") > 0
    alone = inked.mean("specks")
    assert np.isnan(alone.pop("false_ink"))
    assert means == alone


def test_a_set_that_differs_says_so(results, pictures):
    assert rs.compare_sets(results, evaluate(METHODS, pictures)) is None
    changed = [*pictures[:-1], made_pictures.picture("empty", 7)]
    other = evaluate(METHODS, changed)
    assert other.digest != results.digest
    assert "2 pictures are only in one" in rs.compare_sets(results, other)
    pixels = np.array(pictures[0].image)
    pixels[0, 0] = 0.5
    other = evaluate(METHODS, [Picture(pixels, pictures[0].truth, "clean", "0"), *pictures[1:]])
    assert "1 have other pixels (the first is clean/0)" in rs.compare_sets(results, other)


def test_files_that_are_none_are_told(results, tmp_path):
    with pytest.raises(DataError, match="not a results file"):
        rs.load(tmp_path / "none.json")
    (tmp_path / "old.json").write_text('{"format": 0}')
    with pytest.raises(DataError, match="format 0"):
        rs.load(tmp_path / "old.json")
    (tmp_path / "out" / "results.json").mkdir(parents=True)
    with pytest.raises(SigunetError, match="cannot be written"):
        rs.write(results, tmp_path / "out")
