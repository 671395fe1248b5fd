"""Times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sent_tui.core.moments import local_times, read_moment

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 26, 14, 30, tzinfo=PARIS)  # a Thursday


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("in 2 h", "2026-11-26 16:30"),
        ("2h", "2026-11-26 16:30"),
        ("in 1 hour 30 minutes", "2026-11-26 16:00"),
        ("In 3 days", "2026-11-29 14:30"),
        ("90 mins", "2026-11-26 16:00"),
        ("17:30", "2026-11-26 17:30"),
        ("9", "2026-11-27 09:00"),
        ("9.05", "2026-11-27 09:05"),
        ("5 pm", "2026-11-26 17:00"),
        ("12am", "2026-11-27 00:00"),
        ("14:30", "2026-11-27 14:30"),
        ("today", "2026-11-26 09:00"),
        ("today 20:00", "2026-11-26 20:00"),
        ("tomorrow", "2026-11-27 09:00"),
        ("Tomorrow at 9:00", "2026-11-27 09:00"),
        ("tomorrow, 5 pm", "2026-11-27 17:00"),
        ("fri 14:30", "2026-11-27 14:30"),
        ("thursday", "2026-12-03 09:00"),
        ("mon 8am", "2026-11-30 08:00"),
        ("1 dec", "2026-12-01 09:00"),
        ("dec 1 10:15", "2026-12-01 10:15"),
        ("1. december 2027 10:15", "2027-12-01 10:15"),
        ("3 mar", "2027-03-03 09:00"),
        ("26 nov 20:00", "2026-11-26 20:00"),
        ("2026-11-27 09:00", "2026-11-27 09:00"),
        ("2026-11-27", "2026-11-27 00:00"),
        ("2026-11-27T09:00Z", "2026-11-27 10:00"),
    ],
)
def test_times_are_understood(text: str, wanted: str) -> None:
    assert read_moment(text, NOW, PARIS) == datetime.fromisoformat(wanted).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    "text", ["", "soon", "yesterday", "25:00", "13 pm", "0 am", "9:75", "31 feb", "fr", "1 foo", "in", "tomorrow x"]
)
def test_what_names_no_time_is_none(text: str) -> None:
    assert read_moment(text, NOW, PARIS) is None


def test_a_time_of_day_is_that_of_the_clock_on_the_day_also_after_the_clocks_change() -> None:
    before = datetime(2026, 10, 24, 12, 0, tzinfo=PARIS)
    moment = read_moment("sunday 9:00", before, PARIS)
    assert moment is not None
    assert moment.utcoffset() == timedelta(hours=1)
    assert read_moment("in 1 day", before.astimezone(UTC), PARIS) == before.astimezone(UTC) + timedelta(days=1)


def test_without_a_zone_it_is_the_time_of_this_machine() -> None:
    moment = read_moment("2026-11-27 09:00", NOW)
    assert moment == datetime(2026, 11, 27, 9).astimezone()


@given(st.text(max_size=30))
def test_no_text_breaks_it(text: str) -> None:
    moment = read_moment(text, NOW, PARIS)
    assert moment is None or moment.tzinfo is not None


def test_what_time_it_is_there() -> None:
    noon = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
    assert local_times(noon, ["Europe/Paris"]) == "13:00"
    assert local_times(noon, ["America/New_York", "America/Los_Angeles", "America/Chicago"]) == "04:00–07:00"
    assert local_times(noon, []) == ""
