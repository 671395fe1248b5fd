"""The screen of the settings: what is in force and why, and changing it."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from sent_tui import config
from sent_tui.services.settings import SettingsService
from sent_tui.tui.screens.asking import AskLine
from sent_tui.tui.screens.settings import SettingsScreen
from tests.hostile.payloads import PAYLOADS, unsafe_characters
from tests.hostile.rendering import click_actions, rendered
from tests.tui.harness import NARROW, NORMAL, make_app, press, screen_text, settle


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text('theme = "light"  # for the office\n')
    return path


def text(file: Path) -> str:
    return file.read_text()


def table(file: Path) -> dict[str, object]:
    return tomllib.loads(text(file))


@asynccontextmanager
async def opened(file: Path, size: tuple[int, int] = NORMAL, **variables: str) -> AsyncIterator[Pilot[None]]:
    environ = {"SENT_TUI_CONFIG": str(file), **variables}
    app = make_app(settings=SettingsService(config.load({}, environ), environ))
    async with app.run_test(size=size) as pilot:
        await press(pilot, "comma")
        assert isinstance(app.screen, SettingsScreen)
        yield pilot


async def to(pilot: Pilot[None], name: str) -> None:
    screen = pilot.app.screen
    assert isinstance(screen, SettingsScreen)
    place = next(place for place, entry in enumerate(screen.entries) if entry.name == name)
    await press(pilot, *["j"] * place)


async def change(pilot: Pilot[None], value: str) -> None:
    await press(pilot, "enter")
    assert isinstance(pilot.app.screen, AskLine)
    await press(pilot, "ctrl+u", *value, "enter")


async def test_each_setting_has_its_value_and_its_source(file: Path) -> None:
    async with opened(file, SENT_TUI_MOUSE="no", SENT_TUI_TEME="x") as pilot:
        shown = screen_text(pilot.app)
        lines = {line.split()[0]: line for line in shown.splitlines() if line.strip()}
        assert "light" in lines["theme"]
        assert lines["mouse"].split()[:3] == ["mouse", "false", "SENT_TUI_MOUSE"]
        assert lines["read_only"].split()[:3] == ["read_only", "false", "default"]
        assert "The variable SENT_TUI_TEME is no setting. Did you mean SENT_TUI_THEME?" in shown


async def test_a_setting_is_changed_and_taken_back(file: Path) -> None:
    async with opened(file) as pilot:
        await to(pilot, "rate")
        assert "How many messages of a bulk send" in screen_text(pilot.app)
        await change(pilot, "20")
        assert "Saved. It counts from the next start on." in screen_text(pilot.app)
        assert table(file) == {"theme": "light", "rate": 20}
        assert "# for the office" in text(file)
        await press(pilot, "d")
        assert table(file) == {"theme": "light"}
        await press(pilot, "d")
        assert "The file does not set it." in screen_text(pilot.app)


async def test_what_goes_before_the_file_is_named(file: Path) -> None:
    async with opened(file, SENT_TUI_RATE="7") as pilot:
        await to(pilot, "rate")
        await change(pilot, "20")
        assert "Saved, but SENT_TUI_RATE goes first." in screen_text(pilot.app)


@pytest.mark.parametrize(("name", "value", "words"), [("rate", "0", "a number above 0"), ("theme", "pink", "no theme")])
async def test_a_value_that_makes_no_sense_is_not_saved(file: Path, name: str, value: str, words: str) -> None:
    before = text(file)
    async with opened(file) as pilot:
        await to(pilot, name)
        await change(pilot, value)
        assert isinstance(pilot.app.screen, AskLine)
        assert words in screen_text(pilot.app)
        await press(pilot, "escape", "escape")
        assert pilot.app.screen.title == "Contacts"
    assert text(file) == before


async def test_without_settings_the_command_says_so() -> None:
    app = make_app()
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "comma")
        assert "opened without settings" in screen_text(app)


async def test_hostile_values_do_no_harm(file: Path) -> None:
    environ = {"SENT_TUI_CONFIG": str(file)}
    app = make_app(settings=SettingsService(config.load({}, environ), environ))
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "comma", "end")
        assert isinstance(app.screen, SettingsScreen)
        for text in PAYLOADS.values():
            environ["SENT_TUI_USER"] = f"{text}x"
            app.screen._read()
            await settle(pilot)
            assert app.screen.entry is not None
            assert app.screen.entry.name == "user"
            assert unsafe_characters(rendered(app)) == set()
            assert click_actions(app) == []


async def test_a_value_is_cut_only_where_there_is_no_room_for_it(file: Path) -> None:
    database = "/srv/contacts/of-the-support-desk.db"
    async with opened(file, size=(220, 24), SENT_TUI_DB=database) as pilot:
        assert database in screen_text(pilot.app)
        await pilot.resize_terminal(*NORMAL)
        await settle(pilot)
        assert database not in screen_text(pilot.app)
        assert "/srv/contacts/of-the-" in screen_text(pilot.app)
