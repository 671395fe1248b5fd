from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.pty.terminal import CTRL_Q, Terminal, app

HINT = "In scripts, use its commands: `sent-tui contacts --help`.\n"
STDIN_REFUSED = f"This needs a terminal. The app cannot be opened: stdin is not one. {HINT}"
STDERR_REFUSED = f"This needs a terminal. The app cannot be opened: stderr is not one. {HINT}"


def written(terminal: Terminal) -> str:
    return terminal.output.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("source", [subprocess.DEVNULL, subprocess.PIPE], ids=["nothing", "pipe"])
def test_keys_that_come_from_no_terminal(source: int, env: dict[str, str], saved: Path) -> None:
    with Terminal(app("form.py", saved), env, session=(), streams={"stdin": source}) as terminal:
        if terminal.process.stdin is not None:
            terminal.process.stdin.close()
        assert terminal.wait_for_exit() == 2
        assert written(terminal) == STDIN_REFUSED


def test_no_stdin(env: dict[str, str], saved: Path) -> None:
    with Terminal(app("form.py", saved), env, session=("--close", "0")) as terminal:
        assert terminal.wait_for_exit() == 2
        assert written(terminal) == STDIN_REFUSED


def test_no_stderr(env: dict[str, str], saved: Path) -> None:
    with Terminal(app("form.py", saved), env, session=("--close", "2")) as terminal:
        assert terminal.wait_for_exit() == 2
        assert "\x1b" not in written(terminal)


def test_a_screen_that_is_a_file(env: dict[str, str], saved: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as file, Terminal(app("form.py", saved), env, streams={"stderr": file.fileno()}) as terminal:
        assert terminal.wait_for_exit() == 2
        assert written(terminal) == ""
    assert log.read_text() == STDERR_REFUSED


def test_stdout_may_go_elsewhere(env: dict[str, str], saved: Path) -> None:
    with Terminal(app("form.py", saved), env, streams={"stdout": subprocess.DEVNULL}) as terminal:
        terminal.wait_for("ready")
        terminal.send(CTRL_Q)
        assert terminal.wait_for_exit() == 0


@pytest.mark.parametrize("kind", ["dumb", "unknown"])
def test_a_terminal_without_cursor_movement(kind: str, env: dict[str, str], saved: Path) -> None:
    with Terminal(app("form.py", saved), env | {"TERM": kind}) as terminal:
        assert terminal.wait_for_exit() == 2
        assert written(terminal) == f"This needs a terminal. The app cannot be shown on one of TERM={kind}. {HINT}"


def test_a_locale_without_unicode_is_warned_of(env: dict[str, str], saved: Path) -> None:
    other = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"}
    with Terminal(app("form.py", saved), env | other) as terminal:
        terminal.wait_for("ready")
        assert terminal.output.startswith(
            b"This locale writes iso8859-1: letters it lacks are shown as codes. Try LANG=C.UTF-8.\r\n\x1b"
        )
        terminal.send(CTRL_Q)
        assert terminal.wait_for_exit() == 0


def test_debugging_switches_are_off(env: dict[str, str], saved: Path, tmp_path: Path) -> None:
    leaks = {"TEXTUAL": "debug,devtools", "TEXTUAL_DEBUG": "1", "TEXTUAL_LOG": str(tmp_path / "log"), "NO_COLOR": ""}
    before = set(Path().iterdir())
    with Terminal(app("form.py", saved), env | leaks) as terminal:
        terminal.wait_for("ready")
        terminal.send("+1 415-555-0123")
        terminal.wait_for("15 typed")
        assert b"\x1b[38;2;" in terminal.output or b"38;5;" in terminal.output
        terminal.send(CTRL_Q)
        assert terminal.wait_for_exit() == 0
    assert not (tmp_path / "log").exists()
    assert set(Path().iterdir()) == before
