"""Keywords, what they decide, and the windows for free text."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sent_tui.core.consent import (
    KEYWORDS,
    TEMPLATE_WINDOW,
    ConsentEvent,
    ConsentKind,
    Keyword,
    decision,
    free_text_is_open,
    keyword,
    last_template_at,
    opted_out,
    window_closes,
    window_is_open,
)
from sent_tui.core.message import Content, Message
from tests import factories

DOCS = Path(__file__).parents[2] / "docs" / "consent.md"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NUMBER = "+14155550123"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("STOP", Keyword.STOP),
        (" stop \n", Keyword.STOP),
        ("Unsubscribe", Keyword.STOP),
        ("quit", Keyword.STOP),
        ("End", Keyword.STOP),
        ("CANCEL", Keyword.STOP),
        ("start", Keyword.START),
        ("UNSTOP", Keyword.START),
        ("Subscribe", Keyword.START),
        ("help", Keyword.HELP),
        ("INFO", Keyword.HELP),
        ("stop.", Keyword.STOP),
        ("Stop!!!", Keyword.STOP),
        ("STOP …", Keyword.STOP),
        ("stop 。", Keyword.STOP),
        ("start,", Keyword.START),
        ("\u00a0STOP\u3000", Keyword.STOP),
        ("\ufeff\u200eSTOP\u200b.\u2060", Keyword.STOP),
        ("\x00stop\x07", Keyword.STOP),
        ("ＳＴＯＰ！", Keyword.STOP),
        ("please stop", None),
        ("stop it", None),
        ("stop?", None),
        (".stop", None),
        ("“stop”", None),
        ("st op", None),
        ("s\u200btop", None),
        ("ѕtop", None),
        ("стоп", None),
        (".", None),
        ("", None),
    ],
)
def test_keyword_is_the_whole_message(text: str, meant: Keyword | None) -> None:
    assert keyword(text) is meant


@given(st.sampled_from(sorted(KEYWORDS)), st.text(st.characters(categories=["Zs", "Cf", "Cc"]), max_size=5), st.data())
def test_spaces_and_case_never_matter(word: str, around: str, data: st.DataObject) -> None:
    mixed = "".join(data.draw(st.sampled_from([char, char.upper()])) for char in word)
    assert keyword(f"{around}{mixed}{around}") is KEYWORDS[word]
    assert keyword(f"{around}{mixed}{around} {mixed}") is None


@given(st.text())
def test_any_text_may_be_a_message(text: str) -> None:
    found = keyword(text)
    assert found is None or unicodedata.normalize("NFKC", text).casefold().count(found.value[0])


def test_a_keyword_decides_and_says_who_and_how() -> None:
    assert decision("Unsubscribe!", NUMBER, NOW) == ConsentEvent(
        NUMBER, ConsentKind.OPT_OUT, NOW, "the person", "wrote UNSUBSCRIBE"
    )
    back = decision("start", NUMBER, NOW)
    assert back is not None
    assert (back.kind, back.how) == (ConsentKind.OPT_IN, "wrote START")
    assert decision("HELP", NUMBER, NOW) is decision("Hello", NUMBER, NOW) is None


def test_the_last_decision_holds() -> None:
    out, back = factories.decision(0), factories.decision(1, ConsentKind.OPT_IN)
    assert not opted_out(())
    assert opted_out((out,))
    assert not opted_out((out, back))


def test_every_keyword_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert all(f"`{word.upper()}`" in text for word in KEYWORDS)


def test_the_window_closes_after_a_day() -> None:
    assert window_closes(None) is None
    assert not window_is_open(None, NOW)
    assert window_is_open(NOW - timedelta(hours=23, minutes=59), NOW)
    assert not window_is_open(NOW - timedelta(hours=24), NOW)


@pytest.mark.parametrize(
    ("inbound_days", "template_days", "is_open"),
    [(None, None, False), (900, None, True), (None, 6.9, True), (None, 7, False), (900, 8, True), (None, 30, False)],
)
def test_free_text_by_sms_needs_a_reply_ever_or_a_template_of_the_last_week(
    inbound_days: float | None, template_days: float | None, is_open: bool
) -> None:
    inbound, template = (None if days is None else NOW - timedelta(days=days) for days in (inbound_days, template_days))
    assert free_text_is_open(inbound, template, NOW) is is_open
    assert timedelta(days=7) == TEMPLATE_WINDOW


def sent(place: int, *, template: str | None = "welcome", status: str = "DELIVERED", taken: bool = True) -> Message:
    at = factories.NOW + timedelta(minutes=place) if taken else None
    attempt = factories.attempt(place, status=status, accepted_at=at)
    return factories.message(place, content=Content("Hello", template), attempts=(attempt,))


def test_the_last_template_that_went_out() -> None:
    assert last_template_at([]) is None
    for nothing in (
        sent(1, template=None),
        sent(1, taken=False),
        *(sent(1, status=status) for status in ("FAILED", "FILTERED", "BLOCKED", "CANCELLED")),
        factories.message(1, content=Content("Hello", "welcome"), attempts=()),
    ):
        assert last_template_at([nothing]) is None
    messages = [sent(3), sent(9, template=None), sent(5, status="SENT"), sent(7, status="FAILED")]
    assert last_template_at(messages) == factories.NOW + timedelta(minutes=5)
