"""Configs: short Python files, found by path or by name, locked, and overridden from a command."""

import ast
import difflib
import hashlib
import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from ml_collections import ConfigDict

import sigunet
from sigunet.errors import ConfigError

# What may change from one start of a run to the next without making it another run.
_FREE_KEYS = (
    "steps",
    "log_every",
    "eval_every",
    "checkpoint_every",
    "tracking",
    "profile_steps",
    "debug_nans",
    "eval.signatures",
    "eval.writers",
    "data.loader",
    "data.workers",
    "data.cache_dir",
)

_CHOICES = {
    "model.stem": ("none", "space_to_depth"),
    "model.dtype": ("float32", "bfloat16", "float16", "float64"),
    "model.channels": (1, 3),
    "optimizer.schedule": ("constant", "cosine"),
    "data.name": ("synthetic", "folder", "pairs"),
    "data.on_bad_file": ("skip", "stop"),
    "data.sampling": ("letterbox", "crop"),
    "data.loader": ("tf", "processes"),
    "teacher.backend": ("onnx", "openvino"),
    "tracking.wandb": ("auto", "online", "offline", "off"),
}

_AT_LEAST_ONE = (
    "steps",
    "batch_size",
    "log_every",
    "eval_every",
    "model.width",
    "model.depth",
    "model.convs",
    "optimizer.accumulate",
    "data.size",
    "data.signatures",
    "data.writers",
    "eval.pictures",
)

_NOT_NEGATIVE = (
    "seed",
    "checkpoint_every",
    "optimizer.warmup_steps",
    "optimizer.weight_decay",
    "optimizer.clip_norm",
    "data.seed",
    "data.workers",
    "tracking.pictures",
)

_SHARES = (
    "data.empty",
    "data.clean",
    "data.sparse",
    "data.closer",
    "optimizer.ema",
    "teacher.share",
    "teacher.recall",
    "teacher.tolerance",
)


def load(name: str, overrides: Sequence[str] = ()) -> ConfigDict:
    """Loads a config file, applies overrides, checks the values and locks it.

    Args:
        name: Path of a Python file with `get_config()`, or the name of one that is shipped.
        overrides: Each "model.width=16"; values are Python literals, or plain text for text keys.

    Returns:
        The locked config.

    Raises:
        ConfigError: If there is no such file, key or value; names the nearest key.
    """
    config = _made_by(name)
    config.lock()
    for override in overrides:
        _override(config, override)
    check(config)
    return config


def _made_by(name: str) -> ConfigDict:
    """Calls a file's `get_config` and holds the result against the keys and types of `default`."""
    try:
        config = _module(name).get_config()
    except (AttributeError, KeyError, TypeError) as error:
        # ConfigDict's own words on a key or a type span several lines.
        raise ConfigError(f"{name}: {' '.join(str(error).split())}") from error
    base = _shipped_module("default").get_config()
    known = keys(base)
    for key in keys(config):
        if key not in known:
            raise ConfigError(f"{name} sets {key!r}, which is no config key{_nearest(key, known)}")
        kind = type(get(base, key))
        value = get(config, key)
        if type(value) is not kind and not (kind is float and type(value) is int):
            raise ConfigError(f"{name}: {key} = {value!r} must be of type {kind.__name__}.")
    missing = sorted(set(known) - set(keys(config)))
    if missing:
        raise ConfigError(f"{name} lacks the keys {', '.join(missing)}: start from default.py.")
    return config


def _module(name: str) -> ModuleType:
    # First, for a file may import from it.
    _package()
    path = Path(name)
    if path.suffix == ".py":
        if not path.is_file():
            raise ConfigError(f"There is no config file {name}.")
        spec = importlib.util.spec_from_file_location(f"_sigunet_config_{path.stem}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    else:
        names = shipped()
        if name not in names:
            raise ConfigError(
                f"There is no config named {name!r}{_nearest(name, names)}; "
                f"shipped are {', '.join(names)}, or give the path of a .py file."
            )
        module = _shipped_module(name)
    if not hasattr(module, "get_config"):
        raise ConfigError(f"{name} has no function get_config().")
    return module


def _shipped_module(name: str) -> ModuleType:
    _package()
    return importlib.import_module(f"sigunet.configs.{name}")


def _package() -> ModuleType:
    """Imports the package of configs, which an installed sigunet has within and a clone beside it."""
    name = "sigunet.configs"
    package = Path(sigunet.__file__).parent
    beside = package.parent / "configs" / "__init__.py"
    if name in sys.modules or (package / "configs").is_dir() or not beside.is_file():
        return importlib.import_module(name)
    # `python -m` at the root of a clone takes the folder there for sigunet, whatever is installed: the
    # configs of another clone, it may be.
    spec = importlib.util.spec_from_file_location(
        name, beside, submodule_search_locations=[str(beside.parent)]
    )
    sys.modules[name] = sigunet.configs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sigunet.configs)
    return sigunet.configs


def shipped() -> list[str]:
    """Returns the names of the configs that come with the package."""
    folders = [Path(entry) for entry in _package().__path__]
    return sorted(
        file.stem for folder in folders for file in folder.glob("*.py") if file.stem != "__init__"
    )


def keys(config: ConfigDict, prefix: str = "") -> list[str]:
    """Returns the dotted names of all values of a config."""
    names = []
    for key, value in config.items():
        if isinstance(value, ConfigDict):
            names += keys(value, f"{prefix}{key}.")
        else:
            names.append(prefix + key)
    return names


def get(config: ConfigDict, key: str) -> Any:
    """Returns the value under a dotted name."""
    for part in key.split("."):
        config = config[part]
    return config


