"""The HTTP service: `POST /v1/clean`, `GET /healthz`, `/metrics`, `/docs`.

A parent process (`supervisor`) holds the listening socket and starts workers (`worker`) again when
they die. In a worker, `protocol` bounds connections and headers, `upload` what is received, `lanes`
what is worked on at once, and `app` answers. Nothing of a request is kept or logged.
"""

from sigunet.server.settings import Settings
from sigunet.server.supervisor import run

__all__ = ["Settings", "run"]
