"""What people write: stored once, opening conversations, opting out and in."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel, Source
from sent_tui.core.consent import ConsentKind, Keyword
from sent_tui.core.contact import Contact
from sent_tui.core.message import Content, MessageStatus
from sent_tui.errors import NotFoundError, RefusedError, UsageError
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.inbound import Inbound, Received
from sent_tui.services.workspace import Workspace, assemble
from sent_tui.store.memory import MemoryRepository
from tests import factories

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WHATSAPP, SMS = Channel.WHATSAPP, Channel.SMS


class Desk:
    def __init__(self) -> None:
        ids = itertools.count(1)
        self.repository = MemoryRepository([factories.contact()])
        self.workspace: Workspace = assemble(
            self.repository,
            Simulator(lambda: NOW),
            user="kim",
            clock=lambda: NOW,
            new_id=lambda: f"id-{next(ids)}",
        )
        self.id = factories.contact_id()

    @property
    def contact(self) -> Contact:
        return self.repository.get(self.id)

    def receive(self, text: str, hours: float = 0, channel: Channel = WHATSAPP, message_id: str = "in-1") -> Received:
        at = NOW - timedelta(hours=hours)
        return self.workspace.inbound.receive(self.id, Inbound(message_id, channel, text, at))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_message_is_stored_and_opens_the_conversation(desk: Desk) -> None:
    received = desk.receive("Hello there", hours=1)
    assert (received.is_new, received.keyword) == (True, None)
    [message] = desk.repository.messages(contact_id=desk.id)
    assert message == received.message
    assert (message.status, message.channel, message.is_final) == (MessageStatus.RECEIVED, WHATSAPP, True)
    assert (message.is_inbound, message.next_channel, message.gateway) == (True, None, "simulator")
    assert desk.contact == received.contact
    assert desk.contact.status(WHATSAPP).last_inbound_at == NOW - timedelta(hours=1)
    assert desk.contact.last_status == "RECEIVED"
    assert not desk.repository.messages(only_open=True)
    assert desk.workspace.sending.plan(desk.id, Content("Hi")).channels[0] is WHATSAPP


def test_the_same_message_heard_again_changes_nothing(desk: Desk) -> None:
    desk.receive("STOP")
    desk.workspace.contacts.opt_in(desk.id, by="kim")
    before = desk.contact
    again = desk.receive("STOP")
    assert (again.is_new, again.keyword) == (False, Keyword.STOP)
    assert desk.contact == before
    assert len(desk.repository.consent_history(factories.number())) == 2
    assert len(desk.repository.messages()) == 1


def test_a_keyword_opts_out_and_in_with_who_and_how(desk: Desk) -> None:
    assert desk.receive("stop.", hours=2).keyword is Keyword.STOP
    assert desk.contact.opt_out
    assert desk.contact.updated_at == NOW
    with pytest.raises(RefusedError, match="opted out"):
        desk.workspace.sending.send(desk.id, Content("Hi"))
    desk.receive("START", hours=1, channel=SMS, message_id="in-2")
    assert not desk.contact.opt_out
    history = desk.repository.consent_history(factories.number())
    assert [(event.kind, event.by, event.how) for event in history] == [
        (ConsentKind.OPT_OUT, "the person", "wrote STOP"),
        (ConsentKind.OPT_IN, "the person", "wrote START"),
    ]
    assert [event.at for event in history] == [NOW - timedelta(hours=2), NOW - timedelta(hours=1)]


def test_help_decides_nothing(desk: Desk) -> None:
    assert desk.receive("Help!").keyword is Keyword.HELP
    assert desk.repository.consent_history(factories.number()) == ()


def test_an_old_stop_that_comes_late_changes_nothing_after_a_newer_start(desk: Desk) -> None:
    desk.receive("START", hours=1)
    desk.receive("STOP", hours=5, message_id="in-2")
    assert not desk.contact.opt_out
    assert desk.contact.status(WHATSAPP).last_inbound_at == NOW - timedelta(hours=1)
    assert [event.how for event in desk.repository.consent_history(factories.number())] == ["wrote STOP", "wrote START"]


@given(st.permutations(range(5)), st.lists(st.sampled_from(["STOP", "start", "Hello", "quit"]), min_size=5, max_size=5))
def test_the_order_in_which_messages_are_heard_does_not_matter(order: list[int], texts: list[str]) -> None:
    expected, actual = Desk(), Desk()
    for place in range(5):
        expected.receive(texts[place], hours=9 - place, message_id=f"in-{place}")
    for place in (*order, *order):
        actual.receive(texts[place], hours=9 - place, message_id=f"in-{place}")
    number = factories.number()
    assert actual.repository.consent_history(number) == expected.repository.consent_history(number)
    assert actual.contact.opt_out is expected.contact.opt_out
    assert actual.contact.last_inbound_at == expected.contact.last_inbound_at
    assert actual.contact.last_message_at == expected.contact.last_message_at


def test_writing_proves_the_channel(desk: Desk) -> None:
    closed = desk.contact.status(WHATSAPP).found(
        Availability.UNAVAILABLE, Source.DELIVERY, NOW - timedelta(hours=3), "not registered"
    )
    desk.repository.update(desk.id, lambda known: known.with_status(closed))
    desk.receive("Hello", hours=4)
    assert desk.contact.availability(WHATSAPP) is Availability.UNAVAILABLE
    desk.receive("Hello again", hours=2, message_id="in-2")
    status = desk.contact.status(WHATSAPP)
    assert (status.availability, status.evidence) == (Availability.AVAILABLE, "the person wrote on WhatsApp")
    assert desk.contact.default_channel is WHATSAPP


def test_a_message_from_a_person_is_not_sent_again(desk: Desk) -> None:
    message = desk.receive("Hello").message
    assert desk.workspace.sending.advance(message.id) == message
    with pytest.raises(RefusedError, match="The person wrote it"):
        desk.workspace.sending.retry(message.id)


def test_a_stop_from_a_clock_that_is_ahead_can_be_taken_back(desk: Desk) -> None:
    stopped = desk.receive("STOP", hours=-48, message_id="in-1")
    assert (stopped.message.created_at, stopped.contact.opt_out) == (NOW, True)
    assert desk.receive("START", message_id="in-2").contact.opt_out is False


def test_what_is_not_complete_is_refused(desk: Desk) -> None:
    with pytest.raises(UsageError):
        desk.receive("Hello", message_id="")
    with pytest.raises(UsageError):
        desk.workspace.inbound.receive(desk.id, Inbound("in-1", SMS, "Hello", NOW.replace(tzinfo=None)))
    with pytest.raises(NotFoundError):
        desk.workspace.inbound.receive("nobody", Inbound("in-1", SMS, "Hello", NOW))
    with desk.repository.transaction() as tx:
        tx.put_message(replace(factories.message(), id="sent-1"))
    with pytest.raises(UsageError, match="was sent"):
        desk.receive("STOP", message_id="sent-1")
    assert not desk.contact.opt_out


def test_half_characters_are_stored_as_signs(desk: Desk) -> None:
    desk.receive("a\ud83d")
    assert desk.repository.message("in-1").content.text == "a\N{REPLACEMENT CHARACTER}"
