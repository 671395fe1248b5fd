"""What came of messages: added up once, in words, and each figure as the messages that it counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sent_tui.core.channel import Channel
from sent_tui.core.default_move import DefaultMove, MovedBy
from sent_tui.core.insights import Dimension, Effect, Figure, Insights, Report, Tally, outcome_of
from sent_tui.core.insights_json import insights_json
from sent_tui.core.insights_words import (
    EMPTY,
    arrived_words,
    dollars,
    fallback_words,
    figure_words,
    moved_words,
    time_words,
    whole_words,
)
from sent_tui.core.message import Content, Message, MessageStatus
from sent_tui.core.period import EVER, last_days
from sent_tui.core.prices import Prices
from sent_tui.core.search import containing
from sent_tui.core.search_match import SearchCancelledError
from sent_tui.services.activity import ActivityService
from sent_tui.services.insights import InsightsService, Scope
from sent_tui.store.memory import MemoryRepository
from tests.factories import NOW, attempt, contact, contact_id, message, steps

WHATSAPP, SMS = Channel.WHATSAPP, Channel.SMS
PRICES = Prices({("default", "sms"): 0.05, ("default", "utility"): 0.01, ("default", "service"): 0.01})
BRAZIL = "+5511961234567"
Tried = tuple[Channel, str, float]
"""A channel, the status that it came to, and after how many seconds."""


def sent(place: int, *tried: Tried, plan: tuple[Channel, ...] = (WHATSAPP, SMS), **changes: Any) -> Message:
    """Return a message that is so many hours old, with its attempts."""
    at = NOW - timedelta(hours=place)
    attempts = tuple(
        attempt(
            channel=channel,
            status=status,
            started_at=at,
            accepted_at=at + timedelta(seconds=1),
            ended_at=at + timedelta(seconds=1 + seconds) if status in {"DELIVERED", "READ", "FAILED"} else None,
            gateway_id=f"g{place}",
        )
        for channel, status, seconds in tried
    )
    known = message(0, created_at=at, updated_at=at, status=tried[-1][1] if tried else "QUEUED", attempts=attempts)
    return replace(known, **({"id": f"m{place}", "to": "+14155550123", "steps": steps(*plan)} | changes))


LOG = (
    sent(1, (WHATSAPP, "DELIVERED", 2)),
    sent(2, (WHATSAPP, "READ", 4), to=BRAZIL, contact_id=contact_id(1)),
    sent(3, (WHATSAPP, "FAILED", 1), (SMS, "DELIVERED", 100)),
    sent(4, (SMS, "FAILED", 1), (WHATSAPP, "FAILED", 1), plan=(SMS, WHATSAPP)),
    sent(26, (SMS, "SENT", 0), plan=(SMS,)),
    sent(27, (SMS, "DELIVERED", 8), plan=(SMS, WHATSAPP), content=Content("x" * 200)),
    sent(28, status=MessageStatus.RECEIVED.value),
    sent(29),
)


def report(messages: Iterable[Message] = LOG) -> Report:
    insights = Insights(PRICES, UTC)
    for each in messages:
        insights.add(each)
    return insights.report()


def stored(messages: Iterable[Message] = LOG) -> MemoryRepository:
    repository = MemoryRepository()
    repository.add([contact(0), contact(1, name="Bruna")])
    with repository.transaction() as tx:
        for each in messages:
            tx.put_message(each)
    return repository


class TestAddingUp:
    def test_the_whole(self) -> None:
        whole = report().whole
        assert (whole.count, whole.arrived, whole.ended) == (6, 4, 5)
        assert whole.share == 0.8
        # WhatsApp for each that arrived, SMS for each segment that was handed over.
        assert whole.cost == pytest.approx(0.01 + 0.01 + 0.05 + 0.05 + 0.05 + 2 * 0.05)

    def test_one_that_goes_on_by_another_channel_has_not_ended(self) -> None:
        goes_on = sent(1, (WHATSAPP, "FAILED", 1))
        assert report([goes_on]).whole.ended == 0
        assert report([replace(goes_on, steps=steps(WHATSAPP))]).whole.ended == 1

    def test_one_that_was_given_up_has_ended_and_did_not_arrive(self) -> None:
        given_up = sent(99, (WHATSAPP, "SENT", 0), given_up_at=NOW)
        found = report([given_up, LOG[0]])
        assert (found.whole.ended, found.whole.share) == (2, 0.5)
        assert "still under way" not in whole_words(found)

    def test_attempts_by_channel(self) -> None:
        channels = report().groups[Dimension.CHANNEL]
        assert list(channels) == ["sms", "whatsapp"]
        assert (channels["sms"].count, channels["sms"].arrived, channels["sms"].ended) == (4, 2, 3)
        assert (channels["whatsapp"].count, channels["whatsapp"].arrived) == (4, 2)

    def test_messages_by_country_type_and_day(self) -> None:
        groups = report().groups
        assert {name: tally.count for name, tally in groups[Dimension.COUNTRY].items()} == {"US": 5, "BR": 1}
        assert {name: tally.count for name, tally in groups[Dimension.NUMBER_TYPE].items()} == {
            "fixed_line_or_mobile": 5,
            "mobile": 1,
        }
        assert list(groups[Dimension.DAY]) == ["2026-03-01", "2026-03-02"]

    def test_days_are_those_of_the_zone(self) -> None:
        known = sent(10, (SMS, "DELIVERED", 1))  # at 23:30 UTC on the day before
        zones = UTC, timezone(timedelta(hours=1))
        days = [outcome.day for zone in zones if (outcome := outcome_of(known, PRICES, zone)) is not None]
        assert days == [date(2026, 3, 1), date(2026, 3, 2)]

    def test_what_fallbacks_did(self) -> None:
        found = report()
        assert found.could_fall_back == 5
        assert found.effects == {Effect.FELL_BACK: 2, Effect.RESCUED: 1, Effect.CHEAPER: 2}
        assert found.saved == pytest.approx(2 * (0.05 - 0.01))
        assert found.lost == pytest.approx(0.05)

    def test_times_are_right_to_within_their_steps(self) -> None:
        many = report([sent(place, (SMS, "DELIVERED", 1 + place)) for place in range(100)]).whole
        assert many.median == pytest.approx(50, rel=0.026)
        assert many.slowest_tenth == pytest.approx(90, rel=0.026)
        assert report([sent(0, (SMS, "DELIVERED", 0))]).whole.median == 0.1
        assert report([sent(0, (SMS, "SENT", 0))]).whole.median is None

    def test_a_number_that_is_not_valid_has_no_country(self) -> None:
        assert list(report([sent(0, (SMS, "SENT", 0), to="nobody")]).groups[Dimension.COUNTRY]) == [""]

    @settings(deadline=None, max_examples=30)
    @given(st.permutations(LOG))
    def test_the_order_of_messages_leaves_no_trace(self, messages: list[Message]) -> None:
        one, other = report(messages), report()
        assert one.effects == other.effects
        assert one.whole.cost == pytest.approx(other.whole.cost)
        assert replace(one.whole, cost=0.0) == replace(other.whole, cost=0.0)


class TestFigures:
    def test_each_opens_as_the_messages_that_it_counts(self) -> None:
        repository, found = stored(), report()
        service, activity = InsightsService(repository, PRICES, UTC), ActivityService(repository)
        counted = [(Figure(), found.whole.count)]
        counted += [(Figure(effect=effect), count) for effect, count in found.effects.items()]
        for dimension in (Dimension.COUNTRY, Dimension.NUMBER_TYPE, Dimension.DAY):
            counted += [(Figure(dimension, name), tally.count) for name, tally in found.groups[dimension].items()]
        for figure, count in counted:
            selection = service.selection(figure, Scope())
            sifted = activity.sift(selection, selection.query)
            assert len(sifted.results) == count, figure
            assert selection.title.startswith("Messages ")

    def test_of_a_channel_every_message_tried_on_it_is_opened_once(self) -> None:
        service, activity = InsightsService(stored(), PRICES, UTC), ActivityService(stored())
        selection = service.selection(Figure(Dimension.CHANNEL, "whatsapp"), Scope())
        assert [one.id for one in activity.sift(selection, selection.query).results] == ["m1", "m2", "m3", "m4"]


class TestService:
    def test_a_period_and_some_contacts(self) -> None:
        repository = stored()
        service = InsightsService(repository, PRICES, UTC)
        today = Scope(last_days(1, NOW))
        assert service.look(today).report.whole.count == 4
        bruna = Scope(contacts=repository.answer(containing("Bruna")))
        assert service.look(bruna).report.whole.count == 1
        assert service.selection(Figure(), bruna).title == "Messages that went out, to the listed contacts"
        assert service.selection(Figure(), today).title == "Messages that went out, today"

    def test_progress_and_cancelling(self) -> None:
        service, told = InsightsService(stored(), PRICES, UTC), list[tuple[int, int]]()
        service.look(Scope(), on_progress=lambda done, total: told.append((done, total)))
        assert told == [(0, 7)]
        asked = iter([False] * len(LOG) + [True])
        with pytest.raises(SearchCancelledError):
            service.look(Scope(), is_cancelled=lambda: next(asked, True))

    def test_moves_by_what_was_learned(self) -> None:
        repository = stored(())
        for channel, hours, by in (
            (SMS, 30, MovedBy.LEARNED),
            (WHATSAPP, 3, MovedBy.PERSON),
            (SMS, 1, MovedBy.LEARNED),
        ):
            at = NOW - timedelta(hours=hours)
            repository.update(
                contact_id(0),
                lambda known, channel=channel, at=at, by=by: known.with_default(  # type: ignore[misc]
                    channel, pinned=False, reason="because", at=at, by=by
                ),
            )
        service = InsightsService(repository, PRICES, UTC)
        hours_ago = [(NOW - move.at) // timedelta(hours=1) for move in service.look(Scope()).moves]
        assert hours_ago == [1, 30]
        assert [move.at for move in service.look(Scope(last_days(1, NOW))).moves] == [NOW - timedelta(hours=1)]


class TestWords:
    def test_sentences(self) -> None:
        found = report()
        assert whole_words(found).startswith("6 messages, 80% delivered; 1 still under way. Half took less than ")
        assert whole_words(found).endswith("$0.27 by the price list.")
        assert list(fallback_words(found)) == [
            "2 messages went on to another channel, 40% of those that could.",
            "1 message arrived only by that: 17% of all.",
            "2 messages arrived by a first step that costs less than the next: $0.080 saved.",
            "$0.050 went to attempts that did not arrive.",
        ]
        assert whole_words(report(())) == EMPTY
        assert list(fallback_words(report(()))) == []

    def test_small_ones(self) -> None:
        assert [dollars(amount) for amount in (0, 0.0075, 0.5, 1234.5)] == ["$0.00", "$0.007", "$0.50", "$1,234.50"]
        assert [time_words(seconds) for seconds in (None, 0.14, 1.44, 12.4, 200)] == [
            "–",
            "0.1 s",
            "1.4 s",
            "12 s",
            "3 min",
        ]
        assert arrived_words(Tally()) == "–"

    def test_titles(self) -> None:
        figures = [Figure(), *(Figure(effect=effect) for effect in Effect)]
        figures += [
            Figure(Dimension.CHANNEL, "sms"),
            Figure(Dimension.COUNTRY, "BR"),
            Figure(Dimension.DAY, "2026-03-02"),
        ]
        figures += [Figure(Dimension.NUMBER_TYPE, "mobile")]
        assert [figure_words(figure) for figure in figures] == [
            "that went out",
            "that went on to another channel",
            "that arrived only by a fallback",
            "that arrived by a cheaper first step",
            "tried on SMS",
            "to Brazil",
            "that were written on 2026-03-02",
            "to numbers of the type “mobile”",
        ]

    def test_moves(self) -> None:
        move = DefaultMove("a", NOW, SMS, WHATSAPP, "because", MovedBy.LEARNED)
        assert moved_words(()) == "No default channel moved by a delivery result."
        assert moved_words((move, move)) == "The default channel of 1 contact moved by delivery results."

    def test_as_json(self) -> None:
        move = DefaultMove(contact_id(0), NOW, None, SMS, "because", MovedBy.LEARNED)
        known = insights_json(EVER, report(), (move,))
        assert known["since"] is None
        assert known["messages"]["share"] == 0.8
        assert known["fallback"] == {
            "possible": 5,
            "fell_back": 2,
            "rescued": 1,
            "cheaper": 2,
            "saved": 0.08,
            "lost": 0.05,
        }
        assert known["country"]["BR"]["count"] == 1
        assert known["moved_defaults"][0]["before"] is None
        assert insights_json(last_days(7, NOW), report(()), ())["since"] == "2026-02-24T00:00:00+00:00"


def test_the_words_of_a_contact_find_its_messages() -> None:
    activity = ActivityService(stored())
    query, left_out = activity.of_contacts("bruna")
    assert (query.contacts, left_out) == (frozenset({contact_id(1)}), 0)
    assert activity.of_contacts("  ")[0].contacts is None
