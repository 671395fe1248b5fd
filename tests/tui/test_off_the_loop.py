"""Searching and counting may take as long as they like: the event loop never does them itself."""

from __future__ import annotations

import threading
from typing import Any

from sent_tui.core.prices import FLAT, Prices
from sent_tui.core.search import EVERYONE, ContactQuery
from sent_tui.core.search_index import Counts, Results
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.workspace import assemble
from sent_tui.store.memory import MemoryRepository
from sent_tui.store.repository import Page
from sent_tui.tui.app import SentApp
from sent_tui.tui.screens.contacts import ContactsScreen
from sent_tui.tui.screens.create import CreateScreen
from sent_tui.tui.screens.detail import ContactScreen
from sent_tui.tui.screens.send import SendScreen
from tests.tui.harness import NORMAL, NOW, make_app, make_contact, settle


class WatchedRepository(MemoryRepository):
    """Notes in which thread its contacts are searched and counted."""

    def __init__(self) -> None:
        super().__init__()
        self.searched: list[int] = []
        self.counted: list[int] = []

    def page(self, query: ContactQuery = EVERYONE, **options: Any) -> Page:
        self.searched.append(threading.get_ident())
        return super().page(query, **options)

    def glance(self, query: ContactQuery = EVERYONE, **options: Any) -> Results | None:
        self.searched.append(threading.get_ident())
        return super().glance(query, **options)

    def answer(self, query: ContactQuery = EVERYONE, **options: Any) -> Results:
        self.searched.append(threading.get_ident())
        return super().answer(query, **options)

    def count(self, query: ContactQuery = EVERYONE) -> Counts:
        self.counted.append(threading.get_ident())
        return super().count(query)


async def test_the_event_loop_never_searches_or_counts() -> None:
    repository = WatchedRepository()
    people = [make_contact(f"+141555501{number:02}", f"Person {number}") for number in range(40)]
    app = make_app(people, repository=repository)
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        for keys in (
            ("slash", *"person 1", "escape", "escape"),
            ("2", "3", "1", "right_square_bracket", "1"),
            ("t", "j", "enter", "T"),
            ("f", *"kingdom", "escape"),
            ("pagedown", "j", "k", "G", "g"),
            ("enter", "right_square_bracket"),
        ):
            await pilot.press(*keys)
            await settle(pilot)
        assert isinstance(app.screen, ContactScreen)
        await pilot.press("s", *"Hello")
        await settle(pilot)
        assert isinstance(app.screen, SendScreen)
        for keys in (("ctrl+s",), ("enter",), ("escape",), ("escape",), ("n", *"+14155550177"), ("ctrl+s",)):
            await pilot.press(*keys)
            await settle(pilot)
        assert isinstance(app.screen, CreateScreen)
        assert len(repository.messages()) == 1
        assert repository.find("+14155550177") is not None
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(app.screen, ContactsScreen)
        assert repository.searched
        assert repository.counted
        assert threading.get_ident() not in {*repository.searched, *repository.counted}


async def test_the_event_loop_reads_no_price_list() -> None:
    read: list[int] = []

    def prices() -> Prices:
        read.append(threading.get_ident())
        return FLAT

    repository = MemoryRepository([make_contact("+14155550123", "Ada")])
    workspace = assemble(repository, Simulator(lambda: NOW, pace=0), user="tester", clock=lambda: NOW, prices=prices)
    app = SentApp(workspace, follow=False)
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, ContactScreen)
    assert len(read) == 1
    assert threading.get_ident() not in read


async def test_the_list_is_searched_once_when_the_app_opens() -> None:
    repository = WatchedRepository()
    app = make_app([make_contact("+14155550123", "Ada Okafor")], repository=repository)
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        assert len(repository.counted) == 1
        assert len(repository.searched) == 2, "the rows, and how many there are in all"
