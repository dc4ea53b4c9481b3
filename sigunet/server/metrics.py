"""What the service counts, for Prometheus; nothing of a picture or a client is in it."""

import os

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
    multiprocess,
)

_COUNTS = "PROMETHEUS_MULTIPROC_DIR"  # where workers share their counts, set by the supervisor
_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """The counts of one worker."""

    def __init__(self):
        # Of several workers whichever answers tells the counts of all.
        self._shared = bool(os.environ.get(_COUNTS))
        registry = self._registry = CollectorRegistry()
        if self._shared:
            multiprocess.MultiProcessCollector(registry)
            registry = None
        else:
            ProcessCollector(registry=registry)
        self.requests = Counter(
            "sigunet_requests",
            "Requests by path and status.",
            ["path", "status"],
            registry=registry,
        )
        self.seconds = Histogram(
            "sigunet_request_seconds",
            "Time from the head of a request to clean a picture to the end of its answer.",
            buckets=_SECONDS,
            registry=registry,
        )
        self.pixels = Counter("sigunet_pixels", "Pixels of cleaned pictures.", registry=registry)
        self.in_flight = Gauge(
            "sigunet_in_flight",
            "Requests to clean a picture that are not answered yet.",
            multiprocess_mode="livesum",
            registry=registry,
        )
        self.waiting = Gauge(
            "sigunet_queue_length",
            "Pictures that wait.",
            ["lane"],
            multiprocess_mode="livesum",
            registry=registry,
        )
        self.working = Gauge(
            "sigunet_working",
            "Pictures that are worked on.",
            ["lane"],
            multiprocess_mode="livesum",
            registry=registry,
        )

    def text(self) -> tuple[bytes, str]:
        """Returns the text for Prometheus, and its media type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST
