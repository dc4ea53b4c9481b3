"""The user's own scans that a recipe lays under signatures: looked over and digested before a run."""

import logging

from sigunet import image
from sigunet.data import scans
from sigunet.data.folder import hash_files
from sigunet.data.plan import digest_of
from sigunet.errors import DataError
from sigunet.noise import Recipe, documents

_log = logging.getLogger(__name__)


def look_over(recipe: Recipe) -> list[str]:
    """Opens the header of every scan that a recipe may draw, and digests them; nothing is decoded.

    What a cut behind the header spoils shows when it is drawn, where the next scan takes its place.

    Args:
        recipe: Of the noise. A warning counts the scans that cannot be used.

    Returns:
        A digest of the names and contents of each folder's scans, in the recipe's order.

    Raises:
        DataError: If a folder of `documents` is missing, or holds no scan that can be used.
    """
    return [_look_over(path) for path in documents.folders(recipe)]


def _look_over(path: str) -> str:
    files = documents.files(path)
    bad = {}
    for name, file in scans.shown(files.items(), "looking at scans", total=len(files)):
        try:
            image.check_header(file)
        except DataError as error:
            bad[name] = str(error).rstrip(".")
    good = {name: file for name, file in files.items() if name not in bad}
    if bad:
        first = next(iter(bad.values())) + (", for one" if len(bad) > 1 else "")
        sentence = f"{len(bad)} of {len(files)} scans in {path} cannot be used ({first})"
        if not good:
            raise DataError(f'{sentence}; check documents(path="...") in the recipe.')
        _log.warning("%s; they are left out.", sentence)
    # Which scan is drawn hangs on how many there are, bad ones too; some of them cannot be opened.
    return digest_of("documents", files=hash_files(good), bad=sorted(bad))
