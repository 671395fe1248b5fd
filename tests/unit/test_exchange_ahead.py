"""Two processes make of a file what one makes of it, also when one of the two breaks."""

from __future__ import annotations

import marshal
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sent_tui.services.contacts import NewContact, Refusal, outlined
from sent_tui.services.exchange import ImportReport, Progress, Row, read_rows
from sent_tui.services.exchange import ahead as ahead_module
from sent_tui.services.exchange.ahead import WORTH_IT, Ahead, pays
from sent_tui.services.exchange.meaning import Note, packed, understood, unpacked
from tests.exchange_files import FILES, Office

ODD = (
    "",
    "n/a",
    "+1 202-555-0120",
    "(202) 555-0121",
    "12025550120.0",
    "1-800-FLOWERS",
    "+44 20 7946 0123 / 0124 5678",
    "+999 123",
    "020 7946 0958",
    "+12025550122 ext. 7",
    "٠٢٠٧٩٤٦٠٩٥٨",
    "+1 415-555",
    "112",
    "*31#+12025550123",
    "'=+12025550124",
)
REGIONS = ("", "US", "GB", "Deutschland", "Atlantis", "+1")
NAMES = ("", "Ada", "Zoë ⸱", '"quoted"', "line\nbreak", "=1+1", "\u202eback")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    chance = random.Random(7)
    lines = ["name,phone,country,tags,opt_out"]
    for _ in range(600):
        name = chance.choice(NAMES).replace('"', '""')
        number, region, out = chance.choice(ODD), chance.choice(REGIONS), chance.choice(["", "", "yes", "perhaps"])
        lines.append(f'"{name}","{number}",{region},"a, {chance.randrange(5)}",{out}')
    lines.insert(300, 'Bo,"open quote,US,,')
    lines.insert(400, "NUL \0,+12025550125,,,")
    path = tmp_path / "odd.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def imported(path: Path, **options: Any) -> tuple[ImportReport, list[dict[str, object]]]:
    office = Office()
    report = office.exchange.import_file(path, **options)
    fields = ("format_e164", "phone_number", "name", "tags", "notes", "opt_out", "number_type", "channels")
    return report, [{name: getattr(each, name) for name in fields} for each in office.all()]


@pytest.mark.parametrize("options", [{}, {"region": "US"}, {"dry_run": True}, {"mapping": {"name": "notes"}}])
@pytest.mark.parametrize("size", [3, 100])
def test_two_processes_do_what_one_does(table: Path, options: dict[str, Any], size: int) -> None:
    assert imported(table, batch=size, processes=2, **options) == imported(table, batch=size, processes=1, **options)


@pytest.mark.parametrize("path", sorted(FILES.glob("[a-z]*.*")), ids=lambda path: path.name)
def test_every_kind_of_file_is_read_ahead(path: Path) -> None:
    assert imported(path, batch=1, processes=2) == imported(path, batch=1, processes=1)


def test_the_progress_is_the_same(table: Path) -> None:
    told: dict[int, list[Progress]] = {1: [], 2: []}
    for processes, progress in told.items():
        imported(table, batch=50, processes=processes, on_progress=progress.append)
    one, two = ([(each.rows, each.total, each.refused) for each in told[processes]] for processes in (1, 2))
    assert one == two
    assert told[2][-1].share == 1


@given(st.text(max_size=30), st.sampled_from([None, "US", "GB"]), st.text(max_size=5))
def test_a_row_arrives_as_it_was_sent(number: str, region: str | None, text: str) -> None:
    entry = NewContact(number, region, text, (text,), text, bool(text), (("plan", text),))
    row = Row(3, entry, text, "", text)
    sent = understood([row])
    refusal = sent.notes[0].refusal if sent.notes else None
    assert (sent.outlines[0] or refusal) == outlined(entry)
    assert unpacked(marshal.loads(marshal.dumps(packed(sent)))) == sent


def test_a_row_without_a_number_arrives_too() -> None:
    sent = understood([Row(3, None, "raw", "no number"), Row(5, NewContact("+12025550120"), "raw", remark="short")])
    assert sent.notes == {0: Note("raw", Refusal("no number")), 1: Note("raw", None, "short")}
    assert unpacked(marshal.loads(marshal.dumps(packed(sent)))) == sent


