"""Exports are whole, private and harmless, and come back as they were."""

from __future__ import annotations

import csv
import errno
import json
import os
import stat
from pathlib import Path

import pytest
import vobject
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sent_tui.core.contact import Fields, parse_tags
from sent_tui.core.marks import Marks
from sent_tui.core.search import fold, tagged
from sent_tui.core.sent_json import contact_json
from sent_tui.errors import NotFoundError, SentTuiError, UsageError
from sent_tui.services.contacts import Created, NewContact
from sent_tui.services.exchange import Format, Problem, Progress, check_problems_target, write_problems
from sent_tui.services.exchange.cells import guarded, unguarded, writable
from sent_tui.services.exchange.vcard import _one_card_text
from sent_tui.services.exchange.writing import writing
from sent_tui.store.refusals import ContactNotFoundError
from tests.custom_fields import FIELDS
from tests.exchange_files import Office
from tests.hostile.payloads import PAYLOADS

NASTY = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "'=1+1",
    "''=1+1",
    "'plain",
    "'",
    "''",
    "+12025550100",
    "'+12025550100",
    "+1 202-555-0100",
    '=HYPERLINK("http://example.com","x")',
    "=cmd|' /C calc'!A0",
    '"',
    '""',
    'a"b',
    '"quoted"',
    "a,b;c\td|e",
    "two\nlines",
    "two\r\nlines",
    "old\rlines",
    "ends in a line\n",
    "\n",
    " spaces around ",
    "   ",
    "Zoë Ōkubo محمد नरेंद्र",
    "👨‍👩‍👧‍👦 \u202eright to left",
    "\u2028 \x85 \x0b \x0c \x1c other ends of lines",
    "\x1b]0;title\x07",
    "\ufeffmark",
    "x\nEve,+12025550109,US,+1 202-555-0109,,,false,t,n,c,u\ny",
    '"\n"Eve","+12025550109","US","","","","false","","","",""\n"',
    "::: * x :::",
    "nan",
    "0012",
    "1e5",
    '{"phone": 1}',
    "BEGIN:VCARD",
    "\\n \\, \\; \\",
    "x" * 5_000,
]
HOSTILE = [*(payload[:1_000] for payload in PAYLOADS.values()), "half \ud800", "nul \0"]
TRIGGERS = "=+-@\t\r\n\0＝＋－＠"


@pytest.fixture
def office() -> Office:
    return Office()


def fill(office: Office, *texts: str) -> None:
    """Make a contact of each text: it is the name, a tag and the notes."""
    office.contacts.create_many(
        [
            NewContact(f"+44207946{place:04}", name=text, tags=parse_tags(text), notes=text)
            for place, text in enumerate(texts)
        ],
        detect=False,
    )


def locals_of(office: Office) -> dict[str, tuple[str, tuple[str, ...], str, bool]]:
    return {c.format_e164: (c.name, c.tags, c.notes, c.opt_out) for c in office.all()}


def through(office: Office, folder: Path, name: str) -> Office:
    """Return another office after what one exported was imported there."""
    office.exchange.export_file(folder / name, overwrite=True)
    other = Office()
    report = other.exchange.import_file(folder / name, detect=False)
    assert not report.refused
    return other


def test_there_are_nasty_cells_enough() -> None:
    assert len(NASTY) >= 40


@pytest.mark.parametrize("name", ["all.csv", "all.jsonl"])
def test_nasty_cells_come_back_as_they_were(tmp_path: Path, office: Office, name: str) -> None:
    fill(office, *NASTY)
    office.contacts.opt_out(office.named("+442079460003").id, by="ada")
    assert locals_of(through(office, tmp_path, name)) == locals_of(office)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), max_size=5))
@pytest.mark.parametrize("name", ["all.csv", "all.jsonl"])
def test_any_text_comes_back_as_it_was(tmp_path: Path, name: str, texts: list[str]) -> None:
    office = Office()
    fill(office, *texts)
    if texts:
        assert locals_of(through(office, tmp_path, name)) == locals_of(office)


def test_no_cell_begins_as_a_formula(tmp_path: Path, office: Office) -> None:
    fill(office, *NASTY, *HOSTILE, "\0=1")
    path = tmp_path / "all.csv"
    office.exchange.export_file(path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, strict=True))
    assert len(rows) == office.repository.page().total + 1
    cells = [cell for row in rows for cell in row if cell]
    dangerous = [cell for cell in cells if cell[0] in TRIGGERS]
    assert dangerous
    assert all(cell[1:].isdigit() and cell[0] == "+" for cell in dangerous)
    assert path.read_text(encoding="utf-8").count("\0") == 0


