"""Cleaning: any picture of a signature to ink."""

from sigunet.cleaning.api import clean
from sigunet.cleaning.cleaner import Cleaner
from sigunet.cleaning.options import Options
from sigunet.cleaning.result import Result

__all__ = ["Cleaner", "Options", "Result", "clean"]
