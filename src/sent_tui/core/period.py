"""Stretches of time by name: today, the last 30 days, one day; in the time zone of whoever asks.

A day begins at midnight by the clock on the wall, so that it has 23 or 25 hours where the clocks change.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from msgspec import Struct

from sent_tui.core.text import plural


class _LocalZone(tzinfo):
    """The time zone of this machine, with its changes of the clock; an offset holds for one side of them alone."""

    def utcoffset(self, at: datetime | None) -> timedelta | None:
        """Return how far local time was ahead of UTC, by the rules of this machine."""
        return None if at is None else _on_this_machine(at).utcoffset()

    def dst(self, at: datetime | None) -> timedelta | None:
        """Return nothing: how much of the offset is summer time is not known."""
        return None

    def tzname(self, at: datetime | None) -> str | None:
        """Return the name that the time zone had."""
        return None if at is None else _on_this_machine(at).tzname()

    def fromutc(self, at: datetime) -> datetime:
        """Return the local time of a time in UTC; of an hour that comes twice, it says which one is meant."""
        known = at.replace(tzinfo=UTC).astimezone()
        local = known.replace(tzinfo=self)
        return local if local.utcoffset() == known.utcoffset() else local.replace(fold=1)


LOCAL: Final = _LocalZone()
"""The time zone of this machine."""


def _on_this_machine(at: datetime) -> datetime:
    return at.replace(tzinfo=None).astimezone()


class Period(Struct, frozen=True):
    """A stretch of time with its name."""

    title: str
    """In words: "today", "the last 30 days", "2026-11-19"."""
    since: datetime | None = None
    """From this time on; None: from the beginning."""
    before: datetime | None = None
    """Before this time; None: without an end."""


EVER = Period("any time")


def day_of(moment: datetime, now: datetime) -> date:
    """Return the day on which a moment lies, in the time zone of `now`."""
    return moment.astimezone(now.tzinfo).date()


def the_day(day: date, now: datetime) -> Period:
    """Return one day, in the time zone of `now`: today and yesterday by these names."""
    distance = (now.date() - day).days
    title = {0: "today", 1: "yesterday"}.get(distance, day.isoformat())
    return Period(title, _start(day, now), _start(day + timedelta(days=1), now))


def last_days(days: int, now: datetime) -> Period:
    """Return the last days with today as the last of them; at least one."""
    count = max(1, days)
    if count == 1:
        return the_day(now.date(), now)
    return Period(f"the last {plural(count, 'day')}", _start(now.date() - timedelta(days=count - 1), now))


def _start(day: date, now: datetime) -> datetime:
    return datetime.combine(day, time(), now.tzinfo)
