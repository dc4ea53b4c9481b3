import re
import socket
import subprocess
import sys

import pytest

from sigunet.errors import ConfigError
from sigunet.server import Settings, run


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", 70_000),
        ("workers", 0),
        ("max_bytes", 0),
        ("max_pixels", 10**9),
        ("concurrency", 0),
        ("queue", 0),
        ("looks", "three"),
        ("timeout", 0.0),
        ("timeout", float("nan")),
    ],
)
def test_a_setting_that_cannot_be(name, value):
    with pytest.raises(ConfigError, match=re.escape(f"--{name.replace('_', '-')} {value}")):
        Settings(**{name: value})


def test_settings_reach_a_worker_whole():
    settings = Settings(port=0, checkpoint="somewhere else/ü", queue=7, timeout=2.5, looks="two")
    assert Settings.from_json(settings.to_json()) == settings


def test_a_port_that_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"127.0.0.1:{port} cannot be listened on"):
            run(Settings(port=port))


def test_an_address_that_is_not_ours():
    with pytest.raises(ConfigError, match="cannot be listened on"):
        run(Settings(host="192.0.2.1", port=0))


def test_a_checkpoint_that_is_missing_is_one_sentence(tmp_path):
    settings = Settings(port=0, checkpoint=str(tmp_path / "nothing"), workers=2)
    done = subprocess.run(
        [sys.executable, "-m", "sigunet.server", settings.to_json()],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 2 and not done.stdout
    assert done.stderr.startswith("sigunet: ") and done.stderr.count("\n") == 1
    assert "nothing" in done.stderr


def test_a_missing_extra_is_one_sentence():
    code = (
        "import sys; sys.modules['uvicorn'] = None\n"
        "from sigunet import server\n"
        "from sigunet.errors import MissingExtra\n"
        "try: server.run(server.Settings(port=0))\n"
        "except MissingExtra as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip().endswith("pip install 'sigunet[serve]'"), done
