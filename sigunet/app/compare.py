"""Before and after in one frame, parted by a slider, or side by side."""

import functools
from collections.abc import Callable
from importlib import resources
from typing import Any

import streamlit as st

from sigunet.app.pictures import Shown


def compare(before: Shown, after: Shown, *, beside: bool, key: str) -> None:
    """Shows two pictures of one size.

    Args:
        before: The picture that was given.
        after: What came of it.
        beside: Whether side by side instead of in one frame.
        key: Of the component.
    """
    data = {
        "beside": beside,
        "width": before.width,
        "height": before.height,
        "before": {"url": before.url, "alt": before.alt},
        "after": {"url": after.url, "alt": after.alt},
    }
    _component()(data=data, key=key)


@functools.cache
def _component() -> Callable[..., Any]:
    html, css, script = (
        (resources.files("sigunet.app") / f"compare.{ending}").read_text("utf-8")
        for ending in ("html", "css", "js")
    )
    return st.components.v2.component("sigunet_compare", html=html, css=css, js=script)
