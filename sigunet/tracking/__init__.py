"""What a run leaves behind: the local record always, W&B beside it, and runs compared.

    manifest.json     what was run: config, commit, versions, devices, data, command
    metrics.jsonl     one flat object a line
    samples/          pictures
    wandb/            the W&B run, offline or the local half of an online one

The local record is the truth: everything here works without a network, an account or wandb.
"""

from sigunet.atomic import write_json, write_text
from sigunet.tracking.board import Wandb
from sigunet.tracking.metrics_log import MetricsLog, read_metrics, thin
from sigunet.tracking.provenance import manifest, write_manifest
from sigunet.tracking.runs import compare
from sigunet.tracking.tracker import Tracker

__all__ = [
    "MetricsLog",
    "Tracker",
    "Wandb",
    "compare",
    "manifest",
    "read_metrics",
    "thin",
    "write_json",
    "write_manifest",
    "write_text",
]
