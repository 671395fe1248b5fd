"""How a message moves: what a report, a refusal or a lost answer makes of it.

Reports may come late, twice and out of order; an attempt only moves forward.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sent_tui.core.channel import Availability, Channel, Source
from sent_tui.core.channel_record import learn, unlearn
from sent_tui.core.contact import Contact
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.message import (
    ATTEMPT_ENDED,
    REACHED,
    Attempt,
    DeliveryEvent,
    Message,
    MessageStatus,
)
from sent_tui.core.reasons import outcome_of, reason_words
from sent_tui.core.routing import choose_default


def attempted(message: Message, channel: Channel, key: str, at: datetime, cost: float) -> Message:
    """Return the message with one more attempt written down, before anything is handed over."""
    attempt = Attempt(channel, key, at, MessageStatus.PLANNED, cost=cost)
    return replace(message, attempts=(*message.attempts, attempt), status=MessageStatus.PLANNED.value, updated_at=at)


def accepted(message: Message, index: int, gateway_id: str, at: datetime) -> Message:
    """Return the message after the gateway took an attempt."""
    attempt = replace(message.attempts[index], gateway_id=gateway_id, accepted_at=at, status=MessageStatus.QUEUED)
    return _with_attempt(message, index, attempt, at)


def outcome_lost(message: Message, index: int, at: datetime, detail: str) -> Message:
    """Return the message after a hand-over whose answer was lost: it may have been sent, or not."""
    attempt = replace(message.attempts[index], status=MessageStatus.UNKNOWN, detail=detail)
    return _with_attempt(message, index, attempt, at)


def refused(message: Message, index: int, at: datetime, detail: str, *, go_on: bool) -> Message:
    """Return the message after a hand-over that sent nothing; the route ends here unless it may go on."""
    attempt = replace(message.attempts[index], status=MessageStatus.FAILED, ended_at=at, detail=detail)
    changed = _with_attempt(message, index, attempt, at)
    return changed if go_on else replace(changed, route=message.route[: index + 1])


def stopped(message: Message, status: MessageStatus, at: datetime, reason_code: str | None = None) -> Message:
    """Return the message ended before its next step went out, with the reason."""
    route = message.route[: len(message.attempts)]
    return replace(message, status=status.value, route=route, updated_at=at, reason_code=reason_code)


def reported(message: Message, event: DeliveryEvent) -> Message:
    """Return the message after a report about one of its attempts."""
    attempt = message.attempts[event.attempt]
    if not _moves(attempt.status, event.status):
        return message
    ended = event.status in ATTEMPT_ENDED
    moved = replace(
        attempt,
        status=event.status,
        ended_at=(attempt.ended_at or event.at) if ended else None,
        reason_code=event.reason_code or (None if event.status in REACHED else attempt.reason_code),
        detail=event.detail or attempt.detail,
    )
    return _with_attempt(message, event.attempt, moved, event.at)


def taught(
    message: Message, contact: Contact, index: int, at: datetime, knowledge: Knowledge | None = None
) -> tuple[Message, Contact]:
    """Return the message and its contact after an attempt's result reached the contact, once.

    A later result of the same attempt takes the place of the earlier one. `knowledge` learns from it; without it, only
    the contact does.
    """
    knowledge = knowledge or Knowledge()
    attempt = message.attempts[index]
    outcome = outcome_of(attempt.status, attempt.reason_code)
    if outcome is None or outcome is attempt.learned or attempt.gateway_id is None:
        return message, contact
    status = contact.status(attempt.channel)
    if attempt.learned is not None:
        status = unlearn(status, attempt.learned)
    words = reason_words(attempt.reason_code) or attempt.status.lower()
    contact = contact.with_status(learn(status, outcome, at, words))
    contact = knowledge.learned(contact, attempt.channel, outcome, at, message_id=message.id, first_choice=index == 0)
    attempts = list(message.attempts)
    attempts[index] = replace(attempt, learned=outcome)
    return replace(message, attempts=tuple(attempts)), _default_moved(contact, at, knowledge)


def wrote(contact: Contact, channel: Channel, at: datetime, knowledge: Knowledge | None = None) -> Contact:
    """Return the contact after the person wrote on a channel: it is open, and reaches the number.

    A message that is older than what was found out since changes no availability.
    """
    status = contact.status(channel)
    times = [known for known in (status.last_inbound_at, at) if known is not None]
    status = replace(status, last_inbound_at=max(times))
    if status.is_available or (status.checked_at is not None and at < status.checked_at):
        return contact.with_status(status)
    found = status.found(Availability.AVAILABLE, Source.DELIVERY, at, f"the person wrote on {channel.label}")
    return _default_moved(contact.with_status(found), at, knowledge or Knowledge())


def followed(message: Message, contact: Contact) -> Contact:
    """Return the contact with its last message brought up to date."""
    newest = contact.last_message_at is None or message.created_at >= contact.last_message_at
    if not newest:
        return contact
    return replace(contact, last_message_at=message.created_at, last_status=message.status)


def _default_moved(contact: Contact, at: datetime, knowledge: Knowledge) -> Contact:
    channel, reason = choose_default(contact, at, knowledge)
    return contact.with_default(channel, pinned=contact.default_pinned, reason=reason, at=at)


def _moves(present: str, reported_status: str) -> bool:
    """Return whether a report takes an attempt forward: nothing but an arrival follows an end."""
    if present == MessageStatus.READ:
        return False
    if present == MessageStatus.DELIVERED:
        return reported_status == MessageStatus.READ
    if present in ATTEMPT_ENDED:
        return reported_status in REACHED
    return True


def _with_attempt(message: Message, index: int, attempt: Attempt, at: datetime) -> Message:
    attempts = list(message.attempts)
    attempts[index] = attempt
    latest = index == len(attempts) - 1
    arrived = attempt.status in REACHED
    status = attempt.status if latest or arrived else message.status
    return replace(message, attempts=tuple(attempts), status=str(status), updated_at=max(at, message.updated_at))
