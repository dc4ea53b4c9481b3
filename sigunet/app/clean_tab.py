"""The tab that cleans a picture."""

import io
import re
from dataclasses import dataclass
from pathlib import PurePath

import streamlit as st
from PIL import Image

from sigunet.app import choices, pens, verdict, words
from sigunet.app.compare import compare
from sigunet.app.pictures import figures, shown, shown_file
from sigunet.app.session import once
from sigunet.cleaning import Cleaner, Options, Result
from sigunet.cleaning.inputs import count_pages
from sigunet.cleaning.options import MEDIA_TYPE, SUFFIX
from sigunet.errors import OptionError

TYPES = ("png", "jpg", "jpeg", "tif", "tiff", "webp", "bmp", "gif", "pdf")
"""Endings of the files that are taken."""

_VIEW_BOX = re.compile(rb'viewBox="0 0 (\d+) (\d+)"')

_SLIDER, _BESIDE = "With a slider", "Side by side"


@dataclass(frozen=True)
class Picked:
    """A picture to clean.

    Attributes:
        key: Another one for another picture.
        name: Its file name.
        data: The bytes of the file.
    """

    key: str
    name: str
    data: bytes

    def file(self) -> io.BytesIO:
        """Opens it, with the name that sentences call it by."""
        file = io.BytesIO(self.data)
        file.name = self.name
        return file


def show(cleaner: Cleaner) -> None:
    """Shows the tab.

    Args:
        cleaner: Cleans.
    """
    picked = _pick()
    # Both are there from the first run on, so that the verdict never changes its place.
    above, said = st.container(), st.container()
    if picked is None:
        with said:
            verdict.show(None)
        st.info("Choose a picture of a signature, or use an example, to see what becomes of it.")
        return
    try:
        with above:
            page = _page(picked)
        left, right = st.columns([2, 1], gap="large")
        with right:
            options, problem = _options(cleaner)
        result = _clean(cleaner, picked, page, options)
    except Exception:
        with said:
            verdict.show(None)
        raise
    with said:
        verdict.show(result, about=f"{picked.key}, {page}")
    with left:
        for note in result.notes:
            st.info(words.plain(note))
        _compare(result, options)
        if not problem:
            data = result.encode()
            _show_file(result, data)
    with right:
        if problem:
            st.error(words.plain(problem))
        else:
            _offer(picked, result, data)


def _pick() -> Picked | None:
    upload = st.file_uploader(
        "Picture of a signature",
        type=list(TYPES),
        key="upload",
        on_change=lambda: st.session_state.pop("example", None),
        help="A scan, a photograph or a page of a PDF; it stays in memory only.",
    )
    number = st.session_state.get("example")
    label = "Use an example" if number is None else "Use another example"
    st.button(label, key="use_example", on_click=_next_example)
    if number is not None:
        return Picked(f"example {number}", f"example-{number + 1}.png", pens.example(number))
    if upload is None:
        return None
    return Picked(upload.file_id, upload.name, upload.getvalue())


def _next_example() -> None:
    st.session_state["example"] = st.session_state.get("example", -1) + 1


def _page(picked: Picked) -> int:
    """Asks for the page of a PDF that has several, from 0."""
    pages = once("pages", picked.key, lambda: count_pages(picked.file()))
    if pages == 1:
        return 0
    return st.number_input(f"Page, of {pages}", 1, pages, key=f"page of {picked.key}") - 1


def _options(cleaner: Cleaner) -> tuple[Options, str | None]:
    """Asks for options; those that cannot be used are replaced by the usual ones, with a sentence."""
    try:
        return choices.ask(cleaner.threshold), None
    except OptionError as error:
        return Options(), str(error)


def _clean(cleaner: Cleaner, picked: Picked, page: int, options: Options) -> Result:
    """Cleans a picture, or writes what was found in it otherwise."""

    def run() -> Result:
        with st.spinner("Cleaning…"):
            return cleaner.clean(picked.file(), page=page)

    return once("cleaned", (picked.key, page), run).with_options(options)


def _compare(result: Result, options: Options) -> None:
    view = st.radio("Compare", [_SLIDER, _BESIDE], horizontal=True, key="view")
    # In the size that it was given in, whatever becomes of it in the file.
    plain = Options(
        format="rgba" if options.format == "svg" else options.format,
        threshold=options.threshold,
        ink=options.ink or ("#000000" if options.format == "svg" else None),
    )
    height, width = result.raw.shape
    before = shown(result.picture, f"The picture as it was given, {width} by {height} pixels")
    after = shown(result.with_options(plain).render(), "The ink that was found, on white")
    compare(before, after, beside=view == _BESIDE, key="compare")


def _show_file(result: Result, data: bytes) -> None:
    media_type = MEDIA_TYPE[result.options.format]
    width, height = size = _size(data, media_type)
    kind = _kind(result.options.format)
    caption = f"The file: {kind}, {width} by {height} pixels, {words.size(len(data))}"
    if not _differs(result.options):
        st.write(words.plain(caption))
        return
    picture = shown_file(data, media_type, size, f"{caption}, as it is downloaded")
    if picture is None:
        st.write(words.plain(f"{caption}; too large to be shown here."))
    else:
        figures([(caption, picture)])


def _differs(options: Options) -> bool:
    """Whether the file shows something else than the comparison does."""
    moved = options.crop or options.pad or options.size or options.max_bytes
    return bool(moved or options.format == "svg")


def _kind(format_: str) -> str:
    return "SVG" if format_ == "svg" else "PNG"


def _size(data: bytes, media_type: str) -> tuple[int, int]:
    """Reads (width, height) in px off a file of our own making."""
    if media_type == "image/png":
        return Image.open(io.BytesIO(data)).size
    width, height = _VIEW_BOX.search(data[:1000]).groups()
    return int(width), int(height)


def _offer(picked: Picked, result: Result, data: bytes) -> None:
    format_ = result.options.format
    name = f"{PurePath(picked.name).stem}.clean{SUFFIX[format_]}"
    st.download_button(
        f"Download {_kind(format_)}",
        data,
        file_name=name,
        mime=MEDIA_TYPE[format_],
        type="primary",
        on_click="ignore",
        width="stretch",
        key="download",
    )
