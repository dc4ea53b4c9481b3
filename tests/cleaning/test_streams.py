"""Standard input and output: pipes, closed and full ones, and names that they cannot show."""

import io
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from sigunet import cli


def test_a_pipe(folder):
    run = subprocess.run(
        [sys.executable, "-m", "sigunet", "clean", "-", "--format", "gray"],
        input=(folder / "s2.png").read_bytes(),
        capture_output=True,
    )
    assert run.returncode == 0, run.stderr
    piped = Image.open(io.BytesIO(run.stdout))
    assert piped.mode == "L"
    assert cli.main(["clean", str(folder / "s2.png"), "--format", "gray", "--quiet"]) == 0
    with Image.open(folder / "s2.clean.png") as written:
        np.testing.assert_array_equal(piped, written)


def test_a_name_of_two_lines_is_told_in_one(folder, capsys):
    bad, blank = folder / "a\nsigunet: forged.png", folder / "b\x1b[2J.png"
    bad.write_bytes(b"none")
    Image.fromarray(np.full((64, 64), 250, np.uint8)).save(blank)
    assert cli.main(["clean", str(bad), str(blank)]) == 1
    first, second, *_ = said = capsys.readouterr().err.splitlines()
    assert "a?sigunet: forged.png" in first and "b?[2J.png: no signature found" in second
    assert all(line.isprintable() for line in said) and len(said) == 4
    assert cli.main(["clean", str(folder / "two\nlines.txt"), "-o", str(bad)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("closed", "sentence"),
    [("<&-", "Standard input is closed"), (">&-", "Standard output is closed")],
)
def test_closed_streams(folder, closed, sentence):
    given = "" if closed == "<&-" else f"< {folder / 's0.png'}"
    run = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m sigunet clean - {given} {closed}"],
        capture_output=True,
        text=True,
    )
    assert run.returncode in (1, 2) and sentence in run.stderr
    assert "Traceback" not in run.stderr and len(run.stderr.splitlines()) == 1


def test_names_that_the_terminal_cannot_show(folder):
    os.rename(folder / "s0.png", os.fsencode(folder) + b"/\xfc\xc3\xbc.png")
    run = subprocess.run(
        [sys.executable, "-m", "sigunet", "clean", os.fsencode(folder), "--quiet"],
        env=os.environ | {"PYTHONIOENCODING": "ascii:strict"},
        capture_output=True,
    )
    assert run.returncode == 0 and not run.stderr
    told = subprocess.run(
        [sys.executable, "-m", "sigunet", "clean", os.fsencode(folder), "-o", str(folder / "out")],
        env=os.environ | {"PYTHONIOENCODING": "ascii:strict"},
        capture_output=True,
    )
    assert told.returncode == 0 and b"Traceback" not in told.stderr
    assert len(told.stdout.splitlines()) == 3 and rb"\xfc.png" in told.stdout


def test_a_full_disk_for_the_names(folder):
    run = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m sigunet clean {folder} > /dev/full"],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 2
    assert "No space left" in run.stderr and "Traceback" not in run.stderr
    assert "Exception ignored" not in run.stderr


def test_standard_output_by_its_name(folder):
    command = [sys.executable, "-m", "sigunet", "clean", str(folder / "s0.png"), "--format", "svg"]
    run = subprocess.run([*command, "-o", "/dev/stdout"], capture_output=True)
    assert run.returncode == 0 and run.stdout.endswith(b"</svg>\n")
    assert run.stdout == subprocess.run([*command, "-o", "-"], capture_output=True).stdout


def test_standard_error_may_be_closed(folder):
    command = f"{sys.executable} -m sigunet clean {folder} -o {folder / 'out'} 2>&-"
    run = subprocess.run(["sh", "-c", command], capture_output=True)
    assert run.returncode == 0 and len(os.listdir(folder / "out")) == 3
