"""Weights of a micro run as files, and a cache for what is made of them."""

import shutil

import pytest
from made_scans import picture
from PIL import Image


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache of the test's own, and a machine without accelerators."""
    monkeypatch.setenv("SIGUNET_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    return tmp_path / "cache" / "onnx"


@pytest.fixture(scope="session")
def weights(trained, tmp_path_factory):
    """Weights with their graph beside them, as they are shipped."""
    from sigunet import checkpoint, export

    file = tmp_path_factory.mktemp("weights") / "micro.safetensors"
    checkpoint.export_weights(trained[0], file)
    export.write_onnx(file, file.with_suffix(".onnx"))
    return file


@pytest.fixture
def copy(weights, tmp_path):
    """A copy of the weights to spoil."""
    folder = tmp_path / "copy"
    shutil.copytree(weights.parent, folder)
    return folder / weights.name


@pytest.fixture
def folder(tmp_path):
    """A folder with three scans."""
    for number in range(3):
        Image.fromarray(picture(number)).save(tmp_path / f"s{number}.png", dpi=(300, 300))
    return tmp_path
