import json
from pathlib import Path

import pytest

from sigunet import checkpoint, sealed, shipped
from sigunet.cleaning import Cleaner
from sigunet.errors import CheckpointError


def _read(path):
    return json.loads(path.read_text())


def test_what_was_written_is_taken_and_what_was_changed_is_not(tmp_path):
    path = tmp_path / "x.json"
    content = {"b": [1, 0.1, None], "a": {"ü": True}, 1: Path("p"), sealed.KEY: "from before"}
    sealed.write(path, content)
    read = _read(path)
    assert {key: read[key] for key in ("a", "b", "1")} == {
        "a": {"ü": True},
        "b": [1, 0.1, None],
        "1": "p",
    }
    opened = sealed.opened(read, path)
    assert opened == {key: read[key] for key in read if key != sealed.KEY}
    # In whatever order, and written by whatever.
    assert sealed.opened(dict(reversed(read.items())), path) == opened
    for changed in (
        read | {"b": [1, 0.1000001, None]},
        read | {"more": 0},
        {key: read[key] for key in read if key != "a"},
        read | {sealed.KEY: None},
    ):
        with pytest.raises(CheckpointError, match=r"x\.json has changed since it was written"):
            sealed.opened(changed, path)


def test_older_files_have_no_digest(tmp_path):
    assert sealed.opened({"threshold": 0.5}, tmp_path / "x.json") == {"threshold": 0.5}


@pytest.mark.parametrize("key", ["threshold", "refinement", "strokes"])
def test_shipped_weights_are_refused_where_anything_they_say_has_changed(tmp_path, key):
    for suffix in (".safetensors", ".onnx", ".json"):
        (tmp_path / f"own{suffix}").write_bytes((shipped.folder() / f"base{suffix}").read_bytes())
    said = _read(tmp_path / "own.json")
    for place in ("own.safetensors", "own.onnx"):
        assert Cleaner.from_checkpoint(tmp_path / place).threshold == said["threshold"]
    old = json.dumps(said[key])
    digit = next(place for place, letter in enumerate(old) if letter in "123456")
    said[key] = json.loads(old[:digit] + "7" + old[digit + 1 :])
    (tmp_path / "own.json").write_text(json.dumps(said))
    for place in ("own.safetensors", "own.onnx"):
        with pytest.raises(CheckpointError, match=r"own\.json has changed since it was written"):
            Cleaner.from_checkpoint(tmp_path / place)
    with pytest.raises(CheckpointError, match=r"own\.json has changed since it was written"):
        checkpoint.load_host(tmp_path / "own.safetensors")
