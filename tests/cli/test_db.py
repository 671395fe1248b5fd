"""`sent-tui db`: looking after the file of the database, in words and in JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tinydb import TinyDB

from sent_tui.errors import ExitCode
from sent_tui.store.journal import JournalDB
from sent_tui.store.journal_records import SPECS, JournalRecords
from sent_tui.store.settling import settle
from sent_tui.store.tinydb import TinyDBRepository
from tests.cli.conftest import Cli
from tests.factories import contact, contact_id

NASTY = "a\x1b[31m\x07 \u202eb.db"
"""A file name that a terminal would obey."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the database that the settings name."""
    path = tmp_path / "contacts.db"
    repository = TinyDBRepository(path)
    repository.add([contact(0), contact(1)])
    repository.delete([contact_id(0)])
    repository.add([contact(2)])
    return path


def damage(path: Path) -> int:
    """Alter one contact, and return where its batch begins."""
    data = path.read_bytes()
    path.write_bytes(data.replace(contact_id(2).encode(), b"\xff" * 36))
    return data.rindex(b"\n", 0, data.rindex(b'{"t"')) + 1


class TestCheck:
    def test_a_sound_database(self, cli: Cli, path: Path) -> None:
        settle(path, SPECS, JournalRecords)
        ran = cli.done("db", "check")
        assert ran.err == ""
        lines = ran.out.splitlines()
        assert str(path) in lines[0]
        assert f"{path.stat().st_size:,} bytes" in lines[0]
        assert lines[1].split() == ["records", "2", "contacts"]
        assert lines[2].split() == ["index", "whole"]
        assert lines[3] == "Everything can be read."
        assert cli.done("db", "check", "--json").json == {
            "ok": True,
            "path": str(path),
            "bytes": path.stat().st_size,
            "tables": {"contacts": 2},
            "damages": [],
            "unfinished": None,
            "problems": [],
            "index": "whole",
        }

    def test_a_damaged_database(self, cli: Cli, path: Path) -> None:
        start = damage(path)
        before = path.read_bytes()
        ran = cli("db", "check")
        assert ran.code == ExitCode.DATABASE
        assert f"Damaged: {len(before) - start} bytes from byte {start} on: its checksum does not fit." in ran.out
        assert "Everything" not in ran.out
        assert "db repair" in ran.err
        ran = cli("db", "check", "--json")
        assert ran.code == ExitCode.DATABASE
        assert ran.json["ok"] is False
        assert ran.json["damages"] == [
            {"offset": start, "length": len(before) - start, "reason": "its checksum does not fit"}
        ]
        assert path.read_bytes() == before

    def test_an_unfinished_write(self, cli: Cli, path: Path) -> None:
        size = path.stat().st_size
        with path.open("ab") as file:
            file.write(b"{")
        ran = cli.done("db", "check")
        assert f"Not finished: 1 byte from byte {size} on" in ran.out
        assert "Everything can be read." in ran.out
        found = cli.done("db", "check", "--json").json
        assert found["ok"] is False
        assert found["unfinished"] == {"offset": size, "length": 1, "reason": "it has no end"}

    def test_an_odd_record(self, cli: Cli, path: Path) -> None:
        JournalDB(path).table("contacts").insert({"id": NASTY})
        ran = cli("db", "check")
        assert ran.code == ExitCode.DATABASE
        assert "Unreadable: record 4 of the table contacts" in ran.out
        assert "\x1b" not in ran.out
        assert len(cli("db", "check", "--json").json["problems"]) == 1

    def test_another_file(self, cli: Cli, path: Path) -> None:
        path.write_bytes(b"not ours")
        ran = cli("db", "check")
        assert ran.code == ExitCode.DATABASE
        assert "records  none" in ran.out
        assert "not looked at" in ran.out

    def test_reading_only_is_enough(self, cli: Cli, path: Path, tmp_path: Path) -> None:
        cli.done("--read-only", "db", "check")
        cli.done("db", "backup", "--read-only", str(tmp_path / "copy.db"))
        cli.done("db", "export", "--read-only", str(tmp_path / "plain.json"))


