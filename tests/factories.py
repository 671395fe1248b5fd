"""Records for tests. Numbers are fictional only: 555-0100 to 555-0199 of any area code."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sent_tui.core.channel import Availability, Channel, ChannelStatus, Source
from sent_tui.core.consent import ConsentEvent, ConsentKind
from sent_tui.core.contact import Contact, LifecycleStep, StepKind, StepResult
from sent_tui.core.default_move import MovedBy
from sent_tui.core.message import Attempt, Content, DeliveryEvent, Draft, Message, MessageStatus, PlannedStep
from sent_tui.core.number_type import NumberType
from sent_tui.core.outcome import Outcome
from sent_tui.core.sent_contact import SentCopy

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def number(place: int = 0) -> str:
    """Return one of 80,000 fictional numbers in E.164."""
    return f"+1{200 + place // 100 % 800}5550{100 + place % 100}"


def contact_id(place: int = 0) -> str:
    """Return the id of the contact at a place."""
    return str(UUID(int=place + 1))


def contact(place: int = 0, **changes: Any) -> Contact:
    """Return a contact as it is right after it was made; contacts of different places have nothing in common."""
    e164 = number(place)
    area, exchange, line = e164[2:5], e164[5:8], e164[8:]
    fields: dict[str, Any] = {
        "id": contact_id(place),
        "phone_number": f"{area} {exchange} {line}",
        "format_e164": e164,
        "format_international": f"+1 {area}-{exchange}-{line}",
        "format_national": f"({area}) {exchange}-{line}",
        "format_rfc": f"tel:+1-{area}-{exchange}-{line}",
        "country_code": "1",
        "region_code": "US",
        "number_type": NumberType.FIXED_LINE_OR_MOBILE,
        "created_at": NOW + timedelta(minutes=place),
    }
    return Contact(**(fields | changes))


def known_contact(place: int = 0, **changes: Any) -> Contact:
    """Return a contact with every field filled, after its lifecycle and a few messages."""
    checked = NOW + timedelta(hours=1)
    whatsapp = ChannelStatus(
        channel=Channel.WHATSAPP,
        availability=Availability.AVAILABLE,
        since=NOW,
        checked_at=checked,
        source=Source.DELIVERY,
        evidence="delivered",
        attempts=5,
        delivered=4,
        failed=1,
        last_delivered_at=checked,
        last_failed_at=NOW,
        last_inbound_at=checked,
    )
    sms = ChannelStatus(Channel.SMS, Availability.UNAVAILABLE, checked, checked, Source.LOOKUP, "a landline")
    fields: dict[str, Any] = {
        "updated_at": checked,
        "customer_id": str(UUID(int=7)),
        "default_channel": Channel.WHATSAPP,
        "opt_out": True,
        "is_inherited": True,
        "channels": (whatsapp, sms),
        "default_pinned": True,
        "default_reason": "chosen by a person",
        "default_since": checked,
        "default_by": MovedBy.PERSON,
        "lifecycle": tuple(LifecycleStep(kind, StepResult.YES, NOW, f"did {kind}") for kind in StepKind),
        "name": f"Zoë {place}",
        "tags": ("vip", "Łódź"),
        "notes": "first line\nsecond line",
        "fields": (("customer no.", "4711"), ("Größe", "4: large")),
        "extension": "42",
        "last_message_at": checked,
        "last_status": "DELIVERED",
        "sent": SentCopy(str(UUID(int=99)), "sms,whatsapp", "whatsapp", True, checked),
    }
    return contact(place, **(fields | changes))


def message(place: int = 0, contact_place: int = 0, **changes: Any) -> Message:
    """Return a message that was just handed over, one minute younger for each place."""
    at = NOW + timedelta(minutes=place)
    fields: dict[str, Any] = {
        "id": f"message-{place}",
        "contact_id": contact_id(contact_place),
        "to": number(contact_place),
        "content": Content("Hello"),
        "status": MessageStatus.SENT.value,
        "created_at": at,
        "updated_at": at,
        "gateway": "simulator",
        "steps": steps(),
        "attempts": (attempt(place),),
    }
    return Message(**(fields | changes))


def waiting(place: int = 0, **changes: Any) -> Message:
    """Return a message that was not handed over yet; it is to go out at once."""
    at = NOW + timedelta(minutes=place)
    fields: dict[str, Any] = {"status": MessageStatus.SCHEDULED.value, "attempts": (), "send_at": at, "steps": ()}
    return message(place, **(fields | changes))


def steps(*channels: Channel) -> tuple[PlannedStep, ...]:
    """Return the plan of a message by these channels, or by both."""
    after = timedelta(minutes=15)
    return tuple(PlannedStep(channel, after) for channel in channels or (Channel.WHATSAPP, Channel.SMS))


def attempt(place: int = 0, **changes: Any) -> Attempt:
    """Return an attempt with every field filled."""
    at = NOW + timedelta(minutes=place)
    fields: dict[str, Any] = {
        "channel": Channel.WHATSAPP,
        "idempotency_key": f"key-{place}",
        "started_at": at,
        "status": MessageStatus.SENT.value,
        "gateway_id": f"gateway-{place}",
        "accepted_at": at,
        "ended_at": at,
        "reason_code": "DELIVERY_003",
        "cost": 0.0075,
        "learned": Outcome.FAILED_SOFT,
        "detail": "phone off",
        "decision": {"version": 1, "channels": []},
    }
    return Attempt(**(fields | changes))


def event(place: int = 0, message_place: int = 0, **changes: Any) -> DeliveryEvent:
    """Return a delivery event, one minute younger for each place."""
    fields: dict[str, Any] = {
        "id": f"event-{place}",
        "message_id": f"message-{message_place}",
        "contact_id": contact_id(),
        "attempt": 0,
        "channel": Channel.WHATSAPP,
        "status": MessageStatus.DELIVERED.value,
        "at": NOW + timedelta(minutes=place),
        "reason_code": "DELIVERY_003",
        "detail": "as it came",
    }
    return DeliveryEvent(**(fields | changes))


def decision(place: int = 0, kind: ConsentKind = ConsentKind.OPT_OUT, **changes: Any) -> ConsentEvent:
    """Return a decision about the number at place 0, one minute younger for each place."""
    fields: dict[str, Any] = {
        "number": number(),
        "kind": kind,
        "at": NOW + timedelta(minutes=place),
        "by": "m.castillo",
        "how": "said so on the phone",
    }
    return ConsentEvent(**(fields | changes))


def draft(contact_place: int = 0, **changes: Any) -> Draft:
    """Return a draft with every field filled."""
    fields: dict[str, Any] = {
        "contact_id": contact_id(contact_place),
        "text": "Hello, your",
        "template": "parcel",
        "variables": {"name": "Zoë"},
        "channel": Channel.SMS,
        "updated_at": NOW + timedelta(minutes=contact_place),
        "send_at": NOW + timedelta(days=1),
        "recipients": ("+14155550100", "+14155550101"),
    }
    return Draft(**(fields | changes))
