"""Spans of time as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sent_tui.core.span import parse_span, span_words


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("1h30m", 5400), (" 2 H ", 7200), ("1d", 86_400), ("1h 30m", 5400), ("0s", 0)],
)
def test_what_is_understood(text: str, seconds: int) -> None:
    assert parse_span(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", " ", "15", "m", "1.5h", "-1m", "1w", "15 minutes", "1m!", "9999999s", "１m"])
def test_what_is_not(text: str) -> None:
    assert parse_span(text) is None


@given(st.text(max_size=12))
def test_no_text_breaks_it(text: str) -> None:
    parse_span(text)


@given(st.integers(0, 10_000_000))
def test_words_are_understood_and_never_say_too_much(seconds: int) -> None:
    span = timedelta(seconds=seconds)
    back = parse_span(span_words(span))
    assert back is not None
    assert span - timedelta(days=1) < back <= span


def test_two_units_at_most() -> None:
    assert span_words(timedelta(days=1, hours=2, minutes=3)) == "1d 2h"
    assert span_words(timedelta()) == "0s"