class TestCompact:
    def test_in_words(self, cli: Cli, path: Path) -> None:
        before = path.stat().st_size
        ran = cli.done("db", "compact")
        assert ran.out.splitlines() == [
            f"{before:,} bytes became {path.stat().st_size:,}: 2 contacts.",
            f"The file that was there before is {path}.bak.",
        ]
        assert ran.err == ""

    def test_in_json(self, cli: Cli, path: Path) -> None:
        before = path.stat().st_size
        assert cli.done("db", "compact", "--json").json == {
            "bytes_before": before,
            "bytes_after": path.stat().st_size,
            "kept": f"{path}.bak",
            "tables": {"contacts": 2},
            "doubtful": 0,
            "problems": [],
            "set_aside": None,
        }

    def test_an_empty_one(self, cli: Cli, tmp_path: Path) -> None:
        TinyDBRepository(tmp_path / "empty.db")
        assert "no records" in cli.done("--db", str(tmp_path / "empty.db"), "db", "compact").out


class TestBackup:
    def test_there_and_back(self, cli: Cli, path: Path, tmp_path: Path) -> None:
        copy = tmp_path / "copy.db"
        size = path.stat().st_size
        assert cli.done("db", "backup", str(copy)).out == f"Copied {size:,} bytes to {copy}.\n"
        ran = cli("db", "backup", str(copy))
        assert ran.code == ExitCode.USAGE
        assert "--force" in ran.err
        assert cli.done("db", "backup", str(copy), "--force", "--json").json == {"file": str(copy), "bytes": size}
        TinyDBRepository(path).delete([contact_id(1)])
        assert f"{path}.before-restore-1" in cli.done("db", "restore", str(copy)).out
        assert TinyDBRepository(path).page().total == 2
        assert cli.done("db", "restore", str(copy), "--json").json["kept"] == f"{path}.before-restore-2"

    def test_restoring_where_nothing_was(self, cli: Cli, path: Path, tmp_path: Path) -> None:
        new = tmp_path / "new.db"
        ran = cli.done("db", "restore", str(path), "--db", str(new), "--json")
        assert ran.json["kept"] is None
        new.unlink()
        assert "before is" not in cli.done("db", "restore", str(path), "--db", str(new)).out
        assert TinyDBRepository(new).page().total == 2

    def test_no_backup(self, cli: Cli, path: Path, tmp_path: Path) -> None:
        for args in (["db", "restore"], ["db", "restore", str(tmp_path / "nothing")]):
            assert cli(*args).code == ExitCode.NOT_FOUND
        (tmp_path / "noise").write_bytes(b"noise")
        assert cli("db", "restore", str(tmp_path / "noise")).code == ExitCode.DATABASE
        assert cli("db", "backup").code == ExitCode.USAGE


class TestRepair:
    def test_what_can_be_read_is_kept(self, cli: Cli, path: Path) -> None:
        damage(path)
        ran = cli.done("db", "repair")
        assert ": 1 contacts." in ran.out
        assert f"{path}.damaged-1" in ran.out
        cli.done("db", "check")

    def test_doubtful_records_are_told(self, cli: Cli, path: Path) -> None:
        path.write_bytes(path.read_bytes()[:-2] + b"]\n")
        ran = cli.done("db", "repair")
        assert "2 contacts" in ran.out
        assert "1 record stood in damaged places" in ran.err
        assert cli.done("db", "repair", "--json").json["doubtful"] == 0

    def test_records_that_are_no_contacts_are_put_aside_and_told(self, cli: Cli, path: Path) -> None:
        with JournalDB(path, specs=SPECS) as database:
            database.table("contacts").insert({"id": "odd"})
            database.table("messages").insert_multiple({"id": f"odd {place}"} for place in range(30))
        ran = cli.done("db", "repair")
        assert "2 contacts" in ran.out
        assert f"Put aside: 31 records, in {path}.set-aside-1." in ran.out
        assert "Put aside: record 4 of the table contacts" in ran.err
        assert "and 11 more; the file names all." in ran.err
        cli.done("db", "check")
        cli.done("contacts", "add", "+14155550123")
        again = cli.done("db", "repair", "--json").json
        assert (again["problems"], again["set_aside"]) == ([], None)


