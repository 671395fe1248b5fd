"""The palette finds contacts too: four digits, or a part of a name."""

from __future__ import annotations

import pytest
from textual.widgets import OptionList

from sent_tui.core.search import EVERYONE, ContactQuery
from sent_tui.core.search_index import Results
from sent_tui.errors import DatabaseError
from sent_tui.store.memory import MemoryRepository
from sent_tui.tui.palette import CONTACTS_OFFERED
from sent_tui.tui.screens.detail import ContactScreen
from tests.hostile.payloads import PAYLOADS
from tests.hostile.rendering import assert_harmless
from tests.tui.harness import NORMAL, make_app, make_contact, paste, press, screen_text

ADA, BO = make_contact("+14155550123", "Ada Okafor"), make_contact("+14155550177", "Bo Lindqvist")


@pytest.mark.parametrize("typed", ["0177", "lindq", "(415) 555-0177"])
async def test_a_contact_is_found_and_opened(typed: str) -> None:
    app = make_app([ADA, BO])
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "colon", *typed)
        assert "Bo Lindqvist   +1 415-555-0177" in screen_text(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, ContactScreen)
        assert app.screen.contact_id == BO.id
        await press(pilot, "escape")
        assert app.screen.title == "Contacts"


async def test_only_a_few_contacts_are_offered() -> None:
    app = make_app([make_contact(f"+141555501{number:02d}", f"Person {number}") for number in range(30)])
    async with app.run_test(size=(80, 50)) as pilot:
        await press(pilot, "colon", *"person")
        offered = app.screen.query_one(OptionList).options
        assert sum("+1 415" in str(option.prompt) for option in offered) == CONTACTS_OFFERED


async def test_one_character_asks_for_no_contacts() -> None:
    app = make_app([ADA])
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "ctrl+p", "f")
        assert "Ada Okafor   +1" not in screen_text(app)


class Lost(MemoryRepository):
    """A database that cannot be searched."""

    def answer(self, query: ContactQuery = EVERYONE, **options: object) -> Results:
        raise DatabaseError("The database cannot be read", "", "")


async def test_commands_are_offered_when_contacts_cannot_be() -> None:
    app = make_app(repository=Lost())
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "colon", *"create a")
        assert "Create a contact   n" in screen_text(app)


async def test_hostile_names_do_no_harm() -> None:
    app = make_app([make_contact(f"+1415555{100 + at:04}", name) for at, name in enumerate(PAYLOADS.values())])
    async with app.run_test(size=NORMAL) as pilot:
        for at in range(len(PAYLOADS)):
            await press(pilot, "colon")
            await paste(pilot, f"555-{100 + at:04}")
            assert f"+1 415-555-{100 + at:04}" in screen_text(app)
            assert_harmless(app)
            await press(pilot, "escape")
