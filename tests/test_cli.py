import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import MICRO

import sigunet
from sigunet import image, signatures
from sigunet.cli import main


@pytest.fixture
def scan(tmp_path):
    """A picture of a signature on grey paper, as a file."""
    ink = signatures.draw(0, 1, 0)[:200, :260] / 255
    image.write(tmp_path / "scan.png", 0.9 - 0.8 * ink[..., None])
    return tmp_path / "scan.png"


def overrides(*more):
    return [f"--config.{override}" for override in (*MICRO, *more)]


def test_version_and_help_need_nothing_heavy():
    code = (
        "import sys; from sigunet.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'jax', 'tensorflow', 'wandb', 'cv2', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for verb in ("train", "evaluate", "clean", "preview", "runs", "benchmark", "demo"):
        assert re.search(rf"^ +{verb}\b", done.stdout, re.MULTILINE)


def test_version(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"sigunet {sigunet.__version__}\n"


def test_clean_writes_black_ink_on_white_beside_the_scan(trained, scan, capsys):
    assert main(["clean", str(scan), "--checkpoint", str(trained[0])]) == 0
    out = scan.with_name("scan.clean.png")
    assert capsys.readouterr().out == f"{out}\n"
    cleaned = image.read(out)
    assert cleaned.shape == image.read(scan).shape
    assert set(np.unique(cleaned)) <= {0.0, 1.0}


def test_clean_goes_on_past_bad_files(trained, scan, tmp_path, capsys):
    bad = tmp_path / "bad.png"
    bad.write_text("not a picture")
    code = main(
        ["clean", str(bad), str(scan), "-o", str(tmp_path / "out"), "--checkpoint", str(trained[0])]
    )
    assert code == 1
    said = capsys.readouterr()
    assert "bad.png cannot be read" in said.err
    assert "1 of 2 pictures failed" in said.err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["scan.png"]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["-o", "scan.txt"], "written as .png"),
        (["-o", "SCAN"], "an input itself"),
        (["--threshold", "2"], "between 0 and 1"),
    ],
)
def test_clean_refuses_in_a_sentence(trained, scan, capsys, more, says):
    more = [str(scan) if text == "SCAN" else text for text in more]
    assert main(["clean", str(scan), "--checkpoint", str(trained[0]), *more]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1


def test_clean_without_such_a_checkpoint(scan, tmp_path, capsys):
    assert main(["clean", str(scan), "--checkpoint", str(tmp_path / "none")]) == 2
    assert "There is no folder" in capsys.readouterr().err


def test_evaluate(trained, tmp_path, capsys):
    arguments = ["evaluate", "--checkpoint", str(trained[0]), "--per-row", "1"]
    assert main([*arguments, "--json", "-o", str(tmp_path)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert set(printed["overall"]) == {"sigunet", "otsu", "sauvola"}
    stored = json.loads((tmp_path / "results.json").read_text())
    assert stored["set"] == printed["set"]
    assert "| gaussian |" in (tmp_path / "results.md").read_text()
    assert printed["about"]["looks"] == "auto"
    assert main([*arguments, "--json", "--looks", "one"]) == 0
    assert json.loads(capsys.readouterr().out)["about"]["looks"] == "one"
    assert main([*arguments, "--looks", "one", "--looks", "two"]) == 2
    assert "one --looks without --suite" in capsys.readouterr().err


def test_preview_of_a_config_and_of_a_runs_pair(trained, tmp_path, capsys):
    sheet = tmp_path / "sheet.png"
    assert (
        main(["preview", "--config", "tiny", *overrides(), "--count", "3", "-o", str(sheet)]) == 0
    )
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines[:3]] == ["0", "1", "2"]
    assert lines[3] == str(sheet)
    assert image.read(sheet).std() > 0.05
    one = tmp_path / "one.png"
    assert main(["preview", "--workdir", str(trained[0]), "--pair", "2", "-o", str(one)]) == 0
    # The pair of the run is the pair of its config.
    assert capsys.readouterr().out.splitlines()[0] == lines[2]


@pytest.mark.parametrize("more", [[], ["--strip"]])
def test_preview_of_predictions(trained, tmp_path, more):
    out = tmp_path / "predictions.png"
    assert main(["preview", "--checkpoint", str(trained[0]), "-o", str(out), *more]) == 0
    height, width, _ = image.read(out, channels=3).shape
    assert (width > height) == bool(more)


def test_runs(trained, tmp_path, capsys):
    assert main(["runs", str(trained[0]), "-o", str(tmp_path / "curves.png")]) == 0
    assert "trained" in capsys.readouterr().out
    assert (tmp_path / "curves.png").is_file()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["train", "--config", "tiny", "--workdir", "x", "--config.modle.width=3"], "model.width"),
        (["train", "--config", "tiny", "--workdir", "x", "--config.steps"], "needs a value"),
        (["preview", "--pair", "1"], "one of --config, --workdir and --checkpoint"),
        (["preview", "--workdir", "/nowhere"], "no run in"),
        (["runs", "/nowhere"], "/nowhere"),
        (["evaluate", "--checkpoint", "/nowhere"], "no folder"),
    ],
)
def test_mistakes_are_one_line(capsys, arguments, says):
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.startswith("sigunet: ")
    assert error.count("\n") == 1


