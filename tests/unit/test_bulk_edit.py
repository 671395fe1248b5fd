"""One change to many contacts: in small writes, with progress, to be cancelled, and taken back as one."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from msgspec.structs import replace

from sent_tui.core.search import EVERYONE, opted_out, tagged
from sent_tui.core.tags import retagged
from sent_tui.services import bulk_edit
from sent_tui.services.bulk_edit import BulkEditService, EditReport
from sent_tui.services.check_run import CheckProgress
from sent_tui.store.repository import Repository
from sent_tui.store.tinydb import TinyDBRepository
from sent_tui.store.undo import UNDO_LIMIT
from tests.factories import NOW, contact, number

COUNT = 25
NUMBERS = [number(place) for place in range(COUNT)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "contacts.db"


@pytest.fixture
def repository(path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.setattr(bulk_edit, "AT_ONCE", 4)
    opened = TinyDBRepository(path)
    opened.add(contact(place, name=f"Person {place}", tags=("VIP",) if place % 2 else ()) for place in range(COUNT))
    return opened


def service(repository: Repository) -> BulkEditService:
    ids = count(1)
    return BulkEditService(repository, lambda: NOW, lambda: f"group-{next(ids)}")


def total(repository: Repository, query: object = EVERYONE) -> int:
    assert isinstance(query, type(EVERYONE))
    return len(repository.answer(query))


def test_tags_are_compared_without_case_and_accents() -> None:
    assert retagged(("VIP", "late"), add=("vip", "new"), remove=("LATE",)) == ("VIP", "new")
    assert retagged((), add=("a", "A")) == ("a",)
    assert retagged(("a",), add=("b",), remove=("b",)) == ("a",)


def test_tags_are_added_and_removed_with_progress(repository: Repository) -> None:
    told: list[CheckProgress] = []
    report = service(repository).tag(NUMBERS, add=("vip", "new"), on_progress=told.append)
    assert report == EditReport(changed=COUNT)
    assert [(progress.done, progress.total) for progress in told] == [
        *((done, COUNT) for done in range(4, COUNT, 4)),
        (COUNT, COUNT),
    ]
    assert total(repository, tagged("new")) == total(repository, tagged("vip")) == COUNT
    assert service(repository).tag(NUMBERS, add=("new",), remove=("late",)) == EditReport(unchanged=COUNT)
    assert service(repository).tag(NUMBERS[:3], remove=("VIP",)).changed == 3


ACTS: dict[str, Callable[[BulkEditService], EditReport]] = {
    "tags of 25 contacts": lambda edits: edits.tag(NUMBERS, add=("new",), remove=("VIP",)),
    "opt-out of 25 contacts": lambda edits: edits.opt_out(NUMBERS, by="ada"),
    "deletion of 25 contacts": lambda edits: edits.delete(NUMBERS),
}


@pytest.mark.parametrize("name", ACTS)
def test_the_whole_is_taken_back_at_once_also_after_a_restart(name: str, repository: Repository, path: Path) -> None:
    before = {e164: repository.find(e164) for e164 in NUMBERS}
    assert ACTS[name](service(repository)).changed == COUNT
    assert {e164: repository.find(e164) for e164 in NUMBERS} != before
    repository.close()
    again = TinyDBRepository(path)
    assert again.undo() == name
    assert {e164: again.find(e164) for e164 in NUMBERS} == before
    assert again.undo() is None


def test_an_opt_out_is_put_on_record_once(repository: Repository) -> None:
    service(repository).opt_out(NUMBERS[:2], by="ada", how="a list")
    assert service(repository).opt_out(NUMBERS[:3], by="ada") == EditReport(changed=1, unchanged=2)
    assert total(repository, opted_out()) == 3
    [event] = repository.consent_history(NUMBERS[0])
    assert (event.by, event.how) == ("ada", "a list")


def test_who_is_gone_is_passed_over(repository: Repository) -> None:
    repository.delete([contact(0).id])
    assert service(repository).delete(NUMBERS[:2]) == EditReport(changed=1, gone=1)
    assert service(repository).delete([]) == EditReport()


def test_what_was_cancelled_is_kept_and_can_be_taken_back(repository: Repository) -> None:
    told: list[CheckProgress] = []
    report = service(repository).delete(NUMBERS, on_progress=told.append, is_cancelled=lambda: len(told) == 2)
    assert (report.changed, report.is_cancelled) == (8, True)
    assert total(repository) == COUNT - 8
    assert repository.undo() == "deletion of 25 contacts"
    assert total(repository) == COUNT


def test_very_many_are_written_in_no_more_writes_than_so_many(repository: Repository) -> None:
    told: list[CheckProgress] = []
    monkey = pytest.MonkeyPatch()
    with monkey.context() as patch:
        patch.setattr(bulk_edit, "MOST_WRITES", 5)
        patch.setattr(bulk_edit, "AT_ONCE", 1)
        service(repository).tag(NUMBERS, add=("new",), on_progress=told.append)
    assert len(told) == 5


def test_a_change_by_somebody_else_in_between_stays(repository: Repository) -> None:
    def somebody(progress: CheckProgress) -> None:
        if progress.done == 8:
            repository.update(contact(20).id, lambda known: replace(known, name="Other"), undo="edit of Other")

    service(repository).tag(NUMBERS, add=("new",), on_progress=somebody)
    assert repository.undo() == "tags of 25 contacts"
    assert total(repository, tagged("new")) == 0
    assert repository.get(contact(20).id).name == "Other"
    assert repository.undo() == "edit of Other"


def test_a_group_is_forgotten_as_a_whole(repository: Repository) -> None:
    service(repository).tag(NUMBERS, add=("new",))
    for turn in range(UNDO_LIMIT):
        with repository.transaction(undo=f"turn {turn}") as tx:
            tx.put_contact(replace(tx.contact(contact(0).id), name=f"{turn}"))
    undone = [repository.undo() for _ in range(UNDO_LIMIT + 1)]
    assert undone[-2:] == ["turn 0", None]
    assert total(repository, tagged("new")) == COUNT


def test_names_and_ids(repository: Repository) -> None:
    edits = service(repository)
    assert edits.first_names(["+14155550199", *NUMBERS], 2) == ["Person 0", "Person 1"]
    assert list(edits.ids(["+14155550199", NUMBERS[1]])) == [contact(1).id]
    edits.tag(NUMBERS[:1], add=("new",))
    assert repository.undo() == "tags of Person 0"
