"""Days are those of whoever asks, also where the clocks change, and the same in every list."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sent_tui.core.insights import Dimension
from sent_tui.core.message_search import MessageQuery
from sent_tui.core.period import EVER, LOCAL, Period, day_of, last_days, the_day
from sent_tui.core.standing import moment_words
from sent_tui.services.insights import InsightsService, Scope
from sent_tui.services.workspace import packaged_prices
from sent_tui.store.memory import MemoryRepository
from tests.factories import contact, message

BERLIN = ZoneInfo("Europe/Berlin")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
"""When the clocks change in Berlin: days of 23 and of 25 hours."""
HOURS = st.integers(0, 2 * 366 * 24 * 4)


@pytest.fixture(autouse=True, scope="module")
def in_berlin() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


def length(period: Period) -> timedelta:
    assert period.since is not None
    assert period.before is not None
    return period.before.astimezone(UTC) - period.since.astimezone(UTC)


def at(quarters: int) -> datetime:
    """Return one of the quarters of an hour of two years."""
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * quarters)


@given(HOURS)
def test_local_time_is_that_of_the_clock_on_the_wall(quarters: int) -> None:
    moment = at(quarters)
    local, known = moment.astimezone(LOCAL), moment.astimezone(BERLIN)
    assert local.replace(tzinfo=None) == known.replace(tzinfo=None)
    assert (local.fold, local.utcoffset(), local.tzname()) == (known.fold, known.utcoffset(), known.tzname())
    assert local.astimezone(UTC) == moment


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (SPRING + timedelta(days=1), 24)])
@pytest.mark.parametrize("asked", ["2026-01-15", "2026-07-15"])
def test_a_day_has_as_many_hours_as_the_clock_gives_it(day: date, hours: int, asked: str) -> None:
    now = datetime.fromisoformat(f"{asked}T12:00:00+00:00").astimezone(LOCAL)
    assert length(the_day(day, now)) == timedelta(hours=hours)


def test_a_time_for_a_person_is_that_of_the_clock_on_the_wall() -> None:
    assert moment_words(datetime(2026, 11, 27, 8, tzinfo=UTC)) == "27 Nov 2026, 09:00 CET"
    assert moment_words(datetime(2026, 7, 27, 8, tzinfo=UTC)) == "27 Jul 2026, 10:00 CEST"


@given(HOURS, HOURS)
def test_every_moment_is_on_one_day_whenever_it_is_asked(quarters: int, asked: int) -> None:
    moment, now = at(quarters), at(asked).astimezone(LOCAL)
    day = day_of(moment, now)
    for near in (day - timedelta(days=1), day, day + timedelta(days=1)):
        period = the_day(near, now)
        assert period.since is not None
        assert period.before is not None
        assert (period.since <= moment < period.before) is (near == day)


def test_the_last_days_begin_at_midnight_on_the_other_side_of_a_change() -> None:
    now = datetime(2026, 4, 2, 10, tzinfo=UTC).astimezone(LOCAL)
    assert last_days(7, now).since == datetime(2026, 3, 27, tzinfo=BERLIN)


def test_lists_and_insights_count_the_same_messages_on_a_day() -> None:
    """They were written hour by hour around both changes, and went out on other days."""
    repository = MemoryRepository()
    repository.add([contact(0)])
    first = [datetime.combine(day - timedelta(days=1), datetime.min.time(), UTC) for day in (SPRING, AUTUMN)]
    moments = [start + timedelta(hours=hour) for start in first for hour in range(72)]
    with repository.transaction() as tx:
        for place, moment in enumerate(moments):
            tx.put_message(message(place, created_at=moment, updated_at=moment))
    now = datetime(2026, 12, 1, 12, tzinfo=UTC).astimezone(LOCAL)
    service = InsightsService(repository, packaged_prices(), now.tzinfo)
    days = service.look(Scope(EVER)).report.groups[Dimension.DAY]
    assert days[SPRING.isoformat()].count == 23
    assert days[AUTUMN.isoformat()].count == 25
    for name, tally in days.items():
        period = the_day(date.fromisoformat(name), now)
        query = MessageQuery(since=period.since, before=period.before)
        assert len(repository.select(query)) == tally.count == service.look(Scope(period)).report.whole.count
