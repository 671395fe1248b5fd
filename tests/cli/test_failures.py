"""Every way in which a command line fails, in words and as an exit code."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from sent_tui.cli.failures import guarded
from sent_tui.cli.options import State
from sent_tui.cli.output import ReaderGoneError
from sent_tui.cli.root import root
from sent_tui.errors import DatabaseError, NetworkError, RefusedError, SentTuiError
from tests.cli.conftest import Cli, Make


def failing(error: BaseException) -> Callable[[], int]:
    def run() -> int:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (SentTuiError("No", "It is so.", "Do that."), 1, "sent-tui: No. It is so. Do that.\n"),
        (NetworkError("Down"), 5, "sent-tui: Down.\n"),
        (DatabaseError("Damaged"), 6, "sent-tui: Damaged.\n"),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "The system refused. No space left on device.\n"),
        (PermissionError(errno.EACCES, "Permission denied", "x"), 1, "The system refused. x: Permission denied.\n"),
        (click.ClickException("Told"), 1, "sent-tui: Told.\n"),
        (RefusedError("Shut"), 4, "sent-tui: Shut.\n"),
        (click.Abort(), 1, ""),
        (KeyboardInterrupt(), 130, ""),
        (ReaderGoneError(), 141, ""),
    ],
)
def test_errors_in_words(capsys: pytest.CaptureFixture[str], error: Exception, code: int, words: str) -> None:
    assert guarded(failing(error), State(), []) == code
    assert capsys.readouterr().err.endswith(words)


def test_an_unexpected_error_tells_where_and_nothing_private(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(failing(KeyError("+14155550123")), State(json=False), ["--json"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("sent-tui: Unexpected error. KeyError in test_failures.py, line ")
    assert "4155550123" not in told.err
    assert told.err.count("\n") == 1


def test_an_unexpected_error_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(failing(ValueError()), State(json=True), []) == 1
    assert capsys.readouterr().out.startswith('{"error": {"code": "failed", "title": "Unexpected error"')


def test_debugging_lets_unexpected_errors_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENT_TUI_DEBUG", "1")
    with pytest.raises(ValueError, match="x"):
        guarded(failing(ValueError("x")), State(), [])
    assert guarded(failing(NetworkError("Down")), State(), []) == 5


def test_an_error_of_the_rules_without_a_number(cli: Cli, add: Make) -> None:
    cli.done("contacts", "opt-out", add())
    error = cli("send", "+14155550100", "--text", "Hello", "--json").json["error"]
    assert set(error) == {"code", "title", "message", "hint"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nothing"], "No such command 'nothing'. Try `sent-tui --help`."),
        (["contacts", "lst"], "Try `sent-tui contacts --help`."),
        (["phone"], "Missing argument 'NUMBER'. Try `sent-tui phone --help`."),
        (["phone", "--jso", "1"], "No such option '--jso'. Did you mean '--json'? Try `sent-tui phone --help`."),
        (["contacts", "list", "--limit", "x"], "Invalid value for '--limit': x is no whole number from 0 on."),
        (["contacts", "list", "--offset", "-1"], "Invalid value for '--offset': -1 is no whole number from 0 on."),
        (["contacts", "list", "--channel", "fax"], "Invalid value for '--channel'"),
        (["contacts", "list", "--gateway", "none", "--json"], "No such gateway."),
    ],
)
def test_usage_errors(words: list[str], told: str, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    ran = cli(*words)
    assert ran.code == 2
    assert told in ran.err


def test_a_usage_error_as_json(cli: Cli) -> None:
    ran = cli("contacts", "list", "--nonsense", "--json")
    assert ran.code == 2
    assert ran.json["error"]["code"] == "usage"
    assert ran.json["error"]["title"] == "No such option '--nonsense'"


def test_a_value_that_looks_like_the_option(cli: Cli) -> None:
    ran = cli("send", "nobody", "--text", "--json")
    assert (ran.code, ran.out) == (3, "")


def test_a_group_alone_shows_its_help(cli: Cli) -> None:
    ran = cli("contacts")
    assert ran.code == 2
    assert ran.out == ""
    assert "Commands:\n" in ran.err


@pytest.mark.parametrize("words", [["contacts", "add", "+14155550101"], ["send", "+14155550100", "--text", "a"]])
def test_a_database_that_is_only_read(words: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SENT_TUI_DB", str(tmp_path / "a" / "contacts.db"))
    runner = Cli.__new__(Cli)
    runner.done("contacts", "add", "+14155550100")
    ran = runner("--read-only", *words)
    assert ran.code == 6
    assert "only be read" in ran.err
    assert runner.done("contacts", "list", "--count").out == "1\n"


def test_a_new_database_belongs_to_its_owner_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "contacts.db"
    runner = Cli.__new__(Cli)
    runner.done("contacts", "list", "--db", str(path))
    assert [place.stat().st_mode & 0o777 for place in (path, path.parent, path.parent.parent)] == [0o600, 0o700, 0o700]


def test_only_reading_makes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a" / "contacts.db"
    runner = Cli.__new__(Cli)
    assert runner.done("--read-only", "contacts", "list", "--db", str(path)).out == ""
    assert not path.parent.exists()


def test_a_damaged_database(tmp_path: Path) -> None:
    path = tmp_path / "contacts.db"
    path.write_bytes(b"no database\n")
    ran = Cli.__new__(Cli)("contacts", "list", "--db", str(path), "--json")
    assert ran.code == 6
    assert ran.json["error"]["code"] == "database"
    assert path.read_bytes() == b"no database\n"


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ran = Cli.__new__(Cli)("contacts", "list", "--db", str(tmp_path / "file" / "a" / "contacts.db"))
    assert ran.code == 6
    assert "cannot be made" in ran.err


def test_the_command_line_of_the_process_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["sent-tui", "phone", "+14155550123"])
    with pytest.raises(SystemExit) as ended:
        root.main()
    assert ended.value.code == 0
