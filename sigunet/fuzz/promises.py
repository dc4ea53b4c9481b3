"""What every target promises, and what is raised where it is not kept."""

ENDS = (".", "'sigunet[pdf]'")
"""How a sentence ends: with a stop, or with what is to be installed."""

LONGEST = 400
"""Characters of a sentence."""


class Violation(Exception):
    """A promise that was broken."""


def check_sentence(text: object, *, ends: tuple[str, ...] = ENDS, most: int = LONGEST) -> None:
    """Holds what a user is told against what a sentence is.

    Args:
        text: What is told.
        ends: How it may end.
        most: Characters, at the most.

    Raises:
        Violation: If it is no printable sentence, or speaks of the program's insides.
    """
    if not (isinstance(text, str) and text.isprintable() and text.endswith(ends)):
        raise Violation(f"no sentence: {text!r}")
    if len(text) > most or "Traceback" in text or " object at 0x" in text:
        raise Violation(f"no sentence: {text!r}")
