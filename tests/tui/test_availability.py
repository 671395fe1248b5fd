"""Commands that are not possible stay where they are, and say why wherever they are asked for."""

from __future__ import annotations

import pytest

from sent_tui.store.memory import MemoryRepository
from sent_tui.tui.app import SentApp
from sent_tui.tui.screens.contacts import ContactsScreen
from sent_tui.tui.screens.create import CreateScreen
from sent_tui.tui.screens.detail import ContactScreen
from tests.tui.harness import NARROW, NORMAL, WIDE, make_app, make_contact, press, screen_text

ADA, BO = make_contact("+14155550123", "Ada Okafor"), make_contact("+14155550177", "Bo Lindqvist")
WHY = "The database is read-only."


class OnlyRead(MemoryRepository):
    """A store that another program keeps from being written to."""

    @property
    def read_only(self) -> str:
        return "It was opened for reading only."


def only_read() -> SentApp:
    repository = OnlyRead()
    app = make_app(repository=repository)
    MemoryRepository.add(repository, [ADA, BO])
    return app


@pytest.mark.parametrize("key", ["n", "d", "o", "e", "c", "C", "p", "u"])
async def test_a_key_that_would_write_says_that_nothing_can_be(key: str) -> None:
    app = only_read()
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, key)
        assert WHY in screen_text(app)
        assert isinstance(app.screen, ContactsScreen)


async def test_without_a_contact_its_commands_say_so() -> None:
    app = make_app()
    async with app.run_test(size=NORMAL) as pilot:
        for key in ("s", "enter", "y", "d"):
            await press(pilot, key)
            assert "No contact is selected." in screen_text(app)
            app.screen.query_one("KeyLine").news = ""  # type: ignore[attr-defined]


async def test_help_and_palette_say_why() -> None:
    app = only_read()
    async with app.run_test(size=(120, 60)) as pilot:
        await press(pilot, "question_mark")
        lines = screen_text(app).splitlines()
        place = next(place for place, line in enumerate(lines) if "Create a contact" in line)
        assert f"Not now: {WHY}" in lines[place + 1]
        await press(pilot, "escape", "colon", *"delete")
        assert f"Delete the contact, or the marked ones   d   Not now: {WHY}" in screen_text(app)
        await press(pilot, "enter")
        assert WHY in screen_text(app)


async def test_a_contact_without_messages_says_so() -> None:
    app = make_app([ADA])
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "enter")
        for key in ("m", "R", "x"):
            await press(pilot, key)
            assert isinstance(app.screen, ContactScreen)
            assert "There is no message yet." in screen_text(app)
            app.screen.say("")


async def test_the_form_says_what_makes_no_sense_yet() -> None:
    app = make_app()
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "n", "ctrl+n")
        assert "This contact comes first." in screen_text(app)
        await press(pilot, "ctrl+y")
        assert "No number is suggested." in screen_text(app)
        assert isinstance(app.screen, CreateScreen)


async def test_help_begins_with_the_keys_of_what_has_the_focus() -> None:
    app = make_app([ADA])
    async with app.run_test(size=(120, 60)) as pilot:
        await press(pilot, "slash", "f1")
        shown = screen_text(app)
        assert shown.index("Keys: the text that is typed") < shown.index("Keys: contacts")
        await press(pilot, "escape", "escape", "question_mark")
        assert "the text that is typed" not in screen_text(app)


async def test_a_dialog_has_its_own_cancel() -> None:
    app = only_read()
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "y")
        dialog = app.screen
        await press(pilot, "escape")
        assert app.screen is not dialog
