"""Components of our own: HTML, style and script that lie beside this file."""

import functools
from collections.abc import Callable
from importlib import resources
from typing import Any

import streamlit as st


@functools.cache
def component(name: str, *, isolated: bool = True) -> Callable[..., Any]:
    """Returns what puts a component onto the page.

    Args:
        name: Of its files, NAME.html, NAME.css and NAME.js.
        isolated: Whether it lies in a shadow tree, where its style meets nothing else.
    """
    html, css, script = (
        (resources.files("sigunet.app") / f"{name}.{ending}").read_text("utf-8")
        for ending in ("html", "css", "js")
    )
    return st.components.v2.component(
        f"sigunet_{name}", html=html, css=css, js=script, isolate_styles=isolated
    )
