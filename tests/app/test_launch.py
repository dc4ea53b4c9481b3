import socket

import pytest

pytest.importorskip("streamlit", reason="needs the extra app")

from streamlit import config

from sigunet import app
from sigunet.app.launch import settings
from sigunet.errors import CheckpointError, ConfigError


def test_streamlit_knows_every_option():
    known = config.get_config_options()
    assert set(settings("127.0.0.1", 8501)) <= set(known)


def test_nothing_is_told_or_opened():
    options = settings("127.0.0.1", 8501)
    assert options["server.address"] == "127.0.0.1"
    assert options["browser.gatherUsageStats"] is False
    assert options["server.enableXsrfProtection"] is True
    assert options["server.fileWatcherType"] == "none"
    assert options["client.showErrorDetails"] == "none"
    assert "example.org" not in options["server.allowedHosts"] != []


def test_a_port_that_is_taken_is_a_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ConfigError, match=r"Nothing can listen on 127\.0\.0\.1, port \d+ "):
            app.run(port=taken.getsockname()[1])


@pytest.mark.parametrize("port", [0, 70_000])
def test_a_port_out_of_range_is_a_sentence(port):
    with pytest.raises(ConfigError, match=f"{port} is no port"):
        app.run(port=port)


def test_a_host_that_is_none_is_a_sentence():
    with pytest.raises(ConfigError, match="Nothing can listen on"):
        app.run(host="256.1.1.1")


def test_a_missing_network_is_told_before_anything_is_served(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(CheckpointError, match="nowhere"):
        app.run(port=port, checkpoint=str(tmp_path / "nowhere"))
