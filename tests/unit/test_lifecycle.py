"""What each step from a number to a contact decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sent_tui.core.channel import Availability, Channel, ChannelStatus, Source
from sent_tui.core.contact import Contact, StepKind, StepResult, new_contact
from sent_tui.core.lifecycle import (
    Intake,
    default_set,
    is_stale,
    normalised,
    sms_assessed,
    sms_by_type,
    whatsapp_detected,
)
from sent_tui.core.number_type import NumberType
from sent_tui.core.phone import PhoneNumber, parse
from sent_tui.gateways.gateway import Finding

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


def test_no_channel_gives_no_default(contact: Contact) -> None:
    shut = contact
    for channel in Channel:
        shut = shut.with_status(ChannelStatus(channel, Availability.UNAVAILABLE))
    done = default_set(shut, NOW)
    assert done.default_channel is None
    assert done.lifecycle[-1].result is StepResult.NO


def test_a_check_grows_old() -> None:
    status = ChannelStatus(Channel.SMS)
    assert is_stale(status, NOW)
    assert not is_stale(replace(status, checked_at=NOW - timedelta(days=30)), NOW)
    assert is_stale(replace(status, checked_at=NOW - timedelta(days=30, seconds=1)), NOW)


FINDINGS = st.none() | st.builds(
    Finding,
    channel=st.just(Channel.WHATSAPP),
    availability=st.sampled_from(Availability),
    evidence=st.sampled_from(["", "registered", "not there"]),
    last_inbound_at=st.sampled_from([None, NOW - timedelta(days=1), NOW - timedelta(days=400)]),
)
NUMBERS = st.builds(
    PhoneNumber,
    *(st.text(max_size=5) for _ in range(6)),
    region_code=st.sampled_from(["US", "AU", "001"]),
    number_type=st.sampled_from(NumberType),
    extension=st.sampled_from([None, "7"]),
    is_valid=st.just(True),
)


def step_by_step(number: PhoneNumber, whatsapp: Finding | None, sms: Finding | None) -> Contact:
    contact = replace(new_contact(number, contact_id="c1", at=NOW), name="Ada", tags=("vip",), notes="Likes tea")
    contact = normalised(contact, NOW)
    if whatsapp:
        found = whatsapp.availability, NOW, whatsapp.evidence
        contact = whatsapp_detected(contact, *found, last_inbound_at=whatsapp.last_inbound_at)
    contact = sms_assessed(contact, sms.availability if sms else None, NOW, sms.evidence if sms else "")
    return default_set(contact, NOW)


@given(st.lists(st.tuples(NUMBERS, FINDINGS, FINDINGS), max_size=20))
def test_numbers_taken_in_together_become_what_each_would_alone(
    taken: list[tuple[PhoneNumber, Finding | None, Finding | None]],
) -> None:
    intake = Intake(NOW)
    for number, whatsapp, sms in taken:
        together = intake.contact(number, "c1", whatsapp, sms, name="Ada", tags=("vip",), notes="Likes tea")
        assert together == step_by_step(number, whatsapp, sms)
