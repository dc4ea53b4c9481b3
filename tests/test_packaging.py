"""What a user of the wheel gets, with no checkout beside it."""

import subprocess
import sys
import tomllib
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

CHECK = """
import sys
sys.path.insert(0, sys.argv[1])
import sigunet
assert sigunet.__file__.startswith(sys.argv[1]), sigunet.__file__
from sigunet import config, noise, signatures
assert config.load("default").model.width == 32
assert config.shipped() == ["base", "default", "finetune", "small", "tiny"]
import numpy as np
rng = np.random.default_rng(0)
ink = signatures.draw(0, 0, 0) / np.float32(255)
image, _ = noise.degrade(ink, "text(p=1)|stamp(p=1)", rng)
assert image.min() < 0.9
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    pytest.importorskip("setuptools", minversion="77")
    folder = tmp_path_factory.mktemp("wheel")
    # A copy: a build leaves its traces in the source folder.
    source = folder / "source"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(source)], check=True)
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(folder)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=source, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


def test_the_wheel_works_without_the_checkout(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    done = subprocess.run(
        [sys.executable, "-c", CHECK, str(tmp_path / "site")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_the_wheel_holds_data_and_licences_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert "sigunet/py.typed" in names
    assert {"sigunet/app/compare.js", "sigunet/app/page.css"} <= set(names)
    assert {"sigunet/weights/base.onnx", "sigunet/cleaning/verdict.json"} <= set(names)
    assert {"sigunet/weights/base.safetensors", "sigunet/weights/base.json"} <= set(names)
    assert "sigunet/suite/signatures-v1.npz" in names and "sigunet/suite/digests-v1.json" in names
    assert sum(name.endswith(".woff") for name in names) >= 15
    assert any(name.endswith("licenses/LICENSE") for name in names)
    tops = {name.split("/")[0] for name in names}
    assert tops == {"sigunet", next(top for top in tops if top.endswith(".dist-info"))}


def test_extras_and_python_versions():
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    extras = setup["options.extras_require"]
    for extra in ("train", "cuda12", "cuda13", "tpu", "test"):
        assert extra in extras
    assert setup["options"]["python_requires"] == ">=3.11"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["build-system"]["build-backend"] == "setuptools.build_meta"


def test_constraints_pin_every_direct_dependency():
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    wanted = setup["options"]["install_requires"] + setup["options.extras_require"]["train"]
    pins = (ROOT / "constraints.txt").read_text().lower().replace("_", "-")
    for line in wanted.split("\n"):
        name = line.split(">")[0].split("[")[0].strip().lower().replace("_", "-")
        assert not name or f"\n{name}==" in pins, f"{name} is not pinned"
