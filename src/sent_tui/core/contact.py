"""A contact: the delivery profile of one phone number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from sent_tui.core.channel import CHANNEL_ORDER, Availability, Channel, ChannelStatus, format_channels
from sent_tui.core.default_move import MovedBy
from sent_tui.core.number_type import NumberType
from sent_tui.core.sent_contact import SentCopy

if TYPE_CHECKING:
    from sent_tui.core.phone import PhoneNumber


Fields = tuple[tuple[str, str], ...]
"""Fields that a person named: names and values, as `core.custom_fields` keeps them."""


class StepKind(StrEnum):
    """The steps by which a number becomes a contact, in their order."""

    VALIDATE = "validate"
    NORMALISE = "normalise"
    DETECT_WHATSAPP = "detect_whatsapp"
    ASSESS_SMS = "assess_sms"
    SET_DEFAULT = "set_default"

    @property
    def label(self) -> str:
        """What the step does."""
        return {
            StepKind.VALIDATE: "Validate the number",
            StepKind.NORMALISE: "Write it in every format",
            StepKind.DETECT_WHATSAPP: "Detect WhatsApp",
            StepKind.ASSESS_SMS: "Assess SMS",
            StepKind.SET_DEFAULT: "Set the default channel",
        }[self]


class StepResult(StrEnum):
    """How a lifecycle step ended."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    """It could not be found out; it will be tried again when asked."""


class LifecycleStep(Struct, frozen=True):
    """One step of the lifecycle, with its time and what it rests on."""

    kind: StepKind
    result: StepResult
    at: datetime
    evidence: str


class Contact(Struct, frozen=True):
    """Sent's contact, with our local fields and what is known of each channel.

    Sent's fields keep Sent's names. `name`, `tags`, `notes` and `fields` are local and never sent to Sent.
    """

    id: str
    """UUID."""
    phone_number: str
    """The number as it was given."""
    format_e164: str
    """The key: one contact for each E.164 number."""
    format_international: str
    format_national: str
    format_rfc: str
    """RFC 3966."""
    country_code: str
    """The calling code, without plus."""
    region_code: str
    """ISO 3166-1 alpha-2; `001` for numbers of no country."""
    number_type: NumberType
    created_at: datetime
    updated_at: datetime | None = None
    customer_id: str = ""
    default_channel: Channel | None = None
    opt_out: bool = False
    is_inherited: bool = False
    channels: tuple[ChannelStatus, ...] = field(
        default_factory=lambda: tuple(ChannelStatus(channel) for channel in CHANNEL_ORDER)
    )
    """One status for each channel, in the fixed order."""
    default_pinned: bool = False
    """A person chose the default channel; learning leaves it alone."""
    default_reason: str = ""
    default_since: datetime | None = None
    default_by: MovedBy = MovedBy.LIFECYCLE
    """What moved the default channel last."""
    lifecycle: tuple[LifecycleStep, ...] = ()
    name: str = ""
    tags: tuple[str, ...] = ()
    notes: str = ""
    fields: Fields = ()
    extension: str = ""
    """Kept apart from the number; no message can reach it."""
    last_message_at: datetime | None = None
    last_status: str = ""
    """Status of the last message."""
    learned: Mapping[str, Any] = field(default_factory=dict)
    """What the delivery model keeps of this contact, in its own form; empty before the first result."""
    sent: SentCopy | None = None
    """What Sent said of it when it was last read; None for one that Sent was not seen to have."""

    @property
    def title(self) -> str:
        """The name, or the number when there is no name."""
        return self.name or self.format_international

    @property
    def detected(self) -> bool:
        """Whether any channel was ever checked."""
        return any(status.checked_at for status in self.channels)

    @property
    def available_channels(self) -> str | None:
        """Sent's comma-separated field; None while nothing was detected."""
        if not self.detected:
            return None
        return format_channels(status.channel for status in self.channels if status.is_available)

    @property
    def last_inbound_at(self) -> datetime | None:
        """When the person last wrote, on whatever channel."""
        times = [status.last_inbound_at for status in self.channels if status.last_inbound_at is not None]
        return max(times, default=None)

    def status(self, channel: Channel) -> ChannelStatus:
        """Return what is known about a channel."""
        return next((known for known in self.channels if known.channel is channel), ChannelStatus(channel))

    def availability(self, channel: Channel) -> Availability:
        """Return whether a channel can reach the number."""
        return self.status(channel).availability

    def with_status(self, status: ChannelStatus) -> Contact:
        """Return the contact with one channel's status replaced."""
        kept = {known.channel: known for known in self.channels} | {status.channel: status}
        return replace(self, channels=tuple(kept[channel] for channel in CHANNEL_ORDER if channel in kept))

    def with_default(self, channel: Channel | None, *, pinned: bool, reason: str, at: datetime, by: MovedBy) -> Contact:
        """Return the contact with another default channel; `by` says what moves it, if it does move."""
        changed = channel is not self.default_channel or self.default_since is None
        return replace(
            self,
            default_channel=channel,
            default_pinned=pinned,
            default_reason=reason,
            default_since=at if changed else self.default_since,
            default_by=by if changed else self.default_by,
        )

    def with_step(self, step: LifecycleStep) -> Contact:
        """Return the contact with one lifecycle step recorded, in place of an earlier one of its kind."""
        kept = {known.kind: known for known in self.lifecycle} | {step.kind: step}
        return replace(self, lifecycle=tuple(kept[kind] for kind in StepKind if kind in kept))


def new_contact(number: PhoneNumber, *, contact_id: str, at: datetime, **known: Any) -> Contact:  # noqa: ANN401
    """Return a contact for a valid number, before any channel was looked at; `known` are other fields of it."""
    return Contact(
        id=contact_id,
        phone_number=number.raw,
        format_e164=number.e164,
        format_international=number.international,
        format_national=number.national,
        format_rfc=number.rfc3966,
        country_code=number.country_code,
        region_code=number.region_code,
        number_type=number.number_type,
        created_at=at,
        extension=number.extension or "",
        **known,
    )


_BEFORE_TAG = re.compile(r"\A[#\s]+")


@lru_cache(maxsize=64)
def parse_tags(text: str) -> tuple[str, ...]:
    """Read tags from a line: separated by commas or semicolons, trimmed, each once, in the order given."""
    words = (_BEFORE_TAG.sub("", tag).rstrip() for tag in text.replace(";", ",").split(","))
    return tuple(dict.fromkeys(tag for tag in words if tag))
