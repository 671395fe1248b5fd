"""When a service may be asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sent_tui.core.pacing import FIRST_PAUSE, LONGEST_PAUSE, LONGEST_WISH, Pacing, backoff, retry_after

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CHANCES = st.floats(0, 1)


@given(st.integers(1, 10_000), CHANCES)
def test_a_pause_lies_between_half_and_the_whole_of_its_step(failures: int, chance: float) -> None:
    whole = min(FIRST_PAUSE * 2 ** min(failures - 1, 20), LONGEST_PAUSE)
    assert whole / 2 <= backoff(failures, chance) <= whole


@given(st.integers(-5, 40), CHANCES)
def test_pauses_never_shrink_while_it_fails(failures: int, chance: float) -> None:
    assert backoff(failures, chance) <= backoff(failures + 1, chance)


def test_the_pauses_double_up_to_five_minutes() -> None:
    pauses = [backoff(failures, 1).total_seconds() for failures in range(11)]
    assert pauses == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        (" 7 ", 7),
        ("3600", 3600),
        ("999999", 3600),
        ("Mon, 02 Mar 2026 09:30:20 GMT", 20),
        ("Mon, 02 Mar 2026 09:30:20", 20),
        ("Mon, 02 Mar 2026 09:29:00 GMT", 0),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 3600),
    ],
)
def test_a_wish_is_read(text: str, seconds: float) -> None:
    assert retry_after(text, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", [None, "", "soon", "-1", "1.5", "12345678901", "Mon, 99 Foo 2026"])
def test_what_is_no_wish_is_none(text: str | None) -> None:
    assert retry_after(text, NOW) is None


@given(st.text() | st.none())
def test_any_wish_is_bounded(text: str | None) -> None:
    found = retry_after(text, NOW)
    assert found is None or timedelta() <= found <= LONGEST_WISH


def test_failures_put_off_what_nobody_waits_for() -> None:
    pacing = Pacing().failed(NOW, 1)
    assert pacing.pause(NOW) == timedelta(seconds=1)
    assert pacing.wished_pause(NOW) == timedelta()
    again = pacing.failed(NOW, 1)
    assert again.pause(NOW) == timedelta(seconds=2)
    assert again.pause(NOW + timedelta(seconds=3)) == timedelta()


def test_a_wish_puts_off_everything_and_outlasts_a_later_failure() -> None:
    pacing = Pacing().failed(NOW, 0, timedelta(seconds=30)).failed(NOW, 0)
    assert pacing.wished_pause(NOW) == timedelta(seconds=30)
    assert pacing.pause(NOW) == timedelta(seconds=1)
    assert pacing.wished_pause(NOW + timedelta(seconds=31)) == timedelta()


def test_an_answer_ends_every_pause() -> None:
    pacing = Pacing().failed(NOW, 1, timedelta(seconds=30)).succeeded()
    assert pacing == Pacing()
    assert pacing.pause(NOW) == pacing.wished_pause(NOW) == timedelta()
