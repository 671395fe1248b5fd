"""A message as Sent shows it: its status, what became of it, and its activities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from msgspec import Struct

from sent_tui.core.contact import Contact
from sent_tui.core.message import Attempt, DeliveryEvent, Message, MessageStatus
from sent_tui.core.phone import PhoneNumber, parse
from sent_tui.core.reasons import reason_words
from sent_tui.core.sent_json import Json, timestamp

_AT_ONCE: Final = timedelta(seconds=30)
"""A message with a time sooner than this was to go out at once."""
_TEMPLATES: Final = UUID("5b1f6f0e-8f0c-4f43-9a52-3d0c7a8e41d6")
_AS_SENT_SAYS: Final = {
    MessageStatus.PLANNED: MessageStatus.QUEUED.value,
    # It may have been handed over, or not: accepted is all that is known.
    MessageStatus.UNKNOWN: MessageStatus.PROCESSED.value,
    "ROUTE_FAILED": MessageStatus.FAILED.value,
}
_DESCRIPTIONS: Final = {
    "QUEUED": "Accepted",
    "PROCESSED": "Being processed",
    "ROUTED": "Channel and provider chosen",
    "SCHEDULED": "Held until its time",
    "SENT": "Handed to the provider",
    "DELIVERED": "Delivered",
    "READ": "Read",
    "FAILED": "Not delivered",
    "FILTERED": "Stopped by consent or policy",
    "BLOCKED": "Stopped before it was sent",
    "CANCELLED": "Called off",
    "RECEIVED": "Received",
}


class Happening(Struct, frozen=True):
    """One status that a message reached."""

    status: str
    at: datetime
    reason_code: str | None = None
    cost: float = 0.0

    def json(self) -> Json:
        """Return it as an event of a message."""
        data: Json = {
            "status": self.status,
            "timestamp": timestamp(self.at),
            "description": _DESCRIPTIONS.get(self.status),
        }
        return data | _reason(self.reason_code)


def template_id(name: str) -> str:
    """Return the id of a template, which follows from its name."""
    return str(uuid5(_TEMPLATES, name))


def is_held(message: Message) -> bool:
    """Return whether a message was given a time of its own to go out."""
    return message.send_at is not None and message.send_at - message.created_at > _AT_ONCE


def wire_status(message: Message) -> str:
    """Return the status of a message by one of Sent's names, or as the network named it."""
    if message.is_waiting and not is_held(message):
        return MessageStatus.QUEUED.value
    return _AS_SENT_SAYS.get(message.status, message.status)


def happenings(message: Message, events: Sequence[DeliveryEvent]) -> list[Happening]:
    """Return every status that a message reached, oldest first."""
    return sorted(_told(message, events), key=lambda each: each.at)


def message_data(message: Message, events: Sequence[DeliveryEvent], contact: Contact | None, customer_id: str) -> Json:
    """Return a message with all that is known of it; `contact` is None for one that was deleted."""
    content = message.content
    international, region = _written(message.to, contact)
    code = _reason_code(message)
    data: Json = {
        "id": message.id,
        "customer_id": customer_id,
        "contact_id": message.contact_id,
        "phone": message.to,
        "phone_international": international,
        "region_code": region,
        "template_id": None if content.template is None else template_id(content.template),
        "template_name": content.template,
        "template_category": content.category.upper() if content.category else None,
        "channel": (message.channel or message.pinned or "").lower() or None,
        "direction": "inbound" if message.is_inbound else "outbound",
        "message_body": {"header": None, "content": content.text, "footer": None, "buttons": None},
        "status": wire_status(message),
        "price": round(sum(attempt.cost for attempt in message.attempts), 4),
        "active_contact_price": 0.0,
        "created_at": timestamp(message.created_at),
        "events": [each.json() for each in happenings(message, events)],
    }
    held = {"scheduled_at": timestamp(message.send_at)} if is_held(message) else {}
    return data | held | _reason(code)


def activity_data(message: Message, events: Sequence[DeliveryEvent]) -> list[Json]:
    """Return the activities of a message, newest first."""
    found = []
    for each in reversed(happenings(message, events)):
        money = {"from": None, "price": f"{each.cost:.4f}", "active_contact_price": "0.0000"}
        is_about_time = each.status in {MessageStatus.SCHEDULED, MessageStatus.CANCELLED} and is_held(message)
        found.append(each.json() | money | ({"scheduled_at": timestamp(message.send_at)} if is_about_time else {}))
    return found


def _written(number: str, contact: Contact | None) -> tuple[str | None, str | None]:
    """Return a number as people write it, and its country: as its contact has them, or by the numbering plan.

    After a merge, the contact has another number than the one to which the message went.
    """
    if contact is not None and contact.format_e164 == number:
        return contact.format_international, contact.region_code
    found = parse(number)
    return (found.international, found.region_code) if isinstance(found, PhoneNumber) else (None, None)


def _told(message: Message, events: Sequence[DeliveryEvent]) -> Iterator[Happening]:
    if message.is_inbound:
        yield Happening(MessageStatus.RECEIVED.value, message.created_at)
        return
    yield Happening(MessageStatus.QUEUED.value, message.created_at)
    if is_held(message):
        yield Happening(MessageStatus.SCHEDULED.value, message.created_at)
    told: list[Happening] = []
    for index, attempt in enumerate(message.attempts):
        told.extend(_of_attempt(index, attempt, [event for event in events if event.attempt == index]))
    yield from told
    last = max(told, key=lambda each: each.at).status if told else None
    status = wire_status(message)
    if not message.is_waiting and status not in {last, MessageStatus.QUEUED}:
        yield Happening(status, message.updated_at, _reason_code(message))


def _of_attempt(index: int, attempt: Attempt, events: Sequence[DeliveryEvent]) -> Iterator[Happening]:
    if index:
        # Taken up again, by another way.
        yield Happening(MessageStatus.QUEUED.value, attempt.started_at)
    for event in events:
        status = _AS_SENT_SAYS.get(event.status, event.status)
        if status != MessageStatus.QUEUED:
            cost = attempt.cost if status == MessageStatus.SENT else 0.0
            yield Happening(status, event.at, event.reason_code, cost)
    if attempt.is_final and attempt.ended_at is not None and not any(each.status == attempt.status for each in events):
        yield Happening(attempt.status, attempt.ended_at, attempt.reason_code)


def _reason_code(message: Message) -> str | None:
    if message.status not in {MessageStatus.FAILED, MessageStatus.FILTERED, MessageStatus.BLOCKED}:
        return None
    return message.reason_code or (message.attempts[-1].reason_code if message.attempts else None)


def _reason(code: str | None) -> Json:
    return {"reason_code": code, "reason": reason_words(code) or code} if code else {}
