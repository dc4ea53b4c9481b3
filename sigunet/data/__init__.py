"""Signatures in, training pairs out: data sets, examples by position, and two loaders."""
