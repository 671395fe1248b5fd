"""How a message stands, in words, where its status alone does not say it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sent_tui.core.channel import Channel
from sent_tui.core.message import REACHED, Duplicate, Message, MessageStatus
from sent_tui.core.period import LOCAL
from sent_tui.core.span import span_words
from sent_tui.core.text import plural

_WANTED = {MessageStatus.SENT: "of sending", MessageStatus.READ: "of reading"}


def standing(message: Message) -> tuple[str, ...]:
    """Return what has to be said of a message beside its status, in sentences; none claims more than the reports."""
    return tuple(_sentences(message))


def _sentences(message: Message) -> Iterator[str]:
    if message.is_waiting and message.batch is None:
        yield f"It is to go out on {moment_words(message.began_at)}."
    elif message.is_waiting:
        yield "It waits for its turn in a bulk send."
    if message.is_foreign:
        yield "It was sent elsewhere, and read from the network."
    if message.given_up_at is not None and message.status not in REACHED:
        waited = message.given_up_at - message.attempts[-1].started_at if message.attempts else None
        days = f" for {plural(waited.days, 'day')}" if waited is not None else ""
        yield f"No report{days}; it is no longer asked after."
    duplicate = message.possible_duplicate
    arrived = [attempt.channel.label for attempt in message.attempts if attempt.status in REACHED]
    if duplicate is Duplicate.CONFIRMED:
        yield f"It arrived twice: {' and '.join(arrived)} are both confirmed."
    elif duplicate is Duplicate.POSSIBLE:
        others = [attempt.channel.label for attempt in message.attempts if attempt.may_arrive]
        yield f"It may have arrived twice: {arrived[0]} is confirmed, {others[-1]} is not."


def overdue_words(message: Message, index: int) -> str:
    """Return `no report of delivery within 15m` for an attempt that took longer than its step may; else nothing."""
    attempt, step = message.attempts[index], message.step(index)
    if attempt.overdue_at is None or step is None or step.fallback_after is None:
        return ""
    return f"no report {_WANTED.get(step.until, 'of delivery')} within {span_words(step.fallback_after)}"


def fallback_words(after: str, until: MessageStatus, following: Channel | None) -> str:
    """Return what follows a step that takes too long: `after 15m without a report of delivery: SMS`."""
    then = following.label if following is not None else "nothing more is sent"
    return f"after {after} without a report {_WANTED.get(until, 'of delivery')}: {then}"


def moment_words(at: datetime) -> str:
    """Return a time as people write it, in the time zone of this machine and with its name."""
    at = at.astimezone(LOCAL)
    return f"{at.day} {at:%b %Y, %H:%M} {at.tzname() or ''}".rstrip()
