"""Keywords and conversation windows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sent_tui.core.consent import Keyword, keyword, window_closes, window_is_open

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


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
        ("please stop", None),
        ("stop.", None),
        ("", None),
    ],
)
def test_keyword_is_the_whole_message(text: str, meant: Keyword | None) -> None:
    assert keyword(text) is meant


def test_the_window_closes_after_a_day() -> None:
    assert window_closes(None) is None
    assert not window_is_open(None, NOW)
    assert window_is_open(NOW - timedelta(hours=23, minutes=59), NOW)
    assert not window_is_open(NOW - timedelta(hours=24), NOW)
