import json

import numpy as np
import pytest

from sigunet import image as images
from sigunet.cli import main
from sigunet.suite import command, identity

SUITE = ["evaluate", "--suite", "signature-cleaning-v1", "--quick", "--rows", "clean"]


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("SIGUNET_DATA_DIR", str(tmp_path / "data"))
    # One core: no processes for a handful of pictures.
    monkeypatch.setattr("sigunet.suite.run.cores", lambda: 1)


def test_export_answer_and_score(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(identity, "verify", lambda pictures, base: "")
    pictures = tmp_path / "pictures"
    assert main([*SUITE, "--export", str(pictures)]) == 0
    assert "6 pictures in images/" in capsys.readouterr().out
    # The truths themselves are a folder of predictions.
    out = tmp_path / "out"
    arguments = [*SUITE, "--predictions", f"truth={pictures / 'gt'}", "-o", str(out)]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert "6 of" in printed.splitlines()[0]
    assert "| truth | " in printed and "| otsu | " in printed
    assert str(out / "report.md") in printed
    results = json.loads((out / "results.json").read_text())
    assert results["bases"]["S"]["headline"]["truth"]["clean_fmeasure"] == 1
    assert 0.9 < results["bases"]["S"]["headline"]["otsu"]["clean_fmeasure"] < 1
    assert "--predictions" in results["about"]["command"]


def test_pairs_alone_as_json(tmp_path, capsys):
    truth = np.ones((40, 60), np.float32)
    truth[10:14, 5:55] = 0
    images.write(tmp_path / "p" / "a.png", 0.3 + 0.6 * truth)
    images.write(tmp_path / "p" / "a_gt.png", truth)
    arguments = ["evaluate", "--suite", "signature-cleaning-v1", "--base", "pairs", "--json"]
    assert main([*arguments, "--pairs", str(tmp_path / "p")]) == 0
    results = json.loads(capsys.readouterr().out)
    assert list(results["bases"]) == ["pairs"]
    assert results["bases"]["pairs"]["rows"]["pairs"]["otsu"]["fmeasure"] == 1


@pytest.mark.parametrize(
    ("count", "rows", "says"),
    [
        (6, "backgrounds", ""),
        (8, "backgrounds", "Signatures are written on the first 6 of 8 scans in "),
        (2, "clean", "Signatures are written on none of 2 scans in "),
    ],
)
def test_own_backgrounds_are_scored_and_those_left_out_are_told(
    tmp_path, capsys, count, rows, says
):
    for number in range(count):
        images.write(tmp_path / "bg" / f"{number}.png", np.full((90, 300), 0.9, np.float32))
    out = tmp_path / "out"
    more = ["--rows", rows, "--backgrounds", str(tmp_path / "bg"), "-o", str(out)]
    assert main([*SUITE, *more]) == 0
    for text in (capsys.readouterr().out, (out / "report.md").read_text()):
        assert ("Signatures are written on" in text) == bool(says) and says in text
        assert ("| backgrounds F |" in text) == (rows == "backgrounds")
        assert ("No picture of signature-cleaning-v1" in text) == (rows == "backgrounds")
    results = json.loads((out / "results.json").read_text())
    got = results["bases"]["S"]["headline"]["otsu"]
    assert 0.5 < got["fmeasure"] <= 1
    if rows == "backgrounds":
        assert got["backgrounds_fmeasure"] == got["fmeasure"]


def test_a_checkpoint_stands_beside(trained, tmp_path, capsys):
    arguments = [*SUITE, "--no-classical", "--checkpoint", f"micro={trained[0]}", "--json"]
    assert main(arguments) == 0
    results = json.loads(capsys.readouterr().out)
    assert [m["name"] for m in results["methods"]] == ["micro"]
    assert results["bases"]["S"]["headline"]["micro"]["ms"] > 0


def test_a_checkpoint_looks_twice_where_that_is_asked(trained, tmp_path, capsys):
    arguments = [*SUITE, "--no-classical", "--checkpoint", f"micro={trained[0]}", "--json"]
    assert main([*arguments, "--looks", "auto", "--looks", "two"]) == 0
    results = json.loads(capsys.readouterr().out)
    assert [m["name"] for m in results["methods"]] == ["micro", "micro, looks=two"]
    assert [m["about"]["looks"] for m in results["methods"]] == ["auto", "two"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--suite", "v2"], "no suite 'v2'"),
        ([*SUITE[1:-1], "paint"], "no row 'paint'"),
        ([*SUITE[1:], "--base", "R"], "--signatures"),
        ([*SUITE[1:], "--base", "pairs"], "folder with --pairs"),
        ([*SUITE[1:], "--base", "S", "--base", "pairs"], "folder with --pairs"),
        ([*SUITE[1:], "--no-classical"], "--checkpoint or --predictions"),
        ([*SUITE[1:], "--predictions", "x"], "NAME=DIR"),
        ([*SUITE[1:], "--predictions", "x=/nowhere"], "no folder /nowhere"),
        ([*SUITE[1:], "--checkpoint", "/nowhere"], "nowhere"),
        ([*SUITE[1:], "--signatures", "/nowhere"], "/nowhere"),
        ([*SUITE[1:], "--backgrounds", "/nowhere"], "--backgrounds"),
        ([*SUITE[1:-1], "backgrounds"], "folder with --backgrounds"),
        (["--checkpoint", "a", "--checkpoint", "b"], "one --checkpoint"),
        ([], "one --checkpoint"),
        ([*SUITE[1:], "--per-row", "10"], "--per-row is of the frozen set"),
        ([*SUITE[1:], "--seed", "0"], "--seed is of the frozen set"),
    ],
)
def test_mistakes_are_one_line(capsys, arguments, says):
    assert main(["evaluate", *arguments]) == 2
    error = capsys.readouterr().err
    assert says in error and error.startswith("sigunet: ") and error.count("\n") == 1


