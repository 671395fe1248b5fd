"""`sent-tui contacts import` and `export`."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path

import pytest

from sent_tui.cli import output
from tests.cli.conftest import Cli, Make

TABLE = "name,phone,notes\nAda,+14155550100,\nBo,12,x\nCy,+14155550106,\nAda,+1 415 555 0100,again\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "people.csv"
    file.write_text(TABLE)
    return file


def test_a_file_is_imported_and_reported(cli: Cli, table: Path) -> None:
    ran = cli.done("contacts", "import", str(table))
    first, refused = ran.out.splitlines()
    assert first == "2 added, 1 merged, 1 refused"
    assert refused.startswith("line 3: The country is missing.")
    assert refused.endswith("(Bo,12,x)")
    assert cli.done("contacts", "list", "--count").out == "2\n"


def test_an_import_as_json(cli: Cli, table: Path) -> None:
    report = cli.done("contacts", "import", str(table), "--region", "US", "--json").json
    assert [report[name] for name in ("added", "merged", "unchanged")] == [2, 1, 0]
    (refused,) = report["refused"]
    assert (refused["line"], refused["raw"], refused["suggestion"]) == (3, "Bo,12,x", "")
    assert refused["reason"].startswith("Too short")


def test_channels_are_looked_up_unless_told_not_to(cli: Cli, table: Path, tmp_path: Path) -> None:
    cli.done("contacts", "import", str(table), "--no-check")
    found = cli.done("contacts", "show", "+14155550106", "--json").json
    assert found["channels"][0]["availability"] == "unknown"
    cli.done("contacts", "delete", "+14155550106", "--yes")
    cli.done("contacts", "import", str(table))
    found = cli.done("contacts", "show", "+14155550106", "--json").json
    assert found["channels"][0]["availability"] == "unavailable"


def test_refused_rows_are_written_to_a_file(cli: Cli, table: Path, tmp_path: Path) -> None:
    errors = tmp_path / "refused.csv"
    ran = cli.done("contacts", "import", str(table), "--errors", str(errors))
    assert ran.out.splitlines()[1:] == [f"Refused rows are in {errors}"]
    (row,) = csv.DictReader(StringIO(errors.read_text()))
    assert row["line"] == "3"
    assert row["original"] == "Bo,12,x"


def test_rows_that_are_refused_beyond_the_most_that_are_named_are_counted(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sent_tui.services.exchange.importing.MAX_PROBLEMS", 2)
    file = tmp_path / "refused.csv"
    file.write_text("name,phone\n" + "Bo,12\n" * 5)
    ran = cli.done("contacts", "import", str(file))
    assert len(ran.out.splitlines()) == 3
    assert ran.err == "3 more were refused, and are not named: there are very many.\n"


def test_the_file_for_refused_rows_is_looked_at_first(cli: Cli, table: Path) -> None:
    assert cli("contacts", "import", str(table), "--errors", str(table)).code == 2
    assert table.read_text() == TABLE
    assert cli.done("contacts", "list", "--count").out == "0\n"


def test_a_rehearsal_stores_nothing(cli: Cli, table: Path) -> None:
    assert cli.done("contacts", "import", str(table), "--dry-run").out.startswith("Would be: 2 added")
    assert cli.done("contacts", "list", "--count").out == "0\n"


def test_columns_are_named(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "odd.csv"
    file.write_text("who,dial=it\nAda,+14155550100\n")
    assert cli("contacts", "import", str(file), "--map", "who").code == 2
    cli.done("contacts", "import", str(file), "--map", "who=name", "--map", "dial=it=phone")
    assert cli.done("contacts", "list", "--json").json["local"]["name"] == "Ada"


def test_what_is_left_out_of_a_row_is_said(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "two.csv"
    file.write_text("name,phone,mobile\nAda,+14155550100,+14155550106\n")
    assert "line 2: Only “+14155550106” is imported" in cli.done("contacts", "import", str(file)).err


def test_no_file_to_import(cli: Cli, tmp_path: Path) -> None:
    assert cli("contacts", "import", str(tmp_path / "none.csv")).code == 3
    assert cli("contacts", "import", str(tmp_path)).code == 2


def test_progress_is_shown_to_who_watches(
    cli: Cli, table: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(output, "is_watched", lambda: True)
    ran = cli.done("contacts", "import", str(table))
    assert "\r4 rows, 100%, 1 refused" in ran.err
    assert ran.err.endswith("\r")
    assert "2 rows, 100%, " in cli.done("contacts", "export", str(tmp_path / "out.csv")).err


def test_an_import_that_is_stopped_says_what_is_kept(cli: Cli, table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(output, "is_watched", lambda: True)
    monkeypatch.setattr("sent_tui.services.exchange.ExchangeService.import_file", stop)
    ran = cli("contacts", "import", str(table))
    assert ran.code == 130
    assert "Stopped. What was done so far is kept." in ran.err


def test_an_import_is_taken_back(cli: Cli, table: Path) -> None:
    cli.done("contacts", "import", str(table))
    [first, *_] = cli.done("contacts", "list", "--json").lines
    cli.done("send", first["id"], "--text", "Hello")
    ran = cli.done("contacts", "undo")
    assert ran.out == f"Undone: import of {table.name}\n"
    assert ran.err == f"Changed since, and stays: {first['local']['name'] or first['format_international']}\n"
    assert cli.done("contacts", "list", "--count").out == "1\n"


def test_contacts_are_exported(cli: Cli, add: Make, tmp_path: Path) -> None:
    add("+14155550100", "--name", "Ada")
    add("+14155550106", "--name", "Bo")
    file = tmp_path / "out.csv"
    assert cli.done("contacts", "export", str(file), "--search", "ada").out == f"Exported 1 contact to {file}\n"
    assert [row["name"] for row in csv.DictReader(StringIO(file.read_text()))] == ["Ada"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert cli("contacts", "export", str(file)).code == 2
    ran = cli.done("contacts", "export", str(file), "--overwrite", "--format", "jsonl", "--json")
    assert ran.json == {"exported": 2, "file": str(file)}
    assert json.loads(file.read_text().splitlines()[1])["local"]["name"] == "Bo"


def test_contacts_are_exported_to_standard_output(cli: Cli, add: Make) -> None:
    add("+14155550100", "--name", "Zoë")
    assert '"Zoë","+14155550100"' in cli.done("contacts", "export", "-").out
    assert "FN:Zoë" in cli.done("contacts", "export", "-", "--format", "vcf").out
    assert cli("contacts", "export", "-", "--json").code == 2


def test_a_terminal_is_given_no_control_characters(cli: Cli, add: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    add("+14155550100", "--name", "a\x1b[31mb")
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda stream: True, raising=False)
    out = cli.done("contacts", "export", "-").out
    assert "\x1b" not in out
    assert '"a␛[31mb","+14155550100"' in out
    assert len(out.splitlines()) == 2


def test_a_reader_that_is_gone(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("sent_tui.services.exchange.exporting.write_contacts", refuse)
    ran = cli("contacts", "export", "-")
    assert (ran.code, ran.err) == (141, "")
