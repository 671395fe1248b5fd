"""A copy of the process at work: what it tells, and what happens when it cannot."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from sent_tui.store import copy_at_work, settling
from sent_tui.store.copy_at_work import CopyAtWork, can_copy
from sent_tui.store.index_file import index_path
from sent_tui.store.journal_records import SPECS, JournalRecords
from sent_tui.store.tinydb import TinyDBRepository
from tests.factories import contact

HERE = os.getpid()


def made() -> dict[str, bytearray | int]:
    return {"large": bytearray(b"x" * 300_000), "by": os.getpid()}


@pytest.fixture(params=[True, False], ids=["copied", "here"])
def is_copied(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(copy_at_work, "can_copy", lambda: request.param)
    return bool(request.param)


def test_the_result_is_that_of_the_work(is_copied: bool) -> None:
    result = CopyAtWork(made).result()
    assert result["large"] == bytearray(b"x" * 300_000)
    assert (result["by"] != HERE) is is_copied


def test_what_a_copy_changes_is_its_own(is_copied: bool) -> None:
    seen: list[int] = []
    CopyAtWork(lambda: seen.append(1)).result()
    assert seen == ([] if is_copied else [1])


def test_a_copy_that_fails_is_made_up_for_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copy_at_work, "can_copy", lambda: True)

    def fails_elsewhere() -> str:
        if os.getpid() != HERE:
            raise MemoryError
        return "made here"

    def dies_elsewhere() -> str:
        if os.getpid() != HERE:
            os.kill(os.getpid(), signal.SIGKILL)
        return "made here"

    assert CopyAtWork(fails_elsewhere).result() == "made here"
    assert CopyAtWork(dies_elsewhere).result() == "made here"


def test_work_that_fails_anywhere_fails_here(is_copied: bool) -> None:
    assert is_copied in {True, False}
    with pytest.raises(ZeroDivisionError):
        CopyAtWork(lambda: 1 // 0).result()


def test_where_there_is_no_room_for_a_copy_it_is_made_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise BlockingIOError

    monkeypatch.setattr(copy_at_work, "can_copy", lambda: True)
    monkeypatch.setattr(os, "fork", refused)
    assert CopyAtWork(os.getpid).result() == HERE


def test_beside_another_thread_there_is_no_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1}, raising=False)
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(sys, "platform", "linux")
    assert can_copy()
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    assert not can_copy()
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0}, raising=False)
    assert not can_copy()


def test_an_index_file_is_the_same_however_it_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "_WORTH_A_COPY", 1)
    path = tmp_path / "contacts.db"
    repository = TinyDBRepository(path)
    repository.add(contact(number) for number in range(300))
    repository.close()
    found = []
    for is_copied in (True, False):
        monkeypatch.setattr(copy_at_work, "can_copy", lambda is_copied=is_copied: is_copied)
        assert settling.settle(path, SPECS, JournalRecords)
        found.append(index_path(path).read_bytes())
        index_path(path).unlink()
    assert found[0] == found[1]
    assert len(found[0]) > 10_000
