import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sigunet import config as config_lib
from sigunet.errors import ConfigError

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", config_lib.shipped())
def test_shipped_configs_load_by_name_and_by_path(name):
    config = config_lib.load(name)
    assert config == config_lib.load(f"configs/{name}.py")
    assert config.is_locked
    assert set(config_lib.keys(config)) == set(config_lib.keys(config_lib.load("default")))


def test_default_is_the_description():
    config = config_lib.load("default")
    assert (config.model.width, config.model.depth, config.model.convs) == (32, 4, 2)
    assert (config.data.size, config.data.sampling) == (224, "letterbox")
    assert (config.optimizer.learning_rate, config.optimizer.schedule) == (1e-3, "constant")


def test_finetune_trains_as_its_experiment_did():
    recorded = Path("experiments/finetune-noisyoffice/config.json").read_text()
    changed = config_lib.differences(config_lib.from_json(recorded), config_lib.load("finetune"))
    assert changed.keys() == {"data.path", "log_every"}


def test_every_key_of_default_has_a_comment():
    lines = [line.strip() for line in Path("configs/default.py").read_text().splitlines()]
    uncommented = []
    for above, line in itertools.pairwise(lines):
        key = line.partition(" = ")[0].removeprefix("config.")
        if key in config_lib.keys(config_lib.load("default")):
            if "#" not in line and not above.startswith("#"):
                uncommented.append(key)
    # What their names say already.
    assert uncommented == ["tracking.project", "tracking.notes"]


@pytest.mark.parametrize(
    ("override", "key", "value"),
    [
        ("model.width=16", "model.width", 16),
        ("steps=2e3", "steps", 2000),
        ("optimizer.learning_rate=1", "optimizer.learning_rate", 1.0),
        ("data.path=/a=b", "data.path", "/a=b"),
        ("noise=gaussian(0.1, 0.2)|lines(p=0.5)", "noise", "gaussian(0.1, 0.2)|lines(p=0.5)"),
        ("tracking.tags=a,b", "tracking.tags", ("a", "b")),
        ("tracking.tags=('a',)", "tracking.tags", ("a",)),
        ("profile_steps=(3, 5)", "profile_steps", (3, 5)),
        ("debug_nans=true", "debug_nans", True),
    ],
)
def test_overrides(override, key, value):
    config = config_lib.load("default", [override])
    assert config_lib.get(config, key) == value
    assert list(config_lib.differences(config, config_lib.load("default"))) == [key]


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("model.widht=16", "did you mean 'model.width'"),
        ("width=16", "did you mean 'model.width'"),
        ("zzz=1", "no config key 'zzz'"),
        ("steps", "needs a value"),
        ("steps=many", "must be of type int"),
        ("steps=1.5", "must be of type int"),
        ("debug_nans=1", "must be of type bool"),
        ("steps=0", "at least 1"),
        ("data.seed=-1", "0 or more"),
        ("model.dtype=float64", "JAX_ENABLE_X64"),
        ("optimizer.clip_norm=-1", "0 or more"),
        ("profile_steps=a,b", "two numbers"),
        ("profile_steps=(5, 3)", "two numbers"),
        ("model.stem=patch", "none, space_to_depth"),
        ("data.empty=1.5", "between 0 and 1"),
        ("data.closer=0.3", "needs data.sampling crop"),
        ("data.size=100", "multiple of 16"),
        ("optimizer.accumulate=3", "does not divide"),
        ("data.min_scale=2.0", "data.min_scale"),
        ("profile_steps=(1,)", "two numbers"),
    ],
)
def test_a_wrong_override_is_a_sentence(override, says):
    with pytest.raises(ConfigError, match=r"^[^\n]+$") as caught:
        config_lib.load("default", [override])
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("name", "says"),
    [("defualt", "did you mean 'default'"), ("nowhere/x.py", "no config file nowhere/x.py")],
)
def test_a_missing_config_is_a_sentence(name, says):
    with pytest.raises(ConfigError) as caught:
        config_lib.load(name)
    assert says in str(caught.value)


@pytest.mark.parametrize("editable", [False, True])
@pytest.mark.parametrize("name", ["base", "configs/base.py"])
def test_a_clone_finds_its_configs_beside_the_package(tmp_path, name, editable):
    # As `python -m sigunet.refining` at its root does where another copy is installed, or another clone.
    (tmp_path / "sigunet").symlink_to(ROOT / "sigunet")
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    default = tmp_path / "configs" / "default.py"
    default.write_text(
        default.read_text().replace("return config", "config.seed = 77\n    return config")
    )
    code = (
        "import sys\n"
        f"sys.meta_path[:] = [f for f in sys.meta_path if {editable} or 'editable' not in repr(f).lower()]\n"
        "from sigunet import config\n"
        f"print(config.load({name!r}).seed, *config.shipped())\n"
        "from sigunet.configs import small\n"
        "print(small.__file__)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": ""},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    said, place = run.stdout.splitlines()
    assert said.split()[:2] == ["77", "base"]
    assert Path(place) == tmp_path / "configs" / "small.py"


def test_a_file_without_get_config(tmp_path):
    (tmp_path / "empty.py").write_text("")
    with pytest.raises(ConfigError, match="get_config"):
        config_lib.load(str(tmp_path / "empty.py"))


def test_a_mistake_in_a_config_file_is_a_sentence(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "from sigunet.configs import default\n\n\ndef get_config():\n"
        "    config = default.get_config()\n    LINE\n    return config\n"
    )
    text = path.read_text()
    for line, says in [
        ("config.model.widht = 3", "did you mean 'model.width'"),
        ("config.steps = 'many'", "steps"),
        ("config.model.width = 1.5", "width"),
        ("del config.model.stem", "lacks the keys model.stem"),
    ]:
        path.write_text(text.replace("LINE", line))
        with pytest.raises(ConfigError, match=r"^[^\n]+$") as caught:
            config_lib.load(str(path))
        assert says in str(caught.value)
        assert "mine.py" in str(caught.value)


def test_json_round_trip_keeps_types():
    config = config_lib.load("small", ["tracking.tags=a,b"])
    back = config_lib.from_json(config_lib.to_json(config))
    assert back == config
    assert back.tracking.tags == ("a", "b")
    assert config_lib.digest(back) == config_lib.digest(config)


def test_what_an_earlier_version_wrote_gets_the_keys_that_came_later():
    text = json.loads(config_lib.to_json(config_lib.load("small", ["seed=3"])))
    del text["eval"]["signatures"], text["noise"], text["loss"]
    back = config_lib.from_json(json.dumps(text))
    assert (back.eval.signatures, back.noise, back.seed) == ("", "default", 3)
    assert back.loss.sharpness == 1.0


def test_what_may_change_while_a_run_goes_on():
    assert config_lib.is_free("steps")
    assert config_lib.is_free("tracking.notes")
    assert not config_lib.is_free("batch_size")
    assert not config_lib.is_free("teacher.checkpoint")
    assert not config_lib.is_free("data.size")
