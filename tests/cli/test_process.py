"""The command line as a process of its own: exit codes, streams, encodings, signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SENT_", "PYTHON", "LC_", "COV"))}
    folders = {name: str(tmp_path) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")}
    return kept | folders | {"SENT_TUI_DB": str(tmp_path / "data" / "contacts.db")}


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    def run(*args: str, **options: object) -> subprocess.CompletedProcess[bytes]:
        variables = environment | {key: str(options.pop(key)) for key in list(options) if key.isupper()}
        return subprocess.run(  # type: ignore[call-overload,no-any-return]
            [sys.executable, "-m", "sent_tui", *args],
            env=variables,
            **{"capture_output": True, "timeout": 60, **({} if "stdin" in options else {"input": b""}), **options},
        )

    return run


def test_one_database_from_command_to_command(run: Run, environment: dict[str, str]) -> None:
    added = run("contacts", "add", "(415) 555-0102", "--name", "Zoë", "--region", "US", "--json")
    assert (added.returncode, added.stderr) == (0, b"")
    assert json.loads(added.stdout)["created"] is True
    database = Path(environment["SENT_TUI_DB"])
    assert [place.stat().st_mode & 0o777 for place in (database, database.parent)] == [0o600, 0o700]
    sent = run("send", "+14155550102", "--text", "-", "--wait", input="Grüße\n".encode())
    assert sent.returncode == 0
    assert b"WhatsApp failed: not registered on this channel; SMS goes next\n" in sent.stderr
    assert sent.stdout.endswith(b"  delivered on SMS\n")
    listed = run("contacts", "list", PYTHONIOENCODING="ascii")
    assert (listed.returncode, listed.stderr) == (0, b"")
    assert listed.stdout.splitlines()[1].endswith(b"Zo?")


def test_exit_codes_and_quiet_streams(run: Run) -> None:
    invalid = run("phone", "12", "--json", LC_ALL="C")
    assert (invalid.returncode, json.loads(invalid.stdout)["valid"]) == (4, False)
    assert invalid.stderr.startswith(b"sent-tui: ")
    assert run("--nonsense").returncode == 2
    assert run("messages", "show", "nothing").returncode == 3


def test_the_app_needs_a_terminal(run: Run, environment: dict[str, str]) -> None:
    opened = run()
    assert (opened.returncode, opened.stdout) == (2, b"")
    assert opened.stderr.startswith(b"sent-tui: This needs a terminal.")
    assert opened.stderr.count(b"\n") == 1
    assert not Path(environment["SENT_TUI_DB"]).parent.exists()


def test_a_reader_that_has_gone_is_no_error(environment: dict[str, str]) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "sent_tui", "templates", "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
def test_output_that_cannot_be_written_is_an_error(run: Run) -> None:
    with Path("/dev/full").open("wb") as full:
        ran = run("phone", "+14155550123", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert ran.returncode == 1
    assert ran.stderr == b"sent-tui: The system refused. No space left on device.\n"


def test_an_interrupt_ends_it_at_once(environment: dict[str, str]) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "sent_tui", "send", "+14155550118", "--text", "Hello", "--wait"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith(b"Added: ")
        assert process.stderr.readline() == b"WhatsApp queued\n"
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130
    assert b"Traceback" not in rest


def test_closed_streams_are_no_error(environment: dict[str, str]) -> None:
    command = 'exec "$0" -m sent_tui contacts list <&- >&- 2>&-'
    assert subprocess.run(["sh", "-c", command, sys.executable], env=environment, check=False).returncode == 0
