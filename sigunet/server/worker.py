"""One worker: loads the network, then serves on the socket that the supervisor holds."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys

import uvicorn

from sigunet.errors import SigunetError
from sigunet.server import logs, work
from sigunet.server.app import Service, create_app
from sigunet.server.protocol import BoundedProtocol
from sigunet.server.settings import HEADER_BYTES, KEEP_ALIVE_SECONDS, Settings

CANNOT_START = 2
"""Exit code where a sentence says why."""

STUCK = 70
"""Exit code of a worker that gave up since a thread did not come back."""

_LOOK_EVERY = 1.0  # s


def main() -> None:
    """Runs a worker; arguments: the settings, and descriptors of the socket and of two pipes."""
    settings = Settings.from_json(sys.argv[1])
    listener, ready, lifeline = map(int, sys.argv[2:])
    # Until it serves there is nothing to finish, and after that nothing to clean up: threads that
    # do not come back would hold up every other way to end.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    logs.configure()
    try:
        cleaners = work.load(settings)
    except SigunetError as error:
        print(f"sigunet: {error}", file=sys.stderr, flush=True)
        sys.exit(CANNOT_START)
    app = create_app(settings, cleaners)
    server = uvicorn.Server(server_config(app, settings))
    with socket.socket(fileno=listener) as sock:
        stuck = asyncio.run(_serve(server, app.state.service, sock, ready, lifeline))
    sys.stderr.flush()
    os._exit(STUCK if stuck else 0)


def server_config(app: object, settings: Settings) -> uvicorn.Config:
    """Sets uvicorn up.

    Args:
        app: The application.
        settings: Limits.
    """
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        loop="asyncio",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=HEADER_BYTES,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        # An upload and the work on it may both be in flight.
        timeout_graceful_shutdown=max(1, round(2 * settings.timeout)),
    )


async def _serve(
    server: uvicorn.Server, service: Service, sock: socket.socket, ready: int, lifeline: int
) -> bool:
    """Serves until told to stop; returns whether a thread is stuck."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(logs.quiet_loop)

    def stop() -> None:
        loop.remove_reader(lifeline)
        server.should_exit = True

    # It becomes readable when the supervisor is gone.
    loop.add_reader(lifeline, stop)
    os.write(ready, b"1")
    os.close(ready)
    watching = asyncio.create_task(_watch(server, service))
    await server.serve(sockets=[sock])
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        return await watching
    return False


async def _watch(server: uvicorn.Server, service: Service) -> bool:
    """Ends the worker once a thread is stuck; the supervisor starts another."""
    while not service.stuck:
        await asyncio.sleep(_LOOK_EVERY)
    logging.getLogger("sigunet.server").error("A picture has not come back: the worker gives up.")
    server.should_exit = True
    return True


if __name__ == "__main__":
    main()
