"""Whole sentences of keys in one write, as an SSH connection or `tmux send-keys` delivers them."""

from __future__ import annotations

import sys
from signal import SIGKILL
from typing import TYPE_CHECKING

import pytest
from tests.pty.terminal import CTRL_Q, MODERN, Terminal
from tests.tui.harness import make_contact
from tests.tui.test_contacts import reach

from sent_tui.core.channel import Channel
from sent_tui.store.tinydb import TinyDBRepository

if TYPE_CHECKING:
    from pathlib import Path

CTRL_P, CTRL_R, CTRL_S, DOWN, ENTER = "\x10", "\x12", "\x13", "\x1b[B", "\r"
PEOPLE = {"+14155550123": "Ada Lambert", "+14155550177": "Bo Quist"}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database of two contacts whom WhatsApp and SMS reach."""
    path = tmp_path / "contacts.db"
    repository = TinyDBRepository(path)
    repository.add(reach(make_contact(number, name), *Channel) for number, name in PEOPLE.items())
    repository.close()
    return path


def texts(database: Path) -> list[str]:
    """Return what was sent."""
    repository = TinyDBRepository(database, read_only=True)
    found = [message.content.text for message in repository.messages()]
    repository.close()
    return found


@pytest.mark.parametrize(
    ("keys", "shown", "sent"),
    [
        (f"sHello, quick one{CTRL_S}{ENTER}", "call back", ["Hello, quick one"]),
        (f"/0177{ENTER}sjump qnd{CTRL_R}{CTRL_R}{CTRL_S}{ENTER}", "call back", ["jump qnd"]),
        (f"{CTRL_P}0177{DOWN}{ENTER}sby the palette{CTRL_S}{ENTER}", "call back", ["by the palette"]),
        (f"oy{DOWN}oy/", "Opted out 2", []),
        (f"n+14155550199{ENTER}Quinn{CTRL_S}", "Detect WhatsApp", []),
        (f"s\x1b[200~pasted \x1b[201~qnd typed{CTRL_S}{ENTER}", "call back", ["pasted qnd typed"]),
    ],
    ids=["write", "search and write", "palette", "questions", "form", "paste"],
)
def test_a_sentence_of_keys(keys: str, shown: str, sent: list[str], database: Path, env: dict[str, str]) -> None:
    command = [sys.executable, "-m", "sent_tui", "--db", str(database)]
    with Terminal(command, env, answers=MODERN) as terminal:
        terminal.wait_for("Ada Lambert")
        terminal.send(keys)
        terminal.wait_for(shown)
        terminal.send(CTRL_Q)
        assert terminal.wait_for_exit() == 0
    assert texts(database) == sent


def test_a_message_to_many_outlives_a_kill(database: Path, env: dict[str, str]) -> None:
    command = [sys.executable, "-m", "sent_tui", "--db", str(database)]

    def kept() -> str:
        repository = TinyDBRepository(database, read_only=True)
        found = "".join(draft.text for draft in repository.drafts())
        repository.close()
        return found

    with Terminal(command, env, answers=MODERN) as terminal:
        terminal.wait_for("Ada Lambert")
        terminal.send("  sFor both of you")
        terminal.wait_until(lambda: kept() == "For both of you", "the draft on disk")
        terminal.signal(SIGKILL)
        terminal.wait_for_exit()
    with Terminal(command, env, answers=MODERN) as terminal:
        terminal.wait_for("Ada Lambert")
        terminal.send("B")
        terminal.wait_for("“For both of you”")
        terminal.send(f"{ENTER}!{CTRL_S}y")
        terminal.wait_for("2 of 2")
        terminal.send(CTRL_Q)
        assert terminal.wait_for_exit() == 0
    assert texts(database) == ["For both of you!"] * 2
