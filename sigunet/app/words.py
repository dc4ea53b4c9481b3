"""Sentences of the page."""

import re

from sigunet.cleaning import Result

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def plain(text: str) -> str:
    r"""Writes text so that Markdown shows it as it is.

    A file name could otherwise bring links, formulas and pictures of other sites into the page.

    Args:
        text: Any text.
    """
    return _PUNCTUATION.sub(r"\\\1", " ".join(text.split()))


def percent(share: float) -> str:
    """Writes a share in words that do not claim to be surer than they can be.

    Args:
        share: In [0, 1].
    """
    if share > 0.99:
        return "more than 99\N{NO-BREAK SPACE}%"
    if share < 0.01:
        return "less than 1\N{NO-BREAK SPACE}%"
    return f"{share:.0%}".replace("%", "\N{NO-BREAK SPACE}%")


def verdict(result: Result) -> tuple[str, str]:
    """Says whether there is a signature, and how certain that is.

    Args:
        result: A cleaned picture.

    Returns:
        What was found, and the rest; plain text.
    """
    likely = f"The network puts the chance that there is one at {percent(result.certainty)}."
    return {
        "signature": ("A signature was found.", likely),
        "empty": ("No signature was found.", likely),
        "unsure": (
            "There may be a signature here.",
            f"{likely} Look at the result before you use it.",
        ),
    }[result.verdict]


def size(count: int) -> str:
    """Writes a number of bytes for people."""
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1000:,.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:,.1f} MB"
