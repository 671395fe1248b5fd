"""Opening the app from the command line, without the app."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sent_tui.cli import app
from sent_tui.config import Loaded
from sent_tui.errors import UsageError
from sent_tui.services.workspace import Workspace
from tests.cli.conftest import Cli


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, str, bool, str]]:
    """Where the app was opened, on how many contacts, and how it was to look."""
    calls: list[tuple[str, int, str, bool, str]] = []

    def run(workspace: Workspace, loaded: Loaded) -> int:
        location = workspace.repository.location
        settings = loaded.settings
        count = workspace.repository.page(limit=0).total
        calls.append((location, count, settings.theme, settings.mouse, settings.region or ""))
        return 5

    monkeypatch.setattr(app, "run", run)
    monkeypatch.setattr(app, "check_terminal", lambda: None)
    return calls


def test_without_a_command_the_app_is_opened(
    cli: Cli, opened: list[tuple[str, int, str, bool, str]], settings: Path
) -> None:
    settings.write_text('theme = "light"\nregion = "GB"')
    assert cli().code == 5
    assert cli("--no-mouse", "--theme", "dark").code == 5
    assert [call[1:] for call in opened] == [(0, "light", True, "GB"), (0, "dark", False, "GB")]


def test_the_demo_is_temporary(cli: Cli, opened: list[tuple[str, int, str, bool, str]], tmp_path: Path) -> None:
    assert cli("demo", "--count", "12").code == 5
    ((location, count, *_),) = opened
    assert count == 12
    assert not Path(location).parent.exists()
    assert not (tmp_path / "contacts.db").exists()


def test_the_demo_plays_the_days_and_the_story_that_were_asked_for(
    cli: Cli, opened: list[tuple[str, int, str, bool, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[set[str], datetime]] = []

    def run(workspace: Workspace, loaded: Loaded) -> int:
        assert workspace.gateway.label == "simulator"
        messages = workspace.repository.messages()
        told.append(({message.id for message in messages}, min(message.created_at for message in messages)))
        return 0

    monkeypatch.setattr(app, "run", run)
    quiet, busy = cli("demo", "--contacts", "12"), cli("demo", "--contacts", "12", "--days", "30")
    other = cli("demo", "--contacts", "12", "--days", "30", "--seed", "8")
    assert [result.code for result in (quiet, busy, other)] == [0, 0, 0]
    assert "Playing 30 days" in busy.err
    assert "Playing" not in quiet.err
    (one, _), (more, begins), (another, _) = told
    assert len(more) > len(one)
    assert begins > datetime.now(UTC) - timedelta(days=32)
    assert more.isdisjoint(another)


@pytest.mark.parametrize("days", ["0", "-3", "x", "100000"])
def test_days_that_cannot_be_played(cli: Cli, opened: list[tuple[str, int, str, bool, str]], days: str) -> None:
    assert cli("demo", "--days", days).code == 2
    assert opened == []


def test_a_demo_that_is_too_large(cli: Cli, opened: list[tuple[str, int, str, bool, str]]) -> None:
    assert cli("demo", "--count", "1000000").code == 2
    assert cli("demo", "--count", "0").code == 2
    assert opened == []


def test_without_a_terminal_nothing_is_opened(
    cli: Cli, opened: list[tuple[str, int, str, bool, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise UsageError("This needs a terminal")

    monkeypatch.setattr(app, "check_terminal", refuse)
    assert (cli().code, cli("demo").code) == (2, 2)
    assert opened == []
