"""How well the shown percentages came true: bins, scores, ranges, and what is not counted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from math import fsum
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sent_tui.core.calibration import (
    BINS,
    IN_BIN,
    Calibration,
    Figure,
    Quality,
    Report,
    Trait,
    shown_percentage,
    wilson,
)
from sent_tui.core.message import Message, MessageStatus
from sent_tui.core.results import Uncounted
from sent_tui.core.text import percent
from tests.logs import ARRIVED, LOST, SMS, UNREACHED, WHATSAPP, log, sent, situation

outcomes = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=120)


def judged(messages: Iterable[Message]) -> Report:
    calibration = Calibration()
    for message in messages:
        calibration.add(message)
    return calibration.report()


@given(outcomes)
def test_the_parts_of_the_score_are_the_score(told: list[tuple[float, bool]]) -> None:
    curve = judged(log(told)).first
    squares = fsum((shown_percentage(shown) / 100 - came) ** 2 for shown, came in told)
    assert curve.rate.brier == pytest.approx(squares / len(told))
    parts = curve.reliability - curve.resolution + curve.uncertainty + curve.within_bins
    assert parts == pytest.approx(curve.rate.brier)
    assert min(curve.reliability, curve.resolution, curve.uncertainty, curve.error) >= 0
    assert curve.uncertainty <= 0.25


@given(outcomes)
def test_every_message_is_in_one_bin_and_bins_follow_one_another(told: list[tuple[float, bool]]) -> None:
    curve = judged(log(told)).first
    assert sum(found.rate.count for found in curve.bins) == curve.rate.count == len(told)
    assert sum(found.rate.arrived for found in curve.bins) == sum(came for _, came in told)
    assert 1 <= len(curve.bins) <= max(1, min(BINS, len(told) // IN_BIN))
    edges = [edge for found in curve.bins for edge in (found.low, found.high)]
    assert edges == sorted(edges)
    for found in curve.bins:
        assert found.low / 100 - 1e-9 <= found.rate.shown <= found.high / 100 + 1e-9


@given(outcomes, outcomes)
@settings(deadline=None, max_examples=40)
def test_each_row_counts_the_messages_that_are_found_for_it(
    one: list[tuple[float, bool]], other: list[tuple[float, bool]]
) -> None:
    messages = [
        *log(one),
        *log(other, SMS, region="BR", number_type="voip"),
        sent(0, situation(whatsapp=0.9), (WHATSAPP, LOST, UNREACHED), (SMS, ARRIVED, None)),
        sent(1, None, (WHATSAPP, ARRIVED, None)),
    ]
    report = judged(messages)
    bins = {Figure(None, low=found.low, high=found.high): found.rate for found in report.first.bins}
    tables = {Figure(trait, name): rate for trait in Trait for name, rate in report.by(trait).items()}
    assert report.figures == (*bins, *tables)
    for figure, rate in (bins | tables).items():
        assert sum(map(figure.counts, messages)) == rate.count


@given(outcomes, st.randoms())
def test_the_order_of_the_messages_leaves_no_trace(told: list[tuple[float, bool]], dice: Random) -> None:
    messages = log(told)
    mixed = list(messages)
    dice.shuffle(mixed)
    assert judged(messages) == judged(mixed)


@given(st.floats(0, 1))
def test_what_is_judged_is_what_was_shown(probability: float) -> None:
    assert f"{shown_percentage(probability)}%" == percent(probability)


@given(st.integers(0, 500), st.integers(0, 500))
def test_a_range_holds_the_share_and_stays_within_bounds(one: int, other: int) -> None:
    arrived, count = min(one, other), max(one, other)
    low, high = wilson(arrived, count)
    assert 0 <= low <= high <= 1
    if count:
        assert low <= arrived / count <= high


def test_ranges_are_those_of_the_textbook() -> None:
    # Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    for arrived, count, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert wilson(arrived, count) == pytest.approx((low, high), abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)


def test_forecasts_that_come_true_are_told_as_shown() -> None:
    told = [(shown / 10, place < shown) for shown in (3, 6, 9) for place in range(10)] * 20
    curve = judged(log(told)).first
    assert [found.rate.quality for found in curve.bins] == [Quality.IN_RANGE] * 3
    assert curve.error == pytest.approx(0)
    assert curve.reliability == pytest.approx(0)
    assert curve.resolution == pytest.approx(0.06)
    assert 0 < curve.error_by_chance < 0.04


@pytest.mark.parametrize(("shown", "quality"), [(0.95, Quality.TOO_HIGH), (0.05, Quality.TOO_LOW)])
def test_forecasts_that_do_not_come_true_are_told(shown: float, quality: Quality) -> None:
    curve = judged(log([(shown, place % 2 == 0) for place in range(100)])).first
    assert curve.rate.quality is quality
    assert curve.error == pytest.approx(0.45)
    assert curve.rate.brier == pytest.approx(0.25 + 0.45**2)


def test_a_crowded_percentage_is_a_bin_of_its_own() -> None:
    curve = judged(log([(0.9, True)] * 300 + [(0.5, True)] * 30 + [(0.95, True)] * 30)).first
    assert [(found.low, found.high, found.rate.count) for found in curve.bins] == [
        (50, 50, 30),
        (90, 90, 300),
        (95, 95, 30),
    ]


def test_groups_are_told_apart_and_the_largest_comes_first() -> None:
    messages = log([(0.9, True)] * 2) + log([(0.8, False)] * 3, SMS, region="BR", number_type="voip")
    report = judged(messages)
    assert list(report.channels) == ["sms", "whatsapp"]
    assert list(report.regions) == ["BR", "US"]
    assert list(report.number_types) == ["voip", "mobile"]
    sms = report.channels["sms"]
    assert (sms.count, sms.arrived) == (3, 0)
    assert [sms.shown, sms.brier] == pytest.approx([0.8, 0.64])
    assert report.regions["US"].share == 1


def test_months_are_those_of_utc_in_their_order() -> None:
    arrived = (WHATSAPP, ARRIVED, None)
    times = [datetime(2026, 2, 1, tzinfo=UTC), datetime(2025, 12, 31, 23, 59, tzinfo=UTC)]
    messages = [sent(place, situation(), arrived, at=at) for place, at in enumerate(times)]
    assert list(judged(messages).months) == ["2025-12", "2026-02"]


def test_fallbacks_are_kept_apart() -> None:
    both = sent(0, situation(0.9, 0.6), (WHATSAPP, LOST, UNREACHED), (SMS, ARRIVED, None))
    report = judged([both])
    assert (report.first.rate.shown, report.first.rate.arrived) == (0.9, 0)
    assert (report.fallback.rate.shown, report.fallback.rate.arrived) == (0.6, 1)
    assert list(report.channels) == ["whatsapp"]


def test_what_says_nothing_is_counted_with_its_reason() -> None:
    failed = sent(3, situation(), (WHATSAPP, LOST, None))
    refused = replace(failed, attempts=(replace(failed.attempts[0], gateway_id=None),))
    report = judged(
        [
            sent(0, None, (WHATSAPP, ARRIVED, None)),
            sent(1, situation(), (WHATSAPP, MessageStatus.SENT.value, None)),
            sent(2, situation(), (WHATSAPP, MessageStatus.BLOCKED.value, "BUSINESS_003")),
            refused,
            sent(4, situation()),
        ]
    )
    assert report.uncounted == dict.fromkeys(Uncounted, 1)
    assert all(why.label for why in report.uncounted)
    assert report.first.bins == report.fallback.bins == ()
    assert report.first.rate.count == 0


def test_a_record_that_cannot_be_read_is_none() -> None:
    message = sent(0, situation(channels=()), (WHATSAPP, ARRIVED, None))
    unknown = replace(message, decision={"version": 99})
    assert judged([message, unknown]).uncounted == {Uncounted.NO_RECORD: 2}
