"""What is written down about a channel after each outcome: its counts, and whether it reaches the number."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from sent_tui.core.channel import Availability, ChannelStatus, Source
from sent_tui.core.outcome import Outcome


def learn(status: ChannelStatus, outcome: Outcome, at: datetime, evidence: str) -> ChannelStatus:
    """Return the status of a channel after one more outcome.

    A delivery proves the channel. A fact about the recipient closes it until it is checked again or a message comes
    through. A soft failure counts, and changes no availability.
    """
    if outcome is Outcome.DELIVERED:
        proven = status.found(Availability.AVAILABLE, Source.DELIVERY, at, evidence)
        last = _later(status.last_delivered_at, at)
        return replace(proven, attempts=status.attempts + 1, delivered=status.delivered + 1, last_delivered_at=last)
    last = _later(status.last_failed_at, at)
    failed = replace(status, attempts=status.attempts + 1, failed=status.failed + 1, last_failed_at=last)
    if outcome is Outcome.FAILED_HARD:
        return failed.found(Availability.UNAVAILABLE, Source.DELIVERY, at, evidence)
    return failed


def unlearn(status: ChannelStatus, outcome: Outcome, last_failed_at: datetime | None) -> ChannelStatus:
    """Return the status of a channel without one outcome that a later report corrected; availability stays.

    `last_failed_at` is when the last of the other failures was.
    """
    arrived = outcome is Outcome.DELIVERED
    return replace(
        status,
        attempts=status.attempts - 1,
        delivered=status.delivered - arrived,
        failed=status.failed - (not arrived),
        last_failed_at=status.last_failed_at if arrived else last_failed_at,
    )


def _later(known: datetime | None, at: datetime) -> datetime:
    return at if known is None else max(known, at)
