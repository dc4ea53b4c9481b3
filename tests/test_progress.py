import io
import sys

from sigunet.progress import Progress


class _Terminal(io.StringIO):
    def isatty(self):
        return True


def _terminal(monkeypatch):
    """Standard output and error on one terminal."""
    screen = _Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setattr(sys, "stderr", screen)
    return screen


def test_lines_stand_above_the_bar(monkeypatch):
    terminal = _terminal(monkeypatch)
    with Progress("cleaning", 3, unit="pictures") as bar:
        bar.advance()
        bar.tell("a.png")
        bar.say("a sentence")
        bar.advance()
    # A bar is drawn from the beginning of a line; what is told begins one of its own.
    lines = [line.rsplit("\r", 1)[-1] for line in terminal.getvalue().split("\n")]
    assert "a.png" in lines and "a sentence" in lines
    assert "cleaning" in lines[-2] + lines[-1]


def test_one_step_has_no_bar(monkeypatch):
    terminal = _terminal(monkeypatch)
    with Progress("cleaning", 1, unit="pictures") as bar:
        bar.tell("a.png")
        bar.advance()
    assert terminal.getvalue() == "a.png\n"


def test_quiet_says_nothing_and_still_tells(capsys):
    with Progress("cleaning", 3, unit="pictures", quiet=True) as bar:
        bar.say("a sentence")
        bar.tell("a.png")
    said = capsys.readouterr()
    assert said.out == "a.png\n" and not said.err


def test_letters_that_output_lacks_are_escaped(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, "ascii", write_through=True))
    bar = Progress("cleaning", 1, unit="pictures")
    bar.tell("plain.png")
    bar.tell("grün-\udcfc.png")
    assert raw.getvalue() == b"plain.png\ngr\\xfcn-\\udcfc.png\n"
    monkeypatch.setattr(sys, "stdout", None)
    bar.tell("nobody listens")
