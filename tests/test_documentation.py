"""What the documentation names is there: commands, options, config keys, files and headings."""

import re
import shlex
from pathlib import Path

import pytest

from sigunet import cli
from sigunet import config as config_lib

ROOT = Path(__file__).parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "SECURITY.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
# Commands of an experiment are those of its day; where they lead must still be there.
LINKED = [*PAGES, *sorted((ROOT / "experiments").rglob("*.md"))]


def _commands(page):
    """The `sigunet` commands of a page, in indented blocks and between backticks."""
    text = page.read_text("utf-8").replace("\\\n", " ")
    blocks = re.findall(r"^    .*?\b(sigunet [a-z].*)$", text, re.MULTILINE)
    # What stands in a sentence without an option is a verb's name.
    said = re.findall(r"`(sigunet [a-z]+ (?!--help)[^`]+)`", text.replace("\n", " "))
    for command in blocks + said:
        words = shlex.split(command, comments=True)
        ends = [words.index(word) for word in ("|", ">", "&&") if word in words]
        yield words[1 : min(ends, default=len(words))]


def _anchor(heading):
    """As GitHub names it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


_COMMANDS = [
    pytest.param(words, id=f"{page.name}: {' '.join(words)[:60]}")
    for page in PAGES
    for words in _commands(page)
]


@pytest.mark.parametrize("words", _COMMANDS)
def test_commands_are_understood(words, monkeypatch):
    monkeypatch.chdir(ROOT)
    arguments, overrides = cli._split_overrides(words)
    options = cli._parser().parse_args(arguments)
    if overrides:
        config_lib.load(options.config, overrides)


def test_there_are_commands_to_try():
    assert sum(len(list(_commands(page))) for page in PAGES) > 30
    verbs = {words[0] for page in PAGES for words in _commands(page)}
    assert verbs >= {"clean", "train", "evaluate", "serve", "app", "export", "preview", "runs"}


@pytest.mark.parametrize("page", LINKED, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        assert place.exists(), f"{page.name}: {target}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", place.read_text("utf-8"), re.MULTILINE)
            assert anchor in map(_anchor, headings), f"{page.name}: {target}"
