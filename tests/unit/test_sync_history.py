"""Conversations of an account become messages here: once each, with what they teach and decide."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from fault_campaign.sent_server import CUSTOMER, Fault, booked, contact_id
from sent_tui.core.channel import Channel
from sent_tui.core.contact import Contact
from sent_tui.core.conversation import conversation_id
from sent_tui.core.message import Content, Message
from sent_tui.core.standing import standing
from sent_tui.errors import NotFoundError, RefusedError
from sent_tui.gateways.gateway import TransientGatewayError
from sent_tui.services.contacts import NewContact
from sent_tui.services.sync_history import HistoryReport
from tests.unit.test_sync import BEGAN, EARLIER, Office, number


@pytest.fixture
def office() -> Iterator[Office]:
    office = Office()
    office.world.book = [booked(number(), EARLIER)]
    office.sync()
    yield office
    office.close()


def letter(name: str, at: int, *events: str, **fields: Any) -> dict[str, Any]:
    """Return a message of a conversation, so many minutes after the beginning."""
    when = BEGAN + timedelta(minutes=at)
    stamps = [(when + timedelta(seconds=place)).isoformat() for place in range(len(events))]
    return {
        "id": name,
        "direction": "OUTBOUND",
        "channel": "whatsapp",
        "phone": number(),
        "status": events[-1] if events else "QUEUED",
        "created_at": when.isoformat(),
        "message_body": {"content": f"Letter {name}"},
        "events": [{"status": status, "timestamp": at} for status, at in zip(events, stamps, strict=True)],
        **fields,
    }


def written(name: str, at: int, text: str, **fields: Any) -> dict[str, Any]:
    """Return what the person wrote."""
    body = {"content": text}
    return letter(name, at, direction="INBOUND", status="RECEIVED", message_body=body, events=[], **fields)


def put(office: Office, *letters: dict[str, Any]) -> None:
    """Let these be the conversation, oldest first."""
    office.world.letters[conversation_id(CUSTOMER, contact_id(number()))] = list(reversed(letters))


def read(office: Office) -> HistoryReport:
    service = office.workspace.history
    assert service is not None
    return service.read(person(office).id)


def person(office: Office) -> Contact:
    found = office.repository.find(number())
    assert found is not None
    return found


def test_messages_are_added_once_with_what_became_of_them(office: Office) -> None:
    put(
        office,
        letter("one", -600, "QUEUED", "SENT", "DELIVERED", "READ"),
        written("two", -590, "Thank you"),
        letter("three", -10, "QUEUED", "SENT", channel="sms", template_name="hours", message_body=None),
    )
    first = read(office)
    assert (first.received, first.sent, first.known) == (1, 2, 0)
    messages = {message.id: message for message in office.repository.messages(contact_id=person(office).id)}
    assert (messages["one"].status, messages["one"].content.text) == ("READ", "Letter one")
    assert len(office.repository.events("one")) == 4
    assert messages["two"].is_inbound
    assert (messages["three"].content.text, messages["three"].content.template) == ("Template hours", "hours")
    assert not messages["three"].is_final, "it is followed like any other"
    status = person(office).status(Channel.WHATSAPP)
    assert (status.attempts, status.delivered) == (1, 1)
    assert status.last_inbound_at == BEGAN - timedelta(minutes=590)
    learned = person(office)
    again = read(office)
    assert (again.received, again.sent, again.known) == (0, 0, 3)
    assert person(office) == learned


def test_a_message_from_elsewhere_says_so_and_is_never_sent_again(office: Office) -> None:
    put(office, letter("one", -9000, "QUEUED", "FAILED"))
    read(office)
    message = office.repository.message("one")
    assert message.is_foreign
    assert message.status == "FAILED"
    assert standing(message) == ("It was sent elsewhere, and read from the network.",)
    assert office.workspace.sending.why_no_retry(message) == "It was sent elsewhere."
    with pytest.raises(RefusedError):
        office.workspace.sending.retry("one")


def test_an_old_message_without_an_end_is_not_asked_after(office: Office) -> None:
    put(office, letter("one", -9000, "QUEUED", "SENT"))
    read(office)
    assert office.repository.message("one").is_final
    assert list(office.repository.messages(only_open=True)) == []


def test_what_was_sent_from_here_is_known(office: Office) -> None:
    office.arm()
    sent = office.workspace.sending.send(person(office).id, Content("Template hours", "hours"))
    assert sent.attempts[-1].gateway_id
    report = read(office)
    assert (report.sent, report.known) == (0, 1)


def test_what_may_be_a_message_whose_answer_was_lost_is_left_alone(office: Office) -> None:
    office.arm()
    office.world.faults = lambda heard: Fault.DROPPED_AFTER if heard.method == "POST" else None
    lost: Message = office.workspace.sending.send(person(office).id, Content("Template hours", "hours"))
    assert lost.status == "UNKNOWN"
    put(office, letter("far", -300, "DELIVERED"))
    report = read(office)
    assert (report.sent, report.left) == (1, 1)
    office.later(minutes=2)
    office.workspace.sending.advance(lost.id)
    assert office.repository.message(lost.id).attempts[-1].gateway_id
    assert (read(office).known, read(office).left) == (2, 0)


def test_keywords_count_at_their_own_time_and_on_any_channel(office: Office) -> None:
    put(office, written("one", -50, "STOP"), written("two", -40, "start"))
    read(office)
    assert not person(office).opt_out
    put(
        office, written("one", -50, "STOP"), written("two", -40, "start"), written("three", -30, "Stop.", channel="rcs")
    )
    report = read(office)
    assert report.elsewhere == {"rcs": 1}
    assert person(office).opt_out
    assert len(office.repository.consent_history(number())) == 3
    read(office)
    assert len(office.repository.consent_history(number())) == 3
    assert "1 on rcs" in report.words


def test_a_stop_that_sent_took_back_since_opts_nobody_out(office: Office) -> None:
    office.world.book[0] |= {"updated_at": BEGAN.isoformat()}
    office.sync()
    put(office, written("one", -9000, "STOP"))
    read(office)
    assert not person(office).opt_out
    assert [event.by for event in office.repository.consent_history(number())] == ["the person", "Sent"]
    put(office, written("two", 5, "STOP"), written("one", -9000, "STOP"))
    read(office)
    assert person(office).opt_out


def test_a_channel_that_is_not_known_teaches_nothing(office: Office) -> None:
    before = person(office)
    put(office, letter("one", -50, "DELIVERED", channel="rcs"))
    assert read(office).elsewhere == {"rcs": 1}
    assert person(office) == before


def test_a_contact_made_here_is_looked_for_by_its_number(office: Office) -> None:
    other = number(5)
    made = office.workspace.contacts.create_many([NewContact(other)], detect=False)
    assert not isinstance(made[0], tuple)
    service = office.workspace.history
    assert service is not None
    assert service.read(made[0].contact.id).words == "There are no messages at Sent."
    linked = office.repository.get(made[0].contact.id)
    assert linked.sent is not None
    assert linked.sent.id == contact_id(other)
    unknown = office.workspace.contacts.create_many([NewContact("+493023125001")], detect=False)
    assert not isinstance(unknown[0], tuple)
    with pytest.raises(NotFoundError):
        service.read(unknown[0].contact.id)


def test_what_cannot_be_read_is_passed_over_and_trouble_is_told(office: Office) -> None:
    put(office, {"id": 5}, letter("", -3), letter("one", -3, created_at="soon"), written("ok", -2, "\x1b[31m[/]"))
    assert read(office).received == 1
    office.fail_at(Fault.CUT_AFTER, 1)
    with pytest.raises(TransientGatewayError):
        read(office)
