"""Whatever moves a default channel, exactly one record of it is kept."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.contact import Contact
from sent_tui.core.default_move import DefaultMove, MovedBy
from sent_tui.core.message import Content
from sent_tui.gateways.gateway import Finding
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.checking import CheckingService
from sent_tui.services.contacts import ContactService, NewContact
from sent_tui.services.inbound import Inbound, InboundService
from sent_tui.services.sending import SendingService
from sent_tui.store.memory import MemoryRepository

BOTH, ON_NO_CHANNEL = "+14155550102", "+14155550121"


class Network(Simulator):
    """The simulator, whose lookups say what a test wants."""

    says: Availability | None = None
    """About WhatsApp; None for what the simulator says."""

    def detect(self, number: str) -> tuple[Finding, ...]:
        whatsapp, sms = super().detect(number)
        return (whatsapp, sms) if self.says is None else (Finding(Channel.WHATSAPP, self.says, "as said"), sms)


class Desk:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.repository = MemoryRepository()
        self.network = Network(lambda: self.now, pace=0)
        ids = itertools.count(1)
        parts = (self.repository, self.network, lambda: self.now, lambda: f"id-{next(ids)}")
        self.contacts = ContactService(*parts)
        self.sending = SendingService(*parts)
        self.checking = CheckingService(self.repository, self.network, lambda: self.now)
        self.inbound = InboundService(self.repository, "simulator", lambda: self.now)

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def make(self, number: str = BOTH) -> Contact:
        return self.contacts.create(NewContact(number)).contact

    def moves(self, number: str = BOTH) -> tuple[DefaultMove, ...]:
        return self.repository.default_moves(self.contacts.resolve(number).id)

    def look_up(self, says: Availability, number: str = BOTH) -> None:
        self.network.says = says
        self.wait(60)
        self.contacts.check(self.contacts.resolve(number).id)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def steps(moves: tuple[DefaultMove, ...]) -> list[tuple[Channel | None, Channel | None, MovedBy]]:
    return [(move.before, move.after, move.by) for move in moves]


WA, SMS = Channel.WHATSAPP, Channel.SMS
MADE = (None, WA, MovedBy.LIFECYCLE)


def alone(desk: Desk) -> None:
    desk.make()


def among_many(desk: Desk) -> None:
    desk.contacts.create_many([NewContact(BOTH)])


@pytest.mark.parametrize("make", [alone, among_many])
def test_a_contact_is_made(desk: Desk, make: Callable[[Desk], None]) -> None:
    make(desk)
    contact = desk.contacts.resolve(BOTH)
    [move] = desk.moves()
    assert steps((move,)) == [MADE]
    assert (move.at, move.reason) == (desk.now, contact.default_reason)


@pytest.mark.parametrize("make", [alone, among_many])
def test_a_check(desk: Desk, make: Callable[[Desk], None]) -> None:
    make(desk)
    desk.look_up(Availability.UNAVAILABLE)
    assert steps(desk.moves()) == [MADE, (WA, SMS, MovedBy.CHECK)]
    assert desk.moves()[-1].at == desk.now
    desk.look_up(Availability.UNAVAILABLE)
    assert len(desk.moves()) == 2


def test_a_check_of_many(desk: Desk) -> None:
    ids = [desk.make(number).id for number in (BOTH, "+14155550100")]
    desk.network.says = Availability.UNAVAILABLE
    assert desk.checking.check_many(ids).moved == 2
    for contact_id in ids:
        assert steps(desk.repository.default_moves(contact_id)) == [MADE, (WA, SMS, MovedBy.CHECK)]


def test_a_delivery_result(desk: Desk) -> None:
    contact = desk.make(BOTH)
    sent = desk.sending.send(contact.id, Content("Hello"))
    done = desk.sending.follow(sent.id, pause=desk.wait)
    assert [attempt.channel for attempt in done.attempts] == [WA, SMS]
    moves = desk.moves(BOTH)
    assert steps(moves) == [MADE, (WA, SMS, MovedBy.LEARNED)]
    # The reason is told as it was then, and not as it became when the next message was delivered.
    assert moves[1].reason.startswith("WhatsApp is not available: not registered on this channel; SMS: ")
    assert "no messages yet" in moves[1].reason
    assert "1 of 1 delivered" in desk.contacts.resolve(BOTH).default_reason


def test_a_message_from_the_person(desk: Desk) -> None:
    contact = desk.make(ON_NO_CHANNEL)
    assert desk.moves(ON_NO_CHANNEL) == ()
    desk.wait(60)
    for _ in range(2):
        desk.inbound.receive(contact.id, Inbound("in-1", WA, "Hello", desk.now))
    [move] = desk.moves(ON_NO_CHANNEL)
    assert steps((move,)) == [(None, WA, MovedBy.INBOUND)]
    assert move.at == desk.now


def test_the_last_channel_is_closed(desk: Desk) -> None:
    contact = desk.make(ON_NO_CHANNEL)
    desk.inbound.receive(contact.id, Inbound("in-1", WA, "Hello", desk.now))
    desk.look_up(Availability.UNAVAILABLE, ON_NO_CHANNEL)
    move = desk.moves(ON_NO_CHANNEL)[-1]
    assert steps((move,)) == [(WA, None, MovedBy.CHECK)]
    assert move.reason == "WhatsApp is not available: as said"


def test_a_person_and_the_router_again(desk: Desk) -> None:
    contact = desk.make()
    desk.contacts.set_default(contact.id, WA)
    assert len(desk.moves()) == 1
    desk.wait(60)
    desk.contacts.set_default(contact.id, SMS)
    chosen = desk.moves()[-1]
    assert steps((chosen,)) == [(WA, SMS, MovedBy.PERSON)]
    assert (chosen.at, chosen.reason) == (desk.now, "chosen by a person")
    desk.wait(60)
    desk.contacts.set_default(contact.id, None)
    assert steps(desk.moves()) == [MADE, (WA, SMS, MovedBy.PERSON), (SMS, WA, MovedBy.PERSON)]


def test_an_undo(desk: Desk) -> None:
    contact = desk.make()
    desk.wait(60)
    desk.contacts.set_default(contact.id, SMS)
    assert desk.contacts.undo() == f"default channel of {contact.title}"
    moves = desk.moves()
    assert steps(moves) == [MADE, (WA, SMS, MovedBy.PERSON), (SMS, WA, MovedBy.UNDO)]
    assert moves[-1].words == "SMS → WhatsApp"
    assert desk.repository.get(contact.id).default_by is MovedBy.LIFECYCLE


def test_words() -> None:
    move = DefaultMove("c", datetime(2026, 1, 1, tzinfo=UTC), None, SMS, "", MovedBy.LIFECYCLE)
    assert move.words == "none → SMS"
    assert len({by.label for by in MovedBy}) == len(MovedBy)
