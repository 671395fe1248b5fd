from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.pty.terminal import CTRL_Q, F2, Terminal, app

PRIVATE = ("Okafor", "5550123", "555-0123", "5550177", "key-of-nobody")
"""Parts of what the form has in its variables and errors when it fails."""
SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")


def left_behind(terminal: Terminal) -> str:
    """Return what a person finds on the screen when the app is gone."""
    return SEQUENCE.sub("", terminal.output.decode().rpartition("\x1b[?1049l")[2])


def only_report(env: dict[str, str]) -> tuple[Path, str]:
    folder = Path(env["XDG_STATE_HOME"]) / "sent-tui"
    [path] = folder.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600
    return path, path.read_text(encoding="utf-8")


def assert_nothing_private(text: str) -> None:
    assert [part for part in PRIVATE if part in text] == []


@pytest.mark.parametrize(
    ("deed", "moment", "kind"),
    [
        ("fail", "load", "ValueError"),
        ("fail", "compose", "ValueError"),
        ("fail", "mount", "ValueError"),
        ("fail", "key", "ValueError"),
        ("fail", "unmount", "ValueError"),
        ("widget", "key", "ValueError"),
        ("drawing", "key", "ValueError"),
        ("twice", "key", "ValueError"),
        ("worker", "key", "ValueError"),
        ("reader", "load", "ValueError"),
        ("markup", "key", "textual.markup.MarkupError"),
        ("style", "key", "textual.css.tokenizer.TokenError"),
    ],
)
def test_a_failure_is_told_in_one_line(deed: str, moment: str, kind: str, env: dict[str, str], saved: Path) -> None:
    with Terminal(app("form.py", saved, deed, moment), env) as terminal:
        if moment in {"key", "unmount"} or deed == "reader":
            terminal.wait_for("ready")
            terminal.send(F2 if moment == "key" else CTRL_Q)
        assert terminal.wait_for_exit() == 70
        assert terminal.modes_left_on() == set()
        assert terminal.attributes() == terminal.attributes_before
        assert saved.exists()
    path, report = only_report(env)
    assert left_behind(terminal) == f"sent-tui stopped because of an internal error. A report is in {path}.\r\n"
    assert "Traceback" not in terminal.output.decode()
    assert_nothing_private(terminal.output.decode())
    assert_nothing_private(report)
    assert report.endswith(f"\n{kind}\n")


@pytest.mark.parametrize("deed", ["thread", "task"])
def test_a_failure_in_the_background_is_only_reported(deed: str, env: dict[str, str], saved: Path) -> None:
    with Terminal(app("form.py", saved, deed, "mount"), env) as terminal:
        assert terminal.wait_for_exit() == 0
    _, report = only_report(env)
    assert left_behind(terminal) == ""
    assert_nothing_private(terminal.output.decode())
    assert_nothing_private(report)
    assert report.endswith("\nValueError\n")


def test_a_report_that_cannot_be_written(env: dict[str, str], saved: Path) -> None:
    Path(env["XDG_STATE_HOME"]).write_text("in the way")
    with Terminal(app("form.py", saved, "fail", "mount"), env) as terminal:
        assert terminal.wait_for_exit() == 70
    line = r"sent-tui stopped because of an internal error. No report could be written: [A-Z][a-z ]+\.\r\n"
    assert re.fullmatch(line, left_behind(terminal))


def test_developers_see_everything(env: dict[str, str], saved: Path) -> None:
    with Terminal(
        app("form.py", saved, "fail", "mount"), env | {"SENT_TUI_DEBUG": "1", "TEXTUAL": "debug"}
    ) as terminal:
        assert terminal.wait_for_exit() == 1
    assert "Okafor" in left_behind(terminal)
    assert not Path(env["XDG_STATE_HOME"]).exists()


def test_an_exit_in_the_middle(env: dict[str, str], saved: Path) -> None:
    with Terminal(app("form.py", saved, "exit", "key"), env) as terminal:
        terminal.wait_for("ready")
        terminal.send(F2)
        assert terminal.wait_for_exit() == 3
        assert terminal.modes_left_on() == set()
        assert terminal.attributes() == terminal.attributes_before
