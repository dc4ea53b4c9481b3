"""Serves the page: on this machine alone, watching nothing and telling nobody."""

import ipaddress
import socket
import sys
from pathlib import Path
from typing import Any

from sigunet.app import network
from sigunet.errors import ConfigError, require

SCRIPT = Path(__file__).with_name("script.py")
"""What Streamlit runs for each visitor."""

UPLOAD_MB = 50
"""Largest file that the page takes, in megabytes."""

_LOCAL = ("localhost", "127.0.0.1", "::1")


def run(
    *, host: str = "127.0.0.1", port: int = 8501, checkpoint: str = "base", backend: str = "auto"
) -> int:
    """Serves the page until it is interrupted.

    Args:
        host: Address to listen on; any but one of this machine alone opens the page to the network.
        port: Port to listen on.
        checkpoint: The network, see `Cleaner.from_checkpoint`.
        backend: Likewise.

    Returns:
        The exit code, 0.

    Raises:
        MissingExtra: If Streamlit is not installed.
        CheckpointError: If the network cannot be loaded.
        ConfigError: If nothing can listen there.
    """
    bootstrap = require("streamlit.web.bootstrap", "app")
    _check_free(host, port)
    # Loaded before anything is served, so that what is wrong with it is told here.
    network.load(checkpoint, backend)
    address = f"[{host}]" if ":" in host else host
    print(f"sigunet: the page is at http://{address}:{port} (Ctrl+C stops it)", flush=True)
    if not _is_local(host):
        print(
            f"sigunet: whoever reaches {host} in the network can use it; there is no password.",
            file=sys.stderr,
        )
    options = settings(host, port)
    bootstrap.load_config_options(options)
    bootstrap.run(str(SCRIPT), False, [checkpoint, backend], options)
    return 0


def settings(host: str, port: int) -> dict[str, Any]:
    """Returns Streamlit's options; they win over a config.toml and the environment.

    Args:
        host: Address to listen on.
        port: Port to listen on.
    """
    return {
        "server.address": host,
        "server.port": port,
        "server.headless": True,
        "server.showEmailPrompt": False,
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        "server.allowRunOnSave": False,
        "server.enableCORS": True,
        "server.enableXsrfProtection": True,
        "server.enableStaticServing": False,
        "server.maxUploadSize": UPLOAD_MB,
        # A page of another site whose name is made to lead here is turned away.
        "server.allowedHosts": list(_LOCAL) if _is_local(host) else [],
        "browser.gatherUsageStats": False,
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        "client.toolbarMode": "minimal",
        "global.developmentMode": False,
        "logger.hideWelcomeMessage": True,
        "logger.level": "error",
        "logger.enableRich": False,
        "runner.magicEnabled": False,
        "theme.light.primaryColor": "#1f4e9c",
        "theme.dark.primaryColor": "#3f76c9",
    }


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_free(host: str, port: int) -> None:
    if not 1 <= port <= 65_535:
        raise ConfigError(f"--port {port} is no port; use one from 1 to 65535.")
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # As the server does: a port that has just been left is free.
            if sys.platform != "win32":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
            probe.listen(1)
    except OSError as error:
        raise ConfigError(
            f"Nothing can listen on {host}, port {port} ({error.strerror or error}); "
            f"choose another with --host and --port."
        ) from error
