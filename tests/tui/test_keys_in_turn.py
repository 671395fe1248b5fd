"""Whole sentences of keys in one burst act as if they were typed slowly: screens, dialogs, palette, templates."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen
from textual.widgets import Input

from sent_tui.core.channel import Channel
from sent_tui.core.contact import Contact
from sent_tui.core.message import Draft
from sent_tui.tui import keys_in_turn
from sent_tui.tui.app import SentApp
from sent_tui.tui.keymap import Keymap
from sent_tui.tui.keys_in_turn import KeysInTurn
from sent_tui.tui.screens.contacts import ContactsScreen
from sent_tui.tui.screens.create import CreateScreen
from sent_tui.tui.screens.detail import ContactScreen
from sent_tui.tui.screens.dialogs import Confirm
from sent_tui.tui.screens.send import SendScreen
from sent_tui.tui.screens.send_host import SendHost
from sent_tui.tui.screens.send_many import SendMany
from sent_tui.tui.screens.settings import SettingsScreen
from sent_tui.tui.widgets.composition import Stage
from tests.tui.harness import NORMAL, WIDE, make_app, paste, press_at_once, settle, until
from tests.tui.test_contacts import home, people, reach


def reachable() -> list[Contact]:
    return [reach(contact, Channel.WHATSAPP, Channel.SMS) for contact in people()]


def contacts_screen(app: SentApp) -> ContactsScreen:
    """Return the list, which other screens may stand on."""
    screen = app.screen_stack[0]
    assert isinstance(screen, ContactsScreen)
    return screen


async def test_a_message_is_opened_written_and_sent_in_one_burst() -> None:
    app = make_app(reachable())
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        wanted = home(app).contact_id
        await press_at_once(pilot, "s", *"Hello, quick :)", "ctrl+s", "enter")
        assert isinstance(app.screen, SendScreen)
        assert app.screen.panel.stage is Stage.SENT
        (message,) = app.workspace.repository.messages(contact_id=wanted)
        assert message.content.text == "Hello, quick :)"


@pytest.mark.parametrize("size", [NORMAL, WIDE, (150, 40)])
async def test_what_is_found_is_written_to_and_the_channel_chosen_in_one_burst(size: tuple[int, int]) -> None:
    app = make_app(reachable())
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await press_at_once(pilot, "/", *"0177", "enter", "s", *"jump nqd", "ctrl+r")
        panel = app.screen.query_one(SendHost).panel
        assert panel.contact is not None
        assert panel.contact.id == "c14155550177"
        assert panel.content.text == "jump nqd"
        assert panel.channel is Channel.WHATSAPP
        assert [row.id for row in contacts_screen(app).results] == ["c14155550177"]


async def test_a_contact_is_found_opened_and_left_for_another_in_one_burst() -> None:
    app = make_app(reachable())
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        keys = ("/", *"0177", "enter", "enter", "escape", "escape", "escape", "g", "j", "enter")
        await press_at_once(pilot, *keys)
        assert isinstance(app.screen, ContactScreen)
        assert app.screen.contact_id == contacts_screen(app).results[1].id


async def test_a_number_is_written_into_the_form_that_opens() -> None:
    app = make_app()
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        await press_at_once(pilot, "n", *"+14155550199", "enter", *"Quinn", "enter", *"vip", "ctrl+s")
        assert isinstance(app.screen, CreateScreen)
        contact = app.workspace.repository.find("+14155550199")
        assert contact is not None
        assert (contact.name, contact.tags) == ("Quinn", ("vip",))


async def test_a_command_is_found_in_the_palette_and_run_in_one_burst() -> None:
    app = make_app(reachable())
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        await press_at_once(pilot, "s", *"draft", "ctrl+p", *"choose a template", "down", "enter")
        assert app.screen.query("OptionList")
        await press_at_once(pilot, "down", "enter")
        assert isinstance(app.screen, SendScreen)
        assert app.screen.panel.composer.composition.template
        assert app.screen.panel.composer.composition.text == "draft"


async def test_a_contact_is_found_in_the_palette_and_written_to_in_one_burst() -> None:
    app = make_app(reachable())
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        await press_at_once(pilot, ":", *"0177", "down", "enter", "s", *"Hi q")
        assert isinstance(app.screen, SendScreen)
        assert app.screen.contact_id == "c14155550177"
        assert app.screen.panel.content.text == "Hi q"


async def test_questions_are_answered_and_taken_back_in_one_burst() -> None:
    app = make_app(reachable())
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        first, second = (row.id for row in list(home(app).results)[:2])
        await press_at_once(pilot, "o", "enter", "j", "o", "enter", "u", "k", "e", *"new", "ctrl+s")
        repository = app.workspace.repository
        assert repository.get(first).opt_out
        assert not repository.get(second).opt_out
        assert "new" in repository.get(first).name


async def test_a_question_is_declined_in_one_burst() -> None:
    app = make_app(reachable())
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        await press_at_once(pilot, "d", "enter", "d", "y")
        assert len(app.workspace.repository.answer(home(app).wanted)) == len(people()) - 1


async def test_many_are_marked_tagged_and_written_to_in_one_burst() -> None:
    app = make_app(reachable())
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        count = len(people())
        await press_at_once(pilot, "+", "#", *"quick", "enter", "s", *"For all", "ctrl+s")
        assert isinstance(app.screen, Confirm)
        assert isinstance(app.screen_stack[-2], SendMany)
        assert app.screen_stack[-2].panel.composer.text.text == "For all"
        assert sum("quick" in row.tags for row in contacts_screen(app).results) == count


async def test_a_template_of_a_draft_is_filled_in_by_what_is_typed_ahead() -> None:
    app = make_app(reachable())
    template = next(known for known in app.workspace.sending.templates() if known.variables)
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        app.workspace.repository.save_draft(Draft(home(app).contact_id, template=template.name))
        await press_at_once(pilot, "s", *"quick")
        assert isinstance(app.screen, SendScreen)
        assert app.screen.panel.composer.composition.variables == {template.variables[0]: "quick"}


async def test_a_paste_comes_in_its_turn() -> None:
    app = make_app(reachable())
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        press = asyncio.create_task(press_at_once(pilot, "s", *"one "))
        await asyncio.sleep(0)
        await paste(pilot, "two qnd ")
        await press
        await press_at_once(pilot, *"three")
        assert app.screen.query_one(SendHost).panel.content.text == "one two qnd three"


async def test_letters_and_moves_go_on_with_those_before_them() -> None:
    app = make_app(reachable())
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        text = "the quick brown fox jumps over the lazy dog " * 4
        await press_at_once(pilot, "j", "j", "k", "s", *text, "left", "left", "backspace", *"!?", "ctrl+s", "enter")
        [message] = app.workspace.repository.messages(contact_id=contacts_screen(app).results[1].id)
        assert message.content.text == text[:-3] + "!?g "


def test_only_the_keys_of_moves_go_on_with_themselves() -> None:
    keys = make_app(keymap=Keymap({"down": ("n",), "create": ("j",)})).moving_keys
    assert {"n", "k", "pagedown", "home"} <= keys
    assert not keys & {"j", "enter", "escape", "space", "s", "tab"}


async def test_settings_are_walked_as_soon_as_they_are_opened() -> None:
    app = make_app(reachable())
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        await press_at_once(pilot, ",", "escape", "s", *"after")
        assert not isinstance(app.screen, SettingsScreen)
        assert app.screen.query_one(SendHost).panel.content.text == "after"


class Asks(ModalScreen[str]):
    """A dialog with a field."""

    BINDINGS = [Binding("enter", "answer", priority=True)]

    def compose(self) -> ComposeResult:
        yield Input()

    def action_answer(self) -> None:
        self.dismiss(self.query_one(Input).value)


class Slow(KeysInTurn, App[None]):
    """An app that asks after work in a thread."""

    BINDINGS = [Binding("a", "ask")]

    def __init__(self, go_on: threading.Event) -> None:
        super().__init__()
        self.go_on = go_on
        self.answers: list[str] = []

    def action_ask(self) -> None:
        self.run_worker(self._ask())

    async def _ask(self) -> None:
        for _ in range(2):
            await asyncio.to_thread(self.go_on.wait)
            self.answers.append(await self.push_screen_wait(Asks()))


async def test_keys_wait_for_the_dialogs_that_work_opens_one_after_the_other() -> None:
    go_on = threading.Event()
    app = Slow(go_on)
    async with app.run_test() as pilot:
        await press_at_once_without_work(pilot, "a", *"aaa", "enter", *"bab", "enter")
        assert not app.are_keys_done
        go_on.set()
        await settle(pilot)
        assert app.answers == ["aaa", "bab"]


async def test_keys_wait_no_longer_than_their_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys_in_turn, "PATIENCE", 0.01)
    go_on = threading.Event()
    app = Slow(go_on)
    async with app.run_test() as pilot:
        await press_at_once_without_work(pilot, "a", "x")
        await until(pilot, lambda: app.are_keys_done)
        assert not app.answers
        go_on.set()


async def press_at_once_without_work(pilot: Any, *keys: str) -> None:
    """Press keys at once, and wait until the first of them has acted."""
    for key in keys:
        pilot.app.simulate_key(key)
    await pilot.pause()