def test_overrides_belong_to_verbs_with_a_config(capsys):
    with pytest.raises(SystemExit):
        main(["clean", "a.png", "--checkpoint", "b", "--config.steps=3"])
    assert "takes no --config" in capsys.readouterr().err


def test_realism_says_whether_drawn_signatures_pass_for_real(tmp_path, capsys):
    for writer in range(4):
        for signing in range(3):
            ink = signatures.draw(7, writer, signing) / 255
            image.write(tmp_path / "real" / f"w{writer}" / f"{signing}.png", 1 - 0.8 * ink)
    folder = ["realism", "--signatures", str(tmp_path / "real"), "--count", "12"]
    code = main([*folder, "--json", "-o", str(tmp_path / "sheet.png"), "--no-real"])
    told = json.loads(capsys.readouterr().out)
    assert code == (0 if told["passed"] else 1)
    assert image.read(tmp_path / "sheet.png").shape[1] > 300
    assert main([*folder, "--writers", "nobody"]) == 2
    assert "no subfolder of a writer" in capsys.readouterr().err


def test_gallery_shows_every_member(tmp_path, capsys):
    out = tmp_path / "gallery.jpg"
    assert main(["gallery", "-o", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    assert out.stat().st_size <= 500_000


def test_clean_takes_weights_in_one_file(trained, scan, tmp_path, capsys):
    file = tmp_path / "mine.safetensors"
    assert main(["export", "--checkpoint", str(trained[0]), "-o", str(file)]) == 0
    assert main(["clean", str(scan), "--checkpoint", str(file)]) == 0
    assert scan.with_name("scan.clean.png").is_file()


@pytest.mark.parametrize("name", ["x.pt", "x.PTH", "x.hdf5", "x.ckpt", "v1.2.bin", "x.ONNX"])
def test_a_folder_of_weights_is_not_called_like_a_file(name, tmp_path, capsys):
    assert main(["export", "--checkpoint", "base", "-o", str(tmp_path / name)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and f"does not end in {Path(name).suffix}." in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["run", "run.v2"])
def test_any_other_name_is_a_folder(name, tmp_path):
    assert main(["export", "--checkpoint", "base", "-o", str(tmp_path / name)]) == 0
    assert (tmp_path / name).is_dir()


def test_clean_needs_no_checkpoint(scan, capsys):
    assert main(["clean", str(scan)]) == 0
    cleaned = image.read(scan.with_name("scan.clean.png"))[..., 0] < 0.5
    assert 0.005 < cleaned.mean() < 0.3
