"""Channels, and what is known about how each of them reaches one number."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace


class Channel(StrEnum):
    """A way to reach a phone number. The values are Sent's."""

    WHATSAPP = "whatsapp"
    SMS = "sms"

    @property
    def label(self) -> str:
        """The name people use."""
        return {Channel.WHATSAPP: "WhatsApp", Channel.SMS: "SMS"}[self]

    @property
    def badge(self) -> str:
        """The short form for a narrow column."""
        return {Channel.WHATSAPP: "WA", Channel.SMS: "SMS"}[self]


class Availability(StrEnum):
    """Whether a channel can reach a number, as far as is known."""

    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """What an availability rests on."""

    NUMBERING_PLAN = "numbering_plan"
    LOOKUP = "lookup"
    DELIVERY = "delivery"
    PERSON = "person"

    @property
    def label(self) -> str:
        """The source in words."""
        return {
            Source.NUMBERING_PLAN: "numbering plan",
            Source.LOOKUP: "gateway lookup",
            Source.DELIVERY: "delivery result",
            Source.PERSON: "set by a person",
        }[self]


class ChannelStatus(Struct, frozen=True):
    """What is known about one channel of one contact."""

    channel: Channel
    availability: Availability = Availability.UNKNOWN
    since: datetime | None = None
    """When the availability last changed."""
    checked_at: datetime | None = None
    """When the availability was last looked at, changed or not."""
    source: Source = Source.NUMBERING_PLAN
    evidence: str = ""
    """What was found, in words; safe to show only through `core.text.display`."""
    attempts: int = 0
    """Attempts whose result counts for or against the channel."""
    delivered: int = 0
    failed: int = 0
    last_delivered_at: datetime | None = None
    last_failed_at: datetime | None = None
    last_inbound_at: datetime | None = None
    """When the person last wrote on this channel."""

    @property
    def is_available(self) -> bool:
        """Whether the channel is known to reach the number."""
        return self.availability is Availability.AVAILABLE

    def found(self, availability: Availability, source: Source, at: datetime, evidence: str) -> ChannelStatus:
        """Return the status after a finding; `since` moves only when the availability does."""
        changed = availability is not self.availability or self.since is None
        return replace(
            self,
            availability=availability,
            since=at if changed else self.since,
            checked_at=at,
            source=source,
            evidence=evidence,
        )


CHANNEL_ORDER = (Channel.WHATSAPP, Channel.SMS)
"""The fixed order in which channels are shown, and in which ties are broken."""


def format_channels(channels: Iterable[Channel]) -> str:
    """Write channels as Sent does: `"sms,whatsapp"`."""
    return ",".join(sorted(channel.value for channel in channels))
