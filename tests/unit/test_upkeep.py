"""Looking after the file: whatever is replaced is replaced as a whole, and what was there is kept."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tinydb import TinyDB

from sent_tui.errors import DatabaseError, NotFoundError, UsageError
from sent_tui.store import journal_file, upkeep
from sent_tui.store.documents import contact_document
from sent_tui.store.index_file import index_path
from sent_tui.store.journal import JournalDB
from sent_tui.store.journal_format import LAST_ID, closed, drop_line, header_line, put_line, read_header, remove_line
from sent_tui.store.journal_reader import JournalReader
from sent_tui.store.journal_records import SPECS, JournalRecords
from sent_tui.store.lock import WriterLock
from sent_tui.store.refusals import DamagedError, LockedError, ReadOnlyError
from sent_tui.store.repository import Change
from sent_tui.store.settling import settle
from sent_tui.store.tinydb import TinyDBRepository
from sent_tui.store.upkeep import Spot, backup, check, compact, export_plain, import_plain, repair, restore
from tests.factories import contact, contact_id, draft, event, known_contact, message, number

COUNTS = {"contacts": 3, "messages": 1, "drafts": 1, "undo": 1, "events": 1}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sent.db"


@pytest.fixture
def repository(path: Path) -> TinyDBRepository:
    opened = TinyDBRepository(path)
    opened.add([contact(0), known_contact(1), contact(2)])
    for name in ("Ada", "Bo", "Cleo"):
        rename(opened, name)
    with opened.transaction(undo="one more") as tx:
        tx.put_message(message(0))
        tx.add_event(event(0))
        tx.put_contact(contact(3))
    opened.delete([contact_id(2)])
    opened.save_draft(draft(1))
    return opened


def rename(repository: TinyDBRepository, name: str) -> None:
    repository.update(contact_id(0), lambda known: contact(0, name=name))


def held(path: Path) -> dict[str, dict[int, dict[str, Any]]]:
    """Return all documents of a database."""
    database = JournalDB(path, read_only=True)
    return {name: {document.doc_id: dict(document) for document in database.table(name)} for name in database.tables()}


def ids(repository: TinyDBRepository) -> set[str]:
    return {row.id for row in repository.page().rows}


def names(path: Path) -> set[str]:
    """Return the names of what lies in the folder of a database."""
    return {entry.name for entry in path.parent.iterdir()}


@pytest.fixture
def told(repository: TinyDBRepository) -> list[Change]:
    heard: list[Change] = []
    repository.subscribe(heard.append)
    return heard


class TestCheck:
    def test_a_sound_file(self, repository: TinyDBRepository, path: Path) -> None:
        before = path.read_bytes()
        report = check(path)
        assert report.is_sound
        assert (report.path, report.size, report.tables) == (path, len(before), COUNTS)
        assert (report.damages, report.problems, report.unfinished) == ((), (), None)
        assert path.read_bytes() == before

    def test_what_the_index_is(self, repository: TinyDBRepository, path: Path) -> None:
        assert check(path).index == "missing"
        settle(path, SPECS, JournalRecords)
        assert check(path).index == "whole"
        data = index_path(path).read_bytes()
        for altered in (data[:-9], b"", data.replace(b"Cleo", b"Clea").replace(b"cleo", b"clea")):
            index_path(path).write_bytes(altered)
            assert check(path).index == "altered"
        index_path(path).write_bytes(data)
        rename(repository, "Dora")
        assert check(path).index == "behind"

    def test_damage_is_named_with_its_place(self, repository: TinyDBRepository, path: Path) -> None:
        whole = path.read_bytes()
        path.write_bytes(whole.replace(b'"Bo"', b'"Bu"', 1))
        report = check(path)
        assert not report.is_sound
        (spot,) = report.damages
        assert spot.reason == "its checksum does not fit"
        assert b'"Bo"' in whole[spot.offset : spot.offset + spot.length]
        assert report.tables == COUNTS, "what came later is there"

    def test_the_rest_of_a_killed_write_is_no_damage(self, repository: TinyDBRepository, path: Path) -> None:
        size = path.stat().st_size
        with path.open("ab") as file:
            file.write(b'{"t":"contacts","i":9')
        report = check(path)
        assert report.is_sound
        assert report.unfinished == Spot(size, 21, "it has no end")

    def test_what_was_cut_off_is_missed(self, repository: TinyDBRepository, path: Path) -> None:
        data = path.read_bytes()
        end = data.rindex(b"\n", 0, data.rindex(b'{"t"') - 1) + 1
        path.write_bytes(data[:end])
        (spot, *_) = check(path).damages
        assert spot == Spot(end, 0, f"{len(data) - end} bytes that stood here are gone")

    def test_records_that_are_odd_are_named(self, repository: TinyDBRepository, path: Path) -> None:
        JournalDB(path).table("contacts").insert({"id": "odd"})
        report = check(path)
        assert not report.is_sound
        assert len(report.problems) == 1
        assert report.problems[0].startswith("record 5 of the table contacts")

    @pytest.mark.parametrize("data", [b"", b"[]", b"not ours"])
    def test_another_file_is_all_damage(self, path: Path, data: bytes) -> None:
        path.write_bytes(data)
        report = check(path)
        assert not report.is_sound
        assert [(spot.offset, spot.length) for spot in report.damages] == [(0, len(data))]

    def test_no_file(self, path: Path) -> None:
        for look in (check, compact, repair, lambda missing: backup(missing, missing.with_name("copy"))):
            with pytest.raises(NotFoundError, match="no database"):
                look(path)


class TestCompact:
    def test_what_was_replaced_goes(self, repository: TinyDBRepository, path: Path) -> None:
        before, wanted = path.read_bytes(), held(path)
        done = compact(path)
        assert done.before == len(before)
        assert done.after == path.stat().st_size < len(before)
        assert done.tables == COUNTS
        assert done.kept == path.with_name("sent.db.bak")
        assert done.kept.read_bytes() == before
        assert path.stat().st_mode & 0o777 == 0o600
        assert held(path) == wanted
        assert check(path).is_sound
        assert check(path).index == "whole"
        assert names(path) == {"sent.db", "sent.db.bak", "sent.db.lock", "sent.db.index"}

    @pytest.mark.parametrize("settled", [False, True])
    def test_others_go_on(self, repository: TinyDBRepository, told: list[Change], path: Path, settled: bool) -> None:
        if settled:
            settle(path, SPECS, JournalRecords)
        other = TinyDBRepository(path)
        rows = repository.page().rows
        before = list(rows)
        compact(path)
        repository.refresh()
        assert told == [], "nothing changed"
        assert list(rows) == list(repository.page().rows) == before
        rename(repository, "Dora")
        other.add([contact(7)])
        repository.refresh()
        assert ids(repository) == ids(other) == set(map(contact_id, (0, 1, 3, 7)))
        assert other.get(contact_id(0)).name == "Dora"
        assert other.undo() == "one more"
        assert check(path).is_sound

    def test_what_was_written_just_before_is_told(
        self, repository: TinyDBRepository, told: list[Change], path: Path
    ) -> None:
        TinyDBRepository(path).add([contact(7)])
        compact(path)
        repository.refresh()
        assert [change.ids for change in told] == [{contact_id(7)}]
        assert repository.find(number(7)) == contact(7)

    def test_a_damaged_file_is_left_alone(self, repository: TinyDBRepository, path: Path) -> None:
        path.write_bytes(path.read_bytes().replace(b'"Bo"', b'"Bu"', 1))
        before = path.read_bytes()
        for refuse in (compact, lambda damaged: backup(damaged, path.with_name("copy"))):
            with pytest.raises(DamagedError, match="byte"):
                refuse(path)
        with pytest.raises(DamagedError):
            export_plain(path, path.with_name("plain.json"))
        assert path.read_bytes() == before
        assert names(path) == {"sent.db", "sent.db.lock"}

    def test_a_link_is_followed(self, repository: TinyDBRepository, path: Path, tmp_path: Path) -> None:
        link, plain = tmp_path / "links" / "link.db", tmp_path / "plain.json"
        link.parent.mkdir()
        link.symlink_to(path)
        plain.write_text("{}")
        for look_after in (compact, repair, restore):
            done = look_after(link)
            assert done.kept is not None
            assert done.kept.parent == tmp_path
            rename(repository, "after")
            assert held(path)["contacts"][1]["name"] == "after"
        with pytest.raises(UsageError):
            import_plain(link, plain)
        assert check(link).path == path
        assert link.is_symlink()
        assert names(link) == {"link.db"}

    def test_an_empty_table_stays(self, repository: TinyDBRepository, path: Path) -> None:
        JournalDB(path).table("empty").truncate()
        for look_after in (compact, repair):
            look_after(path)
            assert held(path)["empty"] == {}

    def test_who_writes_is_not_disturbed(
        self, repository: TinyDBRepository, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(upkeep, "_TIMEOUT", 0)
        before = path.read_bytes()
        hold = WriterLock(path.with_name("sent.db.lock")).take(0)
        for look_after in (compact, repair, lambda busy: restore(busy, busy)):
            with pytest.raises(LockedError):
                look_after(path)
        hold.release()
        assert path.read_bytes() == before

    def test_whatever_fails_the_old_file_stands(self, repository: TinyDBRepository, path: Path) -> None:
        before = path.read_bytes()
        looked_after: tuple[Callable[[Path], object], ...] = (compact, repair, lambda wanted: restore(wanted, wanted))
        for look_after in looked_after:
            for name in ("open", "write", "fsync", "replace"):
                with pytest.MonkeyPatch.context() as failing:
                    failing.setattr(os, name, failing_for(name, path))
                    with pytest.raises(DatabaseError):
                        look_after(path)
                assert path.read_bytes() == before
                assert not [one for one in names(path) if one.endswith(".tmp")]
        rename(repository, "Dora")

    def test_without_hard_links_the_old_file_is_kept_too(
        self, repository: TinyDBRepository, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*args: Any, **options: Any) -> None:
            raise OSError(errno.ENOTSUP, "no hard links here")

        monkeypatch.setattr(os, "link", refuse)
        for look_after in (compact, repair, restore):
            before = path.read_bytes()
            done = look_after(path)
            assert done.kept is not None
            assert done.kept.read_bytes() == before
            assert done.kept.stat().st_mode & 0o777 == 0o600
            assert held(path)["contacts"].keys() == {1, 2, 4}
        assert not [one for one in names(path) if one.endswith(".tmp")]


def failing_for(name: str, path: Path) -> Callable[..., Any]:
    """Return a function of `os` that fails for new files of a database only."""
    real = getattr(os, name)

    def call(first: Any, *args: Any, **options: Any) -> Any:
        of_lock = name == "open" and not str(first).endswith(".tmp")
        if of_lock:
            return real(first, *args, **options)
        raise OSError(errno.EIO, "Input/output error")

    return call


class TestBackup:
    def test_it_is_a_copy(self, repository: TinyDBRepository, path: Path, tmp_path: Path) -> None:
        target = tmp_path / "copy.db"
        with repository.transaction():
            assert backup(path, target) == path.stat().st_size
        assert target.read_bytes() == path.read_bytes()
        assert target.stat().st_mode & 0o777 == 0o600
        assert ids(TinyDBRepository(target)) == ids(repository)

    def test_what_was_never_finished_is_not_copied(self, repository: TinyDBRepository, path: Path) -> None:
        whole = path.read_bytes()
        path.write_bytes(whole + b'{"t":')
        target = path.with_name("copy.db")
        assert backup(path, target) == len(whole)
        assert target.read_bytes() == whole

    def test_pieces_make_the_whole(
        self, repository: TinyDBRepository, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(journal_file, "_PIECE", 100)
        backup(path, path.with_name("copy.db"))
        assert path.with_name("copy.db").read_bytes() == path.read_bytes()

    def test_it_is_of_the_file_that_was_looked_at(
        self, repository: TinyDBRepository, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        look, known = upkeep._sound, path.read_bytes()

        def exchanged_afterwards(looked_at: Path) -> JournalReader:
            monkeypatch.undo()
            reader = look(looked_at)
            compact(path)
            rename(repository, "written into the new file, which is longer now" * 100)
            return reader

        monkeypatch.setattr(upkeep, "_sound", exchanged_afterwards)
        backup(path, tmp_path / "copy.db")
        assert (tmp_path / "copy.db").read_bytes() == known

    @pytest.mark.parametrize("write", [backup, export_plain])
    def test_a_file_that_is_there_is_kept(
        self, repository: TinyDBRepository, path: Path, write: Callable[..., object]
    ) -> None:
        target = path.with_name("there")
        target.write_text("mine")
        with pytest.raises(UsageError, match="--force"):
            write(path, target)
        assert target.read_text() == "mine"
        write(path, target, overwrite=True)
        assert target.read_text() != "mine"

    @pytest.mark.parametrize("write", [backup, export_plain])
    @pytest.mark.parametrize("name", ["sent.db", "sent.db.index", "sent.db.lock", "link"])
    def test_the_database_itself_is_no_target(
        self, repository: TinyDBRepository, path: Path, write: Callable[..., object], name: str
    ) -> None:
        path.with_name("link").symlink_to(path)
        before = path.read_bytes()
        with pytest.raises(UsageError, match="database itself"):
            write(path, path.with_name(name), overwrite=True)
        assert path.read_bytes() == before

    @pytest.mark.parametrize("write", [backup, export_plain])
    def test_a_place_where_nothing_can_be_written(
        self, repository: TinyDBRepository, path: Path, write: Callable[..., object]
    ) -> None:
        with pytest.raises(DatabaseError, match="nowhere"):
            write(path, path.with_name("nowhere") / "copy.db")
        assert not path.with_name("nowhere").exists()


class TestRestore:
    def test_a_backup_takes_the_place(
        self, repository: TinyDBRepository, told: list[Change], path: Path, tmp_path: Path
    ) -> None:
        backup(path, tmp_path / "copy.db")
        wanted = held(path)
        rename(repository, "Dora")
        repository.add([contact(7)])
        before = path.read_bytes()
        told.clear()
        done = restore(path, tmp_path / "copy.db")
        assert done.kept == path.with_name("sent.db.before-restore-1")
        assert done.kept.read_bytes() == before
        assert held(path) == wanted
        repository.refresh()
        assert [change.ids for change in told] == [{contact_id(0), contact_id(7)}]
        assert ids(repository) == set(map(contact_id, (0, 1, 3)))
        assert repository.get(contact_id(0)).name == "Cleo"
        rename(repository, "Eve")
        assert restore(path, tmp_path / "copy.db").kept == path.with_name("sent.db.before-restore-2")

    def test_without_a_file_it_is_the_last_one(self, repository: TinyDBRepository, path: Path) -> None:
        with pytest.raises(NotFoundError, match="no backup"):
            restore(path)
        compact(path)
        rename(repository, "Dora")
        restore(path)
        assert held(path)["contacts"][1]["name"] == "Cleo"

    def test_a_damaged_backup_is_refused(self, repository: TinyDBRepository, path: Path, tmp_path: Path) -> None:
        copy = tmp_path / "copy.db"
        before = path.read_bytes()
        for damaged in (b"", b"[]", before.replace(b'"Bo"', b'"Bu"', 1), before[:-1]):
            copy.write_bytes(damaged)
            with pytest.raises(DamagedError, match=r"copy\.db"):
                restore(path, copy)
        assert path.read_bytes() == before

    def test_where_nothing_was_nothing_is_kept(self, repository: TinyDBRepository, path: Path, tmp_path: Path) -> None:
        new = tmp_path / "new.db"
        done = restore(new, path)
        assert (done.before, done.kept) == (0, None)
        assert held(new) == held(path)

    def test_a_damaged_database_can_be_restored(self, repository: TinyDBRepository, path: Path) -> None:
        compact(path)
        wanted = held(path)
        path.write_bytes(b"noise")
        done = restore(path)
        assert held(path) == wanted
        assert done.kept is not None
        assert done.kept.read_bytes() == b"noise"


HEADER = header_line("0123456789abcdef")


def journal(*groups: list[bytes]) -> bytes:
    data, crc = HEADER, read_header(HEADER).crc
    for group in groups:
        batch, crc = closed(group, crc)
        data += batch
    return data


class TestRepair:
    def test_whole_batches_are_kept_and_single_lines_of_others(
        self, repository: TinyDBRepository, told: list[Change], path: Path
    ) -> None:
        repository.add(contact(place) for place in (5, 8, 7))
        whole = path.read_bytes()
        path.write_bytes(whole.replace(contact_id(8).encode(), b"\xff" * 36))
        before = path.read_bytes()
        done = repair(path)
        assert done.doubtful == 2
        assert done.kept == path.with_name("sent.db.damaged-1")
        assert done.kept.read_bytes() == before
        assert check(path).is_sound
        opened = TinyDBRepository(path)
        assert ids(opened) == set(map(contact_id, (0, 1, 3, 5, 7)))
        repository.refresh()
        assert repository.read_only == ""
        assert ids(repository) == ids(opened)
        repository.add([contact(8)])

    def test_nothing_is_taken_out_by_a_damaged_batch(self, path: Path) -> None:
        one = [put_line("people", place, {"name": name}) for place, name in ((1, "Ada"), (2, "Bo"))]
        two = [remove_line("people", 1), drop_line("people"), put_line("people", 3, {"name": "Cleo"}), b"{}\n"]
        path.write_bytes(journal(one, two).replace(b"Cleo", b"Clea"))
        done = repair(path)
        assert (done.tables, done.doubtful) == ({"people": 3}, 1)
        assert [one["name"] for one in held(path)["people"].values()] == ["Ada", "Bo", "Clea"]

    def test_whole_batches_count_as_they_are(self, path: Path) -> None:
        data = journal(
            [put_line("people", 1, {}), put_line("people", 2, {}), put_line("places", 1, {})],
            [remove_line("people", 1), remove_line("people", 9), drop_line("places")],
            [drop_line("places"), b'{"t":"places"}\n'],
        )
        path.write_bytes(data + b"\xff")
        assert repair(path).tables == {"people": 1, "places": 0}
        assert held(path) == {"people": {2: {}}, "places": {}}

    @pytest.mark.parametrize("header", [b"", b"\xff\n", b"{}\n", HEADER.replace(b"cdef", b"cdee")])
    def test_an_altered_header_hides_nothing(self, path: Path, header: bytes) -> None:
        path.write_bytes(journal([put_line("people", 1, {"name": "Ada"})]).replace(HEADER, header))
        with pytest.raises(DamagedError):
            JournalDB(path)
        assert repair(path).tables == {"people": 1}
        assert held(path) == {"people": {1: {"name": "Ada"}}}

    @pytest.mark.parametrize("data", [b"", b"noise", b"\0" * 5000, HEADER, HEADER[:-1]])
    def test_where_nothing_can_be_read_nothing_is_left(self, path: Path, data: bytes) -> None:
        path.write_bytes(data)
        done = repair(path)
        assert done.tables == {}
        assert done.kept is not None
        assert done.kept.read_bytes() == data
        TinyDBRepository(path).add([contact(0)])

    def test_two_never_share_a_number(self, path: Path) -> None:
        old, new = contact_document(contact(0, name="old")), contact_document(contact(0, id="new"))
        path.write_bytes(
            journal([put_line("contacts", 1, old), put_line("contacts", 2, new), put_line("contacts", 3, {"id": 7})])
        )
        done = repair(path)
        assert done.tables == {"contacts": 1}
        assert set(held(path)["contacts"]) == {2}
        [problem] = done.problems
        assert problem.startswith("record 3 of the table contacts")

    def test_what_can_be_no_record_is_put_aside_and_the_file_can_be_written(self, path: Path) -> None:
        odd: dict[str, dict[str, object]] = {name: {"key": 7} for name in SPECS}
        lines = [put_line(name, 7, document) for name, document in odd.items()]
        elsewhere = put_line("notes", 1, {"text": "of another program"})
        path.write_bytes(journal([put_line("contacts", 1, contact_document(contact(0))), *lines, elsewhere]))
        assert TinyDBRepository(path).read_only
        done = repair(path)
        assert done.set_aside == path.with_name(f"{path.name}.set-aside-1")
        assert stat.S_IMODE(done.set_aside.stat().st_mode) == 0o600
        kept = [json.loads(line) for line in done.set_aside.read_text().splitlines()]
        assert {each["table"]: each["document"] for each in kept} == odd
        assert all(each["number"] == 7 and each["reason"] for each in kept)
        assert len(done.problems) == len(kept)
        repository = TinyDBRepository(path)
        assert (repository.read_only, len(repository.page().rows)) == ("", 1)
        assert (repository.messages(), repository.undo()) == ((), None)
        repository.add([contact(1)])
        assert held(path)["notes"] == {1: {"text": "of another program"}}
        assert repair(path).set_aside is None

    def test_a_sound_file_stays_as_it_is(self, repository: TinyDBRepository, path: Path) -> None:
        wanted = held(path)
        assert repair(path).doubtful == 0
        assert held(path) == wanted

    def test_what_is_no_file(self, path: Path) -> None:
        path.mkdir()
        with pytest.raises(DatabaseError):
            repair(path)
        assert path.is_dir()


class TestPlain:
    def test_there_and_back(self, repository: TinyDBRepository, path: Path, tmp_path: Path) -> None:
        plain, again = tmp_path / "plain.json", tmp_path / "again.db"
        assert export_plain(path, plain) == COUNTS
        assert plain.stat().st_mode & 0o777 == 0o600
        with TinyDB(plain) as database:
            assert database.tables() == set(COUNTS)
            assert {one.doc_id: dict(one) for one in database.table("contacts")} == held(path)["contacts"]
        assert import_plain(again, plain) == COUNTS
        assert held(again) == held(path)
        assert ids(TinyDBRepository(again)) == ids(repository)
        assert names(again) >= {"again.db", "again.db.lock", "again.db.index"}

    def test_what_tinydb_wrote_is_taken_over(self, path: Path, tmp_path: Path) -> None:
        with TinyDB(tmp_path / "plain.json") as database:
            database.insert({"name": "Zoë"})
            database.table("empty").truncate()
        assert import_plain(path, tmp_path / "plain.json") == {"_default": 1, "empty": 0}
        assert held(path)["_default"] == {1: {"name": "Zoë"}}

    def test_an_empty_database_is_exported(self, path: Path, tmp_path: Path) -> None:
        TinyDBRepository(path)
        assert export_plain(path, tmp_path / "plain.json") == {}
        assert json.loads((tmp_path / "plain.json").read_text()) == {}
        JournalDB(path).table("empty").truncate()
        assert export_plain(path, tmp_path / "plain.json", overwrite=True) == {"empty": 0}
        assert json.loads((tmp_path / "plain.json").read_text()) == {"empty": {}}

    def test_a_file_of_an_early_sent_tui_is_taken_over(self, path: Path, tmp_path: Path) -> None:
        early = {
            "schema": 1,
            "sha256": "0" * 64,
            "tables": {"contacts": {"1": contact_document(contact(0))}, "meta": {"1": {"schema": 1}}},
        }
        (tmp_path / "early.db").write_text(json.dumps(early))
        assert import_plain(path, tmp_path / "early.db") == {"contacts": 1}
        assert TinyDBRepository(path).find(number(0)) == contact(0)

    def test_a_database_with_records_is_left_alone(
        self, repository: TinyDBRepository, path: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "plain.json").write_text("{}")
        before = path.read_bytes()
        with pytest.raises(UsageError, match="holds documents"):
            import_plain(path, tmp_path / "plain.json")
        assert path.read_bytes() == before
        TinyDBRepository(tmp_path / "empty.db")
        assert import_plain(tmp_path / "empty.db", tmp_path / "plain.json") == {}

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{",
            "[]",
            "null",
            "7",
            '{"a": []}',
            '{"a": {"1": 7}}',
            '{"a": {"one": {}}}',
            '{"a": {"-1": {}}}',
            '{"a": {"²": {}}}',
            '{"a": {"1_0": {}}}',
            json.dumps({"a": {str(LAST_ID + 1): {}}}),
            '{"a": {"1": {"b": NaN}}}',
            '{"a": {"1": {"b": Infinity}}}',
            '{"a":' * 100_000,
            '{"a": {"1": {"b": ' + "1" * 5000 + "}}}",
        ],
        ids=range(16),
    )
    def test_what_is_no_tinydb_file_is_refused(self, path: Path, tmp_path: Path, text: str) -> None:
        (tmp_path / "plain.json").write_text(text)
        with pytest.raises(DamagedError, match="no TinyDB file"):
            import_plain(path, tmp_path / "plain.json")
        assert not path.exists()

    def test_what_is_missing_or_not_text(self, path: Path, tmp_path: Path) -> None:
        with pytest.raises(NotFoundError):
            import_plain(path, tmp_path / "nothing")
        (tmp_path / "noise").write_bytes(b"\xff\xfe\xff")
        with pytest.raises(DamagedError):
            import_plain(path, tmp_path / "noise")
        with pytest.raises(DatabaseError):
            import_plain(path, tmp_path)

    def test_a_folder_that_is_missing(self, tmp_path: Path) -> None:
        (tmp_path / "plain.json").write_text("{}")
        with pytest.raises(DatabaseError):
            import_plain(tmp_path / "deep" / "sent.db", tmp_path / "plain.json")

    def test_many_lines_are_several_batches(
        self, repository: TinyDBRepository, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(upkeep, "_LINES", 2)
        wanted = held(path)
        compact(path)
        assert path.read_bytes().count(b'{"commit"') == 4
        assert held(path) == wanted
        assert check(path).is_sound


def test_a_lock_that_cannot_be_made_is_told(
    repository: TinyDBRepository, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.with_name("sent.db.lock").unlink()
    real = os.open

    def refuse(name: Any, *args: Any, **options: Any) -> int:
        if str(name).endswith(".lock"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(name, *args, **options)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(ReadOnlyError, match="Permission denied"):
        compact(path)


def test_numbers_are_not_given_out_again(tmp_path: Path) -> None:
    path = tmp_path / "sent.db"
    table = JournalDB(path).table("notes")
    table.insert_multiple({"n": number} for number in range(3))
    table.remove(doc_ids=[2, 3])
    compact(path)
    assert JournalDB(path).table("notes").insert({"n": 3}) == 4
