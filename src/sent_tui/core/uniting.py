"""Two contacts made one, and one made two again: what was counted of each channel, and the last message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from sent_tui.core.channel import Channel, ChannelStatus
from sent_tui.core.contact import Contact
from sent_tui.core.message import Attempt, Message
from sent_tui.core.outcome import Outcome

Results = Mapping[tuple[Channel, bool], int]
"""How many attempts on a channel arrived (True), or failed (False)."""


def results_of(messages: Iterable[Message]) -> Results:
    """Return what messages have taught about each channel."""
    attempts = (attempt for message in messages for attempt in message.attempts)
    return Counter((attempt.channel, _arrived(attempt)) for attempt in attempts if attempt.learned is not None)


def united(kept: Contact, other: Contact) -> Contact:
    """Return a contact with what was counted of both, and the last message of either."""
    last = max((kept, other), key=lambda one: (one.last_message_at is not None, one.last_message_at or one.created_at))
    return replace(
        kept,
        channels=tuple(_sum(status, other.status(status.channel)) for status in kept.channels),
        last_message_at=last.last_message_at,
        last_status=last.last_status,
    )


def parted(
    one: Contact, other: Contact, staying: Sequence[Message], going: Sequence[Message], taught: Results
) -> tuple[Contact, Contact]:
    """Return two contacts after the first one held the messages of both for a while.

    `one` is the first as it is now, `other` the second as it was before; `staying` and `going` are the messages of
    each, and `taught` is what the latter had taught before. What was counted since goes where its message goes.
    """
    now = results_of(going)
    for status in one.channels:
        known, channel = other.status(status.channel), status.channel
        delivered = known.delivered + now.get((channel, True), 0) - taught.get((channel, True), 0)
        failed = known.failed + now.get((channel, False), 0) - taught.get((channel, False), 0)
        other = other.with_status(_with_counts(known, delivered, failed, going))
        left = status.delivered - delivered, status.failed - failed
        one = one.with_status(_with_counts(status, *left, staying))
    return one, other


def _arrived(attempt: Attempt) -> bool:
    return attempt.learned is Outcome.DELIVERED


def _sum(status: ChannelStatus, other: ChannelStatus) -> ChannelStatus:
    return replace(
        status,
        attempts=status.attempts + other.attempts,
        delivered=status.delivered + other.delivered,
        failed=status.failed + other.failed,
        last_delivered_at=_latest((status.last_delivered_at, other.last_delivered_at)),
        last_failed_at=_latest((status.last_failed_at, other.last_failed_at)),
    )


def _with_counts(status: ChannelStatus, delivered: int, failed: int, messages: Sequence[Message]) -> ChannelStatus:
    """Return the status of a channel with other counts, and the times of the last results among some messages."""
    if (delivered, failed) == (status.delivered, status.failed):
        return status
    attempts = [attempt for message in messages for attempt in message.attempts if attempt.channel is status.channel]
    results = [attempt for attempt in attempts if attempt.learned is not None]
    arrived = _latest(attempt.ended_at for attempt in results if _arrived(attempt))
    missed = _latest(attempt.ended_at or attempt.overdue_at for attempt in results if not _arrived(attempt))
    return replace(
        status,
        attempts=max(0, delivered) + max(0, failed),
        delivered=max(0, delivered),
        failed=max(0, failed),
        last_delivered_at=arrived,
        last_failed_at=missed,
    )


def _latest(times: Iterable[datetime | None]) -> datetime | None:
    return max((at for at in times if at is not None), default=None)
