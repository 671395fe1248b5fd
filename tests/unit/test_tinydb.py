"""The file under the repository: what happens to it when anything goes wrong, and when several write it."""

from __future__ import annotations

import errno
import gc
import gzip
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from sent_tui.core.bulk import BulkSend, BulkStatus
from sent_tui.core.sent_contact import SentCopy
from sent_tui.errors import DatabaseError, ExitCode
from sent_tui.store import files
from sent_tui.store.documents import contact_document
from sent_tui.store.index_file import index_path
from sent_tui.store.journal import JournalDB, JournalStorage
from sent_tui.store.journal_file import JournalFile
from sent_tui.store.journal_format import SCHEMA, Location, closed, header_line, put_line, read_header
from sent_tui.store.journal_reader import JournalReader
from sent_tui.store.journal_records import SPECS, JournalRecords
from sent_tui.store.message_documents import event_document
from sent_tui.store.refusals import DamagedError, LockedError, ReadOnlyError
from sent_tui.store.repository import Change, ChangeKind
from sent_tui.store.settling import settle
from sent_tui.store.tinydb import TinyDBRepository
from tests.factories import NOW, contact, contact_id, decision, draft, event, known_contact, message, number

ROOT = Path(__file__).resolve().parents[2]
STEPS = ("open", "write", "fsync", "fdatasync", "link", "rename", "replace")
"""The functions of `os` by which a file is made or written."""
FAULTS = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sent.db"


@pytest.fixture
def repository(path: Path) -> TinyDBRepository:
    opened = TinyDBRepository(path, lock_timeout=0)
    opened.add([contact(0)])
    return opened


@pytest.fixture
def other(repository: TinyDBRepository, path: Path) -> TinyDBRepository:
    return TinyDBRepository(path, lock_timeout=0)


@pytest.fixture
def told(repository: TinyDBRepository) -> list[Change]:
    heard: list[Change] = []
    repository.subscribe(heard.append)
    return heard


@pytest.fixture
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def rename(repository: TinyDBRepository, name: str = "Ada") -> None:
    repository.update(contact_id(0), lambda known: replace(known, name=name))


def name_of(repository: TinyDBRepository) -> str:
    return repository.get(contact_id(0)).name


def ids(repository: TinyDBRepository) -> set[str]:
    return {row.id for row in repository.page().rows}


def filled_until_there_is_room(path: Path) -> TinyDBRepository:
    """Return a repository in a file so large that it has room for the next batches."""
    repository = TinyDBRepository(path)
    repository.add([contact(0, notes="n" * 150_000)])
    rename(repository)
    assert path.read_bytes().endswith(b"\n" * 60_000)
    return repository


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def beside(path: Path) -> set[str]:
    """Return the names of what lies in the folder of a database, but for it and its lock."""
    return {entry.name for entry in path.parent.iterdir()} - {path.name, f"{path.name}.lock"}


def journal(*lines: bytes, schema: int = SCHEMA, generation: str = "0123456789abcdef") -> bytes:
    """Return a journal with the right checksums, whatever it says."""
    header = header_line(generation, schema=schema)
    return header + (closed(lines, read_header(header).crc)[0] if lines else b"")


def exchange(path: Path, data: bytes) -> None:
    """Put another file in the place of a database."""
    new = path.with_name("new")
    new.write_bytes(data)
    new.replace(path)


EMPTY = journal()
ODD_FILES = {
    "empty": b"",
    "newline": b"\n",
    "null": b"null",
    "list": b"[]",
    "object": b"{}",
    "text": b'"text"',
    "number": b"1" * 5000,
    "TinyDB": b'{"_default": {}}',
    "an early sent-tui": b'{"schema":1,"sha256":"' + b"0" * 64 + b'","tables":{}}\n',
    "NUL": b"\0" * 4096,
    "HTML": b"<!DOCTYPE html><html></html>",
    "gzip": gzip.compress(b"{}"),
    "SQLite": b"SQLite format 3\0" + b"\0" * 80,
    "vCard": b"BEGIN:VCARD\r\nEND:VCARD\r\n",
    "CSV in Latin-1": "Zoë;+1 202 555 0100".encode("latin-1"),
    "byte order mark": b"\xef\xbb\xbf" + EMPTY,
    "UTF-16": EMPTY.decode().encode("utf-16"),
    "conflict": b"<<<<<<< HEAD\n" + EMPTY + b"=======\n>>>>>>> theirs\n",
    "carriage returns": EMPTY.replace(b"\n", b"\r\n"),
    "deep": b'{"a":' * 100_000,
    "another schema": EMPTY.replace(b'"schema":2', b'"schema":3'),
    "noise": Random(7).randbytes(2048),
}
ODD_RECORDS = {
    "contact of nothing": b'{"t":"contacts","i":1,"d":{}}\n',
    "number for an id": b'{"t":"contacts","i":1,"d":{"id":7}}\n',
    "contact of an id": b'{"t":"contacts","i":1,"d":{"id":"a"}}\n',
    "no time": put_line("contacts", 1, contact_document(contact(0)) | {"created_at": "yesterday"}),
}
ODD_LINES = {
    "no object": b"[]\n",
    "nothing": b"\n",
    "half": b"{\n",
    "no table": b'{"i":1,"d":{}}\n',
    "record is a text": b'{"t":"contacts","i":1,"d":"text"}\n',
    "word for a number": b'{"t":"contacts","i":"one","d":{}}\n',
    "negative number": b'{"t":"contacts","i":-1,"d":{}}\n',
    "NaN": b'{"t":"contacts","i":1,"d":{"id":NaN}}\n',
    "long number": b'{"t":"a","i":1,"d":{"x":' + b"1" * 5000 + b"}}\n",
    "deep": b'{"t":"a","i":1,"d":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}\n",
    "not UTF-8": b'{"t":"a","i":1,"d":{"a":"\xff"}}\n',
}


