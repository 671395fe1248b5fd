"""Taking a change back as a whole: what an import did goes, but for what somebody did with it since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from sent_tui.core.consent import ConsentKind
from sent_tui.core.message import Content
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.check_run import CheckProgress
from sent_tui.services.contacts import NewContact
from sent_tui.services.workspace import Workspace, assemble
from sent_tui.store.repository import Undoable
from sent_tui.store.tinydb import TinyDBRepository

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
COUNT = 40
KNOWN = "+14155550100"


def opened(path: Path) -> Workspace:
    """Return what is done on a database, by a clock that stands still."""
    return assemble(TinyDBRepository(path), Simulator(lambda: NOW, pace=0), user="tester", clock=lambda: NOW)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Workspace]:
    made = opened(tmp_path / "contacts.db")
    yield made
    made.close()


def number(place: int) -> str:
    return f"+1415555{100 + place:04}"


def table(folder: Path) -> Path:
    """Write a file of 40 contacts, the first of which is there already."""
    path = folder / "people.csv"
    rows = (f"Person {place},{number(place)},new,{place == 1}" for place in range(COUNT))
    path.write_text("\n".join(["name,phone,tags,opted out", *rows]), encoding="utf-8")
    return path


def imported(desk: Workspace, folder: Path) -> None:
    """Import the file in writes of seven rows."""
    desk.contacts.create_many([NewContact(KNOWN, tags=("old",))], detect=False)
    report = desk.exchange.import_file(table(folder), detect=False, batch=7)
    assert (report.added, report.merged) == (COUNT - 1, 1)


def total(desk: Workspace) -> int:
    return desk.repository.page(limit=0).total


def test_an_import_is_taken_back_as_a_whole_after_a_restart(desk: Workspace, tmp_path: Path) -> None:
    imported(desk, tmp_path)
    desk.close()
    again = opened(tmp_path / "contacts.db")
    told: list[CheckProgress] = []
    assert again.undoing.last() == Undoable("import of people.csv", COUNT)
    report = again.undoing.undo(on_progress=told.append)
    assert report.words == "Undone: import of people.csv."
    assert [(so_far.done, so_far.total) for so_far in told] == [
        (5, COUNT),
        (12, COUNT),
        (19, COUNT),
        (26, COUNT),
        (33, COUNT),
        (COUNT, COUNT),
    ]
    assert total(again) == 1
    known = again.repository.find(KNOWN)
    assert known is not None
    assert (known.name, known.tags) == ("", ("old",))
    assert again.undoing.undo().words == "There is nothing to undo."
    again.close()


def test_an_opt_out_of_an_import_stays_with_its_number(desk: Workspace, tmp_path: Path) -> None:
    imported(desk, tmp_path)
    desk.undoing.undo()
    assert [event.kind for event in desk.repository.consent_history(number(1))] == [ConsentKind.OPT_OUT]
    desk.contacts.create_many([NewContact(number(1))], detect=False)
    contact = desk.repository.find(number(1))
    assert contact is not None
    assert contact.opt_out


def test_what_changed_since_stays_and_is_named(desk: Workspace, tmp_path: Path) -> None:
    imported(desk, tmp_path)
    written_to, known = desk.repository.find(number(3)), desk.repository.find(KNOWN)
    assert written_to is not None
    assert known is not None
    desk.sending.send(written_to.id, Content("Hello"))
    desk.repository.update(known.id, lambda contact: replace(contact, name="Somebody else"))
    report = desk.undoing.undo()
    assert report.words == (
        "Undone: import of people.csv. 2 contacts changed since and stayed: Person 3, Somebody else."
    )
    assert total(desk) == 2
    assert desk.repository.get(known.id).tags == ("old",)


def test_a_change_of_which_all_stays_is_told_and_no_older_one_goes_in_its_place(desk: Workspace) -> None:
    known = desk.contacts.create(NewContact(KNOWN, name="Ada")).contact
    desk.contacts.edit(known.id, name="Ada Okafor")
    made = desk.contacts.create(NewContact(number(3), name="Bo")).contact
    desk.sending.send(made.id, Content("Hello"))
    assert desk.undoing.undo().words == "Not undone: creation of Bo. 1 contact changed since and stayed: Bo."
    assert desk.repository.get(known.id).name == "Ada Okafor"
    assert desk.undoing.undo().words == "Undone: edit of Ada."
    assert desk.repository.get(known.id).name == "Ada"


def test_only_the_first_of_many_are_named(desk: Workspace, tmp_path: Path) -> None:
    imported(desk, tmp_path)
    for place in range(2, 7):
        contact = desk.repository.find(number(place))
        assert contact is not None
        desk.sending.send(contact.id, Content("Hello"))
    report = desk.undoing.undo()
    assert sorted(report.kept) == [f"Person {place}" for place in range(2, 7)]
    named = ", ".join(report.kept[:3])
    assert report.words.endswith(f"5 contacts changed since and stayed: {named} and 2 more.")


def test_a_row_that_was_mended_goes_with_its_import(desk: Workspace, tmp_path: Path) -> None:
    path = table(tmp_path)
    undoing = desk.exchange.undoing(path)
    desk.exchange.import_file(path, detect=False, undoing=undoing)
    desk.exchange.import_row(NewContact("+14155550199"), undoing)
    assert total(desk) == COUNT + 1
    desk.undoing.undo()
    assert total(desk) == 0


def test_it_can_be_stopped_and_goes_on_later(desk: Workspace, tmp_path: Path) -> None:
    imported(desk, tmp_path)
    told: list[CheckProgress] = []
    report = desk.undoing.undo(on_progress=told.append, is_cancelled=lambda: len(told) == 2)
    assert report.words == "Stopped while undoing: import of people.csv."
    assert total(desk) == COUNT - 12
    assert desk.undoing.undo().words == "Undone: import of people.csv."
    assert total(desk) == 1


def test_what_is_only_tried_cannot_be_taken_back(desk: Workspace, tmp_path: Path) -> None:
    desk.exchange.import_file(table(tmp_path), dry_run=True)
    assert desk.undoing.last() is None
