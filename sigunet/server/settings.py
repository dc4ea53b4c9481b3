"""What the service is allowed to do, checked before anything starts."""

import json
import math
from dataclasses import asdict, dataclass
from typing import Self

from sigunet.arguments import LOOKS
from sigunet.errors import ConfigError
from sigunet.machine import cores
from sigunet.reading import MAX_PIXELS

LARGE = 4_000_000
"""Pixels above which a picture is worked on in the lane of large ones, as `Cleaner` has it."""

CONNECTIONS = 512
"""Open connections of one worker; over it, 503."""

HEADER_BYTES = 16_384
"""Longest request line and headers together."""

HEADER_SECONDS = 10.0
"""Longest time for a client to send the head of its request."""

KEEP_ALIVE_SECONDS = 15
"""How long a connection stays open without a request."""

_LEAST_HELD = 256_000_000  # bytes


@dataclass(frozen=True)
class Settings:
    """The service's settings; every limit is that of one worker.

    Attributes:
        host: Address to listen on; 127.0.0.1 is reached from this machine alone.
        port: To listen on; 0 takes a free one.
        checkpoint: The network, see `Cleaner.from_checkpoint`.
        backend: Likewise.
        looks: Likewise, where a request does not say.
        workers: Processes.
        max_bytes: Largest picture file.
        max_pixels: Largest picture, going in or coming out.
        concurrency: Pictures worked on at once, besides one large one; None takes the cores there
            are for each worker.
        queue: Pictures that wait; one more is refused with 503. A quarter as many large ones may.
        timeout: s that an upload may take, and then as many for the work, waiting included.

    Raises:
        ConfigError: On construction, if one cannot be used.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    checkpoint: str = "base"
    backend: str = "auto"
    looks: str = "auto"
    workers: int = 1
    max_bytes: int = 16_000_000
    max_pixels: int = 25_000_000
    concurrency: int | None = None
    queue: int = 32
    timeout: float = 60.0

    def __post_init__(self):
        _check("port", self.port, 0, 65_535)
        _check("workers", self.workers, 1, 256)
        _check("max-bytes", self.max_bytes, 1, 500_000_000)
        _check("max-pixels", self.max_pixels, 1, MAX_PIXELS)
        _check("queue", self.queue, 1, 10_000)
        if self.concurrency is not None:
            _check("concurrency", self.concurrency, 1, 256)
        if self.looks not in LOOKS:
            raise ConfigError(f"--looks {self.looks} must be one of {', '.join(LOOKS)}.")
        if not (math.isfinite(self.timeout) and 0 < self.timeout <= 3600):
            raise ConfigError(f"--timeout {self.timeout} must lie between 0 and 3,600 s.")

    @property
    def threads(self) -> int:
        """Pictures worked on at once, besides one large one."""
        return self.concurrency or max(1, cores() // self.workers)

    @property
    def large_queue(self) -> int:
        """Large pictures that wait."""
        return max(1, self.queue // 4)

    @property
    def held_bytes(self) -> int:
        """Bytes of all uploads held at once; one more is refused with 503."""
        return max(_LEAST_HELD, 4 * self.max_bytes)

    def to_json(self) -> str:
        """Writes them for a worker."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Reads what `to_json` wrote."""
        return cls(**json.loads(text))


def _check(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ConfigError(f"--{name} {value} must lie between {least:,} and {most:,}.")
