"""Messages: what is sent, the statuses it passes through, and each attempt to deliver it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

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
    "ROUTE_FAILED": "failed one way",
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
_FAR_ENOUGH: Mapping[MessageStatus, frozenset[MessageStatus]] = {
    MessageStatus.SENT: REACHED | {MessageStatus.SENT},
    MessageStatus.READ: frozenset({MessageStatus.READ}),
}
"""The statuses with which a step has come as far as it was to come, where that is not an arrival."""


def has_come_to(status: str, until: MessageStatus) -> bool:
    """Return whether an attempt has come as far as `until`: SENT, READ, or else an arrival."""
    return status in _FAR_ENOUGH.get(until, REACHED)


_PLACE = re.compile(r"\{\{(\w+)\}\}")


class Template(Struct, frozen=True):
    """An approved message with places to fill in."""

    name: str
    body: str
    """The text, with variables as `{{name}}`."""
    variables: tuple[str, ...] = ()
    category: str = "utility"
    language: str = "en"


class Content(Struct, frozen=True):
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


class DeliveryEvent(Struct, frozen=True):
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


class PlannedStep(Struct, frozen=True):
    """One step of the plan that a message was given: a channel, how long it may take, and what was expected of it."""

    channel: Channel
    fallback_after: timedelta | None = None
    """After so long since the gateway took it, a step that has not come as far as `until` is overdue; None: never."""
    until: MessageStatus = MessageStatus.DELIVERED
    """The status that a step has to reach in time: SENT, DELIVERED or READ."""
    estimate: float | None = None
    """Probability of delivery by this step, 0 to 1; None when none was written down."""
    low: float | None = None
    high: float | None = None
    """Together the 80 % interval of the estimate."""
    cost: float = 0.0
    """Expected price in dollars when this step is taken."""


class Wishes(Struct, frozen=True):
    """What a person asked of the route, beside the channel; kept for when a message is planned anew."""

    fallback_after: timedelta | None = None
    """How long each step may take; None: as long as is usual for its channel and category."""
    until: MessageStatus = MessageStatus.DELIVERED
    """The status that a step has to reach in that time: SENT, DELIVERED or READ."""
    fallback: bool = True
    """Whether another channel may follow the first one."""


USUAL = Wishes()


class Duplicate(StrEnum):
    """Whether a message arrived more than once."""

    POSSIBLE = "possible"
    """One step arrived, and of another one that went out no end is known."""
    CONFIRMED = "confirmed"
    """Two steps are reported as arrived."""


class Attempt(Struct, frozen=True):
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
    overdue_at: datetime | None = None
    """When it had taken longer than its step may; None while it is in time."""
    decision: Mapping[str, Any] = field(default_factory=dict)
    """What the router looked at anew before a fallback, as `core.decision` writes it; empty for a first attempt."""
    is_untaught: bool = False
    """Whether a result came while the contact was deleted: it is learned when that one is brought back."""

    @property
    def is_final(self) -> bool:
        """Whether this attempt came to an end."""
        return self.status in ATTEMPT_ENDED

    @property
    def may_arrive(self) -> bool:
        """Whether it was handed over, as far as is known, and has no end yet."""
        return not self.is_final and (self.gateway_id is not None or self.status == MessageStatus.UNKNOWN)


class Message(Struct, frozen=True):
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
    steps: tuple[PlannedStep, ...]
    """What it may go by, in the order of the plan that the person saw; a message from the person has the one that it
    came by."""
    reasons: tuple[str, ...] = ()
    """Why that route, as it was said before sending."""
    attempts: tuple[Attempt, ...] = ()
    pinned: Channel | None = None
    """The channel that a person chose for it; None when the router did."""
    reason_code: str | None = None
    """Why it was stopped before an attempt of its own could say so."""
    send_at: datetime | None = None
    """When it is to go out; None for one that goes at once."""
    batch: str | None = None
    """Id of the bulk send that it belongs to."""
    wishes: Wishes = USUAL
    given_up_at: datetime | None = None
    """When it was no longer asked after, because no report came for too long."""
    decision: Mapping[str, Any] = field(default_factory=dict)
    """What the router looked at when it was sent, as `core.decision` writes it; empty where that was not kept."""
    is_foreign: bool = False
    """Whether it was sent elsewhere, and read from the network: it is followed, and never sent from here."""

    @property
    def route(self) -> tuple[Channel, ...]:
        """The channels of its steps."""
        return tuple(step.channel for step in self.steps)

    @property
    def is_inbound(self) -> bool:
        """Whether the person wrote it; `to` is the person's number all the same."""
        return self.status == MessageStatus.RECEIVED

    @property
    def channel(self) -> Channel | None:
        """The channel of the last attempt; of a message from the person, the one that it came by."""
        if self.is_inbound and self.steps:
            return self.steps[0].channel
        return self.attempts[-1].channel if self.attempts else None

    @property
    def is_final(self) -> bool:
        """Whether nothing more is looked for: every attempt came to its end and no step follows, or it was given up."""
        if self.is_inbound or self.given_up_at is not None:
            return True
        if not self.attempts:
            return self.status in ENDED or (self.status == MessageStatus.FAILED and self.next_channel is None)
        if self.awaits_read or not all(attempt.is_final for attempt in self.attempts):
            return False
        return self.status in ENDED or (self.status == MessageStatus.FAILED and self.next_channel is None)

    @property
    def is_done(self) -> bool:
        """Whether nobody need wait any longer: it arrived as it should, or is final.

        A report about another step may still come, and show that it arrived twice.
        """
        return self.is_final or (self.status in REACHED and not self.awaits_read)

    @property
    def is_waiting(self) -> bool:
        """Whether nothing was handed over yet, because its time has not come."""
        return self.status == MessageStatus.SCHEDULED and not self.attempts

    @property
    def never_left(self) -> bool:
        """Whether it came to its end before any network took it."""
        has_failed = self.status in {MessageStatus.FAILED, MessageStatus.FILTERED} and self.is_final
        return has_failed and not any(attempt.gateway_id for attempt in self.attempts)

    @property
    def awaits_read(self) -> bool:
        """Whether the last step was delivered, and has to be read in time so that no other one follows."""
        if self.next_channel is None or not self.attempts or self.given_up_at is not None:
            return False
        *earlier, last = self.attempts
        if last.status != MessageStatus.DELIVERED or last.overdue_at is not None:
            return False
        step = self.steps[len(earlier)]
        wanted = step.until is MessageStatus.READ and step.fallback_after is not None
        return wanted and not any(attempt.status in REACHED for attempt in earlier)

    @property
    def possible_duplicate(self) -> Duplicate | None:
        """Whether two steps may both have arrived, and whether both are confirmed; None while nothing says so."""
        arrived = sum(attempt.status in REACHED for attempt in self.attempts)
        if arrived > 1:
            return Duplicate.CONFIRMED
        return Duplicate.POSSIBLE if arrived and any(attempt.may_arrive for attempt in self.attempts) else None

    @property
    def began_at(self) -> datetime:
        """When it first went out, or was to."""
        return self.attempts[0].started_at if self.attempts else self.send_at or self.created_at

    def step(self, index: int) -> PlannedStep | None:
        """Return the step of the plan that an attempt took; None where none was written down."""
        return self.steps[index] if index < len(self.steps) else None

    @property
    def next_channel(self) -> Channel | None:
        """The step of the route after the last attempt."""
        if self.is_inbound:
            return None
        done = len(self.attempts)
        return self.steps[done].channel if done < len(self.steps) else None


class Draft(Struct, frozen=True):
    """A message that was begun and not sent, kept until it is sent or thrown away."""

    contact_id: str
    """Whom it is for; a key of its own where that is not one contact."""
    text: str = ""
    template: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    channel: Channel | None = None
    """A pinned channel; None leaves the choice to the router."""
    updated_at: datetime | None = None
    send_at: datetime | None = None
    """When it is to go out; None for at once."""
    recipients: tuple[str, ...] = ()
    """Whom it is for where they are many: numbers in E.164."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to lose."""
        return not (self.text.strip() or self.template or self.recipients)


def fill(template: Template, variables: Mapping[str, str]) -> Content:
    """Return a template's content with its variables filled in; a missing one keeps its place-holder."""
    text = _PLACE.sub(lambda place: variables.get(place[1], place[0]), template.body)
    return Content(text, template.name, dict(variables), template.category)
