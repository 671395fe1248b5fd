"""sent-tui itself, started as people start it."""

from __future__ import annotations

import subprocess
import sys
from signal import SIGHUP, SIGTERM
from typing import TYPE_CHECKING

from tests.pty.terminal import CONTROLLING, MODERN, Terminal

from sent_tui.tui.following import FOLLOW_EVERY, REFRESH_EVERY

if TYPE_CHECKING:
    from pathlib import Path

CURSOR_BLINKS = 0.5
"""Seconds after which the cursor of Textual's fields changes, where it blinks."""
IDLE = max(FOLLOW_EVERY, REFRESH_EVERY, CURSOR_BLINKS) * 1.5
"""Seconds in which all that the app does again and again is done at least once, and a blinking cursor would blink."""


def command(database: Path) -> list[str]:
    return [sys.executable, "-m", "sent_tui", "--db", str(database)]


def test_a_signal_ends_the_app_in_order(env: dict[str, str], tmp_path: Path) -> None:
    with Terminal(command(tmp_path / "contacts.db"), env, answers=MODERN) as terminal:
        terminal.wait_for("No contacts yet")
        terminal.signal(SIGTERM)
        assert terminal.wait_for_exit() == 128 + SIGTERM
        assert terminal.modes_left_on() == set()
        assert terminal.attributes() == terminal.attributes_before
    assert not (tmp_path / "state").exists()


def test_an_app_that_is_left_alone_writes_nothing(env: dict[str, str], tmp_path: Path) -> None:
    with Terminal(command(tmp_path / "contacts.db"), env, answers=MODERN) as terminal:
        terminal.wait_for("No contacts yet")
        terminal.wait_for_quiet(IDLE)
        terminal.send("/Ada")
        terminal.wait_for("Ada")
        terminal.wait_for_quiet(IDLE)
        assert terminal.process.poll() is None


def test_the_app_ends_with_its_terminal(env: dict[str, str], tmp_path: Path) -> None:
    session = (CONTROLLING, "--ignore", str(int(SIGHUP)))
    with Terminal(command(tmp_path / "contacts.db"), env, session=session) as terminal:
        terminal.wait_for("No contacts yet")
        terminal.close()
        assert terminal.wait_for_exit() == 128 + SIGHUP
    assert not (tmp_path / "state").exists()


def test_without_a_terminal_nothing_is_opened(env: dict[str, str], tmp_path: Path) -> None:
    database = tmp_path / "data" / "contacts.db"
    with Terminal(command(database), env, session=(), streams={"stdin": subprocess.DEVNULL}) as terminal:
        assert terminal.wait_for_exit() == 2
        assert terminal.output.count(b"\n") == 1
        assert b"\x1b" not in terminal.output
        assert b"sent-tui contacts" in terminal.output
    assert not database.parent.exists()