def _nearest(word: str, words: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""


def _override(config: ConfigDict, text: str) -> None:
    key, equals, raw = text.partition("=")
    names = keys(config)
    if key not in names:
        # A key without its group ("width") is nearer to its full name than spelling says.
        tails = [name for name in names if name.rsplit(".", 1)[-1] == key]
        near = f"; did you mean {tails[0]!r}?" if tails else _nearest(key, names)
        raise ConfigError(f"There is no config key {key!r}{near}")
    if not equals:
        raise ConfigError(f"--config.{key} needs a value: --config.{key}=VALUE")
    parent, _, leaf = key.rpartition(".")
    group = get(config, parent) if parent else config
    group[leaf] = _value(key, raw, group[leaf])


def _value(key: str, raw: str, present: Any) -> Any:
    if isinstance(present, str):
        return raw
    kind = type(present)
    try:
        value = ast.literal_eval(raw)
    except (ValueError, SyntaxError):
        value = {"true": True, "false": False}.get(raw.lower(), raw)
    if kind is tuple and not isinstance(value, tuple):
        items = value if isinstance(value, list) else raw.split(",") if raw else ()
        value = tuple(items)
    if kind is float and type(value) is int:
        value = float(value)
    # Scientific notation is how people write large counts: 1e4 steps.
    if kind is int and type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is not kind:
        raise ConfigError(f"--config.{key}={raw}: the value must be of type {kind.__name__}.")
    return value


def check(config: ConfigDict) -> None:
    """Checks the values that no type can: choices, ranges, and those that depend on each other.

    Raises:
        ConfigError: Names the key and says what it may be.
    """
    for key, choices in _CHOICES.items():
        if get(config, key) not in choices:
            allowed = ", ".join(str(choice) for choice in choices)
            raise ConfigError(f"{key} is {get(config, key)!r}; it must be one of {allowed}.")
    for key in _AT_LEAST_ONE:
        if get(config, key) < 1:
            raise ConfigError(f"{key} is {get(config, key)}; it must be at least 1.")
    for key in _NOT_NEGATIVE:
        if get(config, key) < 0:
            raise ConfigError(f"{key} is {get(config, key)}; it must be 0 or more.")
    for key in _SHARES:
        if not 0.0 <= get(config, key) <= 1.0:
            raise ConfigError(f"{key} is {get(config, key)}; it must lie between 0 and 1.")
    if config.batch_size % config.optimizer.accumulate:
        raise ConfigError(
            f"batch_size {config.batch_size} does not divide into optimizer.accumulate = "
            f"{config.optimizer.accumulate} equal parts."
        )
    for key in ("optimizer.learning_rate", "loss.sharpness"):
        if get(config, key) <= 0:
            raise ConfigError(f"{key} must be above 0.")
    if config.data.closer and config.data.sampling != "crop":
        raise ConfigError("data.closer needs data.sampling crop: a letterbox holds all there is.")
    teacher = config.teacher
    if teacher.checkpoint and teacher.backend == "openvino" and config.data.loader == "tf":
        # The process ends with a segmentation fault (OpenVINO 2026.4 with TensorFlow 2.21).
        raise ConfigError(
            "teacher.backend openvino does not run in the threads of tf.data: set "
            "data.loader=processes."
        )
    if not 0 < config.data.min_scale <= config.data.max_scale:
        raise ConfigError("data.min_scale must be above 0 and not above data.max_scale.")
    factor = 2**config.model.depth * (2 if config.model.stem == "space_to_depth" else 1)
    if config.data.size % factor:
        raise ConfigError(
            f"data.size {config.data.size} must be a multiple of {factor}, "
            f"which is what model.depth and model.stem halve it to."
        )
    if config.model.dtype == "float64" and not os.environ.get("JAX_ENABLE_X64"):
        raise ConfigError("model.dtype float64 needs JAX_ENABLE_X64=1 in the environment.")
    steps = config.profile_steps
    if steps and (len(steps) != 2 or any(type(n) is not int for n in steps) or steps[0] > steps[1]):
        raise ConfigError("profile_steps takes two numbers: (first, last).")


def to_json(config: ConfigDict) -> str:
    """Writes a config as JSON, keys sorted."""
    return json.dumps(config.to_dict(), indent=2, sort_keys=True)


def from_json(text: str) -> ConfigDict:
    """Reads what `to_json` wrote; lists become the tuples they were. Locked.

    What an earlier version wrote lacks the keys that came later: they get the values of `default`,
    which change nothing.
    """

    def tuples(value):
        if isinstance(value, dict):
            return {key: tuples(item) for key, item in value.items()}
        return tuple(value) if isinstance(value, list) else value

    config = ConfigDict(tuples(json.loads(text)))
    base = _shipped_module("default").get_config()
    for key in set(keys(base)) - set(keys(config)):
        parent, _, leaf = key.rpartition(".")
        if parent and parent not in config:
            config[parent] = ConfigDict()
        group = get(config, parent) if parent else config
        group[leaf] = get(base, key)
    return config.lock()


def differences(one: ConfigDict, other: ConfigDict) -> dict[str, tuple[Any, Any]]:
    """Returns {dotted key: (value in one, value in other)} where two configs differ."""
    names = {**dict.fromkeys(keys(one)), **dict.fromkeys(keys(other))}

    def value(config, key):
        try:
            return get(config, key)
        except KeyError:
            return None

    pairs = {key: (value(one, key), value(other, key)) for key in names}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def is_free(key: str) -> bool:
    """Says whether a key may change while a run goes on (how long, how logged, how fed)."""
    return any(key == free or key.startswith(f"{free}.") for free in _FREE_KEYS)


def digest(config: ConfigDict) -> str:
    """Returns a short digest of everything in a config."""
    return hashlib.sha256(to_json(config).encode()).hexdigest()[:16]
