from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from sent_tui.core.channel import Channel
from sent_tui.core.message import Content, Message, MessageStatus
from sent_tui.core.phone import PhoneNumber, parse
from sent_tui.errors import UsageError
from sent_tui.gateways.gateway import Finding
from sent_tui.services.accepting import LOOKED_UP, AcceptingService, Mailing
from sent_tui.services.contacts import ContactService
from sent_tui.services.following import Follower
from tests.network import ScriptedDesk

HELLO = Content("Hello")


def phone(text: str) -> PhoneNumber:
    found = parse(text)
    assert isinstance(found, PhoneNumber)
    return found


ADA, BO = phone("+12015550101"), phone("+12015550102")


class Desk(ScriptedDesk):
    """A desk that takes mailings."""

    def __init__(self) -> None:
        super().__init__()
        ids = (f"contact-{place}" for place in range(1_000))
        contacts = ContactService(self.repository, self.network, lambda: self.now, lambda: next(ids))
        self.accepting = AcceptingService(self.repository, contacts, self.sending.claiming, lambda: self.now)

    def accept(self, mailing: Mailing) -> list[Message]:
        return self.accepting.accept(mailing, lambda number, channel: f"{number} by {channel}")


def test_nothing_goes_out_until_somebody_follows() -> None:
    desk = Desk()
    messages = desk.accept(Mailing((ADA, BO), HELLO))
    assert [message.to for message in messages] == [ADA.e164, BO.e164]
    assert all(message.is_waiting for message in messages)
    assert desk.network.taken == []
    follower = Follower(desk.sending, lambda: desk.now)
    follower.tick()
    assert sorted(request.to for request in desk.network.taken) == [ADA.e164, BO.e164]


def test_unknown_numbers_become_contacts_once() -> None:
    desk = Desk()
    desk.accept(Mailing((ADA, ADA), HELLO))
    desk.accept(Mailing((ADA, BO), HELLO))
    assert len(desk.repository.answer()) == 2


def test_for_many_new_numbers_nobody_waits_for_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    asked: list[str] = []

    def detect(number: str) -> tuple[Finding, ...]:
        asked.append(number)
        return ()

    monkeypatch.setattr(desk.network, "detect", detect)
    numbers = [phone(f"+120155501{place:02}") for place in range(LOOKED_UP + 1)]
    desk.accept(Mailing(numbers[:LOOKED_UP], HELLO))
    assert len(asked) == LOOKED_UP
    others = [phone(f"+120255501{place:02}") for place in range(LOOKED_UP + 1)]
    assert len(desk.accept(Mailing((*numbers, *others), HELLO))) == 2 * len(numbers)
    assert len(asked) == LOOKED_UP


def test_each_channel_has_a_message_of_its_own() -> None:
    desk = Desk()
    messages = desk.accept(Mailing((ADA,), HELLO, (Channel.WHATSAPP, Channel.SMS)))
    assert [message.pinned for message in messages] == [Channel.WHATSAPP, Channel.SMS]


def test_the_same_mailing_again_changes_nothing() -> None:
    desk = Desk()
    first = desk.accept(Mailing((ADA, BO), HELLO))
    Follower(desk.sending, lambda: desk.now).tick()
    again = desk.accept(Mailing((ADA, BO), HELLO))
    assert [message.id for message in again] == [message.id for message in first]
    assert len(desk.repository.messages()) == 2
    Follower(desk.sending, lambda: desk.now).tick()
    assert set(desk.network.keys.values()) == {1}


def test_who_opted_out_is_filtered_at_once() -> None:
    desk = Desk()
    (first,) = desk.accept(Mailing((ADA,), HELLO))
    desk.repository.update(first.contact_id, lambda contact: replace(contact, opt_out=True))
    (message,) = desk.accept(Mailing((ADA,), HELLO, (Channel.SMS,)))
    assert (message.status, message.reason_code, message.is_final) == (MessageStatus.FILTERED, "CONSENT_001", True)
    assert desk.contact_of(message).last_status == MessageStatus.FILTERED


def test_a_time_is_kept() -> None:
    desk = Desk()
    (message,) = desk.accept(Mailing((ADA,), HELLO, send_at=desk.now + timedelta(hours=1)))
    Follower(desk.sending, lambda: desk.now).tick()
    assert desk.network.taken == []
    desk.later(hours=1)
    assert desk.advanced(message).attempts


def test_a_text_that_cannot_be_sent_stores_nothing() -> None:
    desk = Desk()
    with pytest.raises(UsageError):
        desk.accept(Mailing((ADA,), Content("x" * 2_000)))
    assert len(desk.repository.answer()) == 0


def test_free_text_that_has_to_wait_for_the_person_is_blocked() -> None:
    desk = Desk()
    contact = desk.contact()
    by_whatsapp = desk.sending.schedule(contact.id, HELLO, desk.now + timedelta(hours=1), channel=Channel.WHATSAPP)
    desk.later(hours=30)
    # Later than a day, it is left to a person: who sends it now.
    message = desk.sending.retry(by_whatsapp.id)
    assert (message.status, message.reason_code, message.is_final) == (MessageStatus.BLOCKED, "BUSINESS_008", True)
    assert desk.network.taken == []
