import numpy as np
import pytest

from sigunet import image as images
from sigunet.errors import DataError
from sigunet.suite.sources import Base, find_pairs


def ink(number):
    mask = np.zeros((20 + number, 30), bool)
    mask[5:8, 3:25] = True
    return mask


def write(path, number, *, truth=False):
    level = np.where(ink(number), 0.0 if truth else 0.3, 1.0).astype(np.float32)
    images.write(path, level)


LAYOUTS = {
    "images and gt": ("images/{}.png", "gt/{}.bmp"),
    "ending": ("{}.png", "{}_gt.tif"),
    "dash": ("{}.bmp", "{}-GT.png"),
    "folder": ("{}.png", "GT/{}_gt.png"),
    "same name": ("{}.png", "gt/{}.png"),
    "contest": ("2016/{}.bmp", "2016/gt/{}_gt.bmp"),
    "2009": (
        "DIBC02009_Test_images-handwritten/{}.bmp",
        "DIBCO2009-GT-Test-images_handwritten/{}.tif",
    ),
    "2010": ("H_DIBCO2010_test_images/{}.png", "H_DIBCO2010_GT/{}_GT.png"),
    "2010, below": ("d/H_DIBCO2010_test_images/{}.png", "d/H_DIBCO2010_GT/{}_GT.png"),
    "plain names": ("scans/{}.png", "clean GT/{}.png"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_pairs_of_every_layout(tmp_path, layout):
    for number in range(5):
        for kind, pattern in enumerate(LAYOUTS[layout]):
            write(tmp_path / pattern.format(number), number, truth=bool(kind))
    pairs = find_pairs(tmp_path)
    assert (pairs.base, pairs.count(), pairs.chunks()) == ("pairs", 5, 2)
    pictures = [p for chunk in range(2) for p in pairs.pictures(chunk)]
    for number, picture in enumerate(pictures):
        assert picture.name.split("-")[-1] == f"{number}"
        assert np.array_equal(picture.truth, ink(number))
        assert picture.image.shape == (20 + number, 30, 3)
        assert (picture.row, picture.severity) == ("pairs", 0)
    listed = list(pairs.listed())
    assert [(each.row, each.name) for each in listed] == [(p.row, p.name) for p in pictures]
    assert [each.size for each in listed] == [(30, 20 + number) for number in range(5)]
    assert [each.files for each in listed] == [files[1:] for files in pairs.files]


def test_what_is_no_pair_is_told(tmp_path):
    with pytest.raises(DataError, match="--pairs"):
        find_pairs(tmp_path / "none")
    write(tmp_path / "images/a.png", 0)
    with pytest.raises(DataError, match="holds no pair"):
        find_pairs(tmp_path)
    write(tmp_path / "gt/a.png", 0, truth=True)
    write(tmp_path / "gt/b.png", 0, truth=True)
    with pytest.raises(DataError, match="b has no partner"):
        find_pairs(tmp_path)
    (tmp_path / "gt/b.png").unlink()
    write(tmp_path / "gt/a.bmp", 0, truth=True)
    with pytest.raises(DataError, match="have the same name"):
        find_pairs(tmp_path)
    (tmp_path / "gt/a.bmp").unlink()
    write(tmp_path / "gt/a.png", 3, truth=True)
    with pytest.raises(DataError, match=r"is 30 x 20 px and its truth .* is 30 x 23"):
        list(find_pairs(tmp_path).pictures(0))
    with pytest.raises(DataError, match=r"is 30 x 20 px and its truth .* is 30 x 23"):
        list(find_pairs(tmp_path).listed())


@pytest.mark.parametrize(
    "names",
    [
        ("2010/a.png", "2011/a.png", "2010_GT/a_GT.png"),
        ("2010/a.png", "2010_GT/a.png", "2011_GT/a_GT.png"),
        ("2010/in/a.png", "2010_GT/a_GT.png"),
        ("2010/a.png", "agt/a.png"),
        ("writer/a.png", "another/a_gt.png"),
        ("2010/a_gt.png", "2010_GT/a.png"),
        ("images/writer/a.png", "gt/another/a.png"),
    ],
)
def test_pairs_that_could_be_others_are_none(tmp_path, names):
    for name in ("sure/b.png", "sure/b_gt.png", *names):
        write(tmp_path / name, 0)
    with pytest.raises(DataError, match=rf"a has no partner \({len(names)} files"):
        find_pairs(tmp_path)


def test_the_built_in_base_counts_what_it_builds():
    base = Base("S", quick=True, rows=("gaussian", "clean"))
    pictures = [p for chunk in range(base.chunks()) for p in base.pictures(chunk)]
    assert base.chunks() == 2 and len(pictures) == base.count()
    assert pictures[0].row == "clean"
    listed = [(each.row, each.name, each.files) for each in base.listed()]
    assert listed == [(picture.row, picture.name, ()) for picture in pictures]
    assert Base("S").count() == 18 * 5 * 8 + 2 * 40


def test_a_base_of_scans_lists_the_files_it_will_read(tmp_path):
    for number in range(12):
        write(tmp_path / "scans" / f"w{number % 3}" / f"{number}.png", number)
    papers = [tmp_path / f"{name}.png" for name in "ab"]
    base = Base(
        "R",
        quick=True,
        directory=str(tmp_path / "scans"),
        backgrounds=tuple(map(str, papers)),
        rows=("clean", "empty", "backgrounds"),
    )
    listed = list(base.listed())
    assert len(listed) == base.count() == 18
    for each in listed:
        scan, *more = each.files
        assert scan.is_file() and more == [papers[int(each.name.split("-")[1]) % 2]][: len(more)]
        assert bool(more) == (each.row == "backgrounds")
        named = each.name.split("-")[2:]
        assert named == ([] if each.row == "empty" else [scan.parent.name, scan.stem])