class TestPlain:
    def test_there_and_back(self, cli: Cli, path: Path, tmp_path: Path) -> None:
        plain, new = tmp_path / "plain.json", tmp_path / "new.db"
        assert cli.done("db", "export", str(plain)).out == "2 contacts.\n"
        assert cli("db", "export", str(plain)).code == ExitCode.USAGE
        assert cli.done("db", "export", str(plain), "--force", "--json").json == {"tables": {"contacts": 2}}
        with TinyDB(plain) as database:
            assert len(database.table("contacts")) == 2
        assert cli.done("db", "import", str(plain), "--db", str(new)).out == "2 contacts.\n"
        ran = cli("db", "import", str(plain), "--db", str(new), "--json")
        assert ran.code == ExitCode.USAGE
        assert ran.json["error"]["title"] == "There is a database already"
        new.unlink()
        assert cli.done("--db", str(new), "db", "import", "--json", str(plain)).json == {"tables": {"contacts": 2}}

    def test_what_is_no_tinydb_file(self, cli: Cli, tmp_path: Path) -> None:
        (tmp_path / "plain.json").write_text('{"a": {"1": {"b": NaN}}}')
        ran = cli("db", "import", str(tmp_path / "plain.json"))
        assert ran.code == ExitCode.DATABASE
        assert "no TinyDB file" in ran.err
        assert cli("db", "import", str(tmp_path / "nothing")).code == ExitCode.NOT_FOUND

    def test_nothing_is_told_as_such(self, cli: Cli, tmp_path: Path) -> None:
        (tmp_path / "plain.json").write_text("{}")
        assert cli.done("db", "import", str(tmp_path / "plain.json")).out == "no records.\n"


class TestRefusals:
    @pytest.mark.parametrize("command", ["check", "compact", "repair"])
    def test_no_database(self, cli: Cli, command: str) -> None:
        ran = cli("db", command)
        assert ran.code == ExitCode.NOT_FOUND
        assert "There is no database" in ran.err
        assert cli("db", command, "--json").json["error"]["code"] == "not_found"

    @pytest.mark.parametrize("command", ["compact", "repair", "restore", "import"])
    def test_reading_only_changes_nothing(self, cli: Cli, path: Path, tmp_path: Path, command: str) -> None:
        copy = tmp_path / "copy.db"
        cli.done("db", "backup", str(copy))
        before = path.read_bytes()
        args = ["--read-only", "db", command, *([str(copy)] if command in {"restore", "import"} else [])]
        ran = cli(*args)
        assert ran.code == ExitCode.DATABASE
        assert "reading only" in ran.err
        assert path.read_bytes() == before
        assert {entry.name for entry in tmp_path.iterdir()} <= {
            "config.toml",
            "contacts.db",
            "contacts.db.lock",
            "contacts.db.index",
            "copy.db",
        }

    @pytest.mark.parametrize("command", ["backup", "export"])
    def test_the_database_is_not_written_over(self, cli: Cli, path: Path, command: str) -> None:
        before = path.read_bytes()
        assert cli("db", command, str(path), "--force").code == ExitCode.USAGE
        assert path.read_bytes() == before

    def test_the_group_alone_shows_its_commands(self, cli: Cli) -> None:
        ran = cli("db", "--help")
        for command in ("check", "compact", "backup", "restore", "repair", "export", "import"):
            assert command in ran.out
        assert cli("db", "shrink").code == ExitCode.USAGE


class TestNames:
    """File names and names of tables never reach the terminal as they are."""

    @pytest.mark.parametrize("name", [NASTY, "[bold]x[@click=quit]", "x\ny", "\udcff"])
    def test_a_hostile_name(self, cli: Cli, tmp_path: Path, name: str) -> None:
        hostile = tmp_path / name
        TinyDBRepository(hostile).add([contact(0)])
        at = ["--db", str(hostile)]
        copy, plain = str(tmp_path / f"copy {name}"), str(tmp_path / f"plain {name}")
        for args in (
            ["check"],
            ["compact"],
            ["backup", copy],
            ["restore"],
            ["restore", copy],
            ["export", plain],
            ["repair"],
            ["backup", copy],
            ["restore", f"{copy} none"],
            ["import", plain],
        ):
            ran = cli("db", *args, *at)
            for text in (ran.out, ran.err):
                assert not set("\x1b\x07\u202e\udcff") & set(text)
            told = cli("db", *args, *at, "--json")
            assert told.out.isascii()
            assert told.code in (ExitCode.DONE, ExitCode.USAGE, ExitCode.NOT_FOUND)
            for line in told.out.splitlines():
                json.loads(line)
        assert cli("db", "check", *at, "--json").json["path"] == str(hostile)

    def test_a_hostile_table(self, cli: Cli, path: Path, tmp_path: Path) -> None:
        JournalDB(path).table(NASTY).insert({"a": 1})
        for args in (["check"], ["compact"], ["export", str(tmp_path / "plain.json")], ["repair"]):
            ran = cli.done("db", *args)
            assert not set("\x1b\x07\u202e") & set(ran.out)
