from __future__ import annotations

import os
import select
from signal import SIGHUP, SIGINT, SIGQUIT, SIGTERM, Signals
from typing import TYPE_CHECKING

import pytest
from tests.pty.terminal import CONTROLLING, CTRL_Q, CTRL_Z, F2, F3, MODERN, Terminal, app

if TYPE_CHECKING:
    from pathlib import Path

ALTERNATE_SCREEN = b"\x1b[?1049h"
FOCUS_REPORTS = b"\x1b[?1004h"
"""Asked for once keys are read as they come: before, the terminal itself takes ctrl+q for flow control."""


def assert_restored(terminal: Terminal) -> None:
    assert terminal.modes_left_on() == set()
    assert terminal.attributes() == terminal.attributes_before


@pytest.mark.parametrize("typing", [False, True], ids=["idle", "typing"])
@pytest.mark.parametrize("number", [SIGTERM, SIGHUP, SIGQUIT, SIGINT])
def test_a_signal_ends_the_app_in_order(number: Signals, typing: bool, env: dict[str, str], saved: Path) -> None:
    with Terminal(app("form.py", saved), env) as terminal:
        terminal.wait_for("ready")
        terminal.send("hello")
        terminal.wait_for("5 typed")
        if typing:
            terminal.send(" again" * 50)
        terminal.signal(number)
        assert terminal.wait_for_exit() == 128 + number
        assert saved.read_text().startswith("hello")
        assert_restored(terminal)


@pytest.mark.parametrize("size", [1, 9, 40, 90, 160, 300, 700, 1200, 1800, 2400])
def test_a_signal_during_the_start_leaves_nothing_behind(size: int, env: dict[str, str], saved: Path) -> None:
    number = (SIGTERM, SIGHUP, SIGQUIT)[size % 3]
    with Terminal(app("form.py", saved), env) as terminal:
        terminal.wait_for_output(size)
        terminal.signal(number)
        assert terminal.wait_for_exit() == 128 + number
        assert saved.exists()
        assert_restored(terminal)


@pytest.mark.parametrize("moment", ["guard", "load", "compose", "mount", "unmount"])
def test_a_signal_at_each_step_of_a_life(moment: str, env: dict[str, str], saved: Path) -> None:
    with Terminal(app("form.py", saved, "term", moment), env) as terminal:
        if moment == "unmount":
            terminal.wait_for("ready")
            terminal.send(CTRL_Q)
        assert terminal.wait_for_exit() == 128 + SIGTERM
        assert saved.exists() == (moment != "guard")
        assert_restored(terminal)


def test_everything_a_modern_terminal_offers_is_put_back(env: dict[str, str], saved: Path) -> None:
    with Terminal(app("form.py", saved), env, answers=MODERN) as terminal:
        terminal.wait_for("ready")
        terminal.wait_until(lambda: b"\x1b[?1016h" in terminal.output, "mouse positions in pixels")
        terminal.send(CTRL_Q)
        assert terminal.wait_for_exit() == 0
        assert_restored(terminal)


def test_a_signal_ends_an_app_that_waits_for_something(env: dict[str, str], saved: Path) -> None:
    with Terminal(app("form.py", saved, "wait"), env) as terminal:
        terminal.wait_for("ready")
        terminal.send("hello")
        terminal.wait_for("5 typed")
        terminal.send(F2)
        terminal.wait_for("waiting")
        terminal.signal(SIGTERM)
        assert terminal.wait_for_exit() == 128 + SIGTERM
        assert saved.read_text() == "hello"
        assert_restored(terminal)


def test_a_signal_ends_an_app_whose_threads_work_on(env: dict[str, str], saved: Path) -> None:
    with Terminal(app("form.py", saved, "work", "key"), env) as terminal:
        terminal.wait_for("ready")
        terminal.send(F2)
        terminal.wait_for("working")
        terminal.signal(SIGTERM)
        assert terminal.wait_for_exit() == 128 + SIGTERM
        assert saved.exists()
        assert_restored(terminal)
        assert terminal.output.count(b"\x1b[<u") == 1


@pytest.mark.parametrize(
    "session",
    [(CONTROLLING,), (CONTROLLING, "--ignore", "1"), (CONTROLLING, "--block", "1"), ()],
    ids=["as usual", "hang-up ignored", "hang-up blocked", "nobody is told"],
)
def test_the_app_ends_with_its_terminal(session: tuple[str, ...], env: dict[str, str], saved: Path) -> None:
    with Terminal(app("form.py", saved), env, session=session) as terminal:
        terminal.wait_for("ready")
        terminal.send("hello")
        terminal.wait_for("5 typed")
        terminal.close()
        assert terminal.wait_for_exit() == 128 + SIGHUP
        assert saved.read_text() == "hello"
        assert not (saved.parent / "state").exists()


@pytest.mark.parametrize("number", [SIGTERM, SIGHUP])
def test_a_terminal_that_takes_no_output_holds_up_nothing(number: Signals, env: dict[str, str], saved: Path) -> None:
    beats, beat = os.pipe()
    with Terminal(app("form.py", saved), env | {"BEATS": str(beat)}, pass_fds=[beat]) as terminal:
        os.close(beat)
        terminal.wait_for("ready")
        terminal.send("hello")
        terminal.wait_for("5 typed")
        terminal.send(F3)
        while select.select([beats], [], [], 0.5)[0]:
            assert os.read(beats, 65536)
        terminal.signal(number)
        assert terminal.wait_for_exit(reading=False) == 128 + number
        assert saved.read_text() == "hello"
        assert_restored(terminal)
    os.close(beats)


@pytest.mark.parametrize(("verb", "code"), [("kill", 143), ("late", 143), ("resume", 0), ("back", 0)])
def test_a_suspended_app(verb: str, code: int, env: dict[str, str], saved: Path) -> None:
    with Terminal(app("jobs.py", verb, *app("form.py", saved)), env) as terminal:
        terminal.wait_for("ready")
        terminal.send("hello")
        terminal.wait_for("5 typed")
        terminal.send(CTRL_Z)
        returns = code == 0
        if returns:
            terminal.wait_until(lambda: terminal.output.count(FOCUS_REPORTS) == 2, "the app again")
            terminal.send(CTRL_Q)
        assert terminal.wait_for_exit() == 0
        assert f"exit code {code}, terminal unchanged" in terminal.text()
        assert terminal.output.count(ALTERNATE_SCREEN) == 1 + returns
        assert saved.read_text() == "hello"
        assert terminal.modes_left_on() == set()
