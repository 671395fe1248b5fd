"""The hours in which a message would wake somebody: where the recipient is, and until when it can be held back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Final

from msgspec import Struct

from sent_tui.core.message import Content
from sent_tui.core.patience import CODES

OFF: Final = "off"
"""How people write that there are no quiet hours."""
_HOURS: Final = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*[-–]\s*(\d{1,2})(?::(\d{2}))?")


class QuietHours(Struct, frozen=True):
    """From when until when, by the clock of the recipient; the end may be on the next day."""

    begin: time
    end: time

    def covers(self, at: datetime, zones: Iterable[str]) -> bool:
        """Return whether a moment is within them in one of some time zones (IANA names)."""
        return any(self._end(at, zone) is not None for zone in zones)

    def end_after(self, at: datetime, zones: Iterable[str]) -> datetime:
        """Return the first moment from one on that is within them in none of some time zones, in UTC.

        Where it is always night in one of them, that is a day later.
        """
        known, found = tuple(zones), at.astimezone(UTC)
        latest = found + timedelta(days=1)
        while found < latest:
            ends = [end for zone in known if (end := self._end(found, zone)) is not None]
            if not ends:
                return found
            found = max(ends)
        return latest

    def _end(self, at: datetime, zone: str) -> datetime | None:
        """Return when those end in which a moment is in a time zone; None where it is in none."""
        # Imported on first use: the settings are read before the first frame, and need none of it.
        from zoneinfo import ZoneInfo

        local = at.astimezone(ZoneInfo(zone))
        overnight = self.begin > self.end
        late, early = local.time() >= self.begin, local.time() < self.end
        if not (late or early if overnight else late and early):
            return None
        day = local.date() + timedelta(days=overnight and late)
        # Where the clocks are put forward over the end, it is what the clock would have shown; where they are put back
        # over it, it comes twice.
        end = datetime.combine(day, self.end, ZoneInfo(zone))
        first, second = end.astimezone(UTC), end.replace(fold=1).astimezone(UTC)
        return first if first > at else second


USUAL_QUIET_HOURS: Final = QuietHours(time(21), time(8))
"""Outside of them, calls and texts that sell something are allowed in the United States (47 CFR 64.1200(c))."""


def read_quiet_hours(text: str) -> QuietHours | None:
    """Return the hours that a text such as `21:00-8:00` names, None for `off`; raises ValueError for another text."""
    if text.strip().casefold() == OFF:
        return None
    found = _HOURS.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    hours = QuietHours(time(int(found[1]), int(found[2] or 0)), time(int(found[3]), int(found[4] or 0)))
    if hours.begin == hours.end:
        raise ValueError(text)
    return hours


def quiet_hours_words(hours: QuietHours | None) -> str:
    """Return hours as they are written in the settings."""
    return OFF if hours is None else f"{hours.begin:%H:%M}-{hours.end:%H:%M}"


def may_wake(content: Content) -> bool:
    """Return whether a message goes out at any hour: somebody waits for a one-time code."""
    return content.category == CODES
