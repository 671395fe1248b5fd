"""A command line over a store in memory and a simulated network, with a clock that only moves when it is told to."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sent_tui.cli.root import root
from sent_tui.config import Settings
from sent_tui.gateways.simulator import Simulator
from sent_tui.services import workspace as workspaces
from sent_tui.services.workspace import Workspace, assemble
from sent_tui.store.memory import MemoryRepository


class Clock:
    """A clock that moves a little with each look, and further while somebody waits."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Ran:
    """What a command line did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on stdout."""
        (found,) = self.lines
        return found

    @property
    def lines(self) -> list[Any]:
        """The JSON objects on stdout."""
        return [json.loads(line) for line in self.out.splitlines()]


class Cli:
    """Runs command lines in this process."""

    def __init__(self, repository: MemoryRepository, clock: Clock) -> None:
        self.repository = repository
        self.clock = clock
        self.workspace = assemble(repository, Simulator(clock), user="ada", clock=clock)

    def __call__(self, *args: str, stdin: str | bytes | None = None) -> Ran:
        result = CliRunner().invoke(root, args, input=stdin, prog_name="sent-tui")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    def done(self, *args: str) -> Ran:
        """Run a command line that has to succeed."""
        ran = self(*args)
        assert ran.code == 0, ran
        return ran


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the settings file, an empty one; nothing of this machine's own settings is read."""
    for name in (*(known.name for known in fields(Settings)), "CONFIG", "DB", "DEBUG"):
        monkeypatch.delenv(f"SENT_TUI_{name.upper()}", raising=False)
    for name in ("SENT_DM_API_KEY", "SENT_BASE_URL", "SENT_CUSTOM_HEADERS", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    # The keyring of whoever runs the tests is not theirs to change.
    monkeypatch.setitem(sys.modules, "keyring", None)
    file = tmp_path / "config.toml"
    file.touch()
    monkeypatch.setenv("SENT_TUI_CONFIG", str(file))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("SENT_TUI_DB", str(tmp_path / "contacts.db"))
    return file


@pytest.fixture
def cli(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Cli:
    repository = MemoryRepository()
    runner = Cli(repository, clock)

    def opened(database: Path, *, user: str, views: Path, **options: object) -> Workspace:
        return assemble(repository, Simulator(clock), user=user, clock=clock, views=views)

    monkeypatch.setattr(workspaces, "open_workspace", opened)
    for place in ("contact_checks", "delivery", "many", "messages"):
        monkeypatch.setattr(f"sent_tui.cli.{place}.pause", clock.wait)
    return runner


Make = Callable[..., str]


@pytest.fixture
def add(cli: Cli) -> Make:
    """Return what adds a contact and returns its number."""

    def make(number: str = "+14155550100", *options: str) -> str:
        cli.done("contacts", "add", number, *options)
        return number

    return make
