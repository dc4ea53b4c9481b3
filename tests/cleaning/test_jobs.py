import os
from pathlib import Path

import pytest

from sigunet.cleaning import jobs
from sigunet.cleaning.jobs import PIPE, Job
from sigunet.errors import ConfigError, DataError

TWO_PAGES = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\n"
    b"4 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n"
)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty working folder; what is in the files does not matter, but for PDFs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _touch(*names):
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(TWO_PAGES if name.endswith((".pdf", "scan")) else b"x")


def _planned(*sources, out=None, format="mask", page=None):
    plan = jobs.plan(
        [Path(source) for source in sources], None if out is None else Path(out), format, page=page
    )
    return [(str(job.source), str(job.target)) for job in plan.jobs], plan.problems


def test_results_lie_beside_their_pictures_or_in_a_folder(place):
    _touch("in/a.png", "in/b.JPG", "in/notes.txt", "c.tif")
    assert _planned("in", "c.tif") == (
        [
            ("in/a.png", "in/a.clean.png"),
            ("in/b.JPG", "in/b.clean.png"),
            ("c.tif", "c.clean.png"),
        ],
        [],
    )
    assert [target for _, target in _planned("in", "c.tif", out="out.v2", format="svg")[0]] == [
        "out.v2/a.svg",
        "out.v2/b.svg",
        "out.v2/c.svg",
    ]


def test_pages_are_numbered(place):
    _touch("doc.pdf", "scan", "one.png")
    targets = [target for _, target in _planned("doc.pdf", "scan", "one.png", out="out")[0]]
    assert targets == [f"out/{name}.png" for name in ("doc-1", "doc-2", "scan-1", "scan-2", "one")]
    # A page that is asked for needs no number; that only PDFs have pages is said when it is read.
    plan = jobs.plan([Path("doc.pdf"), Path("one.png")], Path("out"), "mask", page=1)
    assert plan.jobs == [
        Job(Path("doc.pdf"), Path("out/doc.png"), 1),
        Job(Path("one.png"), Path("out/one.png"), 1),
    ]


@pytest.mark.parametrize("out", [None, "out"])
@pytest.mark.parametrize("page", [None, 1])
def test_pictures_that_differ_in_their_ending_keep_it(place, out, page):
    _touch("x.png", "x.jpg", "x.pdf")
    done, problems = _planned(".", out=out, page=page)
    assert not problems
    own = ".clean" if out is None else ""
    pages = ["x.pdf"] if page is not None else ["x.pdf-1", "x.pdf-2"]
    assert [Path(target).name for _, target in done] == [
        f"{name}{own}.png" for name in ("x.jpg", *pages, "x.png")
    ]


def test_one_collision_stops_nothing_else(place):
    _touch("d1/a.png", "d1/b.png", "d2/a.png")
    done, problems = _planned("d1", "d2", out="out")
    assert done == [("d1/a.png", "out/a.png"), ("d1/b.png", "out/b.png")]
    (problem,) = problems
    assert problem.startswith("d2/a.png would be written to out/a.png, and so is d1/a.png")


def test_what_is_named_twice_is_cleaned_once(place):
    _touch("in/a.png")
    os.symlink("in", "link")
    once = [("in/a.png", "in/a.clean.png")]
    for again in ("./in/a.png", str(place / "in" / "a.png"), "in", "in/../in/a.png", "link/a.png"):
        assert _planned("in/a.png", again) == (once, [])
    assert jobs.plan([PIPE, PIPE], None, "mask", page=None).jobs == [Job(PIPE, PIPE)]


def test_only_results_are_left_out_of_a_folder(place):
    _touch("in/a.png", "in/a.clean.png", "in/b.jpg.clean.png", "in/b.jpg", "in/b.bmp")
    _touch("in/two.pdf", "in/two-1.clean.png", "in/two-2.clean.svg", "in/my.clean.png")
    _touch("in/a-final.clean.png")
    taken = {source for source, _ in _planned("in", out="out")[0]}
    assert taken == {"in/a.png", "in/b.jpg", "in/b.bmp", "in/two.pdf", "in/my.clean.png"} | {
        "in/a-final.clean.png"
    }
    assert _planned("in/a.clean.png")[0] == [("in/a.clean.png", "in/a.clean.clean.png")]


def test_a_link_to_nothing_is_not_passed_over(place):
    _touch("in/a.png")
    os.symlink("gone.png", "in/b.png")
    os.symlink("c.png", "in/c.png")
    os.mkfifo("in/d.png")
    os.mkdir("in/e.png")
    assert [source for source, _ in _planned("in")[0]] == ["in/a.png", "in/b.png", "in/c.png"]


@pytest.mark.parametrize(
    ("sources", "out", "sentence"),
    [
        (["a.png"], "a.png", "is an input itself"),
        (["a.png"], "in/../a.png", "is an input itself"),
        (["a.png"], "link.png", "is an input itself"),
        (["a.png"], "hard.png", "is an input itself"),
        (["a.png", "b.png"], ".", "is an input itself"),
        (["a.png"], "x.svg", "mask is written as .png"),
        (["-"], "x.svg", "mask is written as .png"),
        (["-"], "x", "needs a file name"),
        (["-"], "in", "needs a file name"),
        (["a.png"], "file", "ends otherwise"),
        (["a.png", "b.png"], "x.png", "x.png is one file, and there are 2 results"),
        (["doc.pdf"], "x.PNG", "x.PNG is one file, and there are 2 results"),
        (["a.png", "b.png"], "file", "file is one file"),
        (["doc.pdf"], "-", "Only one picture"),
        (["a.png", "-"], None, "cannot be mixed"),
    ],
)
def test_what_cannot_be(place, sources, out, sentence):
    _touch("a.png", "b.png", "doc.pdf", "file")
    os.mkdir("in")
    os.symlink("a.png", "link.png")
    os.link("a.png", "hard.png")
    with pytest.raises(ConfigError, match=sentence):
        _planned(*sources, out=out)


def test_nothing_to_do(place):
    with pytest.raises(DataError, match="no pictures in"):
        _planned(".")
    _touch("bad.pdf")
    Path("bad.pdf").write_bytes(b"%PDF-1.4 and no more")
    done, (problem,) = _planned("bad.pdf", out="-")
    assert not done and problem.startswith("bad.pdf ")


def test_devices_may_have_any_name():
    assert _planned("-", out="/dev/null") == ([("-", "/dev/null")], [])
    assert _planned("-", out="/dev/stdout") == ([("-", "-")], [])
    jobs.check_target(Path("/dev/null"), "svg")
