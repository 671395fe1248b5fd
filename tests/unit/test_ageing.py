"""How sure a finding about a channel still is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sent_tui.core.ageing import (
    AGEING_UP_TO,
    FRESH_UP_TO,
    Age,
    CheckConfidence,
    check_words,
    closed_words,
    confidence,
    is_closed_by_fact,
    last_seen,
    unreachable_after,
    worn,
)
from sent_tui.core.channel import Availability, Channel, ChannelStatus, Source
from sent_tui.core.delivery_grid import CHECK_ODDS, TRAITS

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
YES, NO, UNKNOWN = Availability.AVAILABLE, Availability.UNAVAILABLE, Availability.UNKNOWN
WA, SMS = Channel.WHATSAPP, Channel.SMS


def found(
    availability: Availability = YES, *, channel: Channel = WA, days: float = 0, source: Source = Source.LOOKUP
) -> ChannelStatus:
    at = NOW - timedelta(days=days)
    return ChannelStatus(channel, availability, at, at, source)


def sure(status: ChannelStatus) -> CheckConfidence:
    known = confidence(status, NOW)
    assert known is not None
    return known


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("answer", [YES, NO])
def test_a_new_check_is_as_sure_as_bayes_rule_says(channel: Channel, answer: Availability) -> None:
    gone = TRAITS[channel.value].unreachable
    if_there, if_not = CHECK_ODDS[answer.value]
    right = (1 - gone) * if_there if answer is YES else gone * if_not
    wrong = gone * if_not if answer is YES else (1 - gone) * if_there
    known = sure(found(answer, channel=channel))
    assert known.probability == known.at_first == pytest.approx(right / (right + wrong))
    assert (known.says, known.at, known.age) == (answer, NOW, Age.FRESH)


def test_a_delivery_proves_and_a_fact_nearly_does() -> None:
    assert sure(found(source=Source.DELIVERY)).probability == 1
    by_fact, by_check = (sure(found(NO, source=source)).probability for source in (Source.DELIVERY, Source.LOOKUP))
    assert 0.98 < by_fact < 1
    assert by_check < by_fact


@pytest.mark.parametrize("days", [0, 30, 90, 365, 3650])
def test_it_wears_off_by_the_hazard_of_the_model(days: int) -> None:
    kept = 2.718281828459045 ** (-0.0015 * days)
    base = 1 - TRAITS["whatsapp"].unreachable
    first = sure(found()).probability
    assert sure(found(days=days)).probability == pytest.approx(kept * first + (1 - kept) * base)


YEARS = (datetime.fromisoformat("2001-01-01"), datetime.fromisoformat("2026-01-01"))
STATUSES = st.builds(
    ChannelStatus,
    channel=st.sampled_from(Channel),
    availability=st.sampled_from([YES, NO]),
    since=st.none() | st.just(NOW),
    checked_at=st.datetimes(*YEARS, timezones=st.just(UTC)),
    source=st.sampled_from(Source),
    last_delivered_at=st.none() | st.datetimes(*YEARS, timezones=st.just(UTC)),
    last_inbound_at=st.none() | st.datetimes(*YEARS, timezones=st.just(UTC)),
)


@settings(deadline=None)
@given(STATUSES, st.integers(0, 5000), st.integers(0, 5000))
def test_it_never_grows_surer_by_itself_and_stays_a_probability(status: ChannelStatus, one: int, more: int) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    sooner, later = (confidence(status, start + timedelta(days=days)) for days in (one, one + more))
    assert sooner is not None
    assert later is not None
    assert 0 <= later.probability <= sooner.probability <= sooner.at_first <= 1
    assert list(Age).index(later.age) >= list(Age).index(sooner.age)


@settings(deadline=None)
@given(st.integers(-10, 5000))
def test_time_draws_towards_the_base(days: int) -> None:
    left = worn(0.9, 0.3, NOW, NOW + timedelta(days=days))
    assert 0.3 <= left <= 0.9
    assert days > 0 or left == 0.9


@pytest.mark.parametrize(
    ("lost", "age"),
    [
        (0.0, Age.FRESH),
        (FRESH_UP_TO - 1e-6, Age.FRESH),
        (FRESH_UP_TO + 1e-6, Age.AGEING),
        (AGEING_UP_TO - 1e-6, Age.AGEING),
        (AGEING_UP_TO + 1e-6, Age.OLD),
    ],
)
def test_names_of_ages(lost: float, age: Age) -> None:
    assert CheckConfidence(YES, NOW, 0.9, 0.9 - lost).age is age


def test_a_person_who_wrote_makes_it_sure_again() -> None:
    old = found(days=400)
    wrote = ChannelStatus(WA, YES, old.since, old.checked_at, Source.LOOKUP, last_inbound_at=NOW - timedelta(days=1))
    assert last_seen(wrote) == NOW - timedelta(days=1)
    assert sure(old).probability < 0.9 < 0.99 < sure(wrote).probability
    # What is not there was not seen to be there by it.
    assert last_seen(ChannelStatus(WA, NO, None, NOW - timedelta(days=9), last_inbound_at=NOW)) == NOW - timedelta(
        days=9
    )


def test_where_nothing_was_found_nothing_is_sure() -> None:
    assert confidence(ChannelStatus(SMS), NOW) is None
    assert confidence(found(UNKNOWN), NOW) is None
    assert unreachable_after(WA, "unknown") == pytest.approx(TRAITS["whatsapp"].unreachable)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (ChannelStatus(SMS), "never checked"),
        (found(UNKNOWN, days=3), "checked 3 d ago, without an answer"),
        (found(), "checked just now; about 99% likely still true"),
        (found(days=91), "checked 3 months ago; about 96% likely still true"),
        (found(NO, days=240), "checked 8 months ago; about 69% likely still true"),
        (found(days=800), "checked 2 years ago; about 84% likely still true"),
        (found(source=Source.DELIVERY, days=2), "proven 2 d ago; about 99% likely still true"),
        (
            found(NO, source=Source.DELIVERY, days=30),
            "closed by a delivery result 4 w ago; about 95% likely still true",
        ),
        (ChannelStatus(WA, YES, last_inbound_at=NOW), "proven just now; about 99% likely still true"),
    ],
)
def test_words(status: ChannelStatus, words: str) -> None:
    assert check_words(status, NOW) == words


def test_a_channel_closed_by_a_fact_says_since_when_and_what_opens_it() -> None:
    closed = found(NO, source=Source.DELIVERY, days=17)
    assert is_closed_by_fact(closed)
    assert closed_words(closed) == "left out since 3 Nov 2026, until a check finds it again or the person writes on it"
    undated = ChannelStatus(WA, NO, source=Source.DELIVERY)
    assert closed_words(undated) == "left out, until a check finds it again or the person writes on it"
    for other in (found(NO), found(source=Source.DELIVERY), ChannelStatus(WA)):
        assert not is_closed_by_fact(other)
        assert closed_words(other) == ""


ROWS = {
    "WhatsApp, check said yes": found(),
    "WhatsApp, check said no": found(NO),
    "WhatsApp, not registered, by a delivery result": found(NO, source=Source.DELIVERY),
    "SMS, check said yes": found(channel=SMS),
    "SMS, check said no": found(NO, channel=SMS),
}


@pytest.mark.parametrize("title", ROWS)
def test_the_documented_table_is_what_is_reckoned(title: str) -> None:
    later = [confidence(ROWS[title], NOW + timedelta(days=days)) for days in (0, 30, 90, 180, 365, 730)]
    cells = [f"{100 * known.probability:.0f} % {known.age}" for known in later if known is not None]
    page = Path(__file__).parents[2] / "docs" / "routing.md"
    assert f"| {title} | {' | '.join(cells)} |\n" in page.read_text(encoding="utf-8")
