from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sent_tui.services.kept_answers import Answered, Begun, InFlightError, KeptAnswers, OtherRequestError

DONE = Answered(202, '{"success":true}')


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 26, 23, 59, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(tmp_path: Path, clock: Clock) -> KeptAnswers:
    return KeptAnswers(tmp_path / "contacts.db", clock)


def test_the_first_answer_is_given_again_for_a_day(kept: KeptAnswers, clock: Clock, tmp_path: Path) -> None:
    first = kept.begin("key", "request")
    assert isinstance(first, Begun)
    kept.end("key", "request", DONE)
    assert kept.begin("key", "request") == DONE
    clock.now += timedelta(hours=23, minutes=59)
    assert kept.begin("key", "request") == DONE
    assert KeptAnswers(tmp_path / "contacts.db", clock).begin("key", "request") == DONE
    clock.now += timedelta(minutes=1)
    later = kept.begin("key", "request")
    assert isinstance(later, Begun)
    assert later.seed != first.seed, "after a day, it is another request"


def test_while_it_is_under_way_a_second_one_is_refused(kept: KeptAnswers) -> None:
    kept.begin("key", "request")
    with pytest.raises(InFlightError):
        kept.begin("key", "request")
    assert isinstance(kept.begin("other", "request"), Begun)


def test_a_key_is_for_one_request(kept: KeptAnswers) -> None:
    kept.begin("key", "request")
    with pytest.raises(OtherRequestError):
        kept.begin("key", "another")
    kept.end("key", "request", DONE)
    with pytest.raises(OtherRequestError):
        kept.begin("key", "another")


def test_what_failed_can_be_tried_again(kept: KeptAnswers) -> None:
    kept.begin("key", "request")
    kept.end("key", "request", None)
    assert isinstance(kept.begin("key", "another"), Begun)


def test_what_failed_and_is_tried_again_makes_the_same_ids(kept: KeptAnswers, clock: Clock, tmp_path: Path) -> None:
    first = kept.begin("key", "request")
    kept.end("key", "request", None)
    clock.now += timedelta(minutes=1)
    assert KeptAnswers(tmp_path / "contacts.db", clock).begin("key", "request") == first, "on the next day as well"
    kept.end("key", "request", None)
    other = kept.begin("key", "another")
    assert isinstance(other, Begun)
    assert other != first
    with pytest.raises(InFlightError):
        kept.begin("key", "another")


def test_what_a_killed_program_began_is_taken_on_again(
    kept: KeptAnswers, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    monkeypatch.setattr(os, "getpid", lambda: ended.pid)
    begun = kept.begin("key", "request")
    monkeypatch.undo()
    assert KeptAnswers(tmp_path / "contacts.db", clock).begin("key", "request") == begun, "with the same ids"


def test_what_another_program_works_on_is_left_to_it_for_a_while(
    kept: KeptAnswers, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive: dict[str, Any] = {"pid": 4_000_000}
    monkeypatch.setattr(os, "getpid", lambda: alive["pid"])
    kept.begin("key", "request")
    alive["pid"] = 4_000_001
    monkeypatch.setattr(os, "kill", lambda pid, number: None)
    other = KeptAnswers(tmp_path / "contacts.db", clock)
    with pytest.raises(InFlightError):
        other.begin("key", "request")
    monkeypatch.setattr(os, "kill", forbidden)
    with pytest.raises(InFlightError):
        other.begin("key", "request")
    clock.now += timedelta(minutes=3)
    assert isinstance(other.begin("key", "request"), Begun)


def forbidden(pid: int, number: int) -> None:
    raise PermissionError


def test_old_days_are_removed(kept: KeptAnswers, clock: Clock, tmp_path: Path) -> None:
    kept.begin("key", "request")
    kept.end("key", "request", DONE)
    clock.now += timedelta(days=1)
    kept.begin("later", "request")
    kept.tidy()
    assert {path.name[:32] for path in tmp_path.iterdir()} == {
        "contacts.db.api-answers-20261126",
        "contacts.db.api-answers-20261127",
    }
    clock.now += timedelta(days=1)
    kept.tidy()
    assert {path.name[:32] for path in tmp_path.iterdir()} == {"contacts.db.api-answers-20261127"}
    kept.close()
