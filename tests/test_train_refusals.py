import numpy as np
import pytest

from sigunet import checkpoint, image, workdir
from sigunet.data import sources
from sigunet.errors import ConfigError, DataError
from sigunet.train import train_and_evaluate


def test_changed_data_does_not_go_on(micro, tmp_path, monkeypatch):
    folder = tmp_path / "run"
    train_and_evaluate(micro("steps=1"), folder, quiet=True)
    before = (folder / "config.json").read_bytes()
    monkeypatch.setattr("sigunet.signatures.RENDERER_VERSION", "another")
    with pytest.raises(DataError, match="has changed since"):
        train_and_evaluate(micro("steps=2"), folder, quiet=True)
    assert (folder / "config.json").read_bytes() == before


def test_changed_scans_of_the_recipe_do_not_go_on(micro, tmp_path):
    scans, folder = tmp_path / "scans", tmp_path / "run"
    image.write(scans / "1.png", np.full((50, 50), 0.8, np.float32))
    noise = f"noise=documents(path={str(scans)!r}, p=1)"
    train_and_evaluate(micro("steps=1", "eval.pictures=1", noise), folder, quiet=True)
    image.write(scans / "2.png", np.full((50, 50), 0.5, np.float32))
    with pytest.raises(DataError, match="scans of the recipe"):
        train_and_evaluate(micro("steps=2", "eval.pictures=1", noise), folder, quiet=True)
    # What a run was started with before scans were digested goes on as it was.
    plain = micro("steps=1", "eval.pictures=1")
    meta = checkpoint.read_meta(train_and_evaluate(plain, tmp_path / "p", quiet=True).checkpoint)
    assert meta.data_digest == sources.plan_of(plain.data).digest


@pytest.mark.parametrize(
    ("overrides", "error", "says"),
    [
        (["data.name=folder", "data.path=/nowhere"], DataError, "/nowhere"),
        (["data.writers=2"], DataError, "writers"),
        (["eval.signatures=nofolder"], DataError, r"nofolder does not exist; check eval\.sig"),
        (["noise=gausian(0.1, 0.2)"], ConfigError, "gaussian"),
        (["noise=documents(path='nodocs', p=1)"], DataError, "nodocs does not exist"),
        (["noise=gaussian|documents(p=1)"], ConfigError, "needs the folder"),
        (["noise=documents(path='nodocs', p=1)", "data.loader=tf"], DataError, "nodocs"),
    ],
)
def test_bad_input_leaves_no_run(micro, tmp_path, overrides, error, says):
    with pytest.raises(error, match=says):
        train_and_evaluate(micro(*overrides), tmp_path / "run", quiet=True)
    assert not (tmp_path / "run").exists()


def test_a_workdir_of_another_config(trained, micro, tmp_path):
    folder, _ = trained
    before = sorted(folder.rglob("*"))
    with pytest.raises(ConfigError, match=r"batch_size: 4 there, 2 here"):
        train_and_evaluate(micro("batch_size=2"), folder, quiet=True)
    assert sorted(folder.rglob("*")) == before
    workdir.check(folder, micro("steps=50", "tracking.notes=longer"))
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(ConfigError, match="is a file"):
        workdir.check(file, micro())


def test_a_workdir_that_is_no_folder_of_a_run(micro, tmp_path):
    with pytest.raises(ConfigError, match="file system"):
        train_and_evaluate(micro(), "gs://bucket/run", quiet=True)
    (tmp_path / "checkpoints").mkdir()
    with pytest.raises(ConfigError, match=r"no config\.json"):
        train_and_evaluate(micro(), tmp_path, quiet=True)
