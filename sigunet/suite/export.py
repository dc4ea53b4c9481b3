"""The suite's pictures as files, for programs that are run elsewhere."""

from collections.abc import Callable, Sequence
from pathlib import Path

from sigunet import image as images
from sigunet.suite.entries import picture_path
from sigunet.suite.run import chunks_of
from sigunet.suite.work import Source, Work


def export(
    sources: Sequence[Source],
    directory: str | Path,
    *,
    workers: int = 0,
    progress: Callable[[], None] | None = None,
) -> int:
    """Writes images/BASE/ROW/NAME.png, and the truth as gt/ with the same names, black on white.

    Args:
        sources: Of the pictures.
        directory: Made if missing.
        workers: As `run.run`.
        progress: Called after each picture.

    Returns:
        How many pictures were written.

    Raises:
        DataError: A file cannot be written, or pictures cannot be built or read.
    """
    count = 0
    for source in sources:
        for chunk in chunks_of(Work(source, score=False), workers):
            for worked in chunk:
                path = picture_path(source.base, worked)
                images.write(Path(directory) / "images" / path, worked.pixels)
                images.write(Path(directory) / "gt" / path, 255 * (~worked.truth).astype("uint8"))
                count += 1
                if progress is not None:
                    progress()
    return count