@pytest.mark.parametrize("start", range(4))
@pytest.mark.parametrize("end", range(4))
def test_a_part_of_rows_is_what_these_rows_come_to(start: int, end: int) -> None:
    numbers = ("+12025550120", "n/a", "+12025550121")
    rows = [Row(place, NewContact(number), "raw") for place, number in enumerate(numbers)]
    assert understood(rows).part(start, end) == understood(rows[start:end])


@pytest.mark.parametrize("values", [([1], [], {}), ([], [], {0: ("", None, "")}), ([1], [None], []), ([1], [None]), 7])
def test_what_is_no_row_is_refused(values: Any) -> None:
    with pytest.raises((ValueError, TypeError, LookupError, AttributeError)):
        unpacked(values)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[bytes]]]:
    processes: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def noted(*args: Any, **options: Any) -> subprocess.Popen[bytes]:
        processes.append(start(*args, **options))
        return processes[-1]

    monkeypatch.setattr(subprocess, "Popen", noted)
    yield processes
    assert all(process.poll() is not None for process in processes)


@pytest.mark.parametrize("killed_after", [0, 3, 5, 9])
def test_a_process_that_dies_loses_nothing(
    table: Path, killed_after: int, started: list[subprocess.Popen[bytes]]
) -> None:
    seen = 0

    def kill(progress: Progress) -> None:
        nonlocal seen
        seen += 1
        if seen > killed_after and started:
            os.kill(started[0].pid, signal.SIGKILL)

    assert imported(table, batch=20, processes=2, on_progress=kill) == imported(table, batch=20, processes=1)


@pytest.mark.parametrize(
    "child",
    [
        "raise SystemExit(3)",
        "import sys; sys.stdout.write('x' * 99)",
        "import sys; sys.stdout.buffer.write(bytes([0, 0, 0, 9]) + b'no marshal')",
        "import sys, marshal; sys.stdout.buffer.write((5).to_bytes(4, 'big') + marshal.dumps(7))",
        "import sys, marshal; f = marshal.dumps((1, [(1,)]));sys.stdout.buffer.write(len(f).to_bytes(4, 'big') + f)",
        "import signal; signal.pause()",
    ],
)
def test_a_process_that_talks_nonsense_loses_nothing(table: Path, child: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = imported(table, batch=20)
    monkeypatch.setattr(ahead_module, "_CHILD", child)
    monkeypatch.setattr(ahead_module, "_PATIENCE", 0.3)
    assert imported(table, batch=20, processes=2) == expected


def test_no_process_at_all_loses_nothing(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = imported(table, batch=20)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert imported(table, batch=20, processes=2) == expected


def test_a_file_that_is_another_one_by_now_is_not_read_ahead(table: Path) -> None:
    with read_rows(table) as reader:
        table.rename(table.with_suffix(".old"))
        table.write_text("phone\n+12025550120\n", encoding="utf-8")
        with Ahead(table, reader, 5, None, None) as ahead:
            ahead.start(skip=0)
            assert list(ahead) == []
            assert not ahead.is_complete


def test_a_cancelled_import_leaves_no_process(table: Path, started: list[subprocess.Popen[bytes]]) -> None:
    done = 0

    def is_cancelled() -> bool:
        nonlocal done
        done += 1
        return done > 7

    report, _ = imported(table, batch=20, processes=2, is_cancelled=is_cancelled)
    assert report.cancelled
    assert report.rows == 140
    assert len(started) == 1


def test_the_process_knows_no_secret(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}

    def noted(*args: Any, **options: Any) -> None:
        given.update(options)
        raise OSError

    monkeypatch.setenv("SENT_DM_API_KEY", "sk_secret")
    monkeypatch.setattr(subprocess, "Popen", noted)
    imported(table, processes=2)
    assert "SENT_DM_API_KEY" not in given["env"]
    assert given["start_new_session"]


def test_the_process_imports_nothing_from_the_folder_it_is_in(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "marshal", "csv", "phonenumbers"):
        (tmp_path / f"{name}.py").write_text("open('was_here', 'w')\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with read_rows(table) as reader, Ahead(table, reader, 50, None, None) as ahead:
        ahead.start(skip=0)
        assert sum(len(batch) for _, batch in ahead) == len(list(reader))
        assert ahead.is_complete
    assert not (tmp_path / "was_here").exists()


def test_it_pays_for_a_large_file_and_more_than_one_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1}, raising=False)
    assert pays(WORTH_IT)
    assert not pays(WORTH_IT - 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0}, raising=False)
    assert not pays(WORTH_IT)
