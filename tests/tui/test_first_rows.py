"""What is seen comes first: the first rows of a search are painted before the others, and no row twice."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from msgspec.structs import replace
from textual.strip import Strip

from sent_tui.core.contact import Contact
from sent_tui.core.search import EVERYONE, ContactQuery
from sent_tui.core.search_index import Results
from sent_tui.store.memory import MemoryRepository
from sent_tui.tui.app import SentApp
from sent_tui.tui.screens.contacts import ContactsScreen
from sent_tui.tui.widgets.contact_list import ContactList
from tests.tui.harness import NORMAL, make_app, make_contact, screen_text, settle

LONGEST = 60.0
"""Seconds that a test waits for the other thread."""


class Held(MemoryRepository):
    """Finds all rows of a query only when it is allowed to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go = threading.Event(), threading.Event()

    def answer(self, query: ContactQuery = EVERYONE, **options: Any) -> Results:
        if not query.is_everyone:
            self.asked.set()
            assert self.go.wait(LONGEST)
        return super().answer(query, **options)


def people(count: int) -> list[Contact]:
    """Return contacts with names in the order of their numbers, every second one odd."""
    kinds = ("Even", "Odd")
    return [make_contact(f"+1415555{number:04d}", f"P{number:03d} {kinds[number % 2]}") for number in range(100, count)]


def contact_list(app: SentApp) -> ContactList:
    assert isinstance(app.screen, ContactsScreen)
    return app.screen.contact_list


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the lines of the list that are drawn from now on."""
    lines: list[int] = []
    draw = ContactList.render_line

    def render_line(self: ContactList, y: int) -> Strip:
        lines.append(y)
        return draw(self, y)

    monkeypatch.setattr(ContactList, "render_line", render_line)
    return lines


async def test_the_first_rows_are_painted_before_the_others_are_looked_for() -> None:
    repository = Held()
    app = make_app(people(150), repository=repository)
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        await pilot.press("slash", *"109")
        try:
            assert await asyncio.to_thread(repository.asked.wait, LONGEST)
            await pilot.pause()
            text = screen_text(app)
            assert "P109 Odd" in text
            assert "P108 Even" not in text
        finally:
            repository.go.set()
        await settle(pilot)
        assert [row.name for row in contact_list(app).results] == ["P109 Odd"]


async def test_the_rest_of_an_older_search_is_not_looked_for() -> None:
    app = make_app(people(150))
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        await pilot.press("slash", *"odd")
        await pilot.press("backspace", "backspace", "backspace", *"even")
        await settle(pilot)
        assert {row.name[-4:] for row in contact_list(app).results} == {"Even"}


async def test_rows_that_did_not_change_are_not_drawn_again(drawn: list[int]) -> None:
    app = make_app(people(130))
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        assert drawn
        drawn.clear()
        contact_list(app).results = contact_list(app).results
        await settle(pilot)
        assert drawn == []
        changed = app.workspace.repository.find("+14155550104")
        assert changed is not None
        app.workspace.repository.update(changed.id, lambda contact: replace(contact, name="P104 Changed"))
        await settle(pilot)
        assert "P104 Changed" in screen_text(app)
        assert drawn == [5]


async def test_rows_are_drawn_anew_in_another_theme() -> None:
    app = make_app(people(130))
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        before = contact_list(app).render_line(2)
        app.action_switch_theme()
        await settle(pilot)
        after = contact_list(app).render_line(2)
        assert after.text == before.text
        assert after != before


async def test_a_cursor_far_down_stays_on_its_row_when_its_contact_is_filtered_out() -> None:
    app = make_app(people(500))
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        contact_list(app).cursor = 151
        await settle(pilot)
        await pilot.press("slash", *"even")
        await settle(pilot)
        assert contact_list(app).cursor == 151
        assert len(contact_list(app).results) == 200


@pytest.mark.parametrize("count", [200, 130])
async def test_the_list_is_as_long_as_its_rows_and_the_cursor_stays_in_sight(count: int) -> None:
    app = make_app(people(count))
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        await pilot.press("G", "slash", *"even")
        await settle(pilot)
        listed = contact_list(app)
        assert len(listed.results) == (count - 100) // 2
        assert listed.current is not None
        assert listed.current.name in screen_text(app)
        assert listed.scroll_offset.y == listed.max_scroll_y == max(0, len(listed.results) + 1 - listed.size.height)
        assert listed.show_vertical_scrollbar is (len(listed.results) + 1 > listed.size.height)
        await pilot.press("ctrl+u")
        await settle(pilot)
        assert listed.virtual_size.height == count - 100 + 1
        assert listed.current.name in screen_text(app)
        if listed.show_vertical_scrollbar:
            assert listed.vertical_scrollbar.window_virtual_size == listed.virtual_size.height
