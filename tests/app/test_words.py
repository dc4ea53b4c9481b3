import pytest

pytest.importorskip("streamlit", reason="needs the extra app")

from sigunet.app import words


def test_plain_text_holds_no_markdown():
    text = "![a](http://example.org/b.png) :red[c] $d$ <e> **f**\n# g"
    escaped = words.plain(text)
    assert "\n" not in escaped
    for mark in "![](:$<*#/":
        assert escaped.replace(f"\\{mark}", "").count(mark) == 0
    assert escaped.replace("\\", "") == text.replace("\n", " ")


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.0, "less than 1\xa0%"), (0.5, "50\xa0%"), (0.99, "99\xa0%"), (1.0, "more than 99\xa0%")],
)
def test_percent_is_never_surer_than_it_can_be(share, said):
    assert words.percent(share) == said


def test_sizes_are_for_people():
    assert [words.size(count) for count in (999, 2500, 3_200_000)] == [
        "999 bytes",
        "2.5 kB",
        "3.2 MB",
    ]
