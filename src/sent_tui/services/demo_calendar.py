"""When the desk of the demo writes: on working days, in working hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from sent_tui.services.demo_people import Person

TWO_MONTHS = timedelta(days=59)
"""How far back the demo goes where nobody asks for more."""
BUSY = 5.0
"""A busy desk writes to each person so many times as often as that of the two months."""
WEEKENDS_OFF = 0.85
"""Share of what would fall on a weekend that is written in the week before."""
_OPENS, _HOURS = 8, 11


def sending_times(person: Person, now: datetime, days: int | None, dice: Random) -> list[datetime]:
    """Return when the messages to a person were sent, oldest first, the last as long ago as it should be.

    With `days` the desk is a busy one, and writes as often on each of them.
    """
    if days is None:
        wanted, longest, lean = person.messages, TWO_MONTHS, 2.0
    else:
        often = person.messages * (BUSY if person.is_served else 1.0) * days / TWO_MONTHS.days
        wanted, longest, lean = _round(often, dice), timedelta(days=max(1, days)), 1.0
    times = sorted(working_time(now, longest, lean, dice) for _ in range(wanted))
    if times and person.minutes_ago is not None:
        latest = now - timedelta(minutes=person.minutes_ago)
        earlier = (min(at, latest - timedelta(hours=3 * place)) for place, at in enumerate(times[-2::-1], 1))
        times = [*earlier, latest]
    first = now - longest
    return sorted(at for at in times if at >= first)


def working_time(now: datetime, longest: timedelta, lean: float, dice: Random) -> datetime:
    """Return a time before now; the more it leans, the more recent. It is today, or in the hours of an earlier day."""
    days = int(longest.days * dice.random() ** lean)
    if days == 0:
        return now - timedelta(minutes=4 + int(dice.random() * 600))
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days)
    after_friday = max(0, midnight.weekday() - 4)
    earlier = after_friday + int(5 * dice.random())
    if after_friday and dice.random() < WEEKENDS_OFF and days + earlier <= longest.days:
        midnight -= timedelta(days=earlier)
    return midnight + timedelta(seconds=int((_OPENS + _HOURS * dice.random()) * 3600))


def _round(often: float, dice: Random) -> int:
    """Return a whole number, up or down by chance, so that the mean stays."""
    return int(often) + (dice.random() < often % 1)
