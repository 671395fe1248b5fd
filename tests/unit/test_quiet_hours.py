"""Quiet hours: where it is night, until when, and how people write them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sent_tui.core.message import Content
from sent_tui.core.quiet_hours import (
    USUAL_QUIET_HOURS,
    QuietHours,
    may_wake,
    quiet_hours_words,
    read_quiet_hours,
)

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
SIESTA = QuietHours(time(13), time(15, 30))
ZONES = ("Europe/Paris", "America/Los_Angeles", "Australia/Sydney", "Asia/Kathmandu", "Pacific/Apia")


def test_the_night_of_the_recipient() -> None:
    assert not USUAL_QUIET_HOURS.covers(NOON, ["Europe/Paris"])
    assert USUAL_QUIET_HOURS.covers(NOON, ["America/Los_Angeles"])
    assert USUAL_QUIET_HOURS.covers(NOON, ["Europe/Paris", "Australia/Sydney"])
    assert not USUAL_QUIET_HOURS.covers(NOON, [])
    assert SIESTA.covers(NOON, ["Europe/Paris"])
    assert not SIESTA.covers(NOON, ["Europe/London"])


@pytest.mark.parametrize(
    ("hours", "at", "zones", "end"),
    [
        (USUAL_QUIET_HOURS, "2026-11-26 12:00", ["Europe/Paris"], "2026-11-26 12:00"),
        (USUAL_QUIET_HOURS, "2026-11-26 12:00", [], "2026-11-26 12:00"),
        (USUAL_QUIET_HOURS, "2026-11-26 20:00", ["Europe/Paris"], "2026-11-27 07:00"),
        (USUAL_QUIET_HOURS, "2026-11-27 06:59", ["Europe/Paris"], "2026-11-27 07:00"),
        (USUAL_QUIET_HOURS, "2026-11-27 07:00", ["Europe/Paris"], "2026-11-27 07:00"),
        (USUAL_QUIET_HOURS, "2026-11-26 12:00", ["America/New_York", "America/Los_Angeles"], "2026-11-26 16:00"),
        (USUAL_QUIET_HOURS, "2026-03-28 23:00", ["Europe/Paris"], "2026-03-29 06:00"),
        (USUAL_QUIET_HOURS, "2026-10-24 22:00", ["Europe/Paris"], "2026-10-25 07:00"),
        (QuietHours(time(21), time(2, 30)), "2026-03-28 23:00", ["Europe/Paris"], "2026-03-29 01:30"),
        (SIESTA, "2026-11-26 12:00", ["Europe/Paris"], "2026-11-26 14:30"),
        (USUAL_QUIET_HOURS, "2026-11-26 12:00", ZONES, "2026-11-27 12:00"),
    ],
)
def test_the_end_of_the_night(hours: QuietHours, at: str, zones: list[str], end: str) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert hours.end_after(moment, zones) == datetime.fromisoformat(end).replace(tzinfo=UTC)


@given(
    st.integers(0, 10 * 366 * 24 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    st.sampled_from(ZONES),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
)
def test_the_end_is_soon_and_outside(at: datetime, zone: str, begin: time, end: time) -> None:
    if begin == end:
        return
    hours = QuietHours(begin, end)
    found = hours.end_after(at, [zone])
    assert at <= found <= at + timedelta(days=1, hours=2)
    if found != at:
        assert hours.covers(at, [zone])
    if found < at + timedelta(days=1):
        assert not hours.covers(found, [zone])
        assert found == at or found.astimezone(ZoneInfo(zone)).time() >= end


@pytest.mark.parametrize(
    ("text", "words"),
    [("21:00-8:00", "21:00-08:00"), ("22 - 7", "22:00-07:00"), (" 23:30–6 ", "23:30-06:00"), ("OFF", "off")],
)
def test_hours_as_people_write_them(text: str, words: str) -> None:
    hours = read_quiet_hours(text)
    assert quiet_hours_words(hours) == words
    assert read_quiet_hours(words) == hours


@pytest.mark.parametrize("text", ["", "21:00", "21-24", "8-8", "night", "21:60-8", "true"])
def test_what_names_no_hours(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - its text is the argument
        read_quiet_hours(text)


def test_only_a_one_time_code_wakes() -> None:
    assert may_wake(Content("123", "code", {}, "authentication"))
    assert not may_wake(Content("Hello", "promo", {}, "marketing"))
    assert not may_wake(Content("Hello"))
