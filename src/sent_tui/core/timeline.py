"""What happened to a message, moment by moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from sent_tui.core.channel import Channel
from sent_tui.core.message import (
    ATTEMPT_ENDED,
    REACHED,
    STATUS_WORDS,
    Attempt,
    DeliveryEvent,
    Message,
    MessageStatus,
)
from sent_tui.core.reasons import reason_words


class Moment(Struct, frozen=True):
    """Something that happened."""

    at: datetime
    words: str
    """In words, with the reason and its code; may hold foreign text."""
    channel: Channel | None = None
    """On which channel; None for what concerns none."""
    status: str = ""
    """The status that was reported; empty where nothing was."""


def moments(message: Message, events: Iterable[DeliveryEvent]) -> list[Moment]:
    """Return what happened to a message, in the order of time."""
    # What happens at one time stays in the order in which it is told.
    return sorted(_moments(message, list(events)), key=lambda moment: moment.at)


def _moments(message: Message, events: Sequence[DeliveryEvent]) -> Iterator[Moment]:
    if message.is_inbound:
        yield Moment(message.created_at, "received", message.channel)
    else:
        yield Moment(message.created_at, "written down")
    if message.send_at is not None:
        yield Moment(message.send_at, "to go out")
    reported = {event.attempt for event in events}
    for index, attempt in enumerate(message.attempts):
        yield Moment(attempt.started_at, "begun", attempt.channel)
        if attempt.accepted_at is not None:
            yield Moment(attempt.accepted_at, "taken by the gateway", attempt.channel)
        if attempt.overdue_at is not None:
            yield Moment(attempt.overdue_at, "overdue: it took longer than its step may", attempt.channel)
        if index not in reported and attempt.status == MessageStatus.FAILED and attempt.ended_at is not None:
            yield Moment(attempt.ended_at, _refused(attempt), attempt.channel)
    for event in events:
        yield Moment(event.at, _reported(event), event.channel, event.status)
    if message.given_up_at is not None:
        yield Moment(message.given_up_at, "no longer asked after: no report came")
    if _was_stopped(message):
        why = reason_words(message.reason_code) or ("" if message.attempts else " ".join(message.reasons))
        yield Moment(message.updated_at, _with_reason(STATUS_WORDS[message.status], why, message.reason_code))


def _was_stopped(message: Message) -> bool:
    """Return whether it came to its end before its next step went out, and no attempt of its own tells of that."""
    ends = {MessageStatus.FILTERED, MessageStatus.BLOCKED, MessageStatus.CANCELLED, MessageStatus.FAILED}
    is_ours = message.status not in {attempt.status for attempt in message.attempts}
    return message.status in ends and message.is_final and is_ours


def _refused(attempt: Attempt) -> str:
    return _with_reason("not taken by the gateway", attempt.detail, None)


def _reported(event: DeliveryEvent) -> str:
    words = STATUS_WORDS.get(event.status, event.status)
    detail = event.detail if event.status in ATTEMPT_ENDED else ""
    why = "" if event.status in REACHED else reason_words(event.reason_code) or detail
    return _with_reason(words, why, event.reason_code)


def _with_reason(words: str, why: str, code: str | None) -> str:
    told = f" ({code})" if code else ""
    return f"{words}: {why}{told}" if why else f"{words}{told}"
