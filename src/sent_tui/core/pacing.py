"""When a service that failed, or asked for a pause, may be asked again. Pure: times and chance are arguments."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from msgspec import Struct

FIRST_PAUSE: Final = timedelta(seconds=1)
LONGEST_PAUSE: Final = timedelta(minutes=5)
"""The pause grows no further by failures alone."""
LONGEST_WISH: Final = timedelta(hours=1)
"""A service that asks for a longer pause is asked again after this one."""
_NOTHING: Final = timedelta()
_SECONDS: Final = re.compile(r"[0-9]{1,10}")


def backoff(failures: int, chance: float) -> timedelta:
    """Return the pause after so many failures in a row: it doubles up to five minutes, half of it left to chance.

    `chance` is a number from 0 to 1. That half keeps many programs that failed together from asking together.
    """
    if failures < 1:
        return _NOTHING
    doublings = min(failures - 1, 10)
    whole = min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
    return whole / 2 + whole / 2 * chance


def retry_after(text: str | None, at: datetime) -> timedelta | None:
    """Return the pause that an HTTP `Retry-After` asks for: seconds, or a date; None for what is neither.

    No pause is longer than an hour, and none is negative. Source: RFC 9110, 10.2.3.
    """
    wish = (text or "").strip()
    if _SECONDS.fullmatch(wish):
        return min(timedelta(seconds=int(wish)), LONGEST_WISH)
    try:
        until = parsedate_to_datetime(wish)
    except (ValueError, IndexError):
        return None
    known = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(known - at, _NOTHING), LONGEST_WISH)


class Pacing(Struct, frozen=True):
    """How often a service failed in a row, and until when it is left alone."""

    failures: int = 0
    paused_until: datetime | None = None
    """For questions that nobody waits for: after failures, and when the service asked for a pause."""
    wished_until: datetime | None = None
    """For everything: only when the service itself asked for a pause."""

    def failed(self, at: datetime, chance: float, wish: timedelta | None = None) -> Pacing:
        """Return the pacing after one more failure, with the pause that the service asked for."""
        failures = self.failures + 1
        pause = max(backoff(failures, chance), wish or _NOTHING)
        wished = self.wished_until if wish is None else at + wish
        return Pacing(failures, at + pause, wished)

    def succeeded(self) -> Pacing:
        """Return the pacing after an answer: nothing is waited for any longer."""
        return Pacing()

    def pause(self, at: datetime) -> timedelta:
        """Return how long a question that nobody waits for has to be put off."""
        return max(self.paused_until - at, _NOTHING) if self.paused_until else _NOTHING

    def wished_pause(self, at: datetime) -> timedelta:
        """Return how long the service wants to be left alone, whoever waits."""
        return max(self.wished_until - at, _NOTHING) if self.wished_until else _NOTHING
