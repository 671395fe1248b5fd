"""Queries for messages, the facets that they ask for, and stretches of time by name."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import product

import pytest
from msgspec.structs import replace

from sent_tui.core.channel import Channel
from sent_tui.core.message import MessageStatus
from sent_tui.core.message_search import (
    EVERY_MESSAGE,
    FACETS,
    UNREADABLE,
    Facet,
    Fate,
    MessageCounts,
    MessageQuery,
    MessageResults,
    facet_number,
    fate_of,
)
from sent_tui.core.period import day_of, last_days, the_day
from tests.factories import NOW, attempt, message, steps, waiting

SMS, WHATSAPP = Channel.SMS, Channel.WHATSAPP
PARTS = (
    {"fates": frozenset({Fate.FAILED})},
    {"fates": frozenset({Fate.FAILED, Fate.DELIVERED})},
    {"channel": SMS},
    {"channel": WHATSAPP},
    {"fell_back": True},
    {"fell_back": False},
    {"since": NOW},
    {"since": NOW + timedelta(minutes=5), "before": NOW + timedelta(minutes=9)},
    {"contacts": frozenset({message(0).contact_id})},
    {"contacts": frozenset({message(0, contact_place=1).contact_id})},
    {"batch": "spring"},
    {"batch": "autumn"},
)
LOG = [
    message(
        place,
        contact_place=place % 2,
        status=status,
        batch=batch,
        attempts=tuple(attempt(channel=channel, status=status) for channel in tried),
        steps=steps(*tried),
    )
    for place, (status, batch, tried) in enumerate(
        product(("DELIVERED", "FAILED"), (None, "spring", "autumn"), ((SMS,), (WHATSAPP,), (WHATSAPP, SMS)))
    )
]


class TestQueries:
    @pytest.mark.parametrize("one", PARTS, ids=" ".join)
    def test_two_queries_together_mean_what_both_mean(self, one: dict[str, object]) -> None:
        for other in PARTS:
            first, second = MessageQuery(**one), MessageQuery(**other)  # type: ignore[arg-type]
            both = first & second
            for each in LOG:
                assert both.matches(each) == (first.matches(each) and second.matches(each))

    def test_everything_changes_nothing(self) -> None:
        query = MessageQuery(frozenset({Fate.FAILED}), SMS, True, NOW, NOW, frozenset({"a"}), "spring")
        assert query & EVERY_MESSAGE == EVERY_MESSAGE & query == query
        assert all(EVERY_MESSAGE.matches(each) for each in LOG)

    def test_the_table_of_wanted_facets(self) -> None:
        assert EVERY_MESSAGE.wanted_numbers() == bytes(
            number < len(FACETS) or number == UNREADABLE for number in range(256)
        )
        wanted = MessageQuery(channel=SMS).wanted_numbers()
        assert [FACETS[number].channel for number in range(len(FACETS)) if wanted[number]] == [SMS] * 2 * len(Fate)
        assert not wanted[UNREADABLE]


class TestFates:
    @pytest.mark.parametrize(
        ("changes", "fate"),
        [
            ({}, Fate.UNDER_WAY),
            ({"given_up_at": NOW}, Fate.UNKNOWN),
            ({"status": MessageStatus.UNKNOWN}, Fate.UNKNOWN),
            ({"status": "a status of tomorrow"}, Fate.UNDER_WAY),
            ({"status": MessageStatus.FAILED}, Fate.UNDER_WAY),
            ({"status": MessageStatus.FAILED, "steps": steps(WHATSAPP), "attempts": ()}, Fate.UNDER_WAY),
            ({"status": MessageStatus.FAILED, "steps": (), "attempts": ()}, Fate.FAILED),
            ({"status": MessageStatus.READ}, Fate.DELIVERED),
            ({"status": MessageStatus.BLOCKED}, Fate.STOPPED),
            ({"status": MessageStatus.RECEIVED}, Fate.RECEIVED),
        ],
    )
    def test_what_became_of_a_message(self, changes: dict[str, object], fate: Fate) -> None:
        assert fate_of(replace(message(0), **changes)) is fate

    def test_one_that_waits(self) -> None:
        assert fate_of(waiting()) is Fate.WAITING
        assert FACETS[facet_number(waiting())] == Facet(Fate.WAITING, None, fell_back=False)

    def test_every_facet_has_a_number_that_is_not_that_of_the_unreadable(self) -> None:
        assert len(set(FACETS)) == len(FACETS) < UNREADABLE


class TestCounts:
    def test_they_are_told_by_the_facets_of_a_query(self) -> None:
        counts = MessageCounts.by_number({facet_number(LOG[0]): 3, facet_number(LOG[-1]): 2, UNREADABLE: 7})
        assert counts.of(EVERY_MESSAGE) == 5
        assert counts.of(MessageQuery(frozenset({Fate.DELIVERED}))) == 3
        assert counts == MessageCounts({FACETS[facet_number(each)]: n for each, n in ((LOG[0], 3), (LOG[-1], 2))})
        assert counts != "counts"

    def test_results_of_nothing(self) -> None:
        assert len(MessageResults()) == 0
        assert MessageResults().place("m") is None
        with pytest.raises(IndexError):
            MessageResults(["m"])[0]


class TestPeriods:
    ZONE = timezone(timedelta(hours=9))

    def test_days_begin_and_end_where_the_person_is(self) -> None:
        now = datetime(2026, 3, 2, 1, 30, tzinfo=self.ZONE)
        assert day_of(datetime(2026, 3, 1, 15, tzinfo=UTC), now) == date(2026, 3, 2)
        today = the_day(now.date(), now)
        assert today.title == "today"
        assert today.since == datetime(2026, 3, 1, 15, tzinfo=UTC)
        assert today.before == datetime(2026, 3, 2, 15, tzinfo=UTC)
        assert the_day(date(2026, 3, 1), now).title == "yesterday"
        assert the_day(date(2026, 2, 28), now).title == "2026-02-28"

    def test_the_last_days_have_today_among_them(self) -> None:
        now = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
        week = last_days(7, now)
        assert (week.title, week.since, week.before) == ("the last 7 days", datetime(2026, 2, 24, tzinfo=UTC), None)
        assert last_days(1, now) == last_days(0, now) == the_day(now.date(), now)
