"""What each step from a number to a contact decides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel, ChannelStatus, Source
from sent_tui.core.channel_record import learn
from sent_tui.core.contact import Contact, StepKind, StepResult, new_contact
from sent_tui.core.lifecycle import (
    default_set,
    normalised,
    sms_assessed,
    sms_by_type,
    whatsapp_detected,
)
from sent_tui.core.number_type import NumberType
from sent_tui.core.outcome import Outcome
from sent_tui.core.phone import PhoneNumber, parse

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def contact() -> Contact:
    number = parse("+14155550123")
    assert isinstance(number, PhoneNumber)
    return new_contact(number, contact_id="c1", at=NOW)


@pytest.mark.parametrize(
    ("number_type", "carries"),
    [
        (NumberType.MOBILE, Availability.AVAILABLE),
        (NumberType.FIXED_LINE_OR_MOBILE, Availability.AVAILABLE),
        (NumberType.FIXED_LINE, Availability.UNAVAILABLE),
        (NumberType.TOLL_FREE, Availability.UNAVAILABLE),
        (NumberType.PREMIUM_RATE, Availability.UNAVAILABLE),
        (NumberType.VOIP, Availability.UNKNOWN),
        (NumberType.UNKNOWN, Availability.UNKNOWN),
    ],
)
def test_sms_by_number_type(number_type: NumberType, carries: Availability) -> None:
    assert sms_by_type(number_type) is carries


def test_every_step_is_recorded_in_order(contact: Contact) -> None:
    done = normalised(contact, NOW)
    done = sms_assessed(done, Availability.AVAILABLE, NOW, "takes SMS")
    done = whatsapp_detected(done, Availability.AVAILABLE, NOW, "registered", last_inbound_at=NOW)
    done = default_set(done, NOW)
    assert [step.kind for step in done.lifecycle] == list(StepKind)
    assert {step.result for step in done.lifecycle} == {StepResult.YES}
    assert all(step.at == NOW and step.evidence for step in done.lifecycle)
    assert done.default_channel is Channel.WHATSAPP
    assert done.available_channels == "sms,whatsapp"
    assert done.status(Channel.WHATSAPP).last_inbound_at == NOW


def test_a_lookup_gives_no_sms_to_a_landline(contact: Contact) -> None:
    landline = replace(contact, number_type=NumberType.FIXED_LINE)
    done = sms_assessed(landline, Availability.AVAILABLE, NOW, "takes SMS")
    assert done.availability(Channel.SMS) is Availability.UNAVAILABLE
    assert done.status(Channel.SMS).source is Source.NUMBERING_PLAN


def test_a_lookup_that_says_no_outweighs_the_number_type(contact: Contact) -> None:
    done = sms_assessed(contact, Availability.UNAVAILABLE, NOW, "no SMS here")
    assert done.availability(Channel.SMS) is Availability.UNAVAILABLE
    assert done.status(Channel.SMS).evidence == "no SMS here"


def test_a_recent_delivery_outweighs_a_lookup_that_says_no(contact: Contact) -> None:
    proven = ChannelStatus(
        Channel.WHATSAPP, Availability.AVAILABLE, checked_at=NOW, last_delivered_at=NOW - timedelta(days=2)
    )
    done = whatsapp_detected(contact.with_status(proven), Availability.UNAVAILABLE, NOW, "not registered")
    assert done.availability(Channel.WHATSAPP) is Availability.AVAILABLE
    assert "delivered lately" in done.status(Channel.WHATSAPP).evidence
    old = replace(proven, last_delivered_at=NOW - timedelta(days=31))
    done = whatsapp_detected(contact.with_status(old), Availability.UNAVAILABLE, NOW, "not registered")
    assert done.availability(Channel.WHATSAPP) is Availability.UNAVAILABLE


def test_a_lookup_without_an_answer_keeps_what_was_known(contact: Contact) -> None:
    known = whatsapp_detected(contact, Availability.AVAILABLE, NOW, "registered")
    later = whatsapp_detected(known, Availability.UNKNOWN, NOW + timedelta(days=1), "network down")
    assert later.status(Channel.WHATSAPP) == known.status(Channel.WHATSAPP)
    fresh = whatsapp_detected(contact, Availability.UNKNOWN, NOW, "network down")
    assert fresh.lifecycle[-1].result is StepResult.UNKNOWN


def test_a_lookup_without_an_answer_leaves_the_step_that_found_it_out(contact: Contact) -> None:
    known = whatsapp_detected(contact, Availability.AVAILABLE, NOW, "registered")
    later = whatsapp_detected(known, Availability.UNKNOWN, NOW + timedelta(days=1), "network down")
    assert later == known
    unknown = whatsapp_detected(contact, Availability.UNKNOWN, NOW, "network down")
    again = whatsapp_detected(unknown, Availability.UNKNOWN, NOW + timedelta(days=1), "network down")
    assert again.lifecycle[-1].at == NOW + timedelta(days=1)


@pytest.mark.parametrize("found", [None, Availability.UNKNOWN])
def test_only_an_answer_opens_sms_that_a_delivery_result_closed(contact: Contact, found: Availability | None) -> None:
    assessed = sms_assessed(contact, Availability.AVAILABLE, NOW, "takes SMS")
    closed = assessed.with_status(learn(assessed.status(Channel.SMS), Outcome.FAILED_HARD, NOW, "not in service"))
    later = NOW + timedelta(days=1)
    assert sms_assessed(closed, found, later, "no answer") == closed
    opened = sms_assessed(closed, Availability.AVAILABLE, later, "takes SMS")
    assert opened.availability(Channel.SMS) is Availability.AVAILABLE


def test_no_channel_gives_no_default(contact: Contact) -> None:
    shut = contact
    for channel in Channel:
        shut = shut.with_status(ChannelStatus(channel, Availability.UNAVAILABLE))
    done = default_set(shut, NOW)
    assert done.default_channel is None
    assert done.lifecycle[-1].result is StepResult.NO
