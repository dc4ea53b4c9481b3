import json
import os
from pathlib import Path

import numpy as np
import pytest
from made_scans import picture
from PIL import Image

from sigunet import cli
from sigunet.cleaning import Cleaner, files
from sigunet.cleaning.options import Options
from sigunet.errors import ConfigError, DataError


def _open(path):
    with Image.open(path) as image:
        image.load()
        return image


def _mask(path):
    return np.asarray(_open(path)) == 0


def test_a_picture_is_written_beside_itself(folder, capsys):
    assert cli.main(["clean", str(folder / "s0.png")]) == 0
    target = folder / "s0.clean.png"
    assert capsys.readouterr().out.strip() == str(target)
    written = _open(target)
    assert written.mode == "1" and written.size == _open(folder / "s0.png").size
    assert written.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    assert 0.01 < _mask(target).mean() < 0.3
    assert sorted(os.listdir(folder)) == ["s0.clean.png", "s0.png", "s1.png", "s2.png"]


def test_a_folder_goes_on_past_bad_files_and_names_them_at_the_end(
    folder, tmp_path_factory, capsys
):
    (folder / "a_bad.jpg").write_bytes(b"no picture at all")
    (folder / "notes.txt").write_text("not looked at")
    out = tmp_path_factory.mktemp("out") / "new"
    assert cli.main(["clean", str(folder), "-o", str(out), "--format", "rgba"]) == 1
    assert sorted(os.listdir(out)) == ["s0.png", "s1.png", "s2.png"]
    assert {_open(out / name).mode for name in os.listdir(out)} == {"RGBA"}
    said = capsys.readouterr()
    assert said.out.split() == [str(out / f"s{number}.png") for number in range(3)]
    assert "1 of 4 pictures failed" in said.err and "a_bad.jpg" in said.err.splitlines()[-1]
    assert "Traceback" not in said.err


@pytest.mark.parametrize("backend", ["openvino", "jax"])
def test_another_backend_finds_the_same_ink(folder, tmp_path, backend):
    assert cli.main(["clean", str(folder), "--quiet", "-o", str(tmp_path / "default")]) == 0
    asked = ["clean", str(folder), "--quiet", "-o", str(tmp_path / "other"), "--backend", backend]
    assert cli.main(asked) == 0
    for number in range(3):
        one, other = (_mask(tmp_path / to / f"s{number}.png") for to in ("default", "other"))
        assert (one & other).sum() > 0.97 * (one | other).sum()


def test_a_folder_is_cleaned_again_without_its_results(folder):
    for _ in range(2):
        assert cli.main(["clean", str(folder), "--quiet"]) == 0
    assert sum(name.endswith(".clean.png") for name in os.listdir(folder)) == 3
    assert len(os.listdir(folder)) == 6


def test_pictures_that_differ_in_their_ending_keep_it(folder, tmp_path):
    Image.fromarray(picture(0)).save(folder / "s0.bmp")
    out = tmp_path / "out"
    assert cli.main(["clean", str(folder / "s0.png"), str(folder / "s0.bmp"), "-o", str(out)]) == 0
    assert sorted(os.listdir(out)) == ["s0.bmp.png", "s0.png.png"]


def test_many_at_once_are_what_each_is_alone(folder, tmp_path):
    out = tmp_path / "out"
    assert cli.main(["clean", str(folder), "-o", str(out), "--quiet"]) == 0
    for number in range(3):
        alone = tmp_path / "alone.png"
        source = str(folder / f"s{number}.png")
        assert cli.main(["clean", source, "-o", str(alone), "--quiet"]) == 0
        np.testing.assert_array_equal(_mask(alone), _mask(out / f"s{number}.png"))


