"""Checkpoints with Orbax: weights, optimiser, and all that is needed to use them again.

A step's folder holds `weights` (variables and their average), `training` (optimiser and counters)
and `meta` (config, threshold, metrics, data digest, version, checksums). Kept are the two latest
steps and the one with the best validation IoU. No other room imports Orbax.
"""

from sigunet.checkpoint.layout import Meta, candidates, find, read_meta
from sigunet.checkpoint.loading import export_weights, initial_weights, load, load_host
from sigunet.checkpoint.saving import Checkpoints

__all__ = [
    "Checkpoints",
    "Meta",
    "candidates",
    "export_weights",
    "find",
    "initial_weights",
    "load",
    "load_host",
    "read_meta",
]
