"""A message against its plan, in words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sent_tui.core.channel import Channel
from sent_tui.core.course import duration, legs
from sent_tui.core.message import Attempt, Message, MessageStatus, PlannedStep
from tests.factories import NOW, message

SECOND = timedelta(seconds=1)
WHATSAPP = PlannedStep(Channel.WHATSAPP, timedelta(minutes=15), estimate=0.92, low=0.85, high=0.98)
SMS = PlannedStep(Channel.SMS, timedelta(minutes=30), estimate=0.8)


def attempt(status: str, took: float | None = None, **more: Any) -> Attempt:
    ended = None if took is None else NOW + took * SECOND
    return Attempt(Channel.WHATSAPP, "key", NOW, status, ended_at=ended, **more)


def planned(status: str, *attempts: Attempt, steps: tuple[PlannedStep, ...] = (WHATSAPP, SMS)) -> Message:
    return replace(message(), status=status, attempts=attempts, steps=steps)


def happened(status: str, *attempts: Attempt, **more: tuple[PlannedStep, ...]) -> list[str]:
    return [leg.happened for leg in legs(planned(status, *attempts, **more))]


@pytest.mark.parametrize(
    ("tried", "words"),
    [
        (attempt("DELIVERED", 3), "delivered in 3 s"),
        (attempt("READ", 1.4), "delivered in 1.4 s, and read"),
        (attempt("READ"), "read"),
        (attempt("DELIVERED", 1320, overdue_at=NOW), "delivered in 22 min; it was overdue by then"),
        (attempt("FAILED", 2, reason_code="DELIVERY_007"), "failed after 2 s: not registered on this channel"),
        (attempt("FAILED", detail="The network is down."), "failed: The network is down"),
        (attempt("BLOCKED"), "blocked"),
        (attempt("SENT", overdue_at=NOW), "sent; no report of delivery within 15m"),
        (attempt("UNKNOWN"), "outcome unknown; it is asked after, and not sent again"),
        (attempt("SENT"), "sent; to be delivered within 15m"),
        (attempt("SOMETHING_NEW"), "SOMETHING_NEW; to be delivered within 15m"),
    ],
)
def test_what_happened(tried: Attempt, words: str) -> None:
    assert happened(tried.status, tried)[0] == words


def test_steps_that_were_not_taken() -> None:
    assert happened("DELIVERED", attempt("DELIVERED", 1))[1] == "not needed"
    assert happened("SENT", attempt("SENT"))[1] == "if that fails"
    assert happened("FAILED", attempt("FAILED", 1))[1] == "goes next"
    assert happened("FILTERED", attempt("FAILED", 1))[1] == "not tried"
    assert happened("SCHEDULED") == ["not yet", "if that fails"]


def test_an_attempt_without_a_plan_of_its_own() -> None:
    [leg] = legs(planned("SENT", attempt("SENT", overdue_at=NOW), steps=()))
    assert (leg.expected, leg.happened) == ("", "sent")
    [leg] = legs(planned("SENT", attempt("SENT"), steps=(PlannedStep(Channel.WHATSAPP),)))
    assert (leg.expected, leg.happened) == ("", "sent")


def test_what_was_expected_is_what_was_written_down() -> None:
    assert [leg.expected for leg in legs(planned("SENT", attempt("SENT")))] == ["92%", "80%"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0 s"),
        (0, "0 s"),
        (0.25, "0.2 s"),
        (3, "3 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min"),
        (90, "2 min"),
        (900, "15 min"),
        (3590, "1 h"),
        (7200, "2 h"),
        (86_000, "1 d"),
        (1e6, "12 d"),
    ],
)
def test_spans_in_their_largest_unit(seconds: float, words: str) -> None:
    assert duration(seconds * SECOND) == words


@given(st.lists(st.sampled_from([*MessageStatus, "NEW"]), max_size=3), st.sampled_from([*MessageStatus]))
def test_every_message_has_a_line_for_each_step(statuses: list[str], status: str) -> None:
    known = planned(status, *(attempt(known, 1) for known in statuses))
    found = list(legs(known))
    assert len(found) == max(2, len(statuses))
    assert all(leg.happened for leg in found)
    assert [leg.attempt for leg in found if leg.attempt] == list(known.attempts)
