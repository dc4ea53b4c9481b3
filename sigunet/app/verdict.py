"""The verdict in a box, told to those who cannot see it.

Streamlit's boxes will not do: each is put into the page with its text in it, and a screen reader tells
what changes within a region that is there already. `st.success` and `st.info` have the role status,
`st.warning` and `st.error` the role alert, so that the verdicts would not even be told alike.
"""

from sigunet.app import words
from sigunet.app.components import component
from sigunet.cleaning import Result


def show(result: Result | None, *, about: str = "") -> None:
    """Shows a verdict, and has it told once for each picture and each change.

    It has to be called in every run, at the same place of the page: the box is there, without text,
    while there is no verdict.

    Args:
        result: A cleaned picture; None if there is none.
        about: Another text for another picture, whose verdict is told even if it reads the same.
    """
    kind, headline, more = "none", "", ""
    if result is not None:
        kind, (headline, more) = result.verdict, words.verdict(result)
    data = {"about": about, "kind": kind, "headline": headline, "more": more}
    # Screen readers are not all good at regions in a shadow tree.
    component("verdict", isolated=False)(data=data, key="verdict")
