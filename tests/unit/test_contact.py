"""Contacts: what they show, and how they change."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sent_tui.core.channel import Availability, Channel, ChannelStatus, Source
from sent_tui.core.contact import Contact, LifecycleStep, StepKind, StepResult, new_contact, parse_tags
from sent_tui.core.default_move import MovedBy
from sent_tui.core.number_type import NumberType
from sent_tui.core.phone import PhoneNumber, parse
from tests.factories import NOW, contact, known_contact

LATER = NOW + timedelta(hours=1)


def test_a_contact_is_called_by_its_name_or_number() -> None:
    assert contact(name="Ada").title == "Ada"
    assert contact().title == "+1 200-555-0100"


def test_every_channel_is_unknown_at_first() -> None:
    assert [status.channel for status in contact().channels] == list(Channel)
    assert all(contact().availability(channel) is Availability.UNKNOWN for channel in Channel)
    assert not contact().detected
    assert contact().available_channels is None


def test_available_channels_are_written_once_something_was_checked() -> None:
    none = contact().with_status(
        contact().status(Channel.SMS).found(Availability.UNAVAILABLE, Source.LOOKUP, NOW, "a landline")
    )
    assert none.detected
    assert none.available_channels == ""
    assert known_contact().available_channels == "whatsapp"


def test_a_status_takes_its_place() -> None:
    status = ChannelStatus(Channel.SMS, Availability.AVAILABLE)
    assert contact().with_status(status).channels == (ChannelStatus(Channel.WHATSAPP), status)
    assert contact(channels=()).with_status(status).channels == (status,)
    assert contact(channels=()).status(Channel.SMS) == ChannelStatus(Channel.SMS)


def test_the_default_channel_keeps_its_time_while_it_stays() -> None:
    first = contact().with_default(Channel.SMS, pinned=False, reason="only SMS", at=NOW, by=MovedBy.LEARNED)
    assert (first.default_channel, first.default_since, first.default_pinned) == (Channel.SMS, NOW, False)
    pinned = first.with_default(Channel.SMS, pinned=True, reason="chosen", at=LATER, by=MovedBy.PERSON)
    assert (pinned.default_since, pinned.default_reason, pinned.default_pinned) == (NOW, "chosen", True)
    moved = pinned.with_default(Channel.WHATSAPP, pinned=False, reason="better", at=LATER, by=MovedBy.LEARNED)
    assert (moved.default_channel, moved.default_since) == (Channel.WHATSAPP, LATER)
    assert contact().with_default(None, pinned=False, reason="none", at=NOW, by=MovedBy.LEARNED).default_since == NOW


def test_a_step_is_recorded_in_place_of_the_one_before() -> None:
    steps = [LifecycleStep(kind, StepResult.YES, NOW, "") for kind in reversed(StepKind)]
    lived = contact()
    for step in steps:
        lived = lived.with_step(step)
    assert [step.kind for step in lived.lifecycle] == list(StepKind)
    again = LifecycleStep(StepKind.ASSESS_SMS, StepResult.UNKNOWN, LATER, "no answer")
    assert lived.with_step(again).lifecycle[3] == again
    assert len(lived.with_step(again).lifecycle) == len(StepKind)


def test_every_step_has_its_words() -> None:
    assert len({kind.label for kind in StepKind}) == len(StepKind)


def test_a_new_contact_has_the_formats_of_its_number() -> None:
    number = parse("(202) 555-0123 ext. 42", "US")
    assert isinstance(number, PhoneNumber)
    made = new_contact(number, contact_id="a", at=NOW)
    assert made == Contact(
        id="a",
        phone_number="(202) 555-0123 ext. 42",
        format_e164="+12025550123",
        format_international=number.international,
        format_national=number.national,
        format_rfc=number.rfc3966,
        country_code="1",
        region_code="US",
        number_type=NumberType.FIXED_LINE_OR_MOBILE,
        created_at=NOW,
        extension="42",
    )


def test_a_new_contact_has_no_extension_unless_its_number_has() -> None:
    number = parse("+12025550123")
    assert isinstance(number, PhoneNumber)
    assert new_contact(number, contact_id="a", at=NOW).extension == ""


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("", ()),
        (" , ;, ", ()),
        ("vip", ("vip",)),
        ("#vip; late payer ,vip", ("vip", "late payer")),
        ("VIP,vip", ("VIP", "vip")),
        ("##a,#", ("a",)),
        ("#\r0, # #b", ("0", "b")),
    ],
)
def test_tags_are_read_from_a_line(text: str, tags: tuple[str, ...]) -> None:
    assert parse_tags(text) == tags
