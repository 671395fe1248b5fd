"""The entry point, in this process."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from io import StringIO, TextIOWrapper
from pathlib import Path

import pytest

from sent_tui import cli
from sent_tui.cli import delivery


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_the_command_line_runs_with_files_for_its_owner_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["sent-tui", "--version"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    assert os.umask(0o022) == 0o077


def test_a_sign_stands_for_what_cannot_be_encoded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.argv", ["sent-tui", "phone", "Zoë"])
    with (tmp_path / "err").open("wb") as file:
        narrow = TextIOWrapper(file, encoding="ascii", write_through=True)
        monkeypatch.setattr("sys.stderr", narrow)
        monkeypatch.setattr("sys.stdout", StringIO())
        with pytest.raises(SystemExit):
            cli.main()
        assert narrow.errors == "replace"


def test_closed_streams_leave_no_place_for_files(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def closed(stream: int) -> os.stat_result:
        if stream == 1:
            raise OSError
        return os.stat_result([0] * 10)

    monkeypatch.setattr("os.fstat", closed)
    monkeypatch.setattr("os.open", lambda path, flags: opened.append(path))
    cli._open_closed_streams()
    assert opened == [os.devnull]


def test_a_reader_that_is_gone_does_not_matter_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    gone = TextIOWrapper(os.fdopen(writer, "wb"))
    gone.write("unread")
    monkeypatch.setattr("sys.stdout", gone)
    monkeypatch.setattr("sys.stderr", None)
    cli._let_go()
    gone.close()
    assert sys.stderr is None


def test_waiting_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    delivery.pause(0.5)
    assert waited == [0.5]
