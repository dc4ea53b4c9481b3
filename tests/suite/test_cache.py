import importlib.util
import json
import logging
import math
from pathlib import Path

import pytest

from sigunet import classical, metrics
from sigunet.suite import cache as caches
from sigunet.suite.cache import ScoreCache, folder


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("SIGUNET_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def scores(value):
    return {**dict.fromkeys(metrics.METRICS, value), "false_ink": math.nan}


def test_what_was_saved_is_found_again():
    cache = ScoreCache("wolf", {"k": 0.2})
    assert cache.get("a") is None
    cache.put("a", scores(0.123456789), 1.5)
    cache.save()
    kept, ms = ScoreCache("wolf", {"k": 0.2}).get("a")
    assert kept == pytest.approx(scores(0.123456789), nan_ok=True) and ms == 1.5
    assert ScoreCache("wolf", {"k": 0.2}).get("b") is None
    assert [path.name.split("-")[0] for path in folder().iterdir()] == ["wolf"]


@pytest.mark.parametrize(
    ("method", "setting"), [("nick", {"k": 0.2}), ("wolf", {"k": 0.3}), ("wolf", {})]
)
def test_another_method_or_setting_is_another_file(method, setting):
    cache = ScoreCache("wolf", {"k": 0.2})
    cache.put("a", scores(0.5), 1.0)
    cache.save()
    assert ScoreCache(method, setting).get("a") is None


def test_other_definitions_of_the_scores_are_computed_again(monkeypatch):
    cache = ScoreCache("wolf", {})
    cache.put("a", scores(0.5), 1.0)
    cache.save()
    monkeypatch.setattr(metrics, "VERSION", metrics.VERSION + 1)
    assert ScoreCache("wolf", {}).get("a") is None


def classical_of(path, text):
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_other_code_of_the_methods_is_computed_again(tmp_path, monkeypatch):
    cache = ScoreCache("otsu", {})
    cache.put("a", scores(0.5), 1.0)
    cache.save()
    text = Path(classical.__file__).read_text()
    assert "pixels <= threshold" in text
    monkeypatch.setattr(caches, "classical", classical_of(tmp_path / "same.py", text))
    assert ScoreCache("otsu", {}).get("a") is not None
    text = text.replace("pixels <= threshold", "pixels < threshold")
    monkeypatch.setattr(caches, "classical", classical_of(tmp_path / "other.py", text))
    assert ScoreCache("otsu", {}).get("a") is None


@pytest.mark.parametrize("text", ["", "[]", "{", '{"scores": {"a": [1]}}', '{"scores": 3}'])
def test_a_damaged_file_is_as_none(text):
    cache = ScoreCache("wolf", {})
    cache.put("b", scores(0.5), 1.0)
    cache.save()
    (path,) = folder().iterdir()
    path.write_text(text)
    cache = ScoreCache("wolf", {})
    assert cache.get("a") is None
    cache.put("c", scores(0.5), 1.0)
    cache.save()
    assert list(json.loads(path.read_text())["scores"]) == ["c"]


def test_a_folder_that_cannot_be_written_is_a_warning(place, caplog):
    place.write_text("in the way")
    cache = ScoreCache("wolf", {})
    cache.put("a", scores(0.5), 1.0)
    with caplog.at_level(logging.WARNING):
        cache.save()
    assert "Scores of wolf are not kept" in caplog.text
    assert cache.get("a") is not None
