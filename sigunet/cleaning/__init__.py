"""Cleaning: any picture of a signature to ink."""

from sigunet.cleaning.cleaner import Cleaner

__all__ = ["Cleaner"]
