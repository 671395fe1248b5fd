"""Bulk sends: one content to many contacts, at a rate, which any program on the database may take further."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

BURST = timedelta(seconds=1)
"""So much of the time in which nothing went out is made up for."""


class BulkStatus(StrEnum):
    """How far a bulk send has come."""

    WRITING = "writing"
    """Its messages are being written down, and none goes out."""
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    DONE = "done"
    """Every message was handed over or stopped."""


class BulkSend(Struct, frozen=True):
    """One bulk send. Its messages are stored beside it, each with its id in `batch`."""

    id: str
    created_at: datetime
    text: str
    """What is sent, with the places that each contact fills in."""
    total: int
    """How many messages it has."""
    rate: float
    """Messages a second that are handed over at most, by all programs together."""
    status: BulkStatus
    send_at: datetime
    """When it begins."""
    next_at: datetime
    """When the next message may go."""
    why: str = ""
    """Why it was paused, in words."""

    def allowed(self, now: datetime, at_most: int) -> int:
        """Return how many messages may go now."""
        if self.status is not BulkStatus.RUNNING or now < self.send_at:
            return 0
        waited = (now - max(self.next_at, now - BURST)).total_seconds()
        return min(at_most, int(waited * self.rate) + 1) if waited >= 0 else 0

    def paced(self, now: datetime, count: int) -> BulkSend:
        """Return the send after so many messages were taken from it."""
        return replace(self, next_at=max(self.next_at, now - BURST) + timedelta(seconds=count / self.rate))

    @property
    def is_open(self) -> bool:
        """Whether messages of it may go out by themselves, once they are all written."""
        return self.status in {BulkStatus.WRITING, BulkStatus.RUNNING}

    def missed(self, now: datetime, limit: timedelta) -> bool:
        """Return whether nobody took it further for so long that a person has to decide."""
        return self.is_open and now - max(self.send_at, self.next_at) > limit
