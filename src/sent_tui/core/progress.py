"""How a message moves: what a report, a refusal, a lost answer or a timer makes of it.

Reports may come late, twice and out of order; an attempt only moves forward. `core.message_states` has the states and
the moves between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel, Source
from sent_tui.core.channel_record import learn, unlearn
from sent_tui.core.contact import Contact
from sent_tui.core.default_move import MovedBy
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.message import (
    ATTEMPT_ENDED,
    REACHED,
    Attempt,
    DeliveryEvent,
    Message,
    MessageStatus,
    has_come_to,
)
from sent_tui.core.message_states import moved
from sent_tui.core.outcome import Outcome
from sent_tui.core.reasons import outcome_of, reason_words
from sent_tui.core.routing import choose_default


def scheduled(message: Message) -> Message:
    """Return a new message that waits for its time, `send_at`."""
    return moved(None, replace(message, status=MessageStatus.SCHEDULED.value))


def attempted(
    message: Message,
    channel: Channel,
    key: str,
    at: datetime,
    cost: float,
    *,
    decision: Mapping[str, Any] | None = None,
) -> Message:
    """Return the message with one more attempt written down, before anything is handed over.

    `decision` is what was looked at anew before a fallback.
    """
    attempt = Attempt(channel, key, at, MessageStatus.PLANNED, cost=cost, decision=decision or {})
    return _with_attempts(message, (*message.attempts, attempt), at)


def accepted(message: Message, index: int, gateway_id: str, at: datetime) -> Message:
    """Return the message after the gateway took an attempt; what was heard of it already stays."""
    attempt = message.attempts[index]
    if attempt.gateway_id is not None:
        return message
    status = MessageStatus.QUEUED if attempt.status in _UNANSWERED else attempt.status
    return _with_attempt(message, index, replace(attempt, gateway_id=gateway_id, accepted_at=at, status=status), at)


def outcome_lost(message: Message, index: int, at: datetime, detail: str) -> Message:
    """Return the message after a hand-over whose answer was lost: it may have been sent, or not."""
    attempt = message.attempts[index]
    if attempt.status not in _UNANSWERED:
        return message
    return _with_attempt(message, index, replace(attempt, status=MessageStatus.UNKNOWN, detail=detail), at)


def refused(message: Message, index: int, at: datetime, detail: str, *, go_on: bool) -> Message:
    """Return the message after a hand-over that sent nothing; the route ends here unless it may go on."""
    attempt = message.attempts[index]
    if attempt.status not in _UNANSWERED:
        return message
    if not go_on:
        message = replace(message, steps=message.steps[: index + 1])
    failed = replace(attempt, status=MessageStatus.FAILED, ended_at=at, detail=detail)
    return _with_attempt(message, index, failed, at)


def stopped(message: Message, status: MessageStatus, at: datetime, reason_code: str | None = None) -> Message:
    """Return the message ended before its next step went out, with the reason."""
    steps = message.steps[: len(message.attempts)]
    ended = replace(message, status=status.value, steps=steps, updated_at=at, reason_code=reason_code)
    return moved(message, ended)


def without_next(message: Message, at: datetime) -> Message:
    """Return the message with no step left to go; what was handed over goes on."""
    if message.next_channel is None:
        return message
    steps = message.steps[: len(message.attempts)]
    return _with_attempts(replace(message, steps=steps), message.attempts, at)


def overdue_since(message: Message, at: datetime) -> datetime | None:
    """Return since when the last attempt has taken longer than its step may; None while it has not."""
    due = due_at(message)
    return due if due is not None and due <= at else None


def due_at(message: Message) -> datetime | None:
    """Return until when the last attempt has to come as far as its step has to; None where no timer runs.

    A timer runs once the gateway took the attempt, never for one of unknown outcome, and never twice.
    """
    index = len(message.attempts) - 1
    step = message.step(index) if message.attempts else None
    if step is None or step.fallback_after is None or message.given_up_at is not None:
        return None
    attempt = message.attempts[index]
    if attempt.accepted_at is None or attempt.overdue_at is not None or has_come_to(attempt.status, step.until):
        return None
    if attempt.is_final and not message.awaits_read:
        return None
    return attempt.accepted_at + step.fallback_after


def overdue(message: Message, since: datetime) -> Message:
    """Return the message after its last attempt took longer than its step may."""
    index = len(message.attempts) - 1
    return _with_attempt(message, index, replace(message.attempts[index], overdue_at=since), since)


def given_up(message: Message, at: datetime) -> Message:
    """Return the message once nothing more is expected to be heard of it; a report may still come."""
    return moved(message, replace(message, given_up_at=at, steps=message.steps[: len(message.attempts)], updated_at=at))


def reported(message: Message, event: DeliveryEvent) -> Message:
    """Return the message after a report about one of its attempts."""
    attempt = message.attempts[event.attempt]
    if not _moves(attempt.status, event.status):
        return message
    ended = event.status in ATTEMPT_ENDED
    heard = replace(
        attempt,
        # Of an attempt whose channel the network chose, a report tells the channel.
        channel=event.channel,
        status=event.status,
        ended_at=(attempt.ended_at or event.at) if ended else None,
        reason_code=event.reason_code or (None if event.status in REACHED else attempt.reason_code),
        detail=event.detail or attempt.detail,
    )
    return _with_attempt(message, event.attempt, heard, event.at)


def left(
    message: Message, contact: Contact, event: DeliveryEvent, knowledge: Knowledge | None = None
) -> tuple[Message, Contact]:
    """Return the message and its contact before a report by another channel than the one of the attempt.

    That no report came in time says nothing of a channel that the network left: what it taught is taken back. A failure
    that was reported stays with the channel on which it was.
    """
    attempt, knowledge = message.attempts[event.attempt], knowledge or Knowledge()
    if attempt.learned is None or not _moves(attempt.status, event.status):
        return message, contact
    if not attempt.is_final:
        others = knowledge.last_failed_at(contact, attempt.channel, beside=message.id)
        contact = contact.with_status(unlearn(contact.status(attempt.channel), attempt.learned, others))
        contact = knowledge.withdrawn(contact, attempt.channel, message_id=message.id)
        contact = _default_moved(contact, event.at, knowledge, MovedBy.LEARNED)
    return _with(message, event.attempt, replace(attempt, learned=None)), contact


def result_of(attempt: Attempt) -> Outcome | None:
    """Return what an attempt says about the recipient's channel; None when it says nothing.

    One that is overdue counts as not reached in time until a report says how it ended.
    """
    if attempt.overdue_at is not None and not attempt.is_final:
        return Outcome.FAILED_SOFT
    return outcome_of(attempt.status, attempt.reason_code)


def taught(
    message: Message, contact: Contact, index: int, at: datetime, knowledge: Knowledge | None = None
) -> tuple[Message, Contact]:
    """Return the message and its contact after an attempt's result reached the contact, once.

    A later result of the same attempt takes the place of the earlier one, and one that says nothing takes it back.
    `knowledge` learns from it; without it, only the contact does.
    """
    knowledge = knowledge or Knowledge()
    attempt = message.attempts[index]
    outcome = result_of(attempt)
    if outcome is attempt.learned or attempt.gateway_id is None:
        return message, contact
    at = _time_of(message, index, outcome, at)
    status, name = contact.status(attempt.channel), {"message_id": message.id}
    if attempt.learned is not None:
        others = knowledge.last_failed_at(contact, attempt.channel, beside=message.id)
        status = unlearn(status, attempt.learned, others)
    if outcome is None:
        contact = knowledge.withdrawn(contact.with_status(status), attempt.channel, **name)
    else:
        contact = contact.with_status(learn(status, outcome, at, _evidence(attempt)))
        contact = knowledge.learned(contact, attempt.channel, outcome, at, first_choice=index == 0, **name)
    message = _with(message, index, replace(attempt, learned=outcome, is_untaught=False))
    return message, _default_moved(contact, at, knowledge, MovedBy.LEARNED)


def untaught(message: Message, index: int) -> Message:
    """Return the message after a result of an attempt that reaches no contact, because it was deleted."""
    attempt = message.attempts[index]
    return _with(message, index, replace(attempt, is_untaught=result_of(attempt) is not attempt.learned))


def reported_to_nobody(message: Message, event: DeliveryEvent, *, teaches: bool) -> Message:
    """Return the message after a report about one of its attempts while its contact is deleted.

    What it says is learned later; with `teaches` false, it says nothing of a channel that is known here.
    """
    index, before = event.attempt, message.attempts[event.attempt]
    message = reported(message, event)
    attempt = message.attempts[index]
    if not teaches:
        return _with(message, index, replace(attempt, is_untaught=False))
    if attempt.channel is not before.channel:
        # What was learned was about the channel that the network left.
        message = _with(message, index, replace(attempt, learned=None))
    return untaught(message, index)


def caught_up(message: Message, contact: Contact, knowledge: Knowledge) -> tuple[Message, Contact]:
    """Return the message and its contact after results that came while it was deleted reached it."""
    for index, attempt in enumerate(message.attempts):
        if attempt.is_untaught:
            at = attempt.ended_at or attempt.overdue_at or message.updated_at
            message, contact = taught(message, contact, index, at, knowledge)
    return message, contact


def _time_of(message: Message, index: int, outcome: Outcome | None, at: datetime) -> datetime:
    """Return when a result counts from: a passing failure from when it was late, whether anybody looked then or not."""
    step, accepted_at = message.step(index), message.attempts[index].accepted_at
    if outcome is not Outcome.FAILED_SOFT or step is None or step.fallback_after is None or accepted_at is None:
        return at
    return min(at, accepted_at + step.fallback_after)


def _evidence(attempt: Attempt) -> str:
    if attempt.overdue_at is not None and not attempt.is_final:
        return "no report in time"
    return reason_words(attempt.reason_code) or attempt.status.lower()


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
    return _default_moved(contact.with_status(found), at, knowledge or Knowledge(), MovedBy.INBOUND)


def followed(message: Message, contact: Contact) -> Contact:
    """Return the contact with its last message brought up to date; one that waits for its time is none yet."""
    at = message.began_at
    newest = contact.last_message_at is None or at >= contact.last_message_at
    if message.is_waiting or not newest:
        return contact
    return replace(contact, last_message_at=at, last_status=message.status)


def _default_moved(contact: Contact, at: datetime, knowledge: Knowledge, by: MovedBy) -> Contact:
    channel, reason = choose_default(contact, at, knowledge)
    return contact.with_default(channel, pinned=contact.default_pinned, reason=reason, at=at, by=by)


def _moves(present: str, reported_status: str) -> bool:
    """Return whether a report takes an attempt forward: nothing but an arrival follows an end."""
    if present == MessageStatus.READ or reported_status in _OURS:
        return False
    if present == MessageStatus.DELIVERED:
        return reported_status == MessageStatus.READ
    if present in ATTEMPT_ENDED:
        return reported_status in REACHED
    return True


def _with(message: Message, index: int, attempt: Attempt) -> Message:
    return replace(message, attempts=(*message.attempts[:index], attempt, *message.attempts[index + 1 :]))


def _with_attempt(message: Message, index: int, attempt: Attempt, at: datetime) -> Message:
    return _with_attempts(message, _with(message, index, attempt).attempts, at)


def _with_attempts(message: Message, attempts: tuple[Attempt, ...], at: datetime) -> Message:
    changed = replace(message, attempts=attempts, updated_at=max(at, message.updated_at))
    return moved(message, replace(changed, status=str(_status(changed))))


def _status(message: Message) -> str:
    """Return how a message stands by its attempts: as the last one, unless another says more."""
    stands = [attempt.status for attempt in message.attempts]
    for arrived in (MessageStatus.READ, MessageStatus.DELIVERED):
        if arrived in stands:
            return arrived
    if message.reason_code is not None:
        return message.status
    if stands[-1] in ATTEMPT_ENDED and message.next_channel is None:
        stands += [attempt.status for attempt in message.attempts if attempt.may_arrive][-1:]
    return stands[-1]


_UNANSWERED = frozenset({MessageStatus.PLANNED, MessageStatus.UNKNOWN})
"""How an attempt stands while no network has answered about it."""
_OURS = _UNANSWERED | {MessageStatus.RECEIVED}
"""What no network reports about a message that was sent."""
