"""The messages of a contact, one at a time: what was planned, why, and what came of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace
from textual.widgets import Button

from sent_tui.core.channel import Channel
from sent_tui.core.contact import Contact
from sent_tui.core.message import Content, Message, MessageStatus
from sent_tui.core.text import percent
from sent_tui.errors import DatabaseError
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.contacts import NewContact
from sent_tui.services.explaining import rationale_of
from sent_tui.services.inbound import Inbound
from sent_tui.tui.app import SentApp
from sent_tui.tui.screens.detail import ContactScreen
from sent_tui.tui.screens.dialogs import Confirm
from sent_tui.tui.screens.message import MessageScreen
from tests.tui.harness import NARROW, NORMAL, WIDE, Clock, make_app, press, screen_text, settle

FALLS_BACK, DEAD = "+14155550102", "+14155550105"


@pytest.fixture
def app(clock: Clock) -> SentApp:
    app = make_app(clock=clock, gateway=Simulator(clock))
    app.workspace.contacts.create(NewContact(FALLS_BACK, name="Ada Okafor"))
    return app


def ada(app: SentApp) -> Contact:
    known = app.workspace.repository.find(FALLS_BACK)
    assert known is not None
    return known


def deliver(app: SentApp, clock: Clock, text: str = "Hello") -> Message:
    sent = app.workspace.sending.send(ada(app).id, Content(text))
    done = app.workspace.sending.follow(sent.id, pause=clock.wait)
    clock.now += timedelta(hours=1)
    return done


def words(app: SentApp) -> str:
    return " ".join(screen_text(app).split())


async def test_a_message_is_shown_against_its_plan(app: SentApp, clock: Clock) -> None:
    sent = deliver(app, clock)
    async with app.run_test(size=(120, 60)) as pilot:
        await press(pilot, "enter", "m")
        assert isinstance(app.screen, MessageScreen)
        whatsapp, sms = sent.steps
        assert whatsapp.estimate is not None
        assert sms.estimate is not None
        shown = words(app)
        assert f"1 WhatsApp planned {percent(whatsapp.estimate)}; ✗ failed after" in shown
        assert f"2 SMS planned {percent(sms.estimate)}; ✓ delivered in" in shown
        for reason in sent.reasons:
            assert reason in shown, "the reasons of then, whatever holds now"
        rationale = rationale_of(app.workspace.repository, app.workspace.sending, sent.contact_id)
        for channel in (Channel.WHATSAPP, Channel.SMS):
            told = rationale.lesson(sent.id, channel)
            assert told is not None
            assert f"learned: estimate {percent(told.before)} → {percent(told.after)}" in shown
        for fact in (FALLS_BACK, sent.id, "simulator", "1 of 1", "2026-03-02 09:30 UTC"):
            assert fact in shown


@pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE])
async def test_older_and_newer_messages(app: SentApp, clock: Clock, size: tuple[int, int]) -> None:
    for text in ("First words", "Second words", "Third words"):
        deliver(app, clock, text)
    async with app.run_test(size=size) as pilot:
        await press(pilot, "enter", "enter")
        assert "Third words" in screen_text(app)
        assert "3 of 3" in screen_text(app)
        await press(pilot, "left_square_bracket")
        assert "This is the newest message." in screen_text(app)
        await press(pilot, "J", "J")
        assert "First words" in screen_text(app)
        await press(pilot, "right_square_bracket")
        assert "There is no older message." in screen_text(app)
        await press(pilot, "K")
        assert "Second words" in screen_text(app)
        deliver(app, clock, "Fourth words")
        await settle(pilot)
        assert "Second words" in screen_text(app), "another message does not take its place"
        assert "2 of 4" in screen_text(app)
        await press(pilot, "escape")
        assert isinstance(app.screen, ContactScreen)


async def test_what_the_person_wrote_has_no_plan(app: SentApp, clock: Clock) -> None:
    app.workspace.inbound.receive(ada(app).id, Inbound("in-1", Channel.SMS, "Thanks!", clock()))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "enter", "m")
        shown = words(app)
        assert "Thanks!" in shown
        assert f"From {FALLS_BACK}" in shown
        assert "As planned" not in shown
        await press(pilot, "R")
        assert "Not sent again. The person wrote it." in words(app)


async def test_a_message_that_failed_is_sent_again(clock: Clock) -> None:
    app = make_app(clock=clock, gateway=Simulator(clock))
    app.workspace.contacts.create(NewContact(DEAD))
    contact = app.workspace.repository.find(DEAD)
    assert contact is not None
    sending = app.workspace.sending
    sent = sending.send(contact.id, Content("Hello"), channel=Channel.SMS)

    sending.follow(sent.id, pause=clock.wait)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "enter", "m")
        assert "planned" in screen_text(app)
        app.workspace.contacts.check(contact.id)
        await press(pilot, "R")
        assert len(app.workspace.repository.messages(contact_id=contact.id)) == 2
        assert "1 of 2" in screen_text(app), "the one that was looked at stays"


async def test_without_a_message_there_is_nothing_to_open(app: SentApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "enter", "m")
        assert isinstance(app.screen, ContactScreen)
        assert "There is no message yet." in screen_text(app)


async def test_messages_that_cannot_be_read(app: SentApp, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(app, clock)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await press(pilot, "enter", "m")

        def fail(*args: object, **options: object) -> None:
            raise DatabaseError("The database cannot be read", "The disk is gone.", "Plug it in.")

        monkeypatch.setattr(type(app.workspace.repository), "messages", fail)
        assert isinstance(app.screen, MessageScreen)
        app.screen.reload()
        await settle(pilot)
        assert "Hello" in screen_text(app)
        assert "The disk is gone." in words(app)


async def test_a_message_that_waits_is_cancelled_with_a_key_after_a_question(app: SentApp, clock: Clock) -> None:
    waiting = app.workspace.sending.schedule(ada(app).id, Content("Later"), clock() + timedelta(hours=2))
    deliver(app, clock, "Now")
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "enter")
        assert "It is to go out on 2 Mar 2026, 11:30 UTC." in words(app)
        await press(pilot, "x")
        assert isinstance(app.screen, Confirm)
        await press(pilot, "escape")
        assert app.workspace.repository.message(waiting.id).is_waiting
        await press(pilot, "x")
        app.screen.query_one("#yes", Button).press()
        await settle(pilot)
        assert app.workspace.repository.message(waiting.id).status == MessageStatus.CANCELLED
        assert "Cancelled: nothing was sent." in words(app)


async def test_of_a_message_under_way_only_the_next_steps_are_called_off(app: SentApp) -> None:
    sent = app.workspace.sending.send(ada(app).id, Content("Hello"))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "enter", "m", "x")
        assert "What was handed over cannot be called back" in words(app)
        app.screen.query_one("#yes", Button).press()
        await settle(pilot)
        assert app.workspace.repository.message(sent.id).next_channel is None
        assert "No other step goes out." in words(app)


async def test_what_has_come_to_its_end_is_not_cancelled(app: SentApp, clock: Clock) -> None:
    deliver(app, clock)
    async with app.run_test(size=WIDE) as pilot:
        for keys in (("enter", "x"), ("m", "x")):
            await press(pilot, *keys)
            assert not isinstance(app.screen, Confirm)
            assert "Not cancelled: it is delivered." in words(app)


async def test_there_is_nothing_to_cancel(app: SentApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "enter", "x")
        assert "There is no message yet." in words(app)


async def test_a_late_arrival_shows_as_a_possible_duplicate(app: SentApp, clock: Clock) -> None:
    sent = app.workspace.sending.send(ada(app).id, Content("Hello"))
    first = replace(sent.attempts[0], status="SENT", overdue_at=clock())
    second = replace(first, channel=Channel.SMS, idempotency_key="k", status="DELIVERED", overdue_at=None)
    second = replace(second, ended_at=clock() + timedelta(seconds=3))
    with app.workspace.repository.transaction() as tx:
        tx.put_message(replace(sent, attempts=(first, second), status="DELIVERED"))
    async with app.run_test(size=(120, 50)) as pilot:
        await press(pilot, "enter", "m")
        shown = words(app)
        assert "It may have arrived twice: SMS is confirmed, WhatsApp is not." in shown
        assert "… sent; no report of delivery within 15m" in shown
        assert "✓ delivered in 3 s" in shown