def ink(path, level=0.0):
    pixels = np.ones((40, 60), np.float32)
    pixels[10:14, 5:55] = level
    images.write(path, pixels)


def broken(kind, folder):
    """Options of a run that would end in its middle, and the file that ends it."""
    if kind == "predictions":
        assert main([*SUITE, "--export", str(folder / "x")]) == 0
        last = sorted((folder / "x/gt/S/clean").iterdir())[-1]
        return ["--predictions", f"a={folder / 'x/gt'}"], last
    if kind == "signatures":
        for number in range(6):
            ink(folder / f"w{number}" / "1.png", 0.2)
        return ["--signatures", str(folder)], folder / "w3/1.png"
    if kind == "backgrounds":
        for number in range(6):
            ink(folder / f"{number}.png", 0.8)
        return ["--rows", "backgrounds", "--backgrounds", str(folder)], folder / "5.png"
    for number in range(6):
        ink(folder / f"{number}.png", 0.2)
        ink(folder / f"{number}_gt.png")
    return ["--base", "pairs", "--pairs", str(folder)], folder / "5_gt.png"


@pytest.mark.parametrize("kind", ["predictions", "signatures", "backgrounds", "pairs"])
def test_what_cannot_be_read_is_told_before_anything_is_run(tmp_path, capsys, monkeypatch, kind):
    more, file = broken(kind, tmp_path / "files")
    capsys.readouterr()
    monkeypatch.setattr(command.run, "run", lambda *_, **__: pytest.fail("it was run"))
    file.write_text("no picture at all")
    assert main([*SUITE, *more]) == 2
    error = capsys.readouterr().err
    assert f"{file} cannot be read" in error and error.count("\n") == 1


@pytest.mark.parametrize(
    "option",
    [
        ["--quick"],
        ["--sizes"],
        ["--predictions", "a=/none"],
        ["--export", "out"],
        ["--pairs", "pairs"],
        ["--backgrounds", "scans"],
        ["--base", "S"],
        ["--rows", "print"],
        ["--no-classical"],
    ],
    ids=lambda option: option[0],
)
def test_the_suites_options_need_the_suite(capsys, option):
    assert main(["evaluate", "--checkpoint", "base", *option]) == 2
    error = capsys.readouterr().err
    assert f"sigunet: {option[0]} needs --suite" in error and error.count("\n") == 1


def test_bases_that_are_run(tmp_path):
    def bases(**options):
        return [s.base for s in command.sources_of(command.Options(**options))]

    scans, pairs = tmp_path / "scans", tmp_path / "pairs"
    for path in (scans / "a/1.png", scans / "b/1.png", pairs / "1.png", pairs / "1_gt.png"):
        images.write(path, np.ones((40, 60), np.float32))
    assert bases() == ["S"]
    assert bases(signatures=scans) == ["S", "R"]
    assert bases(signatures=scans, pairs=pairs) == ["S", "R", "pairs"]
    assert bases(pairs=pairs) == ["S", "pairs"]
    assert bases(signatures=scans, bases=["R"]) == ["R"]
    assert bases(signatures=scans, pairs=pairs, bases=["S"]) == ["S"]
    assert bases(pairs=pairs, bases=["pairs", "S", "S"]) == ["pairs", "S"]
