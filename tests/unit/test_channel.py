"""Channels and what is known of them."""

from __future__ import annotations

from datetime import timedelta

from sent_tui.core.channel import (
    CHANNEL_ORDER,
    Availability,
    Channel,
    ChannelStatus,
    Source,
    format_channels,
)
from tests.factories import NOW

LATER = NOW + timedelta(hours=1)


def test_every_channel_has_its_names() -> None:
    assert [(channel.value, channel.label, channel.badge) for channel in CHANNEL_ORDER] == [
        ("whatsapp", "WhatsApp", "WA"),
        ("sms", "SMS", "SMS"),
    ]
    assert set(CHANNEL_ORDER) == set(Channel)
    assert len({source.label for source in Source}) == len(Source)


def test_a_channel_is_unknown_at_first() -> None:
    status = ChannelStatus(Channel.SMS)
    assert status.availability is Availability.UNKNOWN
    assert not status.is_available
    assert status.since is None


def test_a_first_finding_is_a_change_whatever_it_says() -> None:
    status = ChannelStatus(Channel.SMS).found(Availability.UNKNOWN, Source.LOOKUP, NOW, "no answer")
    assert (status.since, status.checked_at) == (NOW, NOW)
    assert (status.source, status.evidence) == (Source.LOOKUP, "no answer")


def test_since_moves_with_the_availability_only() -> None:
    known = ChannelStatus(Channel.SMS, attempts=3, delivered=2, failed=1)
    first = known.found(Availability.AVAILABLE, Source.NUMBERING_PLAN, NOW, "a mobile")
    again = first.found(Availability.AVAILABLE, Source.DELIVERY, LATER, "delivered")
    assert (again.since, again.checked_at, again.source, again.evidence) == (NOW, LATER, Source.DELIVERY, "delivered")
    assert again.is_available
    closed = again.found(Availability.UNAVAILABLE, Source.LOOKUP, LATER, "a landline")
    assert (closed.since, closed.is_available) == (LATER, False)
    assert (closed.attempts, closed.delivered, closed.failed) == (3, 2, 1)


def test_channels_are_written_as_sent_does() -> None:
    assert format_channels([Channel.WHATSAPP, Channel.SMS]) == "sms,whatsapp"
    assert format_channels(frozenset()) == ""
    assert format_channels(frozenset(Channel)) == "sms,whatsapp"
