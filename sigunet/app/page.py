"""The page: two tabs, and what holds for both."""

import functools
from collections.abc import Callable
from importlib import resources

import streamlit as st
from PIL import Image

from sigunet.app import clean_tab, network, noise_tab, pens
from sigunet.app.session import guarded
from sigunet.cleaning import Cleaner


def show(checkpoint: str = "base", backend: str = "auto") -> None:
    """Shows the page to one visitor.

    Args:
        checkpoint: The network, see `Cleaner.from_checkpoint`.
        backend: Likewise.
    """
    st.set_page_config("sigunet: clean a signature", page_icon=_icon(), layout="wide")
    st.html(f"<style>{_style()}</style>")
    st.title("sigunet", anchor=False)
    st.write(
        "The ink of a handwritten signature, without paper, print, stamps and noise. "
        "Pictures stay on the machine that runs this page, and are forgotten when it is closed."
    )
    with guarded():
        cleaner = network.load(checkpoint, backend)
        clean, noise = st.tabs(["Clean", "Noise"])
        with clean:
            _alone(clean_tab.show)(cleaner)
        with noise:
            _alone(noise_tab.show)(cleaner)


def _alone(tab: Callable[[Cleaner], None]) -> Callable[[Cleaner], None]:
    """Makes a fragment of a tab: what is done in one does not run the other again."""

    @st.fragment
    @functools.wraps(tab)
    def guarded_tab(cleaner: Cleaner) -> None:
        with guarded():
            tab(cleaner)

    return guarded_tab


@functools.cache
def _style() -> str:
    return (resources.files("sigunet.app") / "page.css").read_text("utf-8")


@functools.cache
def _icon() -> Image.Image:
    # A picture of our own: Streamlit fetches emoji from another site.
    return pens.icon()
