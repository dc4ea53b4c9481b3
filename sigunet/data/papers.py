"""The user's own scans that a recipe lays under signatures: looked over before a run draws them."""

import logging

from sigunet import image
from sigunet.data import scans
from sigunet.errors import DataError
from sigunet.noise import Recipe, documents

_log = logging.getLogger(__name__)


def look_over(recipe: Recipe) -> None:
    """Opens the header of every scan that a recipe may draw; nothing is decoded.

    What a cut behind the header spoils shows when it is drawn, where the next scan takes its place.

    Args:
        recipe: Of the noise. A warning counts the scans that cannot be used.

    Raises:
        DataError: If a folder of `documents` is missing, or holds no scan that can be used.
    """
    for path in documents.folders(recipe):
        _look_over(path)


def _look_over(path: str) -> None:
    files = documents.files(path)
    errors = []
    for file in scans.shown(files.values(), "looking at scans", total=len(files)):
        try:
            image.check_header(file)
        except DataError as error:
            errors.append(str(error).rstrip("."))
    if not errors:
        return
    sentence = f"{len(errors)} of {len(files)} scans in {path} cannot be used ({errors[0]}"
    sentence += ", for one)" if len(errors) > 1 else ")"
    if len(errors) == len(files):
        raise DataError(f'{sentence}; check documents(path="...") in the recipe.')
    _log.warning("%s; they are left out.", sentence)