def test_json_says_what_was_found(folder, capsys):
    Image.fromarray(np.full((120, 200, 3), 250, np.uint8)).save(folder / "empty.png")
    names = [str(folder / "s1.png"), str(folder / "empty.png")]
    assert cli.main(["clean", *names, "--json", "-o", str(folder / "out")]) == 0
    signed, empty = map(json.loads, capsys.readouterr().out.splitlines())
    assert signed["verdict"] == "signature" and signed["certainty"] > 0.9
    assert signed["file"] == str(folder / "out" / "s1.png") and signed["stroke"] > 1
    left, top, width, height = signed["box"]
    mask = _mask(signed["file"])
    assert mask[top : top + height, left : left + width].sum() == mask.sum()
    assert empty["verdict"] == "empty" and empty["box"] is None and empty["ink_share"] == 0


def test_a_blank_page_is_told_with_the_chance_of_a_signature(folder, capsys):
    blank = folder / "blank.png"
    Image.fromarray(np.full((200, 300), 250, np.uint8)).save(blank)
    assert cli.main(["clean", str(blank)]) == 0
    said = capsys.readouterr().err
    assert "blank.png: no signature found (the chance that there is one: " in said
    assert int(said.rsplit(":", 1)[1].strip(" %).\n")) < 30


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["s0.png", "--format", "tiff"], "format 'tiff' is unknown"),
        (["s0.png", "--threshold", "1.5"], "threshold 1.5"),
        (["s0.png", "--size", "big"], "size 'big'"),
        (["s0.png", "--ink", "#1a237e"], "ink colours the formats rgba and svg"),
        (["s0.png", "-o", "s0.png"], "is an input itself"),
        (["s0.png", "-o", "x.svg"], "mask is written as .png"),
        (["s0.png", "s1.png", "-o", "x.png"], "x.png is one file"),
        (["-", "-o", "x.jpg"], "mask is written as .png"),
        (["s0.png", "--page", "0"], "page 0"),
        (["s0.png", "--backend", "tpu"], "--backend"),
        (["s0.png", "--checkpoint", "nowhere"], "nowhere"),
        (["-", "s0.png"], "cannot be mixed"),
        (["s0.png", "s1.png", "-o", "-"], "Only one picture"),
        (["-", "--json"], "both want standard output"),
        (["."], "There are no pictures"),
    ],
)
def test_what_cannot_be_is_one_sentence(folder, tmp_path, monkeypatch, capsys, arguments, sentence):
    monkeypatch.chdir(folder)
    if arguments == ["."]:
        (folder / "none").mkdir()
        monkeypatch.chdir(folder / "none")
    before = sorted(os.listdir())
    assert cli.main(["clean", *arguments]) == 2
    said = capsys.readouterr()
    assert sentence in said.err and len(said.err.strip().splitlines()) == 1 and not said.out
    assert sorted(os.listdir()) == before


def test_an_output_that_cannot_be_written(folder, capsys):
    (folder / "wall").write_text("a file, no folder")
    target = folder / "wall" / "x.png"
    assert cli.main(["clean", str(folder / "s0.png"), "-o", str(target)]) == 1
    said = capsys.readouterr().err
    assert "cannot be written" in said and "Traceback" not in said


@pytest.fixture
def network(monkeypatch):
    """Keeps how many threads each network that is loaded has for a prediction."""
    loaded = []
    load = Cleaner.from_checkpoint.__func__

    def listen(cls, place, **asked):
        loaded.append(asked["threads"])
        return load(cls, place, **asked)

    monkeypatch.setattr(Cleaner, "from_checkpoint", classmethod(listen))
    monkeypatch.setattr(files, "cores", lambda: 2)
    return loaded


def test_large_pictures_are_done_on_all_cores(folder, network, monkeypatch):
    monkeypatch.setattr(files, "LARGE", 40_000)
    Image.fromarray(picture(0)[:100, :150]).save(folder / "small.png")
    assert cli.main(["clean", str(folder / "small.png"), str(folder / "s0.png"), "--quiet"]) == 0
    assert network == [1, None]
    assert _mask(folder / "s0.clean.png").any()


def test_one_picture_and_small_ones_take_one_network(folder, network):
    assert cli.main(["clean", str(folder / "s0.png"), "--quiet"]) == 0
    assert network == [None]
    network.clear()
    assert cli.main(["clean", str(folder), "--quiet"]) == 0
    assert network == [1]


