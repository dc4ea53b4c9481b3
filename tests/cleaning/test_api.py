import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import sigunet
import sigunet.cleaning.api
from sigunet.data.synthetic import scanned
from sigunet.errors import CheckpointError, ConfigError, PictureError

LIGHT = """
import sys
import sigunet
heavy = {"numpy", "cv2", "PIL", "jax", "onnxruntime"} & set(sys.modules)
assert not heavy, heavy
from sigunet import cli
assert cli.main(["clean", sys.argv[1], "--quiet"]) == 0
wrong = {"jax", "flax", "optax", "orbax", "ml_collections", "scipy", "onnx", "tensorflow", "wandb"}
assert not wrong & set(sys.modules), wrong & set(sys.modules)
"""


@pytest.fixture(scope="module")
def page():
    _, pigment = (layer / np.float32(255) for layer in scanned(77, 1, 0))
    return np.rint(255 - 220 * pigment).astype(np.uint8)


def test_gives_back_the_kind_it_was_given(page, tmp_path):
    path = tmp_path / "page.png"
    Image.fromarray(page).save(path)
    array = sigunet.clean(page)
    assert array.dtype == np.uint8 and set(np.unique(array)) == {0, 255}
    assert 0.01 < (array == 0).mean() < 0.3
    written = sigunet.clean(path)
    assert written == tmp_path / "page.clean.png"
    image = sigunet.clean(Image.fromarray(page))
    assert isinstance(image, Image.Image)
    data = sigunet.clean(path.read_bytes())
    for other in (Image.open(written), image, Image.open(io.BytesIO(data))):
        np.testing.assert_array_equal(np.asarray(other.convert("L")), array)
    assert sigunet.clean(str(path), out=tmp_path / "x.png") == tmp_path / "x.png"


def test_formats(page, tmp_path):
    assert sigunet.clean(page, "rgba").shape == (*page.shape, 4)
    assert sigunet.clean(page, "gray", crop=True).shape < page.shape
    data = io.BytesIO()
    Image.fromarray(page).save(data, "PNG")
    assert sigunet.clean(data.getvalue(), "svg").lstrip().startswith(b"<svg")
    for wrong in ({"format": "svg"}, {"out": tmp_path / "x.png"}):
        with pytest.raises(ConfigError):
            sigunet.clean(page, **wrong)
    with pytest.raises(PictureError):
        sigunet.clean(b"")
    assert not list(tmp_path.iterdir())


def test_no_picture_is_overwritten_by_its_result(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "page.png"
    Image.fromarray(page).save(path)
    before = path.read_bytes()
    (tmp_path / "sub").mkdir()
    (tmp_path / "link.png").symlink_to("page.png")
    for out in ("page.png", path, "sub/../page.png", "link.png"):
        with pytest.raises(ConfigError, match="is an input itself"):
            sigunet.clean("page.png", out=out)
    for out, format in (("z.png", "svg"), ("z.jpg", "mask")):
        with pytest.raises(ConfigError, match="ends otherwise"):
            sigunet.clean("page.png", format, out=out)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 3


def test_the_shipped_network_is_meant_whatever_the_working_folder_holds(
    page, tmp_path, monkeypatch
):
    expected = sigunet.clean(page)
    (tmp_path / "base").mkdir()
    monkeypatch.chdir(tmp_path)
    sigunet.cleaning.api._cleaner.cache_clear()
    np.testing.assert_array_equal(sigunet.clean(page), expected)
    assert sigunet.Cleaner.from_pretrained().threshold > 0
    for place in ("./base", tmp_path / "base", Path("base")):
        with pytest.raises(CheckpointError):
            sigunet.clean(page, checkpoint=place)


@pytest.mark.parametrize("colour", [(255, 255, 255), (255, 240, 0)], ids=["white", "yellow"])
@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_light_ink_on_transparent_ground(page, colour, kind):
    """As signature pads and drawing programs for dark screens save it."""
    ink = np.empty((*page.shape, 4), np.uint8)
    # However pale the pen is: where it gives a third of its ink or more the light one covers whole.
    dark = 255.0 - page
    full = np.quantile(dark[dark > 60], 0.3)
    ink[..., :3], ink[..., 3] = colour, np.minimum(dark / full, 1) * 255
    given = ink if kind == np.uint8 else (ink / 255).astype(kind)
    found, expected = sigunet.clean(given) == 0, sigunet.clean(page) == 0
    assert 2 * (found & expected).sum() / (found.sum() + expected.sum()) > 0.95
    rgba = sigunet.clean(given, "rgba")
    np.testing.assert_allclose(rgba[rgba[..., 3] > 200][:, :3].mean(axis=0), colour, atol=12)


def test_starting_costs_next_to_nothing(page, tmp_path):
    path = tmp_path / "page.png"
    Image.fromarray(page).save(path)
    done = subprocess.run(
        [sys.executable, "-c", LIGHT, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "page.clean.png").exists()


def test_public_names():
    assert set(dir(sigunet)) >= {"clean", "Cleaner", "Options", "Result", "__version__"}
    with pytest.raises(AttributeError):
        _ = sigunet.nothing
