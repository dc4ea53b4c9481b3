"""Configs by name: `--config default` is this folder's default.py."""
