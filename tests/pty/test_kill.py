"""sent-tui killed while a message is written, and while it waits in the outbox."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from signal import SIGKILL
from typing import TYPE_CHECKING

from tests.pty.terminal import Terminal

from sent_tui.core.message import Message
from sent_tui.store.tinydb import TinyDBRepository

if TYPE_CHECKING:
    from pathlib import Path

CTRL_S = "\x13"


def command(database: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "sent_tui", "--db", str(database), *more]


def messages(database: Path) -> list[Message]:
    with closing(TinyDBRepository(database)) as repository:
        return list(repository.messages())


def test_the_draft_and_the_outbox_outlast_a_kill(env: dict[str, str], tmp_path: Path) -> None:
    database = tmp_path / "contacts.db"
    env |= {"SENT_TUI_OUTBOX_SECONDS": "60"}
    subprocess.run(command(database, "contacts", "add", "+14155550101"), env=env, check=True, capture_output=True)
    with Terminal(command(database), env) as terminal:
        terminal.wait_for("415-555-0101")
        terminal.send("s")
        terminal.wait_for("Write a message")
        terminal.send("Hello")
        terminal.wait_until(lambda: b"Hello" in database.read_bytes(), "the draft is not written down")
        terminal.signal(SIGKILL)
        assert terminal.wait_for_exit() == -SIGKILL
    assert messages(database) == []
    with Terminal(command(database), env) as terminal:
        terminal.wait_for("415-555-0101")
        terminal.send("s")
        terminal.wait_for("Hello")
        terminal.send(CTRL_S)
        terminal.wait_for("Through")
        terminal.send("\r")
        terminal.wait_for("calls it back")
        terminal.signal(SIGKILL)
        assert terminal.wait_for_exit() == -SIGKILL
    [message] = messages(database)
    assert message.is_waiting
    assert message.content.text == "Hello"