@pytest.mark.parametrize("name", ["all.csv", "all.jsonl", "all.vcf"])
@pytest.mark.parametrize("payload", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_in_its_contact(tmp_path: Path, office: Office, name: str, payload: str) -> None:
    fill(office, payload, "Ada")
    other = through(office, tmp_path, name)
    assert {c.format_e164 for c in other.all()} == {c.format_e164 for c in office.all()}
    assert other.named("+442079460001").name == "Ada"
    if name != "all.vcf":
        assert other.named("+442079460000").notes == writable(payload)


@settings(max_examples=300)
@given(st.text(alphabet=st.sampled_from("'=+-@1\t\r\nx＝")))
def test_guards_can_always_be_taken_off(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert guarded(text)[:1] not in TRIGGERS or text == ""


def test_a_number_needs_no_guard() -> None:
    assert guarded("+12025550100") == "+12025550100"
    assert guarded("+1 202-555-0100") == "'+1 202-555-0100"
    assert guarded("+12025550100\n") == "'+12025550100\n"


def test_a_table_has_sents_names_for_its_columns(tmp_path: Path, office: Office) -> None:
    made = office.contacts.create(NewContact("(202) 555-0100", "US", "Ada", ("a", "b"), "note")).contact
    office.contacts.opt_out(made.id, by="ada")
    assert office.exchange.export_file(tmp_path / "all.CSV") == 1
    with (tmp_path / "all.CSV").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["name"], row["phone_number"], row["region_code"]) == ("Ada", "+12025550100", "US")
    assert (row["international"], row["tags"], row["notes"]) == ("'+1 202-555-0100", "a, b", "note")
    assert row["opt_out"] == "true"
    contact = office.named("+12025550100")
    assert row["available_channels"] == (contact.available_channels or "")
    assert row["default_channel"] == (contact.default_channel or "")
    assert row["created_at"].endswith("Z")
    assert row["updated_at"].endswith("Z")


def test_a_contact_that_was_never_checked_has_no_channels(tmp_path: Path, office: Office) -> None:
    fill(office, "Ada")
    contact = office.named("+442079460000")
    with office.repository.transaction() as tx:
        tx.put_contact(replace(contact, default_channel=None))
    office.exchange.export_file(tmp_path / "all.csv")
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["default_channel"], row["updated_at"]) == ("", "")


def test_json_lines_are_what_the_command_line_prints(tmp_path: Path, office: Office) -> None:
    made = office.contacts.create(NewContact("+12025550100", name="Zoë", tags=("a",))).contact
    office.exchange.export_file(tmp_path / "all.jsonl")
    text = (tmp_path / "all.jsonl").read_text(encoding="utf-8")
    assert "Zoë" in text
    assert json.loads(text) == json.loads(json.dumps(contact_json(made, office.contacts.estimator()(made))))


def test_cards_are_valid_and_come_back(tmp_path: Path, office: Office) -> None:
    office.contacts.create(NewContact("020 7946 0100", "GB", "Zoë, “Z”; O'Neil\\", ("a", "b c"), "one\ntwo, three;"))
    office.contacts.create(NewContact("+12025550101"))
    office.contacts.opt_out(office.named("+12025550101").id, by="ada")
    office.exchange.export_file(tmp_path / "all.vcf")
    with (tmp_path / "all.vcf").open(encoding="utf-8", newline="") as file:
        cards = {card.tel.value: card for card in vobject.readComponents(file)}
    assert all(card.validate() for card in cards.values())
    zoe = cards["+442079460100"]
    assert (zoe.fn.value, zoe.n.value.given) == ("Zoë, “Z”; O'Neil\\", "Zoë, “Z”; O'Neil\\")
    assert (zoe.categories.value, zoe.note.value) == (["a", "b c"], "one\ntwo, three;")
    assert zoe.tel.type_param == "VOICE"
    assert cards["+12025550101"].fn.value == "+1 202-555-0101"
    assert cards["+12025550101"].tel.type_param == "CELL"
    assert locals_of(through(office, tmp_path, "all.vcf")) == locals_of(office)


