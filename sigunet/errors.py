"""Errors that are sentences: what is wrong, where, and what to do."""

import importlib
from types import ModuleType


class SigunetError(Exception):
    """An error the user can act on; the command line prints it as one line, without a traceback."""


class ConfigError(SigunetError):
    """A config key, value or recipe that cannot be used."""


class DataError(SigunetError):
    """A picture, folder or data set that cannot be read or used."""


class PictureError(DataError):
    """A picture that cannot be read: empty, damaged or cut off.

    Attributes:
        status: The HTTP status a service answers with.
    """

    status: int = 400


class TooLarge(PictureError):
    """A picture of more bytes, pixels or length than are read."""

    status = 413


class Unsupported(PictureError):
    """Something that is no picture, or one of a kind that is not read."""

    status = 415


class OptionError(ConfigError):
    """An option of cleaning that cannot be used.

    Attributes:
        status: The HTTP status a service answers with.
    """

    status: int = 422


class CheckpointError(SigunetError):
    """A checkpoint that is missing, damaged or of another network."""


class MissingExtra(SigunetError):
    """A part of sigunet whose optional dependencies are not installed."""


class TrainingStopped(SigunetError):
    """A run that stopped itself, for example on a non-finite loss."""


def one_line(text: object) -> str:
    """Brings a message to one line of a terminal or a log, whatever is in the names it speaks of."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(text))


def require(module: str, extra: str) -> ModuleType:
    """Imports an optional dependency.

    Args:
        module: Dotted name of the module to import.
        extra: The extra of this package that brings it.

    Returns:
        The imported module.

    Raises:
        MissingExtra: If the module is not installed; the message holds the pip command.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not module.startswith(error.name.split(".")[0]):
            raise
        raise MissingExtra(
            f"This needs {module.split('.')[0]}, which is not installed: "
            f"pip install 'sigunet[{extra}]'"
        ) from error
