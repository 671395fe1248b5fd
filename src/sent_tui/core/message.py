"""Messages: what is sent, the statuses it passes through, and each attempt to deliver it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sent_tui.core.channel import Channel
from sent_tui.core.outcome import Outcome


class MessageStatus(StrEnum):
    """The statuses of Sent's contract that are known; the set is open, so a message keeps the text itself."""

    QUEUED = "QUEUED"
    PROCESSED = "PROCESSED"
    ROUTED = "ROUTED"
    SCHEDULED = "SCHEDULED"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    READ = "READ"
    FAILED = "FAILED"
    FILTERED = "FILTERED"
    BLOCKED = "BLOCKED"
    CANCELLED = "CANCELLED"
    RECEIVED = "RECEIVED"
    PLANNED = "PLANNED"
    """Ours, not Sent's: written down, and just being handed over."""
    UNKNOWN = "UNKNOWN"
    """Ours, not Sent's: it was handed over, and the answer was lost."""


STATUS_WORDS: Mapping[str, str] = {
    "PLANNED": "being handed over",
    "QUEUED": "queued",
    "PROCESSED": "processed",
    "ROUTED": "routed",
    "SCHEDULED": "scheduled",
    "SENT": "sent",
    "DELIVERED": "delivered",
    "READ": "read",
    "FAILED": "failed",
    "FILTERED": "filtered",
    "BLOCKED": "blocked",
    "CANCELLED": "cancelled",
    "RECEIVED": "received",
    "UNKNOWN": "outcome unknown",
}
"""Each known status as people say it; an unknown one is shown as it came."""

REACHED = frozenset({MessageStatus.DELIVERED, MessageStatus.READ})
ENDED = REACHED | {
    MessageStatus.FILTERED,
    MessageStatus.BLOCKED,
    MessageStatus.CANCELLED,
    MessageStatus.RECEIVED,
}
"""Statuses after which nothing more is sent for a message. FAILED ends an attempt, not always the message."""
ATTEMPT_ENDED = ENDED | {MessageStatus.FAILED}


_PLACE = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True, slots=True)
class Template:
    """An approved message with places to fill in."""

    name: str
    body: str
    """The text, with variables as `{{name}}`."""
    variables: tuple[str, ...] = ()
    category: str = "utility"
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says: free text, or a template with its variables filled in."""

    text: str
    """The text as the person will read it."""
    template: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    category: str | None = None
    """The template's category; None for free text, and where it is not known."""

    @property
    def is_free_text(self) -> bool:
        """Whether it was written by hand, and so is bound to conversation windows."""
        return self.template is None


@dataclass(frozen=True, slots=True)
class DeliveryEvent:
    """One report about one attempt."""

    id: str
    """The same report always has the same id, so that hearing it twice changes nothing."""
    message_id: str
    contact_id: str
    attempt: int
    """Index of the attempt, from 0."""
    channel: Channel
    status: str
    at: datetime
    reason_code: str | None = None
    detail: str = ""
    """What the gateway added, as it came."""


def event_id(message_id: str, attempt: int, status: str, at: datetime) -> str:
    """Return the id of a report, which is the same however often it is heard."""
    return f"{message_id}/{attempt}/{status}/{at.isoformat()}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One hand-over of a message to the gateway on one channel."""

    channel: Channel
    idempotency_key: str
    """Written down before the first request, the same on every repetition of this attempt."""
    started_at: datetime
    status: str
    gateway_id: str | None = None
    """The gateway's id, None until it accepted."""
    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    reason_code: str | None = None
    cost: float = 0.0
    """Expected price in dollars."""
    learned: Outcome | None = None
    """What this attempt has taught about the channel."""
    detail: str = ""
    """What the gateway or the network said, as it came."""

    @property
    def is_final(self) -> bool:
        """Whether this attempt came to an end."""
        return self.status in ATTEMPT_ENDED


@dataclass(frozen=True, slots=True)
class Message:
    """A message to one contact, with every attempt to deliver it."""

    id: str
    contact_id: str
    to: str
    """E.164."""
    content: Content
    status: str
    created_at: datetime
    updated_at: datetime
    gateway: str
    route: tuple[Channel, ...]
    """The channels it may go by, in the order of the plan that the person saw."""
    reasons: tuple[str, ...] = ()
    """Why that route, as it was said before sending."""
    attempts: tuple[Attempt, ...] = ()
    pinned: Channel | None = None
    """The channel that a person chose for it; None when the router did."""
    reason_code: str | None = None
    """Why it was stopped before an attempt of its own could say so."""

    @property
    def is_inbound(self) -> bool:
        """Whether the person wrote it; `to` is the person's number all the same."""
        return self.status == MessageStatus.RECEIVED

    @property
    def channel(self) -> Channel | None:
        """The channel of the last attempt; of a message from the person, the one that it came by."""
        if self.is_inbound and self.route:
            return self.route[0]
        return self.attempts[-1].channel if self.attempts else None

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen: it arrived, was stopped, or every step of its route has failed."""
        if self.status in ENDED:
            return True
        return self.status == MessageStatus.FAILED and self.next_channel is None

    @property
    def next_channel(self) -> Channel | None:
        """The step of the route after the last attempt."""
        if self.is_inbound:
            return None
        done = len(self.attempts)
        return self.route[done] if done < len(self.route) else None


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that was begun and not sent, kept until it is sent or thrown away."""

    contact_id: str
    text: str = ""
    template: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    channel: Channel | None = None
    """A pinned channel; None leaves the choice to the router."""
    updated_at: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to lose."""
        return not (self.text.strip() or self.template)


def fill(template: Template, variables: Mapping[str, str]) -> Content:
    """Return a template's content with its variables filled in; a missing one keeps its place-holder."""
    text = _PLACE.sub(lambda place: variables.get(place[1], place[0]), template.body)
    return Content(text, template.name, dict(variables), template.category)
