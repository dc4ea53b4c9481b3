import json

import numpy as np
import pytest

from sigunet import image as images
from sigunet import metrics
from sigunet.cli import main
from sigunet.suite import pictures, sizes
from sigunet.suite.base import base_s
from sigunet.suite.sources import Base

SUITE = ["evaluate", "--suite", "signature-cleaning-v1", "--sizes", "--quick"]


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("SIGUNET_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr("sigunet.suite.run.cores", lambda: 1)


@pytest.fixture(scope="module")
def clean():
    return next(pictures.build(base_s(), base="S", quick=True, rows=["clean"]))


def _line(width: float) -> pictures.SuitePicture:
    """A level line so many px wide, on white."""
    cover = np.zeros((90, 240))
    cover[42 : 42 + int(width), 20:220] = 1
    image = np.repeat((1 - cover)[..., None], 3, axis=-1).astype(np.float32)
    return pictures.SuitePicture(image, cover > 0.5, "clean", 0, "line", "", cover)


@pytest.mark.parametrize("size", sizes.SIZES)
def test_pictures_are_made_larger_and_smaller(clean, size):
    made = sizes.resized(clean, size)
    height, width = (round(side * size) for side in clean.truth.shape)
    assert made.image.shape == (height, width, 3) and made.truth.shape == (height, width)
    assert made.image.dtype == np.float32 and made.truth.dtype == bool
    np.testing.assert_array_equal(made.image, images.to_float(images.to_uint8(made.image)))
    assert (made.row, made.name, made.severity) == (f"{size:g}", f"clean-{clean.name}", 0)
    # As much of the picture is ink, but for the edges.
    assert made.truth.mean() == pytest.approx(clean.truth.mean(), rel=0.25)
    if size == 1:
        np.testing.assert_array_equal(made.image, clean.image)
        assert metrics.score(made.truth, clean.truth)["fmeasure"] > 0.97


def test_a_line_thinner_than_half_a_pixel_is_ink():
    made = sizes.resized(_line(1), 0.33)
    assert made.cover.max() < 0.5
    assert made.truth.any(axis=0).sum() == pytest.approx(200 * 0.33, abs=3)
    assert made.truth.sum(axis=0).max() <= 2


def test_the_mildest_pictures_are_taken():
    sized = sizes.Sized(Base("S", quick=True))
    names = [picture.name for picture in sized.pictures(sizes.SIZES.index(1.0))]
    assert len(names) * len(sizes.SIZES) == sized.count()
    assert [each.name for each in sized.listed() if each.row == "1"] == names
    assert len(list(sized.listed())) == sized.count()
    assert {name.split("-")[0] for name in names} == set(sizes.ROWS)
    assert {name.split("-")[1] for name in names if not name.startswith("clean")} == {"1"}
    some = sizes.Sized(Base("S", quick=True, rows=("jpeg", "jpeg")))
    assert some.count() == 2 * len(sizes.SIZES)
    assert [p.name for p in some.pictures(0)] == [n for n in names if n.startswith("jpeg")]


def test_scores_by_size(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sizes, "SIZES", (0.5, 1.0))
    out = tmp_path / "out"
    assert main([*SUITE, "--rows", "gaussian", "-o", str(out)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(sizes.IDENTITY) and "Base S, 4 pictures" in printed
    report = (out / "report.md").read_text()
    small, native = (
        next(x for x in report.splitlines() if x.startswith(f"| {s} ")) for s in (0.5, 1)
    )
    assert small.count("(") == native.count("[") == small.count("[") and "(" not in native
    results = json.loads((out / "results.json").read_text())
    rows = results["bases"]["S"]["rows"]
    assert list(rows) == ["0.5", "1"] and results["identity"] == [sizes.IDENTITY]
    assert rows["1"]["otsu"]["fmeasure"] > 0.8
    assert "- command: " in report


def test_pairs_have_no_coverage(tmp_path, capsys):
    truth = np.ones((40, 60), np.float32)
    truth[10:14, 5:55] = 0
    images.write(tmp_path / "a.png", truth)
    images.write(tmp_path / "a_gt.png", truth)
    assert main([*SUITE, "--base", "pairs", "--pairs", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert "which pixels are ink" in error and error.count("\n") == 1
