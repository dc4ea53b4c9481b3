import made_suite
import numpy as np
import pytest

from sigunet import image as images
from sigunet.errors import CheckpointError, ConfigError, DataError
from sigunet.suite import entries
from sigunet.suite.entries import Named, Network, Predictions
from sigunet.suite.pictures import Listed
from sigunet.suite.work import Work


@pytest.fixture
def worked():
    return Work(made_suite.Made(), score=False)(2)[0]


def test_predictions_are_read_by_the_name_of_the_picture(worked, tmp_path):
    found = np.roll(worked.truth, 1)
    images.write(tmp_path / "M/print/1-00.png", np.where(found, 0, 255).astype(np.uint8))
    predictions = Predictions("mine", str(tmp_path))
    assert np.array_equal(predictions.mask("M", worked), found)
    assert predictions.method.name == "mine" and not predictions.timed


def test_a_missing_or_wrong_prediction_is_told(worked, tmp_path):
    predictions = Predictions("mine", str(tmp_path))
    with pytest.raises(DataError, match=r"mine has no prediction .*print/1-00.png.*--export"):
        predictions.mask("M", worked)
    images.write(tmp_path / "M/print/1-00.png", np.zeros((10, 20), np.uint8))
    with pytest.raises(DataError, match="is 20 x 10 px, and the picture is 90 x 60"):
        predictions.mask("M", worked)
    with pytest.raises(DataError, match="no folder"):
        Predictions("mine", str(tmp_path / "none"))


def test_predictions_are_looked_over_before_they_are_read(tmp_path):
    listed = [Listed("print", "1-00"), Listed("pairs", "a", size=(90, 60))]
    predictions = Predictions("mine", str(tmp_path))
    images.write(tmp_path / "M/print/1-00.png", np.zeros((10, 20), np.uint8))
    with pytest.raises(DataError, match=r"mine has no prediction .*pairs/a.png"):
        predictions.check("M", listed)
    images.write(tmp_path / "M/pairs/a.png", np.zeros((10, 20), np.uint8))
    with pytest.raises(DataError, match="is 20 x 10 px, and the picture is 90 x 60"):
        predictions.check("M", listed)
    images.write(tmp_path / "M/pairs/a.png", np.zeros((60, 90), np.uint8))
    predictions.check("M", listed)
    (tmp_path / "M/print/1-00.png").write_text("no picture")
    with pytest.raises(DataError, match=r"1-00\.png cannot be read"):
        predictions.check("M", listed)


@pytest.mark.parametrize(
    ("text", "name", "place"),
    [
        ("ours=runs/a", "ours", "runs/a"),
        ("runs/small/checkpoints", "small", "runs/small/checkpoints"),
        ("experiments/small/weights", "small", "experiments/small/weights"),
        ("../w/best.safetensors", "best", "../w/best.safetensors"),
        ("base", "base", "base"),
        ("runs/width=32", "width=32", "runs/width=32"),
    ],
)
def test_a_checkpoint_is_named_or_called_by_its_folder(text, name, place):
    assert Named.parse(text, "--checkpoint", named=False) == Named(name, place)


def test_predictions_need_a_name():
    for text in ("folder", "=folder", "name="):
        with pytest.raises(ConfigError, match="NAME=DIR"):
            Named.parse(text, "--predictions", named=True)


def test_two_of_one_name_are_refused():
    with pytest.raises(ConfigError, match="Two methods are called otsu"):
        entries.unique(["otsu"], ["otsu"])
    with pytest.raises(ConfigError, match="Two methods are called a"):
        entries.unique(["a", "a"], [])
    entries.unique(["a", "b"], ["c"])


def test_a_network_cleans_with_its_own_threshold(trained, worked):
    network = Network("net", str(trained[0]))
    mask = network.mask("M", worked)
    assert mask.shape == worked.truth.shape and mask.dtype == bool
    assert network.method.about["channels"] == 1
    assert 0 < network.method.about["threshold"] < 1
    with pytest.raises(CheckpointError):
        Network("net", "/nowhere")
