"""An open contact, and what can be done with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from textual.widgets import OptionList

from sent_tui.core.channel import Channel
from sent_tui.core.message import Content
from sent_tui.errors import DatabaseError, RefusedError
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.contacts import NewContact
from sent_tui.services.inbound import Inbound
from sent_tui.services.workspace import Workspace
from sent_tui.tui.app import SentApp
from sent_tui.tui.profile import read_profile
from sent_tui.tui.screens.contacts import ContactsScreen
from sent_tui.tui.screens.detail import ContactScreen
from sent_tui.tui.screens.dialogs import Choose, Confirm
from sent_tui.tui.screens.edit import EditScreen
from sent_tui.tui.widgets.contact_lines import Profile
from tests.tui.harness import NARROW, WIDE, Clock, make_app, press, screen_text, settle


@pytest.fixture
def app(clock: Clock) -> SentApp:
    app = make_app(clock=clock, gateway=Simulator(clock))
    for number, name in (("+14155550102", "Ada Okafor"), ("+14155550106", "Bo Lindqvist")):
        app.workspace.contacts.create(NewContact(number, name=name, tags=("vip",), notes="Rings twice."))
    return app


async def test_shows_formats_channels_reasons_lifecycle_and_facts(app: SentApp) -> None:
    async with app.run_test(size=(120, 60)) as pilot:
        await press(pilot, "enter")
        shown = screen_text(app)
        for words in (
            "+14155550102", "+1 415-555-0102", "(415) 555-0102", "tel:+1-415-555-0102",
            "WhatsApp first", "Rings twice.", "registered on WhatsApp", "may be messaged", "#vip",
            "Validate the number", "Set the default channel",
            "No messages yet", "San Francisco", "America/Los_Angeles",
        ):  # fmt: skip
            assert words in shown, words


async def test_the_fallback_is_seen_in_the_timeline(app: SentApp, clock: Clock) -> None:
    contact = app.workspace.contacts.resolve("+14155550102")
    async with app.run_test(size=(200, 60)) as pilot:
        await press(pilot, "enter")
        sent = app.workspace.sending.send(contact.id, Content("Hello"))
        app.workspace.sending.follow(sent.id, pause=lambda seconds: _pass(clock, seconds))
        await settle(pilot)
        shown = screen_text(app)
        assert "✗ failed: not registered on this channel (DELIVERY_007)" in shown
        assert "SMS      ✓ delivered" in shown
        assert "● default" in shown
        assert "SMS: the only channel that is open." in shown


async def test_what_the_person_wrote_and_what_was_held_back_is_in_the_timeline(app: SentApp, clock: Clock) -> None:
    contact = app.workspace.contacts.resolve("+14155550102")
    async with app.run_test(size=(200, 60)) as pilot:
        await press(pilot, "enter")
        app.workspace.inbound.receive(contact.id, Inbound("in-1", Channel.SMS, "Stop [/]!", clock()))
        app.workspace.inbound.receive(contact.id, Inbound("in-2", Channel.SMS, "STOP", clock()))
        with pytest.raises(RefusedError):
            app.workspace.sending.send(contact.id, Content("Hello"))
        await settle(pilot)
        shown = screen_text(app)
        for words in (
            "← received  just now  on SMS",
            "Stop [/]!",
            "✗ filtered",
            "the person has opted out (CONSENT_001)",
            "by the person",
            "wrote STOP",
        ):
            assert words in shown, words


def _pass(clock: Clock, seconds: float) -> None:
    clock.now += timedelta(seconds=seconds)


async def test_steps_to_the_next_contact_of_the_list_and_back(app: SentApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "enter", "J")
        assert "Bo Lindqvist" in screen_text(app)
        await press(pilot, "J")
        assert "no further contact" in screen_text(app)
        await press(pilot, "K")
        assert "Ada Okafor" in screen_text(app)
        await press(pilot, "h")
        assert isinstance(app.screen, ContactsScreen)


async def test_opting_out_asks_names_and_can_be_undone(app: SentApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "enter", "o")
        assert isinstance(app.screen, Confirm)
        assert "Ada Okafor" in screen_text(app)
        await press(pilot, "escape")
        assert not app.workspace.contacts.resolve("+14155550102").opt_out
        await press(pilot, "o", "enter")
        assert app.workspace.contacts.resolve("+14155550102").opt_out
        assert "Opted out" in screen_text(app)
        await press(pilot, "u")
        assert not app.workspace.contacts.resolve("+14155550102").opt_out
        await press(pilot, "o", "enter", "o", "enter")
        assert app.workspace.contacts.resolve("+14155550102").opt_out, "opting in again begins on Cancel"
        await press(pilot, "o", "y")
        assert not app.workspace.contacts.resolve("+14155550102").opt_out


async def test_deleting_says_what_is_lost_begins_on_cancel_and_can_be_undone(app: SentApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "enter", "d")
        shown = screen_text(app)
        assert "Delete Ada Okafor?" in shown
        assert "opt the contact out instead" in shown
        await press(pilot, "enter")
        assert app.workspace.repository.page().total == 2
        await press(pilot, "d", "y")
        assert app.workspace.repository.page().total == 1
        assert isinstance(app.screen, ContactsScreen)
        await press(pilot, "u")
        assert app.workspace.repository.page().total == 2


async def test_the_default_channel_is_chosen_from_a_list(app: SentApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "enter", "p")
        assert isinstance(app.screen, Choose)
        assert app.screen.query_one(OptionList).highlighted == 0
        await press(pilot, "j", "j", "enter")
        contact = app.workspace.contacts.resolve("+14155550102")
        assert (contact.default_channel, contact.default_pinned) == (Channel.SMS, True)
        assert "◆ default, chosen by a person" in screen_text(app)
        await press(pilot, "p", "k", "k", "enter")
        assert not app.workspace.contacts.resolve("+14155550102").default_pinned
        await press(pilot, "p", "escape")


async def test_a_channel_that_is_not_there_is_not_taken(app: SentApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "enter", "J", "p", "j", "enter")
        assert "WhatsApp does not reach this number." in screen_text(app)
        assert not app.workspace.contacts.resolve("+14155550106").default_pinned


async def test_copy_offers_every_format(app: SentApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "y")
        shown = screen_text(app)
        for text in ("+14155550102", "+1 415-555-0102", "(415) 555-0102", "tel:+1-415-555-0102"):
            assert text in shown
        await press(pilot, "enter")
        assert app.clipboard == "+14155550102"
        assert "Copied +14155550102" in screen_text(app)


async def test_check_looks_the_channels_up_again(app: SentApp, clock: Clock) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "enter")
        clock.now += timedelta(days=400)
        await press(pilot, "escape", "enter")
        assert "Worth a check (c): " in screen_text(app)
        await press(pilot, "c")
        assert "Channels checked." in screen_text(app)
        assert "Worth a check" not in screen_text(app)
        assert app.workspace.contacts.resolve("+14155550102").status(Channel.SMS).checked_at == clock.now


async def test_edit_changes_the_local_fields(app: SentApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "enter", "e")
        assert isinstance(app.screen, EditScreen)
        await press(pilot, "end", *" Obi", "ctrl+s")
        assert app.workspace.contacts.resolve("+14155550102").name == "Ada Okafor Obi"
        assert "Ada Okafor Obi" in screen_text(app)


async def test_retry_says_why_not(app: SentApp, clock: Clock) -> None:
    contact = app.workspace.contacts.resolve("+14155550102")
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "enter", "R")
        assert "There is no message yet." in screen_text(app)
        app.workspace.sending.send(contact.id, Content("Hello"))
        await settle(pilot)
        await press(pilot, "R")
        assert "Not sent again. It is still under way." in screen_text(app)


async def test_retry_sends_a_failed_message_anew(app: SentApp) -> None:
    created = app.workspace.contacts.create(NewContact("+14155550113", name="Aaron Down"))
    app.workspace.sending.send(created.contact.id, Content("Hello"))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "enter", "R")
        assert len(app.workspace.repository.messages(contact_id=created.contact.id)) == 2


async def test_a_contact_deleted_elsewhere_closes_its_screen(app: SentApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "enter")
        assert isinstance(app.screen, ContactScreen)
        app.workspace.repository.delete([app.screen.contact_id])
        await settle(pilot)
        assert isinstance(app.screen, ContactsScreen)


async def test_in_little_room_the_halves_stand_beneath_each_other(app: SentApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, "enter")
        assert app.screen.query_one("IdentityView").region.x == app.screen.query_one("HistoryView").region.x
        await press(pilot, "tab", "end")
        assert "No messages yet" in screen_text(app)


async def test_what_cannot_be_written_is_said_and_changes_nothing(
    app: SentApp, monkeypatch: pytest.MonkeyPatch
) -> None:

    def full(*args: object, **kwargs: object) -> object:
        raise DatabaseError("The disk is full", "contacts.json could not be written.", "Make room and try again.")

    monkeypatch.setattr(app.workspace.repository, "transaction", full)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await press(pilot, "c")
        assert "The disk is full" in screen_text(app)
        assert app.is_running


async def test_only_changes_of_its_own_are_read(app: SentApp, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def noted(workspace: Workspace, contact_id: str, *others: Any) -> Profile:
        read.append(contact_id)
        return read_profile(workspace, contact_id, *others)

    repository, contacts = app.workspace.repository, app.workspace.contacts
    ada, bo = (repository.find(number) for number in ("+14155550102", "+14155550106"))
    assert ada is not None
    assert bo is not None
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, ContactScreen)
        monkeypatch.setattr("sent_tui.tui.screens.detail.read_profile", noted)
        contacts.edit(bo.id, notes="Rings once.")
        app.workspace.sending.send(bo.id, Content("Hello"))
        await settle(pilot)
        assert read == []
        contacts.edit(ada.id, notes="Rings once.")
        await settle(pilot)
        assert read == [ada.id]