def test_a_table_has_a_column_for_each_field_that_a_person_named(tmp_path: Path, office: Office) -> None:
    office.contacts.create_many(
        [
            NewContact("+12025550100", fields=(("Plan", "=gold"), ("customer no.", "0012"))),
            NewContact("+12025550101"),
            NewContact("+12025550102", tags=("a",), fields=(("seat", "4"), ("PLAN", "red"))),
        ],
        detect=False,
    )
    office.exchange.export_file(tmp_path / "all.csv")
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header[-4:] == ["updated_at", "field:Plan", "field:customer no.", "field:seat"]
    assert [row[-3:] for row in rows] == [["'=gold", "0012", ""], ["", "", ""], ["red", "", "4"]]
    office.exchange.export_file(tmp_path / "some.csv", query=tagged("a"))
    assert '"updated_at","field:seat","field:PLAN"\n' in (tmp_path / "some.csv").read_text()
    marks = Marks().toggled("+12025550101").toggled("+12025550102")
    office.exchange.export_file(tmp_path / "marked.csv", marks=marks)
    assert (tmp_path / "marked.csv").read_text().count("field:") == 2
    office.exchange.export_file(tmp_path / "none.csv", marks=Marks().toggled("+12025550101"))
    assert "field" not in (tmp_path / "none.csv").read_text()


@pytest.mark.parametrize("name", ["all.csv", "all.jsonl", "all.vcf"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=st.lists(FIELDS, min_size=1, max_size=3))
def test_fields_that_a_person_named_come_back(tmp_path: Path, name: str, fields: list[Fields]) -> None:
    office = Office()
    # Columns are shared by names in any case: here each name is spelt in one way.
    named = {fold(each): each for some in fields for each, _ in some}
    spelt = [tuple((named[fold(each)], value) for each, value in some) for some in fields]
    entries = [NewContact(f"+1202555{100 + place:04}", fields=some) for place, some in enumerate(spelt)]
    assert all(isinstance(made, Created) for made in office.contacts.create_many(entries, detect=False))
    other = through(office, tmp_path, name)

    clean = _one_card_text if name == "all.vcf" else writable
    for contact in office.all():
        wanted: dict[str, tuple[str, str]] = {}
        for each, value in contact.fields:
            key, text = " ".join(clean(each).split()), clean(value).strip()
            if text and fold(key).strip():
                wanted.setdefault(fold(key), (key, text))
        found, expected = other.named(contact.format_e164).fields, tuple(wanted.values())
        # The columns of a table have one order for all contacts.
        assert found == expected if name != "all.csv" else sorted(found) == sorted(expected)


def test_only_what_was_asked_for_is_written(tmp_path: Path, office: Office) -> None:
    fill(office, "Ada", "Bo")
    assert office.exchange.export_file(tmp_path / "some", query=tagged("bo"), format=Format.JSONL) == 1
    assert '"name": "Bo"' in (tmp_path / "some").read_text()


def test_a_name_that_says_no_format_needs_one(tmp_path: Path, office: Office) -> None:
    with pytest.raises(UsageError, match=r"all\.xlsx does not say .* \.csv, \.vcf"):
        office.exchange.export_file(tmp_path / "all.xlsx")


def test_a_file_is_for_its_owner_alone(tmp_path: Path, office: Office) -> None:
    before = os.umask(0)
    try:
        office.exchange.export_file(tmp_path / "all.csv")
        write_problems([], tmp_path / "problems.csv")
    finally:
        os.umask(before)
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {
        "all.csv": 0o600,
        "problems.csv": 0o600,
    }


def test_nothing_is_overwritten_unasked(tmp_path: Path, office: Office) -> None:
    path = tmp_path / "all.csv"
    path.write_text("mine")
    path.chmod(0o644)
    with pytest.raises(UsageError, match=r"exists already.*left as it is.*allow it to be replaced"):
        office.exchange.export_file(path)
    assert path.read_text() == "mine"
    office.exchange.export_file(path, overwrite=True)
    assert path.read_text().startswith('"name"')
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_came_in_between_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    written = writing(path)
    written.__enter__().write("ours")
    path.write_text("theirs")
    with pytest.raises(UsageError, match="exists already"):
        written.__exit__(None, None, None)
    assert path.read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("overwrite", [False, True])
def test_only_files_are_written(tmp_path: Path, office: Office, overwrite: bool) -> None:
    (tmp_path / "real").write_text("mine")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real")
    (tmp_path / "dangling.csv").symlink_to(tmp_path / "nothing")
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    for name, message in {
        "link.csv": "points elsewhere",
        "dangling.csv": "points elsewhere",
        "folder.csv": "is a folder",
        "pipe.csv": "is a pipe",
    }.items():
        with pytest.raises(UsageError, match=message):
            office.exchange.export_file(tmp_path / name, overwrite=overwrite)
    with pytest.raises(UsageError, match="is a pipe, a socket or a device"):
        office.exchange.export_file(Path("/dev/null"), format=Format.CSV, overwrite=overwrite)
    assert (tmp_path / "real").read_text() == "mine"
    assert not (tmp_path / "nothing").exists()


def test_a_place_that_is_not_there_is_told(tmp_path: Path, office: Office) -> None:
    with pytest.raises(NotFoundError, match="There is no folder"):
        office.exchange.export_file(tmp_path / "missing" / "all.csv")
    (tmp_path / "file").write_text("")
    with pytest.raises(SentTuiError, match="Not a directory"):
        office.exchange.export_file(tmp_path / "file" / "all.csv")
    with pytest.raises(SentTuiError, match="null"):
        office.exchange.export_file(tmp_path / "nu\0l.csv")


def test_the_database_is_never_the_target(tmp_path: Path, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "contacts.jsonl"
    path.write_text("everything")
    monkeypatch.setattr(type(office.repository), "location", str(path))
    with pytest.raises(UsageError, match="This is the database"):
        office.exchange.export_file(path, overwrite=True)
    assert path.read_text() == "everything"


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "all.csv"
    path.write_text("mine")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SentTuiError, match=r"No space left on device\. No file was left behind"):
        office.exchange.export_file(path, overwrite=True)
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(**options: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", refused)
    with pytest.raises(SentTuiError, match="Permission denied"), writing(tmp_path / "all.csv"):
        pass


def test_a_disk_without_links_gets_the_file_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refused)
    with writing(tmp_path / "all.csv") as file:
        file.write("ours")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["ours"]


def test_a_link_that_fails_otherwise_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path, target: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "hardlink_to", refused)
    with pytest.raises(SentTuiError, match="Input/output error"), writing(tmp_path / "all.csv") as file:
        file.write("ours")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_synced_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def refused(path: Path, flags: int, mode: int = 0o777) -> int:
        if Path(path).is_dir():
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path, flags, mode)

    monkeypatch.setattr(os, "open", refused)
    with writing(tmp_path / "all.csv") as file:
        file.write("ours")
    assert (tmp_path / "all.csv").read_text() == "ours"