class NthFault:
    """Lets the n-th call of those steps fail, once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, code: int, nth: int) -> None:
        self.left = nth
        self.failed = ""
        for name in STEPS:
            monkeypatch.setattr(os, name, self._failing(name, getattr(os, name), code))

    def _failing(self, name: str, real: Callable[..., Any], code: int) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                self.failed = name
                raise OSError(code, os.strerror(code))
            return real(*args, **options)

        return call


class TestFile:
    def test_the_tables_of_the_repository_are_plain_tinydb(self, repository: TinyDBRepository, path: Path) -> None:
        with repository.transaction(undo="all") as tx:
            tx.put_contact(contact(1))
            tx.put_message(message(0))
            tx.add_event(event(0))
            tx.add_consent(decision(0))
            tx.put_lesson("sms", {"people": 1})
            tx.put_bulk_send(BulkSend("b1", NOW, "Hello", 1, 1.0, BulkStatus.DONE, NOW, NOW))
        repository.save_draft(draft(0))
        database = JournalDB(path)
        assert database.tables() == {
            "contacts",
            "messages",
            "events",
            "consent",
            "drafts",
            "undo",
            "lessons",
            "bulk_sends",
        }
        assert database.table("contacts").all() == [contact_document(contact(0)), contact_document(contact(1))]
        assert database.table("events").all() == [event_document(event(0))]

    @pytest.mark.parametrize("is_settled", [False, True])
    def test_who_is_found_by_an_id_of_sents_is_all_that_is_read(
        self, repository: TinyDBRepository, monkeypatch: pytest.MonkeyPatch, path: Path, is_settled: bool
    ) -> None:
        repository.add(replace(contact(place), sent=SentCopy(f"there {place}")) for place in range(2, 902))
        repository.close()
        if not is_settled:
            index_path(path).unlink(missing_ok=True)
        opened = TinyDBRepository(path)
        read: list[Location] = []
        real = JournalReader.line

        def counted(reader: JournalReader, location: Location) -> bytes:
            read.append(location)
            return real(reader, location)

        monkeypatch.setattr(JournalReader, "line", counted)
        assert [found.id for found in opened.linked("there 700")] == [contact_id(700)]
        with opened.transaction() as tx:
            assert [found.id for found in tx.linked("there 701")] == [contact_id(701)]
        assert opened.linked("nowhere") == ()
        assert len(read) == 2

    def test_a_write_is_one_batch_and_one_sync(
        self, repository: TinyDBRepository, monkeypatch: pytest.MonkeyPatch, path: Path
    ) -> None:
        synced: list[int] = []
        real = os.fdatasync

        def counted(descriptor: int) -> None:
            synced.append(path.read_bytes().count(b'{"commit"'))
            real(descriptor)

        monkeypatch.setattr(os, "fdatasync", counted)
        with repository.transaction(undo="all") as tx:
            for place in range(1, 40):
                tx.put_contact(contact(place))
                tx.put_message(message(place))
                tx.add_event(event(place))
        assert synced == [2]
        size = path.stat().st_size
        with repository.transaction():
            pass
        rename(repository, "")
        assert path.stat().st_size == size, "nothing changed, nothing is written"

    def test_a_change_adds_no_more_than_it_changes(self, repository: TinyDBRepository, path: Path) -> None:
        repository.add(map(contact, range(1, 200)))
        before = path.read_bytes()
        rename(repository)
        after = path.read_bytes()
        assert after.startswith(before)
        assert len(after) - len(before) < 2_000

    def test_nothing_is_nested(self, repository: TinyDBRepository) -> None:
        with repository.transaction(), pytest.raises(RuntimeError, match="nested"):
            rename(repository)


class TestModes:
    @pytest.mark.parametrize("umask", [0o000, 0o022, 0o077], indirect=True)
    def test_only_the_owner_can_look(self, umask: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "new" / "deep" / "sent.db"
        seen = []
        for name in ("fsync", "fdatasync"):
            real = getattr(os, name)

            def sync(descriptor: int, real: Callable[[int], None] = real) -> None:
                seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
                real(descriptor)

            monkeypatch.setattr(os, name, sync)
        repository = TinyDBRepository(path)
        assert mode(path) == 0o600
        repository.add([contact(0)])
        settle(path, SPECS, JournalRecords)
        assert mode(path) == mode(path.with_name("sent.db.lock")) == mode(path.with_name("sent.db.index")) == 0o600
        assert mode(path.parent) == mode(path.parent.parent) == 0o700
        assert set(seen) == {0o600, 0o700}
        assert beside(path) == {"sent.db.index"}

    def test_an_open_file_is_shut(self, repository: TinyDBRepository, path: Path) -> None:
        path.chmod(0o644)
        TinyDBRepository(path, read_only=True)
        assert mode(path) == 0o644
        TinyDBRepository(path)
        assert mode(path) == 0o600

    def test_a_folder_that_was_there_is_left_alone(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o755)
        TinyDBRepository(tmp_path / "sent.db")
        assert mode(tmp_path) == 0o755

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can write what belongs to others")
    def test_root_leaves_the_owner_alone(self, repository: TinyDBRepository, path: Path) -> None:
        os.chown(path, 4321, 1234)
        rename(repository)
        assert (path.stat().st_uid, path.stat().st_gid) == (4321, 1234)

    def test_a_link_stays_a_link(self, path: Path, tmp_path: Path) -> None:
        shortcut = tmp_path / "shortcut.db"
        shortcut.symlink_to(path)
        repository = TinyDBRepository(shortcut)
        repository.add([contact(0)])
        assert shortcut.is_symlink()
        assert TinyDBRepository(path).page().total == 1
        assert repository.location == str(path)
        assert beside(path) == {"shortcut.db"}

    def test_what_killed_writers_left_is_removed(self, repository: TinyDBRepository, path: Path) -> None:
        left = path.with_name(f".{path.name}.{'a1' * 8}.tmp")
        others = [path.with_name(name) for name in (".sent.db.x.tmp", f".sent.db.old.{'a1' * 8}.tmp", "sent.db.bak")]
        for file in (left, *others):
            file.touch()
        TinyDBRepository(path, read_only=True)
        assert left.exists()
        with repository.transaction():
            TinyDBRepository(path, lock_timeout=0)
            assert left.exists(), "somebody is writing: it may be theirs"
        TinyDBRepository(path)
        assert beside(path) == {file.name for file in others}

    def test_a_write_in_small_pieces_is_whole(
        self, repository: TinyDBRepository, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = os.write
        monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:7]))
        rename(repository)
        monkeypatch.undo()
        assert name_of(TinyDBRepository(path)) == "Ada"


def test_contacts_that_are_written_together_are_told_apart_in_their_order(path: Path) -> None:
    """Of several spellings of a tag, the same one is shown everywhere."""
    repository = TinyDBRepository(path)
    repository.add([contact(number, tags=("vip" if number else "VIP",)) for number in range(12)])
    later = repository._records.index.view.later
    assert later.ids == [contact_id(number) for number in range(12)]


class TestFaults:
    @pytest.mark.parametrize("code", FAULTS, ids=errno.errorcode.get)
    def test_whatever_fails_the_old_state_stands(self, repository: TinyDBRepository, path: Path, code: int) -> None:
        failed = []
        for nth in range(1, 100):
            # The first write of a repository opens the file for writing.
            repository, told = TinyDBRepository(path), list[Change]()
            repository.subscribe(told.append)
            before, old = path.read_bytes(), name_of(repository)
            with pytest.MonkeyPatch.context() as monkeypatch:
                fault = NthFault(monkeypatch, code, nth)
                try:
                    rename(repository, f"name {nth}")
                except DatabaseError as error:
                    raised: DatabaseError | None = error
                else:
                    raised = None
            assert beside(path) == set()
            if not fault.failed:
                break
            failed.append(fault.failed)
            assert raised is not None
            assert raised.exit_code == ExitCode.DATABASE
            assert isinstance(raised, ReadOnlyError) is (code in {errno.EROFS, errno.EACCES, errno.EPERM})
            assert str(path) in str(raised)
            assert raised.hint
            assert path.read_bytes() == before
            assert name_of(repository) == name_of(TinyDBRepository(path)) == old
            assert repository.page().rows[0].name == old
            told.clear()
            rename(repository, f"again {nth}")
            assert name_of(repository) == name_of(TinyDBRepository(path)) == f"again {nth}"
            assert [change.kind for change in told] == [ChangeKind.CONTACTS]
        assert set(failed) == {"open", "write", "fdatasync"}

    def test_what_was_taken_back_is_told_and_another_process_follows(
        self, repository: TinyDBRepository, other: TinyDBRepository, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What was added and not synced may be seen elsewhere, and goes there too."""
        seen: list[str] = []
        heard: list[Change] = []
        other.subscribe(heard.append)

        def fail(descriptor: int) -> None:
            other.refresh()
            seen.extend(sorted(ids(other)))
            heard.clear()
            raise OSError(errno.EIO, "Input/output error")

        with monkeypatch.context() as failing:
            failing.setattr(os, "fdatasync", fail)
            with pytest.raises(DatabaseError, match="as it was"):
                repository.add([contact(1)])
        assert seen == [contact_id(0), contact_id(1)]
        other.refresh()
        assert heard == [Change(ChangeKind.CONTACTS, frozenset({contact_id(1)}))]
        for opened in (repository, other, TinyDBRepository(path)):
            assert opened.read_only == ""
            assert ids(opened) == {contact_id(0)}
            assert opened.find(number(1)) is None
        other.add([contact(2)])
        rename(repository)
        assert ids(repository) == {contact_id(0), contact_id(2)}

    def test_a_disk_that_stays_broken(
        self, repository: TinyDBRepository, told: list[Change], path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = path.read_bytes()

        def fail(*args: object) -> None:
            raise OSError(errno.EIO, "Input/output error")

        with monkeypatch.context() as failing:
            failing.setattr(os, "fdatasync", fail)
            for _ in range(3):
                with pytest.raises(DatabaseError, match="Input/output"):
                    rename(repository)
            with failing.context() as worse:
                worse.setattr(os, "ftruncate", fail)
                with pytest.raises(DatabaseError, match="Input/output"):
                    rename(repository, "stuck")
        rename(repository, "Bo")
        assert name_of(repository) == name_of(TinyDBRepository(path)) == "Bo"
        assert path.read_bytes().startswith(before)

    def test_the_first_write_fails_like_any_other(self, path: Path) -> None:
        failed = []
        for nth in range(1, 100):
            with pytest.MonkeyPatch.context() as monkeypatch:
                fault = NthFault(monkeypatch, errno.EIO, nth)
                with suppress(DatabaseError):
                    TinyDBRepository(path)
            assert beside(path) == set()
            if not fault.failed:
                break
            failed.append(fault.failed)
            path.unlink(missing_ok=True)
            path.with_name("sent.db.lock").unlink(missing_ok=True)
        assert {"open", "write", "fsync", "link"} <= set(failed)

    def test_a_file_system_without_hard_links(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*args: Any, **options: Any) -> None:
            raise OSError(errno.ENOTSUP, "no hard links here")

        monkeypatch.setattr(os, "link", refuse)
        repository = TinyDBRepository(path)
        repository.add([contact(0)])
        assert TinyDBRepository(path).page().total == 1
        assert beside(path) == set()

    def test_a_fault_with_no_words_of_its_own(
        self, repository: TinyDBRepository, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(descriptor: int, data: bytes) -> int:
            raise OSError("odd")

        monkeypatch.setattr(os, "write", fail)
        with pytest.raises(DatabaseError, match="odd"):
            rename(repository)

    def test_what_goes_wrong_inside_a_write_is_left_to_who_wrote(self, repository: TinyDBRepository) -> None:
        with pytest.raises(ConnectionError, match="theirs"), repository.transaction():
            raise ConnectionError(errno.EIO, "theirs")

    def test_a_limit_on_file_sizes(self, repository: TinyDBRepository, path: Path) -> None:
        before = path.read_bytes()
        output = run(
            """
            import resource
            repository = TinyDBRepository(path)
            resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 100, resource.RLIM_INFINITY))
            try:
                repository.add([contact(1)])
            except DatabaseError as error:
                print(error.title)
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            print(repository.page().total)
            """,
            path,
        )
        assert output.splitlines() == ["There is no room for the database", "1"]
        assert path.read_bytes() == before
        rename(repository)


class TestUnfinished:
    """What a killed writer left is passed over."""

    def test_a_write_that_was_cut_anywhere(self, repository: TinyDBRepository, path: Path) -> None:
        before = path.read_bytes()
        lock = path.with_name("sent.db.lock").read_bytes()
        rename(repository)
        after = path.read_bytes()
        for length in range(len(before) + 1, len(after)):
            path.write_bytes(after[:length])
            path.with_name("sent.db.lock").write_bytes(lock)
            opened = TinyDBRepository(path, lock_timeout=0)
            assert opened.read_only == ""
            assert name_of(opened) == ""
            opened.add([contact(1)])
            assert path.read_bytes().startswith(after[:length])
            again = TinyDBRepository(path, read_only=True)
            assert "damaged" not in again.read_only
            assert ids(again) == {contact_id(0), contact_id(1)}

    def test_a_write_that_was_acknowledged_is_missed(self, repository: TinyDBRepository, path: Path) -> None:
        before = path.read_bytes()
        rename(repository)
        after = path.read_bytes()
        for length in (len(before), len(before) + 5, len(after) - 1):
            path.write_bytes(after[:length])
            opened = TinyDBRepository(path)
            assert "damaged" in opened.read_only
            assert name_of(opened) == ""
            with pytest.raises(ReadOnlyError):
                opened.add([contact(1)])
            assert path.read_bytes() == after[:length]


class TestDamage:
    def test_a_file_that_was_cut_anywhere(self, repository: TinyDBRepository, path: Path) -> None:
        whole = path.read_bytes()
        header = whole.index(b"\n") + 1
        for length in range(len(whole)):
            if length < header:
                refused(path, whole[:length])
            else:
                only_read(path, whole[:length])
        for more in (b" ", b"}", b"\0", whole):
            path.with_name("sent.db.lock").unlink(missing_ok=True)
            only_read(path, whole + more, total=1)

    def test_a_flipped_bit(self, repository: TinyDBRepository, path: Path) -> None:
        whole = path.read_bytes()
        header = whole.index(b"\n") + 1
        for place in range(0, len(whole) * 8, 11):
            damaged = bytearray(whole)
            damaged[place // 8] ^= 1 << place % 8
            if place // 8 < header:
                refused(path, bytes(damaged))
            else:
                only_read(path, bytes(damaged))

    def test_a_flipped_bit_under_an_index(self, repository: TinyDBRepository, path: Path) -> None:
        settle(path, SPECS, JournalRecords)
        whole = path.read_bytes()
        header = whole.index(b"\n") + 1
        for place in range(header * 8, len(whole) * 8, 97):
            damaged = bytearray(whole)
            damaged[place // 8] ^= 1 << place % 8
            only_read(path, bytes(damaged))

    @pytest.mark.parametrize("kind", ODD_FILES)
    def test_a_file_of_another_kind(self, path: Path, kind: str) -> None:
        refused(path, ODD_FILES[kind])

    @pytest.mark.parametrize("kind", ODD_LINES)
    def test_a_batch_with_the_right_checksum_and_odd_lines(self, path: Path, kind: str) -> None:
        only_read(path, journal(ODD_LINES[kind]))

    @pytest.mark.parametrize("kind", ODD_RECORDS)
    def test_a_record_that_is_whole_and_odd(self, path: Path, kind: str) -> None:
        data = journal(put_line("contacts", 7, contact_document(contact(7))), ODD_RECORDS[kind])
        path.write_bytes(data)
        opened = TinyDBRepository(path)
        assert "record 1 of the table contacts" in opened.read_only
        assert ids(opened) == {contact_id(7)}
        with pytest.raises(ReadOnlyError, match="record 1"):
            opened.add([contact(1)])
        opened.maintain()
        assert path.read_bytes() == data

    def test_an_odd_record_of_somebody_else_is_noticed(self, repository: TinyDBRepository, path: Path) -> None:
        raw = JournalDB(path).table("contacts")
        odd = raw.insert({"id": "odd"})
        repository.refresh()
        assert f"record {odd}" in repository.read_only
        with pytest.raises(ReadOnlyError):
            rename(repository)
        raw.remove(doc_ids=[odd])
        repository.refresh()
        assert repository.read_only == ""
        rename(repository)

    @pytest.mark.parametrize(
        ("table", "look"),
        [
            ("messages", lambda opened: opened.message("a")),
            ("messages", lambda opened: opened.messages()),
            ("drafts", lambda opened: opened.drafts()),
            ("events", lambda opened: opened.events("m")),
            ("consent", lambda opened: opened.consent_history("+1")),
            ("undo", lambda opened: opened.undo()),
        ],
    )
    def test_other_odd_records_are_told_when_they_are_asked_for(
        self, path: Path, table: str, look: Callable[[TinyDBRepository], object]
    ) -> None:
        odd = {"id": "a", "message_id": "m", "number": "+1", "contact_id": ""}
        path.write_bytes(journal(put_line(table, 4, odd)))
        opened = TinyDBRepository(path)
        assert opened.page().total == 0
        with pytest.raises(DatabaseError):
            look(opened)

    def test_a_contact_that_was_altered_leaves_the_others(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        repository = TinyDBRepository(path)
        repository.add(contact(place, name=f"person {place}") for place in range(3))
        settle(path, SPECS, JournalRecords)
        monkeypatch.setattr("sent_tui.store.journal_reader._VERIFIED_AT_ONCE", 0)
        data = path.read_bytes()
        path.write_bytes(data.replace(b"person 1", b"parson 1"))
        opened = TinyDBRepository(path)
        assert [row.name for row in opened.page().rows] == ["person 0", "record 2 cannot be read", "person 2"]
        with pytest.raises(DamagedError, match="altered"):
            opened.get(contact_id(1))
        path.write_bytes(data)
        assert opened.get(contact_id(1)).name == "person 1"

    def test_something_that_is_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(DatabaseError, match="plain file"):
            TinyDBRepository(tmp_path)
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(DamagedError, match="plain file"):
            TinyDBRepository(tmp_path / "pipe")
        with pytest.raises(DamagedError):
            TinyDBRepository(Path("/dev/null"), read_only=True)
        (tmp_path / "file").touch()
        with pytest.raises(DatabaseError, match="Not a directory"):
            TinyDBRepository(tmp_path / "file" / "sent.db")
        (tmp_path / "loop").symlink_to(tmp_path / "loop")
        with pytest.raises(DatabaseError, match="symbolic links"):
            TinyDBRepository(tmp_path / "loop")


def refused(path: Path, data: bytes, reason: str = ".") -> None:
    """Check that a file is refused in plain words, and left alone."""
    path.unlink(missing_ok=True)
    path.write_bytes(data)
    with pytest.raises(DamagedError, match=reason) as raised:
        TinyDBRepository(path)
    assert str(path) in raised.value.message
    assert raised.value.hint
    assert path.read_bytes() == data
    assert beside(path) <= {"sent.db.index"}


def only_read(path: Path, data: bytes, *, total: int = 0) -> None:
    """Check that a damaged file can only be read, says where it is damaged, and is left alone."""
    path.write_bytes(data)
    opened = TinyDBRepository(path)
    assert "damaged at byte" in opened.read_only
    assert opened.page().total == total
    with pytest.raises(ReadOnlyError, match="damaged at byte"):
        opened.add([contact(1)])
    opened.maintain()
    opened.close()
    assert path.read_bytes() == data


class TestReadOnly:
    def test_a_newer_file_is_only_read(self, path: Path) -> None:
        document = contact_document(known_contact(0)) | {"colour": "green", "number_type": "hologram"}
        newer = journal(put_line("contacts", 1, document), put_line("orders", 1, {}), schema=SCHEMA + 1)
        path.write_bytes(newer)
        repository = TinyDBRepository(path)
        assert "newer" in repository.read_only
        assert name_of(repository) == known_contact(0).name
        with pytest.raises(ReadOnlyError, match="newer"):
            rename(repository)
        repository.close()
        assert path.read_bytes() == newer
        assert beside(path) == set()

    def test_a_file_that_became_newer_is_only_read(self, repository: TinyDBRepository, path: Path) -> None:
        newer = journal(put_line("contacts", 1, contact_document(contact(0, name="newer"))), schema=SCHEMA + 1)
        exchange(path, newer)
        with pytest.raises(ReadOnlyError, match="newer"):
            rename(repository)
        repository.refresh()
        assert name_of(repository) == "newer"
        assert "newer" in repository.read_only
        assert path.read_bytes() == newer

    def test_asked_for(self, repository: TinyDBRepository, path: Path) -> None:
        opened = TinyDBRepository(path, read_only=True)
        assert "reading only" in opened.read_only
        writes: tuple[Callable[[], object], ...] = (
            lambda: rename(opened),
            lambda: opened.save_draft(draft(0)),
            lambda: opened.undo(),
            lambda: opened.delete([contact_id(0)]),
        )
        for write in writes:
            with pytest.raises(ReadOnlyError) as raised:
                write()
            assert str(path) in raised.value.message
            assert raised.value.hint
        rename(repository)
        opened.refresh()
        assert name_of(opened) == "Ada"

    def test_asked_for_where_nothing_is(self, tmp_path: Path) -> None:
        repository = TinyDBRepository(tmp_path / "deep" / "sent.db", read_only=True)
        assert "no database yet" in repository.read_only
        assert repository.page().total == 0
        assert repository.messages() == ()
        assert repository.drafts() == ()
        assert repository.draft("a") is None
        repository.maintain()
        with pytest.raises(ReadOnlyError):
            repository.add([contact(0)])
        assert list(tmp_path.iterdir()) == []

    def test_no_permission(self, repository: TinyDBRepository, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "access", lambda *args: False)
        opened = TinyDBRepository(path)
        assert "permission" in opened.read_only
        with pytest.raises(ReadOnlyError, match="permission"):
            rename(opened)
        monkeypatch.undo()
        opened.refresh()
        assert opened.read_only == ""
        rename(opened)

    def test_a_read_only_file_system(
        self, repository: TinyDBRepository, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def mounted(folder: Path) -> os.statvfs_result:
            return os.statvfs_result((4096, 4096, 0, 0, 0, 0, 0, 0, os.ST_RDONLY, 255))

        monkeypatch.setattr(os, "access", lambda *args: False)
        monkeypatch.setattr(os, "statvfs", mounted)
        opened = TinyDBRepository(path)
        assert "file system" in opened.read_only
        assert opened.page().total == 1

    def test_a_folder_that_cannot_be_made(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(self: Path, mode: int = 0o777) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(Path, "mkdir", refuse)
        opened = TinyDBRepository(tmp_path / "deep" / "sent.db")
        assert "Permission denied" in opened.read_only
        assert opened.page().total == 0
        opened.refresh()
        with pytest.raises(ReadOnlyError):
            opened.add([contact(0)])

    def test_a_lock_that_cannot_be_taken(self, repository: TinyDBRepository, path: Path) -> None:
        path.with_name("sent.db.lock").unlink()
        path.with_name("sent.db.lock").symlink_to(path)
        before = path.read_bytes()
        with pytest.raises(DatabaseError, match="symbolic links"):
            rename(repository)
        assert path.read_bytes() == before
        assert TinyDBRepository(path).page().total == 1

    def test_a_file_that_must_not_be_read(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path.write_bytes(EMPTY)
        real = os.open

        def refuse(name: Any, *args: Any, **options: Any) -> int:
            if Path(name) == path:
                raise PermissionError(errno.EACCES, "Permission denied")
            return real(name, *args, **options)

        monkeypatch.setattr(os, "open", refuse)
        with pytest.raises(DatabaseError, match="Permission denied"):
            TinyDBRepository(path)

    def test_rights_that_are_taken_while_it_is_open_are_noticed(
        self, repository: TinyDBRepository, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rename(repository)
        monkeypatch.setattr(os, "access", lambda *args: False)
        repository.refresh()
        assert "permission" in repository.read_only
        with pytest.raises(ReadOnlyError, match="permission"):
            rename(repository, "Bo")
        monkeypatch.undo()
        rename(repository, "Bo")
        assert (repository.read_only, name_of(repository)) == ("", "Bo")

    def test_what_was_added_far_behind_the_end_is_noticed_and_stays(self, path: Path) -> None:
        repository = filled_until_there_is_room(path)
        whole = path.read_bytes()
        with path.open("ab") as file:
            file.write(b"somebody's text\n")
        rename(repository, "Bo")
        assert path.read_bytes().startswith(whole + b"somebody's text\n")
        assert name_of(TinyDBRepository(path)) == "Bo"

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
    def test_a_file_and_a_folder_without_permission(self, repository: TinyDBRepository, path: Path) -> None:
        for target, closed_mode in ((path, 0o400), (path.parent, 0o500)):
            before = mode(target)
            target.chmod(closed_mode)
            opened = TinyDBRepository(path)
            assert "permission" in opened.read_only
            with pytest.raises(ReadOnlyError):
                rename(opened)
            target.chmod(before)

    def test_an_immutable_file(self, repository: TinyDBRepository, path: Path) -> None:
        with immutable(path):
            opened = TinyDBRepository(path)
            assert "protected" in opened.read_only
            with pytest.raises(ReadOnlyError):
                rename(opened)
            with pytest.raises(ReadOnlyError):
                rename(repository)
            assert opened.page().total == 1
        opened.refresh()
        assert opened.read_only == ""
        rename(repository)
        assert name_of(TinyDBRepository(path)) == "Ada"


@contextmanager
def immutable(path: Path) -> Iterator[None]:
    """Protect a file against every change, where that can be done."""
    try:
        subprocess.run(["chattr", "+i", path], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("files cannot be made immutable here")
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", path], check=True)


class TestFollowing:
    """What other processes write is noticed."""

    def test_just_what_changed_is_told(
        self, repository: TinyDBRepository, other: TinyDBRepository, told: list[Change]
    ) -> None:
        other.add([contact(1), contact(2)])
        other.save_draft(draft(1))
        repository.refresh()
        assert set(told) == {
            Change(ChangeKind.CONTACTS, frozenset({contact_id(1), contact_id(2)})),
            Change(ChangeKind.DRAFTS, frozenset({contact_id(1)})),
        }
        told.clear()
        with other.transaction(undo="all") as tx:
            tx.put_contact(contact(1, name="Bo"))
            tx.delete_contact(contact_id(2))
            tx.put_message(message(0))
            tx.add_event(event(0))
            tx.add_event(event(1, message_place=5))
            tx.add_consent(decision(0))
        repository.refresh()
        repository.refresh()
        assert sorted(told, key=lambda change: change.kind) == [
            Change(ChangeKind.CONTACTS, frozenset(map(contact_id, range(3)))),
            Change(ChangeKind.MESSAGES, frozenset({"message-0", "message-5"})),
        ]
        assert repository.get(contact_id(1)).name == "Bo"
        assert repository.find(number(2)) is None
        assert repository.events("message-5") == (event(1, message_place=5),)
        assert repository.consent_history(number()) == (decision(0),)
        told.clear()
        with other.transaction() as tx:
            tx.add_event(event(2))
        repository.refresh()
        assert told == [Change(ChangeKind.MESSAGES, frozenset({"message-0"}))]
        assert repository.events("message-0") == (event(0), event(2))
        assert repository.undo() == "all"

    def test_a_write_sees_what_others_wrote(
        self, repository: TinyDBRepository, other: TinyDBRepository, told: list[Change], path: Path
    ) -> None:
        rename(other, "theirs")
        other.add([contact(1)])
        with repository.transaction() as tx:
            known = tx.contact(contact_id(0))
            tx.put_contact(replace(known, notes=f"of {known.name}"))
            tx.add_event(event(0))
        other.refresh()
        with other.transaction() as tx:
            assert not tx.add_event(event(0))
            tx.add_event(event(1))
        repository.refresh()
        wanted = contact(0, name="theirs", notes="of theirs")
        for opened in (repository, other, TinyDBRepository(path)):
            assert opened.get(contact_id(0)) == wanted
            assert opened.page().total == 2
            assert opened.events("message-0") == (event(0), event(1))
        assert {name for change in told for name in change.ids} >= {contact_id(0), contact_id(1), "message-0"}

    def test_news_are_told_even_when_the_own_write_fails(
        self, repository: TinyDBRepository, other: TinyDBRepository, told: list[Change]
    ) -> None:
        rename(other, "theirs")
        with pytest.raises(KeyError), repository.transaction():
            raise KeyError
        assert told == [Change(ChangeKind.CONTACTS, frozenset({contact_id(0)}))]

    def test_a_touched_file_is_no_news(self, repository: TinyDBRepository, told: list[Change], path: Path) -> None:
        os.utime(path, (1, 1))
        repository.refresh()
        assert told == []
        rename(repository)

    def test_an_old_copy_put_back_is_followed(
        self, repository: TinyDBRepository, told: list[Change], path: Path
    ) -> None:
        self.put_back(repository, told, path, exchange)

    def test_an_old_copy_written_into_the_file_is_followed(
        self, repository: TinyDBRepository, told: list[Change], path: Path
    ) -> None:
        self.put_back(repository, told, path, Path.write_bytes)

    def put_back(
        self, repository: TinyDBRepository, told: list[Change], path: Path, put: Callable[[Path, bytes], object]
    ) -> None:
        old = path.read_bytes()
        repository.add([contact(1)], undo="import")
        rename(repository, "renamed")
        repository.save_draft(draft(0))
        with repository.transaction() as tx:
            for place in range(60):
                tx.put_message(message(place))
            tx.add_event(event(0))
            tx.add_consent(decision(0))
        told.clear()
        path.with_name("sent.db.lock").unlink()
        put(path, old)
        repository.refresh()
        heard = {change.kind: change.ids for change in told}
        assert heard == {
            ChangeKind.CONTACTS: {contact_id(0), contact_id(1)},
            ChangeKind.MESSAGES: {f"message-{place}" for place in range(60)},
            ChangeKind.DRAFTS: {contact_id(0)},
        }
        assert ids(repository) == {contact_id(0)}
        assert name_of(repository) == repository.page().rows[0].name == ""
        assert not repository.drafts()
        assert not repository.messages()
        assert not repository.messages(only_open=True)
        assert not repository.messages(contact_id=contact_id(0))
        assert not repository.events("message-0")
        assert not repository.consent_history(number())
        assert repository.undo() is None
        with repository.transaction() as tx:
            assert tx.add_event(event(0))
            tx.put_contact(contact(1))
        assert TinyDBRepository(path).page().total == 2

    @pytest.mark.parametrize("settled", [False, True])
    @pytest.mark.parametrize("put", [exchange, Path.write_bytes])
    def test_quite_another_file_is_followed(
        self,
        repository: TinyDBRepository,
        told: list[Change],
        path: Path,
        tmp_path: Path,
        put: Callable[[Path, bytes], object],
        settled: bool,
    ) -> None:
        elsewhere = TinyDBRepository(tmp_path / "elsewhere" / "sent.db")
        elsewhere.add([contact(5, name="theirs"), contact(6)])
        elsewhere.add(map(contact, range(7, 9)))
        elsewhere.delete([contact_id(5)])
        if settled:
            settle(path, SPECS, JournalRecords)
            repository.maintain()
            repository._storage.reopen()
            repository.refresh()
        put(path, (tmp_path / "elsewhere" / "sent.db").read_bytes())
        repository.refresh()
        assert ids(repository) == set(map(contact_id, (6, 7, 8)))
        assert repository.find(number(0)) is None
        assert repository.find(number(6)) == contact(6)
        assert {change.kind for change in told} == {ChangeKind.CONTACTS}
        assert told[0].ids >= set(map(contact_id, (6, 7, 8)))
        if put is exchange:
            assert contact_id(0) in told[0].ids
        repository.add([contact(0)])
        assert TinyDBRepository(path).page().total == 4

    def test_an_empty_file_takes_everything(self, repository: TinyDBRepository, told: list[Change], path: Path) -> None:
        exchange(path, EMPTY)
        repository.refresh()
        assert told == [Change(ChangeKind.CONTACTS, frozenset({contact_id(0)}))]
        assert repository.page().total == 0
        repository.add([contact(0)])

    @pytest.mark.parametrize("data", [None, b"", b"not ours"])
    def test_damage_from_outside_takes_nothing_that_was_read(
        self, repository: TinyDBRepository, told: list[Change], path: Path, data: bytes | None
    ) -> None:
        good = path.read_bytes()
        if data is None:
            path.unlink()
        else:
            exchange(path, data)
        repository.refresh()
        assert str(path) in repository.read_only
        assert repository.page().total == 1
        assert name_of(repository) == ""
        with pytest.raises(DatabaseError) as raised:
            rename(repository)
        assert isinstance(raised.value, DamagedError) is (data is not None)
        assert (path.read_bytes() if path.exists() else None) == data
        assert told == []
        exchange(path, good)
        repository.refresh()
        assert repository.read_only == ""
        assert told == []
        rename(repository)
        assert name_of(TinyDBRepository(path)) == "Ada"

    def test_noise_written_into_the_file_is_told(
        self, repository: TinyDBRepository, told: list[Change], path: Path
    ) -> None:
        good = path.read_bytes()
        path.write_bytes(b"noise" * len(good))
        repository.refresh()
        assert "does not begin" in repository.read_only
        path.write_bytes(good)
        repository.refresh()
        assert repository.read_only == ""
        assert told == []
        rename(repository)

    def test_damage_behind_what_was_read_is_told(
        self, repository: TinyDBRepository, told: list[Change], path: Path
    ) -> None:
        good = path.read_bytes()
        path.write_bytes(good + b"noise\n" + good + good)
        repository.refresh()
        assert "damaged at byte" in repository.read_only
        assert told == []
        assert ids(repository) == {contact_id(0)}
        with pytest.raises(ReadOnlyError, match="damaged"):
            rename(repository)
        exchange(path, good)
        repository.refresh()
        assert repository.read_only == ""
        rename(repository)

    def test_a_damaged_file_in_its_place_is_shown_as_far_as_it_can_be_read(
        self, repository: TinyDBRepository, told: list[Change], path: Path
    ) -> None:
        repository.add([contact(1)])
        repository.add([contact(2)])
        told.clear()
        good = path.read_bytes()
        exchange(path, good.replace(contact_id(1).encode(), contact_id(9).encode()))
        repository.refresh()
        assert "damaged at byte" in repository.read_only
        assert ids(repository) == {contact_id(0), contact_id(2)}
        assert told == [Change(ChangeKind.CONTACTS, frozenset({contact_id(1)}))]
        exchange(path, good)
        repository.refresh()
        assert ids(repository) == set(map(contact_id, range(3)))

    @pytest.mark.parametrize("settled", [False, True])
    def test_a_record_that_becomes_another_contact(
        self, repository: TinyDBRepository, told: list[Change], path: Path, settled: bool
    ) -> None:
        if settled:
            settle(path, SPECS, JournalRecords)
            repository._storage.reopen()
            repository.refresh()
        raw = JournalDB(path)
        raw.table("contacts").update(contact_document(contact(5)), doc_ids=[1])
        repository.refresh()
        assert told == [Change(ChangeKind.CONTACTS, frozenset({contact_id(0), contact_id(5)}))]
        assert ids(repository) == {contact_id(5)}
        assert repository.find(number(0)) is None

    @pytest.mark.parametrize("order", [(1, 2), (2, 1)])
    def test_a_contact_that_moves_to_another_record(
        self, repository: TinyDBRepository, told: list[Change], path: Path, order: tuple[int, int]
    ) -> None:
        storage = JournalDB(path).storage
        with storage.batch():
            for doc_id in order:
                storage.put("contacts", doc_id, contact_document(contact(0, name="moved")) if doc_id == 2 else None)
        repository.refresh()
        assert told == [Change(ChangeKind.CONTACTS, frozenset({contact_id(0)}))]
        assert [row.name for row in repository.page().rows] == ["moved"]
        assert name_of(repository) == "moved"
        repository.delete([contact_id(0)])
        assert repository.page().total == 0

    @pytest.mark.parametrize("settled", [False, True])
    def test_a_table_that_is_dropped(
        self, repository: TinyDBRepository, told: list[Change], path: Path, settled: bool
    ) -> None:
        if settled:
            settle(path, SPECS, JournalRecords)
            repository._storage.reopen()
        JournalDB(path).drop_table("contacts")
        repository.refresh()
        assert told == [Change(ChangeKind.CONTACTS, frozenset({contact_id(0)}))]
        assert repository.page().total == TinyDBRepository(path).page().total == 0
        repository.add([contact(1)])
        for opened in (repository, TinyDBRepository(path)):
            assert ids(opened) == {contact_id(1)}
        settle(path, SPECS, JournalRecords)
        assert ids(TinyDBRepository(path)) == {contact_id(1)}

    def test_a_file_that_cannot_be_looked_at(
        self, repository: TinyDBRepository, monkeypatch: pytest.MonkeyPatch, path: Path
    ) -> None:
        real = Path.stat

        def fail(self: Path, **options: Any) -> os.stat_result:
            if self == path:
                raise OSError(errno.ESTALE, "Stale file handle")
            return real(self, **options)

        monkeypatch.setattr(Path, "stat", fail)
        repository.refresh()
        assert "Stale" in repository.read_only
        with pytest.raises(DatabaseError, match="Stale"):
            rename(repository)
        monkeypatch.undo()
        repository.refresh()
        assert repository.read_only == ""

    def test_a_file_that_is_exchanged_just_before_a_write(
        self, repository: TinyDBRepository, other: TinyDBRepository, monkeypatch: pytest.MonkeyPatch, path: Path
    ) -> None:
        good = path.read_bytes()
        real = JournalStorage.append

        def late(self: JournalStorage) -> None:
            exchange(path, good)
            real(self)

        monkeypatch.setattr(JournalStorage, "append", late)
        with pytest.raises(DatabaseError, match="Stale"):
            rename(other)
        assert path.read_bytes() == good
        monkeypatch.undo()
        rename(other)
        assert name_of(TinyDBRepository(path)) == "Ada"

    def test_a_file_that_goes_just_before_it_is_made(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as lost:
            lost.setattr("sent_tui.store.journal.make_new", lambda target, data: None)
            repository = TinyDBRepository(path)
        with pytest.raises(DatabaseError, match="gone"):
            repository.add([contact(0)])
        storage = repository._storage
        monkeypatch.setattr(storage, "_require_writable", lambda: None)
        with pytest.raises(DatabaseError, match="gone"):
            repository.add([contact(0)])
        with pytest.raises(DatabaseError, match="gone"):
            storage._journal.append(b"", [], 0, 0)
        monkeypatch.undo()
        TinyDBRepository(path)
        repository.add([contact(0)])
        assert TinyDBRepository(path).page().total == 1

    def test_a_file_that_came_meanwhile_is_followed(self, path: Path) -> None:
        early = TinyDBRepository(path, read_only=True)
        heard: list[Change] = []
        early.subscribe(heard.append)
        early.refresh()
        TinyDBRepository(path).add([contact(0)])
        early.refresh()
        assert early.page().total == 1
        assert heard == [Change(ChangeKind.CONTACTS, frozenset({contact_id(0)}))]

    def test_two_that_make_the_same_new_file(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        real = files.make_new

        def late(target: Path, data: bytes) -> None:
            files.make_new(target, EMPTY)
            real(target, data)

        monkeypatch.setattr("sent_tui.store.journal.make_new", late)
        first = TinyDBRepository(path)
        monkeypatch.undo()
        assert path.read_bytes() == EMPTY
        first.add([contact(0)])
        assert TinyDBRepository(path).page().total == 1

    def test_a_closed_repository_takes_nothing(
        self, repository: TinyDBRepository, other: TinyDBRepository, path: Path
    ) -> None:
        repository.close()
        before = path.read_bytes()
        with pytest.raises(DatabaseError, match="closed"):
            rename(repository)
        assert path.read_bytes() == before
        rename(other)
        repository.refresh()
        assert name_of(repository) == ""


PRELUDE = """
import sys
from msgspec.structs import replace
from pathlib import Path
from sent_tui.errors import DatabaseError
from sent_tui.store.tinydb import TinyDBRepository
from tests.factories import contact, contact_id
path = Path(sys.argv[1])
"""


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a process that runs code."""
    lines = code.splitlines()
    indent = len(lines[1]) - len(lines[1].lstrip())
    program = PRELUDE + "\n".join(line[indent:] for line in lines)
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def run(code: str, *arguments: object) -> str:
    """Run code in a process of its own and return what it printed."""
    with start(code, *arguments) as process:
        output, _ = process.communicate()
    assert process.returncode == 0
    return output


HOLD = """
    repository = TinyDBRepository(path)
    with repository.transaction() as tx:
        tx.put_contact(contact(9))
        print("holding", flush=True)
        sys.stdin.readline()
    print("done", flush=True)
    """


class TestProcesses:
    def test_no_write_of_two_processes_is_lost(self, path: Path) -> None:
        code = """
            first = int(sys.argv[2])
            repository = TinyDBRepository(path, lock_timeout=60)
            for place in range(first, first + 60):
                repository.add([contact(place)])
            """
        with start(code, path, 0) as one, start(code, path, 60) as two:
            one.communicate()
            two.communicate()
        assert (one.returncode, two.returncode) == (0, 0)
        repository = TinyDBRepository(path)
        assert sorted(row.id for row in repository.page().rows) == sorted(map(contact_id, range(120)))
        assert all(repository.find(number(place)) == contact(place) for place in range(120))

    def test_a_writer_is_waited_for_and_named(self, repository: TinyDBRepository, path: Path) -> None:
        with start(HOLD, path) as holder:
            assert holder.stdout is not None
            assert holder.stdin is not None
            assert holder.stdout.readline() == "holding\n"
            with pytest.raises(LockedError, match=f"Process {holder.pid} ") as raised:
                rename(repository)
            assert str(path) in raised.value.message
            assert raised.value.exit_code == ExitCode.DATABASE
            assert TinyDBRepository(path, lock_timeout=0).page().total == 1, "reading never waits"
            holder.stdin.write("\n")
            holder.stdin.flush()
            assert holder.stdout.readline() == "done\n"
        rename(repository)
        assert repository.page().total == 2

    def test_waiting_ends_when_the_writer_does(self, repository: TinyDBRepository, path: Path) -> None:
        patient = TinyDBRepository(path, lock_timeout=60)
        with start(HOLD, path) as holder:
            assert holder.stdout is not None
            assert holder.stdin is not None
            assert holder.stdout.readline() == "holding\n"
            writer = threading.Thread(target=rename, args=(patient,))
            writer.start()
            holder.stdin.write("\n")
            holder.stdin.flush()
            writer.join()
        assert patient.page().total == 2
        assert name_of(patient) == "Ada"

    def test_a_killed_writer_leaves_no_lock(self, repository: TinyDBRepository, path: Path) -> None:
        with start(HOLD, path) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "holding\n"
            holder.kill()
            holder.wait()
        rename(repository)
        assert repository.page().total == 1

    @pytest.mark.parametrize("acknowledged", [1, 7, 20])
    def test_what_was_acknowledged_outlives_a_kill(self, path: Path, acknowledged: int) -> None:
        code = """
            repository = TinyDBRepository(path)
            for place in range(10_000):
                repository.add([contact(place)])
                print(place, flush=True)
            """
        with start(code, path) as writer:
            assert writer.stdout is not None
            told = [int(writer.stdout.readline()) for _ in range(acknowledged)]
            writer.send_signal(signal.SIGKILL)
            told += [int(line) for line in writer.stdout]
        repository = TinyDBRepository(path)
        for place in told:
            assert repository.get(contact_id(place)) == contact(place)
        assert repository.page().total in {len(told), len(told) + 1}
        assert beside(path) == set()


class TestLock:
    def test_threads_exclude_each_other(self, repository: TinyDBRepository, path: Path) -> None:
        other = TinyDBRepository(path, lock_timeout=0)
        refusals: list[LockedError] = []

        def write() -> None:
            for opened in (repository, other):
                try:
                    rename(opened)
                except LockedError as error:
                    refusals.append(error)

        with repository.transaction():
            thread = threading.Thread(target=write)
            thread.start()
            thread.join()
        assert len(refusals) == 2
        assert str(os.getpid()) in refusals[1].message
        write()
        assert len(refusals) == 2

    def test_two_repositories_of_one_process_lose_nothing(self, path: Path) -> None:
        opened = [TinyDBRepository(path, lock_timeout=60) for _ in range(3)]

        def add(place: int) -> None:
            for step in range(10):
                opened[place].add([contact(10 * place + step)])

        threads = [threading.Thread(target=add, args=(place,)) for place in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert TinyDBRepository(path).page().total == 30


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="the open files of a process cannot be counted here")
def test_a_repository_that_is_let_go_leaves_no_file_open(tmp_path: Path) -> None:
    def opened() -> int:
        gc.collect()
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - only how many there are

    before = opened()
    for place in range(20):
        repository = TinyDBRepository(tmp_path / f"{place}.db")
        repository.add([contact(0), contact(1)])
        assert repository.get(contact_id(0)) == contact(0)
        assert len(list(repository.page().rows)) == 2
        repository.close()
        del repository
    assert opened() <= before


def test_a_row_that_the_disk_keeps_back_does_not_take_the_others_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    TinyDBRepository(tmp_path / "sent.db").add([contact(0, name="Ada"), contact(1, name="Bo")])
    repository = TinyDBRepository(tmp_path / "sent.db")
    assert repository._storage.reader is not None
    first = repository._storage.reader.header.length
    real = JournalFile.read

    def read(file: JournalFile, location: Location) -> bytes | None:
        if location.offset == first:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(file, location)

    monkeypatch.setattr(JournalFile, "read", read)
    assert [row.name for row in repository.page().rows] == ["record 1 cannot be read", "Bo"]