def test_pages_are_drawn_in_full_beside_other_pictures(folder, network, monkeypatch):
    Image.fromarray(picture(1)).save(folder / "page.pdf", resolution=300)
    # The ending says nothing of what a file is.
    os.rename(folder / "page.pdf", folder / "t.png")
    monkeypatch.setattr(files, "LARGE", 40_000)
    out = folder / "out"
    assert cli.main(["clean", str(folder), "-o", str(out), "--quiet"]) == 0
    height, width = picture(1).shape[:2]
    assert _open(out / "t.png").size == pytest.approx((width, height), abs=1)


def test_what_goes_wrong_with_one_picture_stops_no_other(folder, monkeypatch, capsys):
    clean = Cleaner.clean_input

    def fail(self, given, options=None):
        if given.name.endswith("s0.png"):
            raise MemoryError
        if given.name.endswith("s1.png"):
            raise RuntimeError("no such\nthing")
        return clean(self, given, options)

    monkeypatch.setattr(Cleaner, "clean_input", fail)
    assert cli.main(["clean", str(folder)]) == 1
    said = capsys.readouterr()
    assert said.out.split() == [str(folder / "s2.clean.png")]
    assert said.err.splitlines()[-3:] == [
        "sigunet: 2 of 3 pictures failed:",
        f"  {folder / 's0.png'}: there is not enough memory for it.",
        f"  {folder / 's1.png'} cannot be cleaned (RuntimeError: no such thing).",
    ]


@pytest.mark.parametrize("name", ["x" * 300 + ".png", "locked/s0.png"])
def test_a_name_that_cannot_be_looked_up_is_one_sentence(folder, capsys, monkeypatch, name):
    if name.startswith("locked"):
        # As it is for whoever may not enter the folder.
        stat = os.stat

        def refuse(path, *args, **kwargs):
            if "locked" in str(path):
                raise PermissionError(13, "Permission denied", str(path))
            return stat(path, *args, **kwargs)

        monkeypatch.setattr(os, "stat", refuse)
        monkeypatch.setattr(Path, "write_bytes", refuse)
    elsewhere, source = str(folder / name), str(folder / "s0.png")
    for arguments in ([elsewhere], [source, "-o", elsewhere]):
        assert cli.main(["clean", *arguments]) == 1
        said = capsys.readouterr()
        assert said.err.startswith("sigunet: ") and len(said.err.splitlines()) == 1


def test_options_reach_the_file(folder):
    source = str(folder / "s0.png")
    for arguments, check in (
        (["--crop", "--pad", "3"], lambda im: im.size[0] < _open(source).size[0] + 6),
        (["--size", "200x100"], lambda im: im.size == (200, 100)),
        (["--dpi", "150"], lambda im: im.info["dpi"] == pytest.approx((150, 150), abs=0.1)),
    ):
        assert cli.main(["clean", source, "--quiet", *arguments]) == 0
        assert check(_open(folder / "s0.clean.png")), arguments
    small = folder / "small.png"
    arguments = ["--format", "rgba", "--max-bytes", "4000", "-o", str(small)]
    assert cli.main(["clean", source, "--quiet", *arguments]) == 0
    assert small.stat().st_size <= 4000


def test_pages_of_a_pdf(folder):
    pages = [Image.fromarray(picture(number)) for number in (0, 1)]
    pages[0].save(folder / "two.pdf", save_all=True, append_images=pages[1:], resolution=300)
    assert cli.main(["clean", str(folder / "two.pdf"), "--quiet"]) == 0
    assert {"two-1.clean.png", "two-2.clean.png"} <= set(os.listdir(folder))
    only = folder / "second.png"
    arguments = ["--page", "2", "-o", str(only), "--quiet"]
    assert cli.main(["clean", str(folder / "two.pdf"), *arguments]) == 0
    np.testing.assert_array_equal(_mask(only), _mask(folder / "two-2.clean.png"))


def test_clean_files_without_inputs():
    with pytest.raises((ConfigError, DataError)):
        files.clean_files([], None, Options())
