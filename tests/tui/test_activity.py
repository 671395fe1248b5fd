"""The activity: all messages, filtered and searched, as they are now; and selections of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from at_rest import PATIENCE
from sent_tui.core.channel import Channel
from sent_tui.core.message import Content, Message
from sent_tui.core.message_search import Fate, MessageQuery, MessageSelection, fate_of
from sent_tui.core.period import EVER
from sent_tui.errors import DatabaseError
from sent_tui.services.activity import ActivityService, Sifted
from sent_tui.store.memory import MemoryRepository
from sent_tui.tui.activity import FateFilter
from sent_tui.tui.app import SentApp
from sent_tui.tui.messages import MessagesCounted, MessagesFound, SendRequested, WorkFailed
from sent_tui.tui.screens.activity import ActivityScreen
from sent_tui.tui.screens.contacts import ContactsScreen
from sent_tui.tui.screens.detail import ContactScreen
from sent_tui.tui.screens.insights import InsightsScreen
from sent_tui.tui.screens.message import MessageScreen
from sent_tui.tui.screens.send import SendScreen
from sent_tui.tui.widgets.message_list import channel_words, why_not_words, widths
from tests.factories import attempt, message, steps, waiting
from tests.tui.harness import (
    NARROW,
    NORMAL,
    NOW,
    Clock,
    make_app,
    make_contact,
    press,
    press_at_once,
    screen_text,
    settle,
    until,
)

ADA = make_contact("+14155550123", "Ada Okafor")
BO = make_contact("+14155550177", "Bo Lindqvist")
SMS, WHATSAPP = Channel.SMS, Channel.WHATSAPP


def sent(place: int, *tried: tuple[Channel, str], to: Any = ADA, **changes: Any) -> Message:
    """Return a message that is so many hours old, with its attempts."""
    at = NOW - timedelta(hours=place)
    fields: dict[str, Any] = {
        "id": f"m{place}",
        "contact_id": to.id,
        "to": to.format_e164,
        "content": Content(f"Text {place}"),
        "created_at": at,
        "updated_at": at,
        "status": tried[-1][1] if tried else "QUEUED",
        "steps": steps(*(channel for channel, _ in tried)),
        "attempts": tuple(
            attempt(channel=channel, status=status, started_at=at, accepted_at=at, detail="", reason_code=None)
            for channel, status in tried
        ),
    }
    return message(0, **(fields | changes))


LOG = (
    sent(1, (WHATSAPP, "DELIVERED")),
    sent(2, (WHATSAPP, "FAILED"), (SMS, "READ"), to=BO),
    sent(3, (SMS, "FAILED"), reason_code="DELIVERY_007"),
    sent(30, (SMS, "UNKNOWN"), to=BO),
    sent(31, (SMS, "RECEIVED"), status="RECEIVED", attempts=(), to=BO),
    replace(waiting(0, batch="spring-2026"), id="m32", contact_id=ADA.id, created_at=NOW - timedelta(days=40)),
    sent(50 * 24, (WHATSAPP, "CANCELLED")),
)


def app_with(messages: Iterable[Message] = LOG, **options: Any) -> SentApp:
    app = make_app([ADA, BO], **options)
    with app.workspace.repository.transaction() as tx:
        for each in messages:
            tx.put_message(each)
    return app


def shown(app: SentApp) -> list[str]:
    assert isinstance(app.screen, ActivityScreen)
    rows = app.screen.messages._rows
    return [row.message.id for row in rows if row.message is not None]


async def opened(pilot: Pilot[None]) -> ActivityScreen:
    await press(pilot, "a")
    screen = pilot.app.screen
    assert isinstance(screen, ActivityScreen)
    return screen


async def test_it_opens_by_its_key_with_everything_newest_first() -> None:
    seen: list[object] = []
    app = app_with()
    async with app.run_test(size=NORMAL, message_hook=seen.append) as pilot:
        screen = await opened(pilot)
        assert shown(app) == [each.id for each in LOG]
        assert screen.counts is not None
        assert {each: screen.counts.of(each.query) for each in FateFilter} == {
            FateFilter.ALL: 7,
            FateFilter.OUTGOING: 6,
            FateFilter.UNDER_WAY: 0,
            FateFilter.DELIVERED: 2,
            FateFilter.FAILED: 1,
            FateFilter.UNKNOWN: 1,
            FateFilter.STOPPED: 1,
            FateFilter.WAITING: 1,
            FateFilter.RECEIVED: 1,
        }
        text = screen_text(app)
        assert "1 h      ✓ delivered       WhatsApp  Ada Okafor" in text
        assert "2 h      ✓ read            WA → SMS  Bo Lindqvist" in text
        assert "not registered on" in text
        kinds = [type(each) for each in seen if isinstance(each, MessagesFound | MessagesCounted)]
        assert kinds[-1] is MessagesCounted
        await press(pilot, "escape")
        assert isinstance(app.screen, ContactsScreen)


async def test_keys_that_come_at_once_act_on_what_is_found() -> None:
    app = app_with()
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        await press_at_once(pilot, "a", "enter")
        assert isinstance(app.screen, MessageScreen)
        await press(pilot, "escape")
        await press_at_once(pilot, "/", *"0177", "enter", "j", "c")
        assert isinstance(app.screen, ContactScreen)
        assert app.screen.contact_id == BO.id


async def test_who_comes_back_finds_all_as_it_was_and_nothing_is_looked_for_again(clock: Clock) -> None:
    seen: list[object] = []
    app = app_with(clock=clock)
    async with app.run_test(size=NORMAL, message_hook=seen.append) as pilot:
        screen = await opened(pilot)
        await press(pilot, "2", "j", "j")
        before = shown(app)
        seen.clear()
        clock.wait(3600)
        await press(pilot, "enter", "escape", "d", "question_mark", "escape")
        assert app.screen is screen
        assert (shown(app), screen.fate, screen.messages.cursor) == (before, FateFilter.OUTGOING, 2)
        assert not [each for each in seen if isinstance(each, MessagesFound)]
        assert "4 h      ✗ failed" in screen_text(app)


async def test_who_comes_back_finds_what_changed_meanwhile() -> None:
    app = app_with()
    async with app.run_test(size=NORMAL) as pilot:
        screen = await opened(pilot)
        await press(pilot, "j", "enter")
        with app.workspace.repository.transaction() as tx:
            tx.put_message(sent(0, (SMS, "DELIVERED")))
        await press(pilot, "escape")
        assert app.screen is screen
        assert shown(app)[0] == "m0"
        assert screen.messages.cursor == 2


async def test_places_lead_to_each_other_and_back() -> None:
    app = app_with()
    async with app.run_test(size=NORMAL) as pilot:
        screen = await opened(pilot)
        await press(pilot, "c", "w")
        assert len(app.screen_stack) == 4
        await press(pilot, "a")
        assert app.screen is screen
        await press(pilot, "i")
        assert [type(each) for each in app.screen_stack] == [ContactsScreen, InsightsScreen]
        assert "Contacts  Activity  Insights" in screen_text(app)
        await press(pilot, "enter")
        assert [type(each) for each in app.screen_stack] == [ContactsScreen, InsightsScreen, ActivityScreen]
        await press(pilot, "i")
        assert [type(each) for each in app.screen_stack] == [ContactsScreen, InsightsScreen]
        await press(pilot, "a", "escape")
        assert isinstance(app.screen, ContactsScreen)


async def test_what_is_being_typed_is_not_closed() -> None:
    app = app_with()
    async with app.run_test(size=NORMAL) as pilot:
        await opened(pilot)
        await press(pilot, "s")
        assert isinstance(app.screen, SendScreen)
        await pilot.app.run_action("app.show_activity")
        await settle(pilot)
        assert isinstance(app.screen, SendScreen)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("2", ["m1", "m2", "m3", "m30", "m32", "m1200"]),
        ("3", []),
        ("4", ["m1", "m2"]),
        ("5", ["m3"]),
        ("6", ["m30"]),
        ("7", ["m1200"]),
        ("8", ["m32"]),
        ("9", ["m31"]),
        ("[", ["m31"]),
        ("]", ["m1", "m2", "m3", "m30", "m32", "m1200"]),
        ("4v", ["m1"]),
        ("4vv", ["m2"]),
        ("4vvv", ["m1", "m2"]),
        ("jf", ["m2", "m30", "m31"]),
        ("jff", ["m1", "m2", "m3", "m30", "m31", "m32", "m1200"]),
        ("8b", ["m32"]),
        ("8bb1", ["m1", "m2", "m3", "m30", "m31", "m32", "m1200"]),
    ],
)
async def test_filters_combine(keys: str, expected: list[str]) -> None:
    names = {"[": "left_square_bracket", "]": "right_square_bracket"}
    app = app_with()
    async with app.run_test(size=NORMAL) as pilot:
        await opened(pilot)
        await press(pilot, *(names.get(key, key) for key in keys))
        assert shown(app) == expected


async def test_days_are_chosen_and_every_filter_is_taken_off_by_escape() -> None:
    app = app_with()
    async with app.run_test(size=NORMAL) as pilot:
        screen = await opened(pilot)
        await press(pilot, "D", "j", "enter")
        assert screen.narrowing.period.title == "today"
        assert shown(app) == ["m1", "m2", "m3"]
        await press(pilot, "D", "home", *"jjjj", "enter")
        assert shown(app) == ["m1", "m2", "m3", "m30", "m31"]
        await press(pilot, "D", "escape")
        assert screen.narrowing.period.title == "the last 30 days"
        await press(pilot, "v", "f", "4")
        assert "WhatsApp    the last 30 days    Ada Okafor" in screen_text(app)
        assert shown(app) == ["m1"]
        await press(pilot, "escape")
        assert screen.narrowing.contact is None
        await press(pilot, "escape")
        assert screen.narrowing.period == EVER
        await press(pilot, "escape", "escape")
        assert screen.narrowing.channel is None
        assert screen.fate is FateFilter.ALL
        await press(pilot, "escape")
        assert isinstance(app.screen, ContactsScreen)


async def test_the_day_of_a_message_is_offered() -> None:
    app = app_with()
    async with app.run_test(size=NORMAL) as pilot:
        screen = await opened(pilot)
        await press(pilot, "G", "D", "end", "enter")
        assert screen.narrowing.period.title == "2026-01-11"
        assert shown(app) == ["m1200"]


async def test_words_search_names_and_numbers() -> None:
    app = app_with()
    async with app.run_test(size=NORMAL) as pilot:
        screen = await opened(pilot)
        await press(pilot, "slash", *"bo")
        assert shown(app) == ["m2", "m30", "m31"]
        await press(pilot, "down")
        assert screen.messages.cursor == 1
        await press(pilot, "enter", "escape")
        assert len(shown(app)) == len(LOG)
        await press(pilot, "slash", *"0123", "enter", "5")
        assert shown(app) == ["m3"]
        await press(pilot, "slash", *"x")
        assert shown(app) == []
        assert "No message of a contact that matches “x”" in screen_text(app)


async def test_too_many_contacts_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sent_tui.services.activity.MOST_CONTACTS", 1)
    app = app_with()
    async with app.run_test(size=NORMAL) as pilot:
        await opened(pilot)
        await press(pilot, "slash", *"415")
        assert shown(app) == ["m1", "m3", "m32", "m1200"]
        assert "1 more contacts fit these words" in screen_text(app)


async def test_the_cursor_stays_on_its_message_while_others_come() -> None:
    app = app_with()
    async with app.run_test(size=NORMAL) as pilot:
        screen = await opened(pilot)
        await press(pilot, "j")
        with app.workspace.repository.transaction() as tx:
            tx.put_message(sent(0, (SMS, "SENT"), to=BO))
        await settle(pilot)
        assert shown(app)[0] == "m0"
        assert screen.messages.current == LOG[1]
        assert screen.messages.cursor == 2
        assert screen.counts is not None
        assert screen.counts.of(FateFilter.UNDER_WAY.query) == 1
        with app.workspace.repository.transaction() as tx:
            tx.put_message(sent(0, (SMS, "DELIVERED"), to=BO))
        await settle(pilot)
        assert screen.counts.of(FateFilter.UNDER_WAY.query) == 0
        assert "✓ delivered       SMS       Bo Lindqvist" in screen_text(app)


async def test_a_cursor_that_goes_on_while_it_is_looked_for_stays_where_it_went() -> None:
    app = app_with()
    async with app.run_test(size=NORMAL) as pilot:
        screen = await opened(pilot)
        screen.reload()
        screen.messages.cursor = 3
        await settle(pilot)
        assert screen.messages.current == LOG[3]
        screen.fate = FateFilter.OUTGOING
        await settle(pilot)
        assert screen.messages.current == LOG[3]
        screen.fate = FateFilter.RECEIVED
        await settle(pilot)
        assert screen.messages.cursor == 0


async def test_the_cursor_stays_on_a_message_that_moves_out_of_the_first_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sent_tui.tui.activity_search.SCREENFUL", 2)
    app = app_with()
    async with app.run_test(size=NORMAL) as pilot:
        screen = await opened(pilot)
        await press(pilot, "j")
        with app.workspace.repository.transaction() as tx:
            tx.put_message(sent(0, (SMS, "SENT"), to=BO))
        await settle(pilot)
        assert screen.messages.current == LOG[1]
        assert screen.messages.cursor == 2


async def test_it_leads_to_the_message_and_to_the_contact_and_back() -> None:
    app = app_with()
    async with app.run_test(size=NORMAL) as pilot:
        screen = await opened(pilot)
        await press(pilot, "j", "j", "enter")
        assert isinstance(app.screen, MessageScreen)
        assert app.screen.message == LOG[2]
        await press(pilot, "escape", "c")
        assert isinstance(app.screen, ContactScreen)
        assert app.screen.contact_id == ADA.id
        await press(pilot, "escape")
        assert app.screen is screen
        assert screen.messages.current == LOG[2]


async def test_a_message_is_sent_again_or_it_says_why_not() -> None:
    app = app_with()
    async with app.run_test(size=(120, 24)) as pilot:
        await opened(pilot)
        await press(pilot, "R")
        assert "Not sent again." in screen_text(app)
        await press(pilot, "x")
        assert "Not cancelled: it is delivered." in screen_text(app)


async def test_a_message_to_the_contact_is_begun() -> None:
    seen: list[object] = []
    app = app_with()
    async with app.run_test(size=NORMAL, message_hook=seen.append) as pilot:
        await opened(pilot)
        await press(pilot, "j", "s")
        assert {each.contact_id for each in seen if isinstance(each, SendRequested)} == {BO.id}


async def test_the_message_stands_beside_the_list_where_there_is_room() -> None:
    app = app_with()
    async with app.run_test(size=(150, 30)) as pilot:
        await opened(pilot)
        await press(pilot, "j")
        text = screen_text(app)
        assert "│  Bo Lindqvist" in text
        assert "└ SMS      ✓ read" in text
        await pilot.resize_terminal(*NARROW)
        await settle(pilot)
        assert "└ SMS" not in screen_text(app)


async def test_mouse_and_keys_move_and_open() -> None:
    app = app_with()
    async with app.run_test(size=NORMAL) as pilot:
        screen = await opened(pilot)
        places = []
        for key in ("G", "g", "pagedown", "pageup", "ctrl+d", "ctrl+u"):
            await press(pilot, key)
            places.append(screen.messages.cursor)
        assert places == [6, 0, 6, 0, 6, 0]
        await pilot.click(screen.messages, offset=(5, 3))
        await settle(pilot)
        assert screen.messages.cursor == 2
        await pilot.click(screen.messages, offset=(5, 15))
        await pilot.click("FateBar", offset=(9, 0))
        await settle(pilot)
        assert screen.fate is FateFilter.OUTGOING
        await pilot.click(screen.messages, offset=(5, 2), times=2)
        await settle(pilot)
        assert isinstance(app.screen, MessageScreen)
        assert app.screen.message == LOG[1]


async def test_without_messages_it_says_what_to_do() -> None:
    app = app_with(())
    async with app.run_test(size=NORMAL) as pilot:
        await opened(pilot)
        assert "No messages yet" in screen_text(app)
        await press(pilot, "enter", "c", "f", "b", "R", "x", "y", "s")
        assert isinstance(app.screen, ActivityScreen)
        await press(pilot, "5")
        assert "No message under these filters" in screen_text(app)


class TestSelections:
    async def test_a_query_opens_as_a_list(self) -> None:
        app = app_with()
        async with app.run_test(size=NORMAL) as pilot:
            await settle(pilot)
            chosen = MessageSelection("what Bo got", MessageQuery(contacts=frozenset({BO.id})))
            app.push_screen(ActivityScreen(app.session, chosen))
            await settle(pilot)
            assert "what Bo got" in screen_text(app)
            assert shown(app) == ["m2", "m30", "m31"]
            await press(pilot, "4")
            assert shown(app) == ["m2"]

    async def test_one_that_looks_at_each_message(self) -> None:
        app = app_with()
        async with app.run_test(size=NORMAL) as pilot:
            await settle(pilot)
            chosen = MessageSelection("even ones", keeps=lambda each: int(each.id[1:]) % 2 == 0)
            app.push_screen(ActivityScreen(app.session, chosen))
            await settle(pilot)
            screen = app.screen
            assert isinstance(screen, ActivityScreen)
            assert shown(app) == ["m2", "m30", "m32", "m1200"]
            await press(pilot, "4")
            assert shown(app) == ["m2"]
            assert screen.counts is not None
            assert screen.counts.of(MessageQuery()) == 4
            # It shows what is there as it is now, and takes nothing in until it is asked to.
            with app.workspace.repository.transaction() as tx:
                tx.put_message(sent(4, (SMS, "DELIVERED")))
                tx.put_message(sent(2, (WHATSAPP, "FAILED"), (SMS, "DELIVERED"), to=BO))
            await settle(pilot)
            assert shown(app) == ["m2"]
            assert "✓ delivered       WA → SMS" in screen_text(app)
            await press(pilot, "r")
            assert shown(app) == ["m2", "m4"]

    async def test_one_without_messages(self) -> None:
        app = app_with()
        async with app.run_test(size=NORMAL) as pilot:
            await settle(pilot)
            app.push_screen(ActivityScreen(app.session, MessageSelection("none", keeps=lambda _: False)))
            await settle(pilot)
            assert "There is no such message." in screen_text(app)

    async def test_one_that_was_left_is_looked_for_no_longer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        begun, left = Event(), Event()
        told: list[bool] = []
        real = ActivityService.sift

        def waits(service: ActivityService, *args: Any, is_cancelled: Callable[[], bool], **options: Any) -> Sifted:
            begun.set()
            assert left.wait(PATIENCE)
            told.append(is_cancelled())
            return real(service, *args, is_cancelled=is_cancelled, **options)

        monkeypatch.setattr(ActivityService, "sift", waits)
        seen: list[object] = []
        app = app_with()
        async with app.run_test(size=NORMAL, message_hook=seen.append) as pilot:
            await settle(pilot)
            app.push_screen(ActivityScreen(app.session, MessageSelection("all", keeps=lambda _: True)))
            await until(pilot, begun.is_set)
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, ContactsScreen))
            left.set()
            await until(pilot, lambda: told)
            await settle(pilot)
        assert told == [True]
        assert not any(isinstance(each, MessagesFound) for each in seen)


class TestTrouble:
    async def test_a_database_that_cannot_be_read_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fails(*_: object, **__: object) -> Any:
            raise DatabaseError("It cannot be read", "The disk is gone.", "")

        seen: list[object] = []
        app = app_with()
        async with app.run_test(size=NORMAL, message_hook=seen.append) as pilot:
            await settle(pilot)
            monkeypatch.setattr(MemoryRepository, "select", fails)
            await press(pilot, "a")
            assert [each.title for each in seen if isinstance(each, WorkFailed)] == ["It cannot be read"]

    async def test_one_message_that_cannot_be_read_takes_none_of_the_others_away(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app = app_with()
        state: Any = app.workspace.repository
        known = state._records._messages

        class Altered(dict[str, Message]):
            def __getitem__(self, name: str) -> Message:
                if name == "m2":
                    raise DatabaseError("It cannot be read", "The record was altered.", "")
                return super().__getitem__(name)

        async with app.run_test(size=NORMAL) as pilot:
            await settle(pilot)
            whole = app.workspace.repository.select()
            monkeypatch.setattr(whole, "_load", Altered(known).__getitem__)
            monkeypatch.setattr(MemoryRepository, "select", lambda *_, **__: whole)
            screen = await opened(pilot)
            assert "This message cannot be read" in screen_text(app)
            await press(pilot, "j", "enter", "c", "R")
            assert app.screen is screen


class TestWords:
    def test_channels(self) -> None:
        assert channel_words(LOG[0]) == "WhatsApp"
        assert channel_words(LOG[1]) == "WA → SMS"
        assert channel_words(LOG[4]) == "SMS"
        assert channel_words(replace(LOG[2], attempts=(), steps=())) == "–"
        assert channel_words(replace(LOG[2], attempts=(), steps=steps(SMS))) == "SMS"

    def test_why_not(self) -> None:
        assert why_not_words(LOG[0]) == ""
        assert "not registered" in why_not_words(LOG[2])
        bare = replace(LOG[2], reason_code=None, attempts=(replace(LOG[2].attempts[0], detail="as it came"),))
        assert why_not_words(bare) == "as it came"
        assert why_not_words(replace(LOG[2], reason_code=None, attempts=())) == ""

    def test_columns_fill_the_width_exactly(self) -> None:
        for width in range(60, 200):
            assert sum(widths(width).values()) == width
        assert [*widths(29)] == ["when", "status", "name"]

    def test_every_fate_has_a_filter(self) -> None:
        assert {fate for each in FateFilter for fate in each.fates or ()} == set(Fate)
        assert {fate_of(each) for each in LOG} == set(Fate) - {Fate.UNDER_WAY}