def test_an_export_that_fails_midway_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="half"), writing(tmp_path / "all.csv") as file:
        file.write(str(int("half")))
    assert list(tmp_path.iterdir()) == []


def test_progress_of_an_export_is_told(tmp_path: Path, office: Office) -> None:
    fill(office, *map(str, range(501)))
    told: list[Progress] = []
    office.exchange.export_file(tmp_path / "all.csv", on_progress=told.append)
    assert told == [Progress(0, 0, 501), Progress(500, 500, 501), Progress(501, 501, 501)]


@pytest.mark.parametrize("answers", [[True], [False, True]])
def test_a_cancelled_export_leaves_no_file(tmp_path: Path, office: Office, answers: list[bool]) -> None:
    fill(office, "Ada")
    asked = iter(answers)
    assert office.exchange.export_file(tmp_path / "all.csv", is_cancelled=lambda: next(asked)) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_contact_deleted_meanwhile_is_left_out(tmp_path: Path, office: Office) -> None:
    fill(office, "Ada", "Bo", "Cy")
    real = office.repository.get

    def get(contact_id: str) -> object:
        contact = real(contact_id)
        if contact.name == "Bo":
            raise ContactNotFoundError(contact_id)
        return contact

    office.repository.get = get  # type: ignore[method-assign, assignment]
    assert office.exchange.export_file(tmp_path / "all.csv") == 2


PROBLEM = Problem(7, '=cmd,"x"\0', "Too short", "+12025550100")


def test_problems_are_a_table(tmp_path: Path) -> None:
    path = tmp_path / "problems.csv"
    write_problems([PROBLEM], path)
    with path.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row == {
        "line": "7",
        "reason": "Too short",
        "suggestion": "+12025550100",
        "original": '\'=cmd,"x"␀',
    }


def test_problems_replace_only_an_earlier_list_of_them(tmp_path: Path) -> None:
    path = tmp_path / "problems.csv"
    path.touch()
    write_problems([PROBLEM], path)
    write_problems([], path)
    assert path.read_text() == '"line","reason","suggestion","original"\n'
    path.write_text("name,phone\nAda,+12025550100\n")
    with pytest.raises(UsageError, match="is no list of refused rows"):
        check_problems_target(path)
    with pytest.raises(UsageError, match="is no list of refused rows"):
        write_problems([PROBLEM], path)
    assert path.read_text().startswith("name,phone")
