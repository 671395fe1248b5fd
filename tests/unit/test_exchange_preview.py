"""A file is looked at before it is imported, and folders are listed."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from sent_tui.core.marks import NO_MARKS
from sent_tui.errors import NotFoundError, SentTuiError, UsageError
from sent_tui.services.contacts import Created, NewContact, Refusal
from sent_tui.services.exchange import Column, Field, Format, Progress
from sent_tui.services.exchange.folder import Entry, completed, list_folder, matching
from sent_tui.services.exchange.preview import FIRST, look_at
from tests.exchange_files import FILES, Office


def write(folder: Path, text: str) -> Path:
    path = folder / "file"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_with_its_columns(tmp_path: Path) -> None:
    rows = "".join(f"Ada {at};+1202555{at + 100:04};{at % 2}\n" for at in range(50))
    preview = look_at(write(tmp_path, f"Name;Handy;Nr\n{rows}"))
    assert (preview.format, preview.encoding, preview.delimiter) == (Format.CSV, "utf-8", ";")
    assert preview.has_header
    assert preview.is_mapped
    assert preview.columns == (
        Column("Name", Field.NAME, ("Ada 0", "Ada 1", "Ada 2")),
        Column("Handy", Field.MOBILE, ("+12025550100", "+12025550101", "+12025550102")),
        Column("Nr", None, ("0", "1")),
    )
    assert len(preview.rows) == FIRST
    assert preview.rows[0].entry == NewContact("+12025550100", name="Ada 0")
    assert not preview.problem


def test_a_table_without_a_header_and_with_guarded_cells(tmp_path: Path) -> None:
    preview = look_at(write(tmp_path, "'=Ada,+12025550100\nBo,+12025550101\n"))
    assert not preview.has_header
    assert [(column.name, column.samples[0]) for column in preview.columns] == [
        ("column 1", "=Ada"),
        ("column 2", "+12025550100"),
    ]


def test_a_table_without_numbers_can_be_looked_at_and_mapped(tmp_path: Path) -> None:
    path = write(tmp_path, "Who,Reach\nAda,+12025550100\n")
    preview = look_at(path)
    assert preview.problem == "No column has phone numbers."
    assert preview.rows == ()
    assert [column.field for column in preview.columns] == [None, None]
    mapped = look_at(path, mapping={"Reach": "phone", "Who": "name"})
    assert not mapped.problem
    assert [column.field for column in mapped.columns] == [Field.NAME, Field.PHONE]
    with pytest.raises(UsageError, match="No such field"):
        look_at(path, mapping={"Reach": "colour"})


def test_the_keys_of_json(tmp_path: Path) -> None:
    lines = (
        '{"name": "Ada", "phone": "+12025550100", "age": 7, "tags": ["a", "b"], "local": {"notes": "x"}}\n'
        'no json\n[1]\n{"phone": "+12025550101", "age": null}\n'
    )
    preview = look_at(write(tmp_path, lines))
    assert (preview.format, preview.delimiter, preview.has_header) == (Format.JSONL, "", True)
    assert {column.name: (column.field, column.samples) for column in preview.columns} == {
        "name": (Field.NAME, ("Ada",)),
        "phone": (Field.PHONE, ("+12025550100", "+12025550101")),
        "age": (None, ("7",)),
        "tags": (Field.TAGS, ("a", "b")),
        "local": (None, ()),
        "notes": (Field.NOTES, ("x",)),
    }
    assert [row.line for row in preview.rows] == [1, 2, 3, 4]


def test_the_properties_of_cards(tmp_path: Path) -> None:
    card = "BEGIN:VCARD\nFN:Ada\nN:Okafor;Ada\nTEL;TYPE=CELL:+12025550100\nX-OTHER:1\nEND:VCARD\n"
    preview = look_at(write(tmp_path, card))
    assert not preview.is_mapped
    assert preview.columns == (
        Column("FN", Field.NAME, ("Ada",)),
        Column("N", Field.NAME, ("Ada Okafor",)),
        Column("TEL", Field.PHONE, ("+12025550100",)),
    )
    assert len(preview.rows) == 1


@pytest.mark.parametrize("path", sorted(filter(Path.is_file, FILES.iterdir())), ids=lambda path: path.name)
def test_every_file_can_be_looked_at(path: Path) -> None:
    preview = look_at(path)
    assert preview.columns
    assert preview.total_bytes == path.stat().st_size


def test_a_row_that_was_refused_keeps_what_it_says(tmp_path: Path) -> None:
    office = Office()
    path = write(tmp_path, "name,phone,tags\nAda,+1 202-555-012,vip\nBo,,\n")
    for processes in (1, 2):
        ada, bo = office.exchange.import_file(path, processes=processes).refused
        assert ada.entry == NewContact("+1 202-555-012", name="Ada", tags=("vip",))
        assert bo.entry is None
    assert ada.entry is not None
    again = office.exchange.import_row(ada.entry)
    assert isinstance(again, Refusal)
    made = office.exchange.import_row(ada.entry._replace(number="+12025550120"))
    assert isinstance(made, Created)
    assert (made.is_new, made.contact.name, made.contact.tags) == (True, "Ada", ("vip",))


def test_progress_tells_the_rate_and_the_time_left() -> None:
    progress = Progress(500, 1, 4, seconds=2.0)
    assert progress.rate == 250
    assert progress.left == timedelta(seconds=6)
    assert Progress(0, 0, 4, seconds=2.0).left is None


def test_marked_contacts_are_exported(tmp_path: Path) -> None:
    office = Office()
    office.exchange.import_file(write(tmp_path, "phone\n+12025550100\n+12025550101\n"))
    marks = NO_MARKS.toggled("+12025550101").toggled("+12025550199")
    assert office.exchange.export_file(tmp_path / "some.csv", marks=marks) == 1
    assert "+12025550101" in (tmp_path / "some.csv").read_text(encoding="utf-8")


def test_a_folder_is_listed(tmp_path: Path) -> None:
    for name in ("b.csv", "A.vcf", "c.txt", "d.pdf"):
        (tmp_path / name).write_text("four", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    entries = list_folder(tmp_path)
    assert [entry.name for entry in entries] == ["A.vcf", "b.csv", "c.txt", "folder", "d.pdf", "nowhere"]
    assert [entry.size for entry in entries[:2]] == [4, 4]
    assert entries[3].is_folder
    assert entries[-1].changed_at is None


def test_what_is_no_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFoundError):
        list_folder(tmp_path / "gone")
    with pytest.raises(NotFoundError):
        list_folder(write(tmp_path, "x"))

    def refuse(path: object) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(SentTuiError, match="Permission denied"):
        list_folder(tmp_path)


def entries_named(*names: str) -> tuple[Entry, ...]:
    return tuple(Entry(Path(name), is_folder=False) for name in names)


@pytest.mark.parametrize(
    ("typed", "whole"), [("", ""), ("p", "people"), ("people", "people"), ("PEOPLE-", "people-2.csv"), ("x", "x")]
)
def test_names_are_completed(typed: str, whole: str) -> None:
    assert completed(entries_named("people-2.csv", "people.csv", "other.csv"), typed) == whole


def test_hidden_names_are_found_after_a_dot() -> None:
    entries = entries_named(".a.csv", "b.csv")
    assert [entry.name for entry in matching(entries, "")] == ["b.csv"]
    assert [entry.name for entry in matching(entries, ".")] == [".a.csv"]
