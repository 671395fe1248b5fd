"""Imports add what is new, keep what is there, and say of every other row why not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.consent import ConsentKind
from sent_tui.errors import DatabaseError, UsageError
from sent_tui.services.contacts import Created, NewContact
from sent_tui.services.duplicates import DuplicateService, Merged
from sent_tui.services.exchange import ImportReport, Problem, Progress
from sent_tui.store.fresh import Outline
from tests.exchange_files import FILES, Office
from tests.factories import NOW

NUMBERING = ""
"""The reason is that of the numbering plan, in its own words."""
GOOD = 963
BAD = 37


@pytest.fixture
def office() -> Office:
    return Office()


def write(folder: Path, content: str | bytes, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.added, report.merged, report.unchanged, len(report.refused)


def bad_kinds() -> Iterator[tuple[bytes, str]]:
    """Yield ever the same kinds of bad rows, without the end of their line, and what is said of each."""
    kinds = [
        (b"N,,,", "There is no phone number"),
        (b"N,+44 20 7946,,", NUMBERING),
        (b"N,+44 20 7946 0000 0000 0000,,", NUMBERING),
        (b"N,+999 20 7946 0001,,", NUMBERING),
        (b"N,020 7946 0001,,", NUMBERING),
        (b"N,020 7946 0001,Narnia,", "The country “Narnia” is not known"),
        (b"N,+1-800-FLOWERS,,", NUMBERING),
        (b"N,442079460001.0,,", NUMBERING),
        (b"N,4.42079E+11,,", NUMBERING),
        (b"N,call +44 20 7946 0001,,", NUMBERING),
        (b"N,O20 7946 O001,GB,", NUMBERING),
        (b"N,+44 20 7946 0001 / +44 20 7946 0002,,", NUMBERING),
        (b'"N,+44 20 7946 0001,,', "A quotation mark is opened"),
        (b'N,+44 20 7946 0001,,"note" x', "A quotation mark is opened"),
        (b"N\0,+44 20 7946 0001,,", "The line holds a NUL"),
        (b"N\xe9,+44 20 7946 0001,,", "The line holds bytes that are not UTF-8"),
        (b"N" * 140_000 + b",+44 20 7946 0001,,", "A cell of this line is too large"),
        (b"N,nonsense,,", NUMBERING),
        (b"N,*31#,,", NUMBERING),
    ]
    while True:
        yield from kinds


def thousand_rows() -> tuple[bytes, dict[int, str]]:
    """Return a table with 963 good and 37 bad rows, and the lines of the bad ones with what is said of each."""
    kinds = bad_kinds()
    content, line = [b"name,phone,country,note\r\n"], 2
    bad: dict[int, str] = {}
    for place in range(GOOD + BAD):
        if place % 27 == 13 and len(bad) < BAD:
            row, said = next(kinds)
            bad[line] = said
        elif place % 50 == 7:
            row = f'"Zoë, {place}",020 7946 {place:04},GB,"two\r\n\r\nlines"'.encode()
        else:
            row = f"Zoë {place},+44 20 7946 {place:04},,".encode()
        content.append(row + b"\r\n")
        line += row.count(b"\n") + 1
        if place % 100 == 99:
            content.append(b"\r\n")
            line += 1
    return b"".join(content), bad


def test_a_thousand_rows_with_37_bad_ones(tmp_path: Path, office: Office) -> None:
    content, bad = thousand_rows()
    assert len(bad) == BAD
    report = office.exchange.import_file(write(tmp_path, content), detect=False)
    assert counts(report) == (GOOD, 0, 0, BAD)
    assert office.repository.page().total == GOOD
    assert {problem.line: problem.reason[: len(bad[problem.line])] for problem in report.refused} == bad
    assert all(problem.reason for problem in report.refused)


def test_every_file_is_imported(office: Office) -> None:
    reports = {
        path.name: office.exchange.import_file(path, region="DE")
        for path in sorted(FILES.glob("*.*"))
        if path.suffix in {".csv", ".tsv", ".vcf", ".jsonl"}
    }
    assert len(reports) == 13
    assert {name: [p.line for p in report.refused] for name, report in reports.items() if report.refused} == {
        "google.csv": [6]
    }
    assert sum(report.added for report in reports.values()) == office.repository.page().total
    assert office.named("+12025550111").name == "José Núñez"
    assert office.named("+12025550154").extension == "7"


def test_a_contact_is_checked_unless_told_otherwise(tmp_path: Path, office: Office) -> None:
    office.exchange.import_file(write(tmp_path, "phone\n+12025550100\n"))
    office.exchange.import_file(write(tmp_path, "phone\n+12025550101\n"), detect=False)
    assert office.named("+12025550100").status(Channel.WHATSAPP).checked_at
    assert office.named("+12025550101").availability(Channel.WHATSAPP) is Availability.UNKNOWN


def test_fields_that_a_person_named_are_added_and_kept(tmp_path: Path, office: Office) -> None:
    office.contacts.create(NewContact("+12025550100", fields=(("Plan", "gold"),)))
    path = write(tmp_path, "phone,field:plan,FIELD: seat ,Kd-Nr\n+12025550100,red,4,17\n+12025550101,,,\n")
    mapping = {"Kd-Nr": "field customer no."}
    for dry_run, wanted in ((True, (1, 1, 0, 0)), (False, (1, 1, 0, 0)), (True, (0, 0, 2, 0)), (False, (0, 0, 2, 0))):
        report = office.exchange.import_file(path, mapping=mapping, detect=False, dry_run=dry_run)
        assert counts(report) == wanted
    assert office.named("+12025550100").fields == (("Plan", "gold"), ("seat", "4"), ("customer no.", "17"))
    assert office.named("+12025550101").fields == ()
    assert office.contacts.undo() == "import of file.csv"
    assert office.named("+12025550100").fields == (("Plan", "gold"),)


def test_what_is_there_is_kept_and_filled_up(tmp_path: Path, office: Office) -> None:
    office.contacts.create(NewContact("+12025550100", name="Ada", tags=("a",)))
    office.contacts.create(NewContact("+12025550101", name="Bo"))
    path = write(
        tmp_path,
        'phone,name,tags,notes\n+12025550100,Someone else,"a, b",new\n202-555-0101,,,\n+12025550102,Cy,,\n',
    )
    assert counts(office.exchange.import_file(path, region="US")) == (1, 1, 1, 0)
    ada = office.named("+12025550100")
    assert (ada.name, ada.tags, ada.notes) == ("Ada", ("a", "b"), "new")
    assert counts(office.exchange.import_file(path, region="US")) == (0, 0, 3, 0)


@pytest.mark.parametrize("batch", [1, 2, 500])
def test_a_number_that_comes_again_is_the_same_contact(tmp_path: Path, office: Office, batch: int) -> None:
    office.contacts.create(NewContact("+12025550101"))
    path = write(
        tmp_path,
        "phone,name,tags\n"
        "+12025550100,Ada,a\n"
        "(202) 555-0100,Ada,a\n"
        "1-202-555-0100,,b\n"
        "+1 202 555 0100,,b\n"
        "+12025550101,,\n"
        "+12025550101,Bo,\n"
        "+12025550101,Bo,\n",
    )
    assert counts(office.exchange.import_file(path, region="US", batch=batch)) == (1, 2, 4, 0)
    assert office.named("+12025550100").tags == ("a", "b")


def test_a_number_that_was_merged_away_is_that_of_the_contact_that_took_it_over(tmp_path: Path, office: Office) -> None:
    kept, other = (office.contacts.create(NewContact(f"+1202555010{last}")).contact for last in range(2))
    DuplicateService(office.repository, lambda: NOW).merge(kept.id, other.id, Merged("", (), ""), by="ada")
    path = write(tmp_path, "phone,name,tags,opt_out\n+12025550101,Ada,vip,\n+12025550100,,late,\n+12025550101,,,true\n")
    rehearsed = office.exchange.import_file(path, dry_run=True)
    assert counts(rehearsed) == (0, 3, 0, 0)
    assert office.exchange.import_file(path) == rehearsed
    [ada] = office.all()
    assert (ada.format_e164, ada.name, ada.tags, ada.opt_out) == ("+12025550100", "Ada", ("vip", "late"), True)
    assert isinstance(office.exchange.import_row(NewContact("+12025550101", tags=("new",))), Created)
    assert len(office.all()) == 1
    assert office.contacts.create(NewContact("+12025550101")).is_new, "on purpose it is made anew"
    assert counts(office.exchange.import_file(path)) == (0, 2, 1, 0)
    assert office.named("+12025550101").name == "Ada"


def test_opted_out_stays_opted_out(tmp_path: Path, office: Office) -> None:
    known = office.contacts.create(NewContact("+12025550101")).contact
    office.contacts.opt_out(office.contacts.create(NewContact("+12025550102")).contact.id, by="ada")
    content = (
        '{"phone_number": "+12025550100", "opt_out": true}\n'
        '{"phone_number": "+12025550100", "opt_out": true}\n'
        '{"phone_number": "+12025550100", "opt_out": false}\n'
        '{"phone_number": "+12025550101", "opt_out": true}\n'
        '{"phone_number": "+12025550102", "opt_out": false}\n'
        '{"phone_number": "nonsense", "opt_out": true}\n'
    )
    report = office.exchange.import_file(write(tmp_path, content))
    assert counts(report) == (1, 1, 3, 1)
    assert report.opted_out == 2
    assert all(contact.opt_out for contact in office.all())
    (event,) = office.repository.consent_history("+12025550101")
    assert (event.kind, event.by, event.how) == (ConsentKind.OPT_OUT, "import", "imported as opted out")
    assert office.repository.get(known.id).opt_out
    assert len(office.repository.consent_history("+12025550100")) == 1


def test_a_contact_that_is_deleted_meanwhile_stops_nothing(
    tmp_path: Path, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = office.contacts.take_many

    def take_and_delete(outlines: list[Outline], **options: Any) -> object:
        outcomes = made(outlines, **options)
        office.repository.delete([contact.id for contact in office.all()])
        return outcomes

    monkeypatch.setattr(office.contacts, "take_many", take_and_delete)
    report = office.exchange.import_file(write(tmp_path, '{"phone": "+12025550100", "opt_out": true}\n'))
    assert counts(report) == (1, 0, 0, 0)
    report = office.exchange.import_file(write(tmp_path, '{"phone": "+12025550100"}\n{"phone": "+12025550100"}\n'))
    assert counts(report) == (1, 0, 1, 0)


def test_reasons_and_suggestions_come_with_the_line(tmp_path: Path, office: Office) -> None:
    report = office.exchange.import_file(write(tmp_path, "phone,name\n12025550100.0,Ada\nx +12025550101,Bo\n"))
    first, second = report.refused
    assert (first.line, first.raw, first.suggestion) == (2, "12025550100.0,Ada", "+12025550100")
    assert (second.line, second.suggestion) == (3, "+12025550101")
    assert "Text around" in second.reason


def test_what_is_left_out_is_remarked(tmp_path: Path, office: Office) -> None:
    report = office.exchange.import_file(write(tmp_path, "mobile,phone\n+12025550100,+12025550101\n"))
    assert report.remarks == (
        Problem(2, "+12025550100,+12025550101", "Only “+12025550100” is imported, not also “+12025550101”."),
    )


def test_a_report_is_an_object_for_json(tmp_path: Path, office: Office) -> None:
    report = office.exchange.import_file(write(tmp_path, "phone\n+12025550100\nx\n"))
    assert json.loads(json.dumps(report.to_json())) == {
        "rows": 2,
        "added": 1,
        "merged": 0,
        "unchanged": 0,
        "opted_out": 0,
        "refused_count": 1,
        "cancelled": False,
        "refused": [{"line": 3, "raw": "x", "reason": report.refused[0].reason, "suggestion": ""}],
        "remarks": [],
    }


def test_more_problems_than_anybody_reads_are_only_counted(
    tmp_path: Path, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sent_tui.services.exchange.importing.MAX_PROBLEMS", 2)
    report = office.exchange.import_file(write(tmp_path, "phone\n+12025550100\n1\n2\n3\n"))
    assert (len(report.refused), report.refused_count, report.rows) == (2, 3, 4)


def test_progress_is_told_after_every_batch(tmp_path: Path, office: Office) -> None:
    told: list[Progress] = []
    path = write(tmp_path, "phone\n+12025550100\nx\n+12025550101\n")
    office.exchange.import_file(path, on_progress=told.append, batch=2)
    size = path.stat().st_size
    assert told == [Progress(2, size, size, 1), Progress(3, size, size, 1)]
    assert told[-1].share == 1.0
    assert Progress(0, 0, 0).share == 1.0
    assert Progress(1, 1, 4).share == 0.25


def test_a_cancelled_import_keeps_what_it_did(tmp_path: Path, office: Office) -> None:
    path = write(tmp_path, "phone\n" + "".join(f"+12025550{place}\n" for place in range(100, 200)))
    told: list[Progress] = []
    report = office.exchange.import_file(
        path, on_progress=told.append, is_cancelled=lambda: len(told) == 3, batch=10, detect=False
    )
    assert report.cancelled
    assert counts(report) == (30, 0, 0, 0)
    assert office.repository.page().total == 30
    again = office.exchange.import_file(path, detect=False)
    assert counts(again) == (70, 0, 30, 0)
    assert not again.cancelled


def test_an_import_cancelled_before_it_began_does_nothing(tmp_path: Path, office: Office) -> None:
    report = office.exchange.import_file(write(tmp_path, "phone\n+12025550100\n"), is_cancelled=lambda: True)
    assert report == ImportReport(cancelled=True)


def test_a_write_that_fails_says_how_far_it_got(
    tmp_path: Path, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, "phone\n\n+12025550100\n+12025550101\n+12025550102\n")
    made = office.contacts.take_many

    def fails_later(outlines: list[Outline], **options: Any) -> object:
        if outlines[0].e164.endswith("2"):
            raise DatabaseError("The disk is full", "Nothing was changed.", "Make room.")
        return made(outlines, **options)

    monkeypatch.setattr(office.contacts, "take_many", fails_later)
    with pytest.raises(DatabaseError, match=r"Make room\. The lines up to 4 are done\. Import the file again"):
        office.exchange.import_file(path, batch=2)
    assert office.repository.page().total == 2
    with pytest.raises(DatabaseError) as failed:
        office.exchange.import_file(write(tmp_path, "phone\n+12025550102\n"))
    assert failed.value.hint == "Make room."


def test_a_rehearsal_stores_nothing(tmp_path: Path, office: Office) -> None:
    path = write(tmp_path, "phone,opt_out\n+12025550100,yes\n+1 202 555 0100,\nx +12025550101,\n12,\n")
    report = office.exchange.import_file(path, dry_run=True)
    assert counts(report) == (1, 0, 1, 2)
    assert report.opted_out == 1
    assert office.repository.page().total == 0
    assert [problem.suggestion for problem in report.refused] == ["+12025550101", ""]


def test_a_rehearsal_suggests_as_the_import_does(tmp_path: Path, office: Office) -> None:
    path = write(tmp_path, "phone\n12025550100.0\n")
    assert office.exchange.import_file(path, dry_run=True) == office.exchange.import_file(path)


ROWS = st.lists(
    st.tuples(
        st.sampled_from(
            ["+12025550100", "(202) 555-0100", "+12025550101", "202.555.0102", "+44 20 7946 0100", "12", "x"]
        ),
        st.sampled_from(["", "Ada", "Bo"]),
        st.sampled_from(["", "a", "b", "a, b"]),
        st.sampled_from(["", "note"]),
        st.sampled_from(["", "true", "false"]),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=ROWS, rows=ROWS, batch=st.sampled_from([1, 3, 500]))
def test_a_rehearsal_says_what_the_import_then_does(
    tmp_path: Path, before: list[tuple[str, ...]], rows: list[tuple[str, ...]], batch: int
) -> None:
    office = Office()

    def table(content: list[tuple[str, ...]]) -> Path:
        lines = [",".join(f'"{cell}"' for cell in row) for row in content]
        return write(tmp_path, "\n".join(["phone,name,tags,notes,opt_out", *lines]))

    office.exchange.import_file(table(before), region="US", detect=False)
    path = table(rows)
    rehearsed = office.exchange.import_file(path, region="US", dry_run=True)
    done = office.exchange.import_file(path, region="US", detect=False, batch=batch)
    assert rehearsed == done


def test_a_file_that_cannot_be_understood_changes_nothing(tmp_path: Path, office: Office) -> None:
    with pytest.raises(UsageError, match="No column has phone numbers"):
        office.exchange.import_file(write(tmp_path, "name\nAda\n"))


def test_columns_can_be_mapped(tmp_path: Path, office: Office) -> None:
    path = write(tmp_path, "Who,Reach\nAda,+12025550100\n")
    office.exchange.import_file(path, mapping={"Who": "name", "Reach": "phone"})
    assert office.named("+12025550100").name == "Ada"


def test_slow_lookups_are_told_of_and_can_be_stopped_one_by_one(
    tmp_path: Path, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = 0.0

    def take_long(*args: object) -> float:
        nonlocal seconds
        seconds += 10
        return seconds

    monkeypatch.setattr("sent_tui.services.exchange.importing.time.monotonic", take_long)
    numbers = "".join(f"+120255501{rest:02}\n" for rest in range(80))
    told: list[Progress] = []
    report = office.exchange.import_file(
        write(tmp_path, f"phone\n{numbers}"), on_progress=told.append, is_cancelled=lambda: len(told) > 2
    )
    assert report.cancelled
    assert [progress.rows for progress in told] == [50, 51, 52]
