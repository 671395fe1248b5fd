"""What is printed, and how wide it is."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO

import pytest

from sent_tui.cli import output

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("text", "wide"), [("abc", 3), ("漢字", 4), ("e\u0301", 1), ("Zoë", 3), ("👍", 2), ("a\u200db", 2), ("", 0)]
)
def test_width(text: str, wide: int) -> None:
    assert output.width(text) == wide
    assert output.width(output.pad(text, 6)) == 6


def test_a_table_is_aligned_by_width(capsys: pytest.CaptureFixture[str]) -> None:
    output.say_table(("A", "B"), [("漢字", "x"), ("abc", "y" * 300), ("a\nb", "")])
    head, first, second, third = capsys.readouterr().out.splitlines()
    assert (head, first) == ("A     B", "漢字  x")
    assert second.startswith("abc   yyy")
    assert second.endswith("…")
    assert third == "a⏎b"


def test_no_rows_no_head(capsys: pytest.CaptureFixture[str]) -> None:
    output.say_table(("A", "B"), [])
    assert capsys.readouterr().out == ""


def test_on_a_terminal_a_row_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("COLUMNS", "20")
    output.say_table(("A", "B"), [("abc", "y" * 50)])
    assert terminal.getvalue() == "A    B\nabc  yyyyyyyyyyyyyy…\n"


def test_closed_streams_are_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    monkeypatch.setattr("sys.stderr", None)
    output.say("x")
    output.note("x")
    output.say_table(("A", "B"), [("a", "b")])
    assert not output.is_watched()


def test_a_reader_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stdout", Gone())
    with pytest.raises(output.ReaderGoneError):
        output.say_json_lines([{"a": 1}])


def test_json_is_plain_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    output.say_json({"name": "Zoë\x1b\x7f\x9b\u202e\ud800"})
    assert capsys.readouterr().out == '{"name": "Zo\\u00eb\\u001b\\u007f\\u009b\\u202e\\ud800"}\n'


def test_facts_without_a_value_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    output.say_facts([("One", "1\n2"), ("Nothing", "")])
    output.say_facts([])
    assert capsys.readouterr().out == "One  1\n     2\n"
