"""The repository in memory, beside the contract."""

from __future__ import annotations

import threading

import pytest

from sent_tui.core.search import EVERYONE, containing
from sent_tui.store import state
from sent_tui.store.memory import MemoryRepository
from sent_tui.store.refusals import LockedError
from tests.factories import contact, contact_id


def test_a_writer_is_not_waited_for_for_ever() -> None:
    repository = MemoryRepository()
    repository._lock_timeout = 0
    raised: list[BaseException] = []

    def write() -> None:
        try:
            repository.add([contact(0)])
        except LockedError as error:
            raised.append(error)

    with repository.transaction() as tx:
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
        tx.put_contact(contact(1))
    assert len(raised) == 1
    assert repository.page().total == 1


def test_many_changes_are_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "_UNSETTLED", 3)
    repository = MemoryRepository()
    for place in range(10):
        repository.add([contact(place, name=f"Person {place}")])
    assert repository._state.index.unsettled <= 3
    assert [row.id for row in repository.page(EVERYONE).rows] == list(map(contact_id, range(10)))
    assert repository.page(containing("person 7")).total == 1
