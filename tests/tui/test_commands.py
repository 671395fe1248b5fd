"""The registry of commands: every one can be run, has words, and is documented."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
from textual.app import App
from textual.screen import Screen
from textual.widget import Widget

from sent_tui.errors import UsageError
from sent_tui.tui.app import SentApp
from sent_tui.tui.commands import CONTACTS, EVERYWHERE, IN_LIST, SCREENS, Command, every_command
from sent_tui.tui.keymap import OWN_KEYS
from sent_tui.tui.screens.activity import ActivityScreen
from sent_tui.tui.screens.calibration import CalibrationScreen
from sent_tui.tui.screens.choose_file import ChooseFile
from sent_tui.tui.screens.contacts import ContactsScreen
from sent_tui.tui.screens.create import CreateScreen
from sent_tui.tui.screens.detail import ContactScreen
from sent_tui.tui.screens.import_file import ImportScreen
from sent_tui.tui.screens.import_run import ImportRun
from sent_tui.tui.screens.insights import InsightsScreen
from sent_tui.tui.screens.message import MessageScreen
from sent_tui.tui.screens.send import SendScreen
from sent_tui.tui.screens.send_many import SendMany
from sent_tui.tui.screens.settings import SettingsScreen
from sent_tui.tui.screens.sync import SyncScreen
from sent_tui.tui.screens.why import WhyScreen
from sent_tui.tui.widgets.batch_list import BatchList
from sent_tui.tui.widgets.contact_list import ContactList
from sent_tui.tui.widgets.figure_list import FigureList
from sent_tui.tui.widgets.message_list import MessageList
from tests.tui.harness import make_app

ROOT = Path(__file__).resolve().parents[2]
OWNERS: dict[str, tuple[type[Screen[object] | Widget | App[None]], ...]] = {
    "Contacts": (ContactsScreen, ContactList, SentApp),
    "Activity": (ActivityScreen, MessageList, SentApp),
    "Insights": (InsightsScreen, FigureList, SentApp),
    "Contact": (ContactScreen, SentApp),
    "Message": (MessageScreen, SentApp),
    "Why": (WhyScreen, SentApp),
    "New contact": (CreateScreen, SentApp),
    "Send": (SendScreen, SentApp),
    "Send to many": (SendMany, SentApp),
    "Choose a file": (ChooseFile, SentApp),
    "Import": (ImportScreen, SentApp),
    "Imported": (ImportRun, BatchList, SentApp),
    "Settings": (SettingsScreen, SentApp),
    "Percentages": (CalibrationScreen, SentApp),
    "Sync": (SyncScreen, SentApp),
}


@pytest.mark.parametrize("title", SCREENS)
def test_every_command_has_an_action_on_its_screen(title: str) -> None:
    for command in (command for group in SCREENS[title] for command in group):
        method = f"action_{command.name.split('(')[0]}"
        assert any(hasattr(owner, method) for owner in OWNERS[title]), f"{title}: {command.name}"


@pytest.mark.parametrize("title", SCREENS)
def test_no_key_means_two_things_on_a_screen(title: str) -> None:
    keys = [key for group in SCREENS[title] for command in group for key in command.keys.split(",")]
    assert len(keys) == len(set(keys))


def test_every_command_has_a_name_for_the_settings_that_means_one_thing() -> None:
    named: dict[str, Command] = {}
    for command in every_command():
        assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", command.id)
        other = named.setdefault(command.id, command)
        assert (other.name, other.in_inputs) == (command.name, command.in_inputs), command.id


def test_no_key_is_one_that_old_terminals_cannot_tell_apart() -> None:
    everything = {key for groups in SCREENS.values() for group in groups for c in group for key in c.keys.split(",")}
    assert not everything & {"ctrl+h", "ctrl+i", "ctrl+m", "ctrl+left_square_bracket"}


def test_the_footer_stays_short() -> None:
    for groups in SCREENS.values():
        assert len({command.hint for group in groups for command in group if command.hint}) <= 7


def test_keys_are_written_as_people_do() -> None:
    assert OWN_KEYS.label(Command("focus_search", "slash", "")) == "/"
    assert OWN_KEYS.labels(EVERYWHERE[0]) == "?  f1"
    assert {command.title for command in (*CONTACTS, *IN_LIST)}


def test_the_page_of_keys_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("keys_script", ROOT / "scripts" / "keys.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert (ROOT / "docs" / "keys.md").read_text(encoding="utf-8") == script.page(), "run scripts/keys.py"


@pytest.mark.parametrize(
    ("named", "meant"), [("", "sent-dark"), ("dark", "sent-dark"), ("light", "sent-light"), ("nord", "nord")]
)
def test_themes_by_name(named: str, meant: str) -> None:
    assert make_app(theme=named).theme == meant


def test_an_unknown_theme_names_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        make_app(theme="pink")
    assert "light" in caught.value.hint


async def test_the_theme_can_be_switched() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.press("ctrl+t")
        assert app.theme == "sent-light"
        await pilot.press("ctrl+t")
        assert app.theme == "sent-dark"
