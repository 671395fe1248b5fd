from __future__ import annotations

from pathlib import Path

import pytest

from sent_tui.store.keyed_journal import KeyedJournal


def test_documents_are_found_by_their_ids(tmp_path: Path) -> None:
    journal = KeyedJournal(tmp_path / "some.journal", ("a", "b"))
    assert journal.get("a", "one") is None
    assert journal.all("a") == []
    journal.put("a", {"id": "one", "is": 1})
    journal.put("a", {"id": "two", "is": 2})
    journal.put("b", {"id": "one", "is": 3})
    journal.put("a", {"id": "one", "is": 4})
    assert journal.get("a", "one") == {"id": "one", "is": 4}
    assert journal.get("b", "one") == {"id": "one", "is": 3}
    assert [document["is"] for document in journal.all("a")] == [4, 2]
    journal.remove("a", "one")
    journal.remove("a", "nothing")
    assert journal.get("a", "one") is None
    journal.close()
    again = KeyedJournal(tmp_path / "some.journal", ("a", "b"))
    assert [document["id"] for document in again.all("a")] == ["two"]
    assert (tmp_path / "some.journal").stat().st_mode & 0o777 == 0o600


def test_others_are_heard_after_a_look(tmp_path: Path) -> None:
    first, second = (KeyedJournal(tmp_path / "some.journal", ("a",)) for _ in range(2))
    first.put("a", {"id": "one"})
    assert second.get("a", "one") is None
    second.refresh()
    assert second.get("a", "one") == {"id": "one"}


def test_a_batch_is_written_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    journal = KeyedJournal(tmp_path / "some.journal", ("a",))

    def fail() -> None:
        with journal.batch():
            journal.put("a", {"id": "one"})
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert journal.all("a") == []
