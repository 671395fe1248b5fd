"""Threads that wait for the disk share one sync, and hear of it together when it fails."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from sent_tui.errors import DatabaseError
from sent_tui.store.group_commit import GroupCommit
from sent_tui.store.journal import JournalDB
from sent_tui.store.journal_file import JournalFile, empty_journal

LONG = 30.0
"""Seconds after which a test that hangs fails."""


@dataclass
class Disk:
    """A disk whose syncs wait until they are let go."""

    syncs: int = 0
    failure: OSError | None = None
    is_busy: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    def sync(self, descriptor: int = -1) -> None:
        self.syncs += 1
        self.is_busy.set()
        assert self.go_on.wait(LONG)
        if self.failure is not None:
            raise self.failure


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def group(tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> GroupCommit:
    path = tmp_path / "sent.db"
    path.write_bytes(empty_journal())
    file = JournalFile(path)
    monkeypatch.setattr(file, "sync", disk.sync)
    return GroupCommit(file, 10)


class Waiting:
    """Threads that wait, and how it ended for each."""

    def __init__(self) -> None:
        self.ended: dict[int, BaseException | None] = {}
        self._threads: list[threading.Thread] = []

    def start(self, place: int, wait: Callable[[], object]) -> None:
        def run() -> None:
            try:
                wait()
            except BaseException as error:  # noqa: BLE001 - looked at by the test
                self.ended[place] = error
            else:
                self.ended[place] = None

        thread = threading.Thread(target=run)
        thread.start()
        self._threads.append(thread)

    def join(self) -> None:
        for thread in self._threads:
            thread.join(LONG)
            assert not thread.is_alive()


class TestGroup:
    def test_what_is_on_the_disk_is_not_waited_for(self, group: GroupCommit, disk: Disk) -> None:
        group.wait(10)
        assert (disk.syncs, group.durable) == (0, 10)

    def test_one_sync_serves_all_that_came_before_it(self, group: GroupCommit, disk: Disk) -> None:
        waiting = Waiting()
        for end in (20, 30, 40):
            group.added(end)
        disk.go_on.set()
        for end in (20, 30, 40):
            waiting.start(end, partial(group.wait, end))
        waiting.join()
        assert disk.syncs == 1
        assert group.durable == 40
        assert waiting.ended == {20: None, 30: None, 40: None}

    def test_what_comes_during_a_sync_waits_for_the_next(self, group: GroupCommit, disk: Disk) -> None:
        waiting = Waiting()
        group.added(20)
        waiting.start(20, lambda: group.wait(20))
        assert disk.is_busy.wait(LONG)
        for end in (30, 40, 50):
            group.added(end)
            waiting.start(end, partial(group.wait, end))
        disk.go_on.set()
        waiting.join()
        assert disk.syncs == 2
        assert group.durable == 50

    def test_a_failure_is_told_to_all_who_wait(self, group: GroupCommit, disk: Disk) -> None:
        waiting = Waiting()
        disk.failure = OSError(errno.EIO, "Input/output error")
        group.added(20)
        waiting.start(20, lambda: group.wait(20))
        assert disk.is_busy.wait(LONG)
        group.added(30)
        waiting.start(30, lambda: group.wait(30))
        disk.go_on.set()
        waiting.join()
        assert waiting.ended == {20: disk.failure, 30: disk.failure}
        assert (disk.syncs, group.durable, group.failure) == (1, 10, disk.failure)
        group.wait(10)

    def test_what_another_process_added_is_on_the_disk(self, group: GroupCommit, disk: Disk) -> None:
        group.settled(50)
        group.wait(50)
        group.settled(40)
        assert (disk.syncs, group.durable) == (0, 50)


class TestWriters:
    """Threads that write one database."""

    @pytest.fixture
    def database(self, tmp_path: Path) -> JournalDB:
        return JournalDB(tmp_path / "sent.db", lock_timeout=LONG)

    def write_together(self, database: JournalDB, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> Waiting:
        """Let four threads write while the disk is busy with the first."""
        waiting = Waiting()
        storage = database.storage
        monkeypatch.setattr(os, "fdatasync", disk.sync)
        waiting.start(0, lambda: database.table("a").insert({"place": 0}))
        assert disk.is_busy.wait(LONG)
        real = storage.append
        appended = threading.Semaphore(0)

        def append() -> None:
            real()
            appended.release()

        monkeypatch.setattr(storage, "append", append)
        for place in range(1, 4):
            waiting.start(place, partial(database.table("a").insert, {"place": place}))
        for _ in range(3):
            assert appended.acquire(timeout=LONG)
        disk.go_on.set()
        waiting.join()
        return waiting

    def test_they_share_a_sync(self, database: JournalDB, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
        waiting = self.write_together(database, disk, monkeypatch)
        assert waiting.ended == dict.fromkeys(range(4))
        assert disk.syncs == 2
        note = database.storage.path.with_name("sent.db.lock").read_text().split()[-1]
        assert int(note) == database.storage.path.stat().st_size
        assert sorted(one["place"] for one in JournalDB(database.storage.path).table("a")) == [0, 1, 2, 3]

    def test_a_failed_sync_takes_all_of_it_back(
        self, database: JournalDB, disk: Disk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        database.table("a").insert({"place": -1})
        before = database.storage.path.read_bytes()
        disk.failure = OSError(errno.EIO, "Input/output error")
        with monkeypatch.context() as failing:
            waiting = self.write_together(database, disk, failing)
        assert set(waiting.ended) == set(range(4))
        assert all(isinstance(error, DatabaseError) for error in waiting.ended.values())
        assert disk.syncs == 1
        assert database.storage.path.read_bytes() == before
        assert [one["place"] for one in database.table("a")] == [-1]
        assert database.table("a").insert({"place": 7}) > 1
        assert [one["place"] for one in JournalDB(database.storage.path).table("a")] == [-1, 7]

    def test_behind_a_failed_sync_nothing_is_added(self, database: JournalDB) -> None:
        storage = database.storage
        group = storage._journal.group
        assert group is not None
        before = storage.path.read_bytes()

        def write() -> None:
            with storage.batch():
                group.failure = OSError(errno.EIO, "Input/output error")
                database.table("a").insert({"place": 0})

        with pytest.raises(DatabaseError, match="Input/output"):
            write()
        assert storage.path.read_bytes() == before
        assert database.table("a").insert({"place": 1}) == 1

    def test_who_looks_for_a_new_index_waits_too(
        self, database: JournalDB, disk: Disk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = database.storage.path.read_bytes()
        disk.failure = OSError(errno.EIO, "Input/output error")
        waiting = Waiting()
        with monkeypatch.context() as failing:
            failing.setattr(os, "fdatasync", disk.sync)
            waiting.start(0, lambda: database.table("a").insert({"place": 0}))
            assert disk.is_busy.wait(LONG)
            waiting.start(1, database.storage.reopen)
            disk.go_on.set()
            waiting.join()
        assert isinstance(waiting.ended[0], DatabaseError)
        assert waiting.ended[1] is None
        assert database.storage.path.read_bytes() == before
        assert len(database.table("a")) == 0
