"""A time as people write it: `in 2 h`, `tomorrow 9:00`, `fri 14:30`, `1 dec 9am`, `2026-11-27 09:00`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from sent_tui.core.span import parse_span

MORNING: Final = time(9)
"""Meant by a day without a time."""
EXAMPLES: Final = "in 2 h · 17:30 · tomorrow 9:00 · fri 14:30 · 1 dec · 2026-11-27 09:00"

_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_UNITS: Final = re.compile(r"(\d)\s*(?:(minutes?|mins?)|(hours?|hrs?)|(days?))\b")
_CLOCK: Final = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?")
_DAY_OF_MONTH: Final = re.compile(r"(?:(\d{1,2})\.? ([a-z]{3,})|([a-z]{3,}) (\d{1,2}))(?: (\d{4}))?")


def read_moment(text: str, now: datetime, zone: tzinfo | None = None) -> datetime | None:
    """Return the time that a text names, or None where that is not clear.

    `now` has a zone. Times of day are those of `zone`, or of this machine where that is None; a time alone is the next
    such time, a weekday the next such day.
    """
    plain = " ".join(text.casefold().replace(",", " ").split())
    if span := parse_span(_short_units(plain.removeprefix("in "))):
        return now + span
    try:
        return _in_zone(datetime.fromisoformat(text.strip()), zone)
    except (ValueError, OverflowError):
        pass
    local = now.astimezone(zone)
    try:
        wall = _wall_time(plain.replace(" at ", " "), local.date(), local.time())
        return None if wall is None else _in_zone(wall, zone)
    except (ValueError, OverflowError):
        return None


def local_times(at: datetime, zones: Iterable[str]) -> str:
    """Return what time it is then in some zones: `09:00`, or `06:00–09:00` where they differ; empty without any."""
    local = sorted({at.astimezone(ZoneInfo(name)).replace(tzinfo=None) for name in zones})
    return "–".join(f"{moment:%H:%M}" for moment in dict.fromkeys((local[0], local[-1]))) if local else ""


def _short_units(text: str) -> str:
    return _UNITS.sub(lambda unit: unit[1] + ("m" if unit[2] else "h" if unit[3] else "d"), text)


def _in_zone(moment: datetime, zone: tzinfo | None) -> datetime:
    if moment.tzinfo is None and zone is not None:
        return moment.replace(tzinfo=zone)
    return moment.astimezone(zone)


def _wall_time(text: str, today: date, present: time) -> datetime | None:
    """Return the time on a wall clock that a text names; raises ValueError for one that no clock shows."""
    if (clock := _clock(text)) is not None:
        return datetime.combine(today + timedelta(days=clock <= present), clock)
    head, _, last = text.rpartition(" ")
    for day_text, clock_text in ((text, ""), (head, last), (head.rpartition(" ")[0], " ".join(text.split()[-2:]))):
        day, clock = _day(day_text, today), _clock(clock_text) if clock_text else MORNING
        if day is not None and clock is not None:
            return datetime.combine(day, clock)
    return None


def _clock(text: str) -> time | None:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    hour = int(found[1])
    if found[3]:
        if not 1 <= hour <= 12:
            raise ValueError(text)
        hour = hour % 12 + 12 * (found[3] == "pm")
    return time(hour, int(found[2] or 0))


def _day(text: str, today: date) -> date | None:
    if text in {"today", "tomorrow"}:
        return today + timedelta(days=text == "tomorrow")
    if (weekday := _place(text, _WEEKDAYS)) is not None:
        return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    found = _DAY_OF_MONTH.fullmatch(text)
    month = _place(found[2] or found[3], _MONTHS) if found else None
    if found is None or month is None:
        return None
    day = date(int(found[5] or today.year), month + 1, int(found[1] or found[4]))
    return day if found[5] or day >= today else day.replace(year=day.year + 1)


def _place(text: str, names: Iterable[str]) -> int | None:
    """Return the place of the name that a text begins, with three letters or more."""
    if len(text) < 3:
        return None
    return next((at for at, name in enumerate(names) if name.startswith(text)), None)
