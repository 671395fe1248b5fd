"""How reports, refusals and lost answers move a message."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel, ChannelStatus
from sent_tui.core.contact import Contact
from sent_tui.core.default_move import MovedBy
from sent_tui.core.message import Content, DeliveryEvent, Message, MessageStatus
from sent_tui.core.number_type import NumberType
from sent_tui.core.progress import accepted, attempted, followed, left, outcome_lost, refused, reported, stopped, taught
from tests.factories import steps

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def contact() -> Contact:
    bare = Contact(
        "c1", "+14155550123", "+14155550123", "+1 415-555-0123", "(415) 555-0123", "tel:+1-415-555-0123", "1", "US",
        NumberType.MOBILE, NOW,
    )  # fmt: skip
    for channel in Channel:
        bare = bare.with_status(ChannelStatus(channel, Availability.AVAILABLE))
    return bare.with_default(Channel.WHATSAPP, pinned=False, reason="", at=NOW, by=MovedBy.LEARNED)


def message(*channels: Channel) -> Message:
    route = channels or (Channel.WHATSAPP, Channel.SMS)
    planned = Message(
        "m1", "c1", "+14155550123", Content("Hello"), MessageStatus.PLANNED, NOW, NOW, "simulator", steps(*route)
    )
    return attempted(planned, route[0], "key-1", NOW, 0.0075)


def event(status: str, seconds: float = 1, *, attempt: int = 0, code: str | None = None) -> DeliveryEvent:
    at = NOW + timedelta(seconds=seconds)
    return DeliveryEvent(f"{attempt}/{status}/{seconds}", "m1", "c1", attempt, Channel.WHATSAPP, status, at, code)


def on_its_way() -> Message:
    return accepted(message(), 0, "g1", NOW)


def test_an_attempt_is_written_down_before_it_is_handed_over() -> None:
    planned = message()
    assert planned.status == MessageStatus.PLANNED
    assert planned.attempts[0].idempotency_key == "key-1"
    assert planned.attempts[0].gateway_id is None
    assert not planned.is_final


def test_accepted_is_queued() -> None:
    assert on_its_way().status == MessageStatus.QUEUED
    assert on_its_way().attempts[0].gateway_id == "g1"


def test_a_lost_answer_is_unknown_and_not_final() -> None:
    lost = outcome_lost(message(), 0, NOW, "no answer")
    assert lost.status == MessageStatus.UNKNOWN
    assert not lost.is_final


@pytest.mark.parametrize(("go_on", "final"), [(True, False), (False, True)])
def test_a_refusal_goes_on_only_where_it_may(go_on: bool, final: bool) -> None:
    failed = refused(message(), 0, NOW, "refused", go_on=go_on)
    assert failed.status == MessageStatus.FAILED
    assert failed.is_final is final


def test_reports_in_any_order_and_twice_end_the_same() -> None:
    events = [event("ROUTED", 1), event("SENT", 2), event("DELIVERED", 3)]
    ends = set()
    for order in itertools.permutations(events):
        moved = on_its_way()
        for one in (*order, *order):
            moved = reported(moved, one)
        ends.add((moved.status, moved.attempts[0].ended_at))
    assert ends == {("DELIVERED", NOW + timedelta(seconds=3))}


def test_read_follows_delivered_and_nothing_follows_read() -> None:
    read = reported(reported(on_its_way(), event("DELIVERED")), event("READ", 2))
    assert read.status == MessageStatus.READ
    assert reported(read, event("FAILED", 3)) == read
    assert reported(reported(on_its_way(), event("DELIVERED")), event("FAILED", 3)).status == MessageStatus.DELIVERED


def test_an_unknown_status_is_kept_as_it_came() -> None:
    assert reported(on_its_way(), event("PARKED")).status == "PARKED"


def test_a_late_delivery_takes_the_place_of_a_failure() -> None:
    failed = reported(on_its_way(), event("FAILED", 1, code="DELIVERY_003"))
    first, learned = taught(failed, contact(), 0, NOW)
    assert (learned.status(Channel.WHATSAPP).failed, learned.status(Channel.WHATSAPP).delivered) == (1, 0)
    late = reported(first, event("DELIVERED", 9))
    corrected, learned = taught(late, learned, 0, NOW)
    status = learned.status(Channel.WHATSAPP)
    assert (status.attempts, status.delivered, status.failed) == (1, 1, 0)
    assert corrected.attempts[0].reason_code is None


def test_a_late_delivery_of_an_earlier_attempt_is_the_messages_status() -> None:
    failed = reported(on_its_way(), event("FAILED", 1, code="DELIVERY_003"))
    second = accepted(attempted(failed, Channel.SMS, "key-2", NOW, 0.01), 1, "g2", NOW)
    assert reported(second, event("DELIVERED", 9)).status == MessageStatus.DELIVERED
    assert reported(second, event("SENT", 9, attempt=0)).status == MessageStatus.QUEUED


def test_a_result_teaches_once() -> None:
    done = reported(on_its_way(), event("DELIVERED"))
    once, learned = taught(done, contact(), 0, NOW)
    assert taught(once, learned, 0, NOW) == (once, learned)


def test_a_failure_stays_with_its_channel_when_the_network_takes_another_one() -> None:
    failed, learned = taught(reported(on_its_way(), event("FAILED", code="DELIVERY_007")), contact(), 0, NOW)
    arrived = replace(event("DELIVERED", 9), channel=Channel.SMS)
    moved, learned = left(failed, learned, arrived)
    _, learned = taught(reported(moved, arrived), learned, 0, NOW)
    counts = {each.channel: (each.attempts, each.delivered, each.failed) for each in learned.channels}
    assert counts == {Channel.WHATSAPP: (1, 0, 1), Channel.SMS: (1, 1, 0)}
    assert learned.availability(Channel.WHATSAPP) is Availability.UNAVAILABLE
    read = replace(event("DELIVERED", 9), channel=Channel.WHATSAPP)
    done = reported(moved, replace(event("READ", 9), channel=Channel.SMS))
    assert left(done, learned, read) == (done, learned), "what changes nothing takes nothing back"


@pytest.mark.parametrize("status", ["FILTERED", "BLOCKED", "SENT", "CANCELLED"])
def test_what_says_nothing_about_the_recipient_teaches_nothing(status: str) -> None:
    moved = reported(on_its_way(), event(status, code="BUSINESS_003"))
    assert taught(moved, contact(), 0, NOW) == (moved, contact())


def test_a_fact_about_the_recipient_moves_the_default() -> None:
    failed = reported(on_its_way(), event("FAILED", code="DELIVERY_007"))
    _, learned = taught(failed, contact(), 0, NOW)
    assert learned.default_channel is Channel.SMS
    assert learned.availability(Channel.WHATSAPP) is Availability.UNAVAILABLE


def test_a_persons_default_is_left_alone() -> None:
    pinned = replace(contact(), default_pinned=True)
    failed = reported(on_its_way(), event("FAILED", code="DELIVERY_007"))
    assert taught(failed, pinned, 0, NOW)[1].default_channel is Channel.WHATSAPP


def test_stopped_ends_the_route() -> None:
    failed = reported(on_its_way(), event("FAILED"))
    ended = stopped(failed, MessageStatus.FILTERED, NOW)
    assert ended.is_final
    assert ended.next_channel is None


def test_the_contact_shows_its_newest_message_only() -> None:
    newer = replace(contact(), last_message_at=NOW + timedelta(hours=1), last_status="READ")
    assert followed(on_its_way(), newer) == newer
    assert followed(on_its_way(), contact()).last_status == MessageStatus.QUEUED
