"""The page that says what came of the messages, and the lists that its figures open."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from at_rest import PATIENCE
from sent_tui.core.channel import Channel
from sent_tui.core.default_move import MovedBy
from sent_tui.core.insights import Dimension, Effect, Figure
from sent_tui.core.message import Message
from sent_tui.core.search_match import SearchCancelledError
from sent_tui.errors import DatabaseError
from sent_tui.services.insights import Found, InsightsService, Scope
from sent_tui.tui.app import SentApp
from sent_tui.tui.insight_rows import MOST_MOVES, insight_rows
from sent_tui.tui.messages import InsightsFound, WorkFailed
from sent_tui.tui.screens.activity import ActivityScreen
from sent_tui.tui.screens.contacts import ContactsScreen
from sent_tui.tui.screens.detail import ContactScreen
from sent_tui.tui.screens.insights import InsightsScreen
from tests.tui.harness import (
    NARROW,
    NORMAL,
    NOW,
    make_app,
    make_contact,
    press,
    screen_text,
    settle,
    until,
)
from tests.unit.test_insights import PRICES, sent

ADA = make_contact("+14155550123", "Ada Okafor")
BO = make_contact("+14155550177", "Bo Lindqvist")
SMS, WHATSAPP = Channel.SMS, Channel.WHATSAPP
OF_ADA: dict[str, Any] = {"contact_id": ADA.id, "to": ADA.format_e164}
OF_BO: dict[str, Any] = {"contact_id": BO.id, "to": BO.format_e164}
LOG = (
    sent(1, (WHATSAPP, "DELIVERED", 2), **OF_ADA),
    sent(2, (WHATSAPP, "FAILED", 1), (SMS, "DELIVERED", 100), **OF_ADA),
    sent(3, (SMS, "FAILED", 1), plan=(SMS,), **OF_BO),
    sent(20 * 24, (SMS, "DELIVERED", 8), plan=(SMS,), **OF_BO),
    sent(60 * 24, (SMS, "DELIVERED", 8), plan=(SMS,), **OF_BO),
)


def app_with(messages: Iterable[Message] = LOG) -> SentApp:
    app = make_app([ADA, BO])
    repository = app.workspace.repository
    with repository.transaction() as tx:
        for each in messages:
            tx.put_message(each)
    for channel, hours in ((SMS, 3), (WHATSAPP, 1)):
        at = NOW - timedelta(hours=hours)
        repository.update(
            ADA.id,
            lambda known, channel=channel, at=at: known.with_default(  # type: ignore[misc]
                channel, pinned=False, reason="3 of 3 delivered", at=at, by=MovedBy.LEARNED
            ),
        )
    return app


async def opened(pilot: Pilot[None]) -> InsightsScreen:
    await press(pilot, "i")
    screen = pilot.app.screen
    assert isinstance(screen, InsightsScreen)
    return screen


async def to_figure(pilot: Pilot[None], screen: InsightsScreen, figure: Figure) -> None:
    await press(pilot, "g")
    for _ in range(screen.figures.row_count):
        row = screen.figures.current
        if row is not None and row.figure == figure:
            return
        await press(pilot, "j")
    raise AssertionError(figure)


def ids(app: SentApp) -> list[str]:
    assert isinstance(app.screen, ActivityScreen)
    return [row.message.id for row in app.screen.messages._rows if row.message is not None]


async def test_it_opens_by_its_key_with_the_last_month() -> None:
    seen: list[object] = []
    app = app_with()
    async with app.run_test(size=NORMAL, message_hook=seen.append) as pilot:
        screen = await opened(pilot)
        assert screen.found is not None
        assert screen.found.report.whole.count == 4
        assert any(isinstance(each, InsightsFound) for each in seen)
        text = screen_text(app)
        assert "Messages of the last 30 days" in text
        assert "4 messages, 75% delivered." in text
        assert "1 message went on to another channel" in text
        await press(pilot, "escape")
        assert isinstance(app.screen, ContactsScreen)


async def test_the_period_is_chosen() -> None:
    app = app_with()
    async with app.run_test(size=NORMAL) as pilot:
        screen = await opened(pilot)
        counts = []
        for key in ("1", "3", "4", "2", "right_square_bracket", "left_square_bracket", "left_square_bracket"):
            await press(pilot, key)
            assert screen.found is not None
            counts.append((screen.days, screen.found.report.whole.count))
        assert counts == [(7, 3), (90, 5), (0, 5), (30, 4), (90, 5), (30, 4), (7, 3)]
        await press(pilot, "4")
        assert "All messages" in screen_text(app)


@pytest.mark.parametrize(
    ("figure", "title", "expected"),
    [
        (Figure(effect=Effect.RESCUED), "Messages that arrived only by a fallback, the last 30 days", ["m2"]),
        (Figure(Dimension.CHANNEL, "sms"), "Messages tried on SMS, the last 30 days", ["m2", "m3", "m480"]),
        (Figure(), "Messages that went out, the last 30 days", ["m1", "m2", "m3", "m480"]),
    ],
)
async def test_a_figure_opens_its_messages(figure: Figure, title: str, expected: list[str]) -> None:
    app = app_with()
    async with app.run_test(size=NORMAL) as pilot:
        screen = await opened(pilot)
        await to_figure(pilot, screen, figure)
        await press(pilot, "enter")
        assert ids(app) == expected
        assert title in screen_text(app)
        await press(pilot, "escape")
        assert app.screen is screen
        assert screen.figures.current is not None
        assert screen.figures.current.figure == figure


async def test_a_default_that_moved_leads_to_its_contact() -> None:
    app = app_with()
    async with app.run_test(size=(120, 50)) as pilot:
        screen = await opened(pilot)
        assert "Ada Okafor" in screen_text(app)
        assert "SMS → WhatsApp  3 of 3 delivered" in screen_text(app)
        await press(pilot, "g")
        while screen.figures.current is None or not screen.figures.current.contact_id:
            await press(pilot, "j")
        await press(pilot, "enter")
        assert isinstance(app.screen, ContactScreen)
        assert app.screen.contact_id == ADA.id
        await press(pilot, "escape")
        assert app.screen_stack[-1] is screen
        app.workspace.repository.delete([ADA.id])
        await press(pilot, "enter")
        assert app.screen_stack[-1] is screen
        await press(pilot, "r")
        assert "a deleted contact" in screen_text(app)


async def test_only_the_contacts_of_the_list() -> None:
    app = app_with()
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "slash", *"bo", "enter")
        screen = await opened(pilot)
        assert screen.found is not None
        assert screen.found.report.whole.count == 2
        assert "to the 1 contact of the list" in screen_text(app)
        await to_figure(pilot, screen, Figure())
        await press(pilot, "enter")
        assert ids(app) == ["m3", "m480"]
        await press(pilot, "escape", "f")
        assert screen.found.report.whole.count == 4


async def test_without_a_filter_there_is_no_list_to_look_at() -> None:
    app = app_with()
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        await press(pilot, "f")
        assert "Open this page from a list that is filtered or searched." in screen_text(app)


async def test_it_is_read_again_when_asked_to() -> None:
    app = app_with(())
    async with app.run_test(size=NARROW) as pilot:
        screen = await opened(pilot)
        assert "No message went out in this time." in screen_text(app)
        with app.workspace.repository.transaction() as tx:
            tx.put_message(LOG[0])
        await press(pilot, "r")
        assert screen.found is not None
        assert screen.found.report.whole.count == 1


async def test_keys_stop_at_what_can_be_opened_and_the_mouse_opens_it() -> None:
    app = app_with()
    async with app.run_test(size=NORMAL) as pilot:
        screen = await opened(pilot)
        for key in ("G", "k", "pageup", "pagedown", "ctrl+u", "ctrl+d", "g", "j", "down", "up"):
            await press(pilot, key)
            assert screen.figures.current is not None
            assert screen.figures.current.can_be_opened
        await press(pilot, "g")
        await pilot.click(screen.figures, offset=(8, 0), times=2)
        await settle(pilot)
        assert isinstance(app.screen, ActivityScreen)


async def test_a_new_size_keeps_the_figure() -> None:
    app = app_with()
    async with app.run_test(size=NORMAL) as pilot:
        screen = await opened(pilot)
        figure = Figure(Dimension.CHANNEL, "whatsapp")
        await to_figure(pilot, screen, figure)
        for size in (NARROW, (140, 40)):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            assert screen.figures.current is not None
            assert screen.figures.current.figure == figure


class TestTrouble:
    async def test_a_database_that_cannot_be_read_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fails(*_: object, **__: object) -> Found:
            raise DatabaseError("It cannot be read", "The disk is gone.", "")

        seen: list[object] = []
        app = app_with()
        async with app.run_test(size=NORMAL, message_hook=seen.append) as pilot:
            monkeypatch.setattr(InsightsService, "look", fails)
            await opened(pilot)
            assert {each.title for each in seen if isinstance(each, WorkFailed)} == {"It cannot be read"}
            await press(pilot, "enter")
            assert isinstance(app.screen, InsightsScreen)

    async def test_a_page_that_was_left_is_told_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        begun, left = Event(), Event()
        told: list[bool] = []

        def waits(_: object, scope: Scope, *, is_cancelled: Callable[[], bool], on_progress: Any) -> Found:
            on_progress(500, 900)
            begun.set()
            assert left.wait(PATIENCE)
            told.append(is_cancelled())
            raise SearchCancelledError

        monkeypatch.setattr(InsightsService, "look", waits)
        seen: list[object] = []
        app = app_with()
        async with app.run_test(size=NORMAL, message_hook=seen.append) as pilot:
            await settle(pilot)
            await pilot.press("i")
            await until(pilot, lambda: "Reading the messages … 500 of 900" in screen_text(app))
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, ContactsScreen))
            left.set()
            await until(pilot, lambda: told)
            await settle(pilot)
        assert told == [True]
        assert not any(isinstance(each, InsightsFound) for each in seen)


class TestRows:
    def found(self, messages: Iterable[Message] = LOG) -> Found:
        app = app_with(messages)
        return InsightsService(app.workspace.repository, PRICES, NOW.tzinfo).look(Scope())

    @pytest.mark.parametrize("width", [*range(56, 90), 118, 138])
    def test_no_row_is_wider_than_there_is_room(self, width: int) -> None:
        many = [sent(place * 9, (SMS, "DELIVERED", place)) for place in range(300)]
        found = self.found([*LOG, *many])
        for row in insight_rows(found.report, found.moves, lambda _: "名前" * 30, width):
            assert sum(cell_len(text) for text, _ in row.parts) <= width

    def test_days_stand_over_each_other_where_there_are_many(self) -> None:
        found = self.found([sent(day * 24, (SMS, ("DELIVERED", "FAILED")[day % 2], 1)) for day in range(200)])
        text = ["".join(part for part, _ in row.parts) for row in insight_rows(found.report, (), str, 76)]
        [head] = [line for line in text if line.startswith("Messages by day")]
        assert head.endswith("4 days a column")
        columns = [line for line in text if "│" in line]
        assert len(columns) == 6
        assert len({len(line) for line in columns}) == 1
        assert "█" in columns[-1]
        assert "░" in columns[0]

    def test_more_moves_than_are_shown(self) -> None:
        moves = self.found().moves * MOST_MOVES
        rows = insight_rows(self.found().report, moves, str, 80)
        assert sum(bool(row.contact_id) for row in rows) == MOST_MOVES
        assert any(f"and {len(moves) - MOST_MOVES} earlier ones" in text for row in rows for text, _ in row.parts)
