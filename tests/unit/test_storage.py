"""The file under the database: what happens to it when anything goes wrong, and when several write it."""

from __future__ import annotations

import errno
import gc
import gzip
import json
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sent_tui.store.storage import AtomicStorage, Tables, pack, unpack
from tinydb import TinyDB

from sent_tui.errors import DatabaseError, ExitCode
from sent_tui.store import files, lock, storage
from sent_tui.store.documents import SCHEMA, contact_document, event_document
from sent_tui.store.repository import Change, ChangeKind, DamagedError, LockedError, ReadOnlyError
from sent_tui.store.tinydb import TinyDBRepository
from tests.factories import contact, contact_id, decision, draft, event, known_contact, message, number

ROOT = Path(__file__).resolve().parents[2]
STEPS = ("open", "write", "fsync", "link", "replace")
"""The functions of `os` by which a file is replaced."""
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
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def rename(repository: TinyDBRepository, name: str = "Ada") -> None:
    repository.update(contact_id(0), lambda known: replace(known, name=name))


def name_of(repository: TinyDBRepository) -> str:
    return repository.get(contact_id(0)).name


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def beside(path: Path) -> set[str]:
    """Return the names of what lies in the folder of a database, but for it and its lock."""
    return {entry.name for entry in path.parent.iterdir()} - {path.name, f"{path.name}.lock"}


def sealed(body: str | bytes, schema: int = SCHEMA) -> bytes:
    """Return a file with the right checksum, whatever it says."""
    text = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    return storage._header(schema, text) + text + b"}\n"


ODD_FILES = {
    "empty": b"",
    "newline": b"\n",
    "null": b"null",
    "list": b"[]",
    "object": b"{}",
    "true": b"true",
    "text": b'"text"',
    "number": b"1" * 5000,
    "TinyDB": b'{"_default": {}}',
    "NUL": b"\0" * 4096,
    "HTML": b"<!DOCTYPE html><html></html>",
    "gzip": gzip.compress(b"{}"),
    "SQLite": b"SQLite format 3\0" + b"\0" * 80,
    "vCard": b"BEGIN:VCARD\r\nEND:VCARD\r\n",
    "CSV in Latin-1": "Zoë;+1 202 555 0100".encode("latin-1"),
    "byte order mark": b"\xef\xbb\xbf" + pack({}),
    "UTF-16": pack({}).decode().encode("utf-16"),
    "conflict": b"<<<<<<< HEAD\n" + pack({}) + b"=======\n>>>>>>> theirs\n",
    "deep list": b"[" * 100_000,
    "deep object": b'{"a":' * 100_000,
    "no checksum": b'{"schema":999,"tables":{}}',
    "wrong checksum": b'{"schema":999,"sha256":"' + b"0" * 64 + b'","tables":{}}\n',
    "another schema": pack({}).replace(b'"schema":1', b'"schema":2'),
    "schema written otherwise": pack({}).replace(b'"schema":1', b'"schema":01'),
    "schema 0": sealed("{}", 0),
    "twice": pack({}) + pack({}),
    "noise": Random(7).randbytes(2048),
}
ODD_BODIES: dict[str, str | bytes] = {
    "null": "null",
    "list": "[]",
    "nothing": "",
    "half": "{",
    "table is a list": '{"contacts":[]}',
    "record is a text": '{"contacts":{"1":"text"}}',
    "word for a number": '{"contacts":{"one":{}}}',
    "power for a number": '{"contacts":{"²":{}}}',
    "negative number": '{"contacts":{"-1":{}}}',
    "NaN": '{"contacts":{"1":{"id":NaN}}}',
    "infinity": '{"contacts":{"1":{"id":Infinity}}}',
    "long number": f'{{"meta":{{"1":{{"schema":{"1" * 5000}}}}}}}',
    "long record number": f'{{"events":{{"{"1" * 5000}":{{}}}}}}',
    "deep": '{"meta":{"1":' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "}}",
    "not UTF-8": b'{"meta":{"1":{"a":"\xff"}}}',
    "contact of nothing": '{"contacts":{"1":{}}}',
    "number for an id": '{"contacts":{"1":{"id":7}}}',
    "contact of an id": '{"contacts":{"1":{"id":"a"}}}',
    "message without content": '{"messages":{"1":{"id":"a","content":"text"}}}',
    "event of no message": '{"events":{"1":{"id":"a"}}}',
    "event of a message": '{"events":{"1":{"id":"a","message_id":"m"}}}',
    "decision about a number": '{"consent":{"1":{"number":1}}}',
    "decision without a time": '{"consent":{"1":{"number":"+1"}}}',
    "draft for nobody": '{"drafts":{"1":{"contact_id":""}}}',
    "undo without a name": '{"undo":{"1":{"id":"a"}}}',
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


class TestFormat:
    def test_tables_come_back(self) -> None:
        tables: Tables = {"contacts": {"1": {"name": "Zoë \u2028 \x00 €"}}, "empty": {}}
        data = pack(tables)
        assert unpack(data) == (SCHEMA, tables)
        assert json.loads(data)["tables"] == tables, "any tool can read the file"

    def test_no_number_but_numbers(self) -> None:
        with pytest.raises(ValueError, match="float"):
            pack({"a": {"1": {"cost": float("inf")}}})

    def test_a_collector_that_is_off_stays_off(self) -> None:
        assert gc.isenabled()
        with storage.uncollected():
            with storage.uncollected():
                assert not gc.isenabled()
            assert not gc.isenabled()
        assert gc.isenabled()

    def test_half_characters_are_mended(self) -> None:
        assert unpack(pack({"a": {"1": {"b": "\ud800"}}}))[1] == {"a": {"1": {"b": "?"}}}
        assert unpack(sealed(r'{"a":{"1":{"\udfff":"\ud83d\ude00"}}}'))[1] == {"a": {"1": {"\ufffd": "😀"}}}


class TestUnderTinyDB:
    def test_it_carries_tinydb(self, path: Path) -> None:
        below = AtomicStorage(path)
        with TinyDB(storage=lambda: below) as database:
            assert database.tables() == set()
            with below.exclusive():
                database.table("people").insert({"name": "Ada"})
                database.table("people").insert({"name": "Bo"})
                assert not path.exists()
                below.flush()
                below.flush()
        assert [dict(person) for person in TinyDB(path, storage=AtomicStorage).table("people")] == [
            {"name": "Ada"},
            {"name": "Bo"},
        ]

    def test_what_is_not_flushed_is_thrown_away(self, path: Path) -> None:
        below = AtomicStorage(path)
        database = TinyDB(storage=lambda: below)
        with below.exclusive():
            database.table("people").insert({"name": "Ada"})
            below.flush()
        with below.exclusive():
            database.table("people").truncate()
            database.table("places").insert({"name": "Oslo"})
            assert len(database.table("people")) == 0
        assert len(database.table("people")) == 1
        assert database.tables() == {"people"}

    def test_it_is_written_inside_a_transaction_only(self, path: Path) -> None:
        with pytest.raises(RuntimeError):
            TinyDB(storage=lambda: AtomicStorage(path)).table("people").insert({"name": "Ada"})

    def test_the_tables_of_the_repository_are_plain_tinydb(self, repository: TinyDBRepository, path: Path) -> None:
        with repository.transaction(undo="all") as tx:
            tx.put_contact(contact(1))
            tx.put_message(message(0))
            tx.add_event(event(0))
            tx.add_consent(decision(0))
        repository.save_draft(draft(0))
        database = TinyDB(path, storage=AtomicStorage)
        assert database.tables() == {"contacts", "messages", "events", "consent", "drafts", "undo", "meta"}
        assert database.table("contacts").all() == [contact_document(contact(0)), contact_document(contact(1))]
        assert database.table("events").all() == [event_document(event(0))]
        assert database.table("meta").all() == [{"schema": SCHEMA}]

    def test_a_write_is_one_write(
        self, repository: TinyDBRepository, monkeypatch: pytest.MonkeyPatch, path: Path
    ) -> None:
        replaced: list[Path] = []

        def counted(file: Path, data: bytes) -> os.stat_result:
            replaced.append(file)
            return files.replace_file(file, data)

        monkeypatch.setattr(storage, "replace_file", counted)
        with repository.transaction(undo="all") as tx:
            for place in range(1, 40):
                tx.put_contact(contact(place))
                tx.put_message(message(place))
                tx.add_event(event(place))
        assert len(replaced) == 1
        with repository.transaction():
            pass
        rename(repository, "")
        assert len(replaced) == 1, "nothing changed, nothing is written"

    def test_what_is_in_memory_is_not_read_again(
        self, repository: TinyDBRepository, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(path: Path) -> tuple[bytes, os.stat_result]:
            raise AssertionError("the file was read")

        monkeypatch.setattr(storage, "read_file", refuse)
        for name in ("Ada", "Bo"):
            rename(repository, name)
            repository.refresh()
            assert name_of(repository) == name
            assert repository.page().total == 1


class TestModes:
    @pytest.mark.parametrize("umask", [0o000, 0o022, 0o077], indirect=True)
    def test_only_the_owner_can_look(self, umask: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "new" / "deep" / "sent.db"
        seen = []
        real = os.fsync

        def fsync(descriptor: int) -> None:
            seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
            real(descriptor)

        monkeypatch.setattr(os, "fsync", fsync)
        repository = TinyDBRepository(path)
        assert mode(path) == 0o600
        repository.add([contact(0)])
        assert mode(path) == mode(path.with_name("sent.db.lock")) == 0o600
        assert mode(path.parent) == mode(path.parent.parent) == 0o700
        assert set(seen) == {0o600, 0o700}
        assert beside(path) == set()

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


class TestFaults:
    @pytest.mark.parametrize("code", FAULTS, ids=errno.errorcode.get)
    def test_whatever_fails_the_old_state_stands(self, repository: TinyDBRepository, path: Path, code: int) -> None:
        told: list[Change] = []
        repository.subscribe(told.append)
        failed = []
        for nth in range(1, 100):
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
            if raised is None:
                assert fault.failed == "link", "only the spare copy can be done without"
                assert name_of(repository) == name_of(TinyDBRepository(path)) == f"name {nth}"
                continue
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
        assert set(failed) == set(STEPS)
        assert failed.count("fsync") == 2, "the file and its folder"

    def test_the_first_write_fails_like_any_other(self, path: Path) -> None:
        for nth in range(1, 100):
            with pytest.MonkeyPatch.context() as monkeypatch:
                fault = NthFault(monkeypatch, errno.EIO, nth)
                try:
                    TinyDBRepository(path)
                except DatabaseError:
                    assert not path.exists()
                    assert beside(path) == set()
            if not fault.failed:
                break
            path.unlink(missing_ok=True)
        assert nth > 5

    def test_without_a_spare_copy_a_late_fault_is_told_and_seen(
        self, repository: TinyDBRepository, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*args: Any, **options: Any) -> None:
            raise OSError(errno.ENOTSUP, "no hard links here")

        def fail(folder: Path) -> None:
            raise OSError(errno.EIO, "fault")

        monkeypatch.setattr(os, "link", refuse)
        rename(repository)
        assert name_of(TinyDBRepository(path)) == "Ada"
        with monkeypatch.context() as late:
            late.setattr(files, "_sync_folder", fail)
            with pytest.raises(DatabaseError):
                rename(repository, "Bo")
        assert name_of(repository) == "Ada"
        assert name_of(TinyDBRepository(path)) == "Bo"
        with repository.transaction() as tx:
            assert tx.contact(contact_id(0)).name == "Bo", "a write sees what is on the disk"

    def test_a_fault_with_no_words_of_its_own(self, repository: TinyDBRepository, monkeypatch: Any) -> None:
        def fail(path: Path, data: bytes) -> os.stat_result:
            raise OSError("odd")

        monkeypatch.setattr(storage, "replace_file", fail)
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
            resource.setrlimit(resource.RLIMIT_FSIZE, (900, resource.RLIM_INFINITY))
            repository = TinyDBRepository(path)
            try:
                repository.add([contact(1)])
            except DatabaseError as error:
                print(error.title)
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            print(repository.page().total, path.read_bytes() == TinyDBRepository(path)._storage.path.read_bytes())
            """,
            path,
        )
        assert output.splitlines() == ["There is no room for the database", "1 True"]
        assert path.read_bytes() == before


class TestDamage:
    def test_a_file_that_was_cut_anywhere(self, repository: TinyDBRepository, path: Path) -> None:
        whole = path.read_bytes()
        for length in range(len(whole)):
            refused(path, whole[:length])
        for more in (b"\n", b" ", b"}", b"\0", whole):
            refused(path, whole + more)

    def test_a_flipped_bit(self, repository: TinyDBRepository, path: Path) -> None:
        whole = path.read_bytes()
        flips = range(0, len(whole) * 8, max(1, len(whole) * 8 // 600))
        assert len(flips) >= 500
        for flip in flips:
            damaged = bytearray(whole)
            damaged[flip // 8] ^= 1 << flip % 8
            refused(path, bytes(damaged))

    @pytest.mark.parametrize("kind", ODD_FILES)
    def test_a_file_of_another_kind(self, path: Path, kind: str) -> None:
        refused(path, ODD_FILES[kind])

    @pytest.mark.parametrize("kind", ODD_BODIES)
    def test_a_file_with_the_right_checksum_and_odd_contents(self, path: Path, kind: str) -> None:
        refused(path, sealed(ODD_BODIES[kind]))

    def test_a_record_that_is_there_twice(self, path: Path) -> None:
        document = contact_document(contact(0))
        refused(path, pack({"contacts": {"1": document, "2": document}}), "taken")

    def test_the_error_names_the_record(self, path: Path) -> None:
        document = contact_document(contact(0)) | {"created_at": "yesterday"}
        refused(path, pack({"contacts": {"1": document}}), "table contacts.*created_at is not a time")
        refused(path, pack({"events": {"4": {}}}), "record 4 of the table events")

    def test_two_contacts_of_a_number_can_be_parted(self, path: Path) -> None:
        twins = [contact_document(contact(0)), contact_document(contact(0, id="twin"))]
        path.write_bytes(pack({"contacts": {"1": twins[0], "2": twins[1]}}))
        repository = TinyDBRepository(path)
        assert repository.page().total == 2
        repository.delete([contact_id(0)])
        found = repository.find(number(0))
        assert found is not None
        assert found.id == "twin"

    def test_half_characters_in_a_file_do_not_stop_writes(self, path: Path) -> None:
        document = contact_document(contact(0)) | {"name": "Ada"}
        body = json.dumps({"contacts": {"1": document}}).replace("Ada", r"Ada \ud83d")
        path.write_bytes(sealed(body))
        repository = TinyDBRepository(path)
        assert name_of(repository) == "Ada \ufffd"
        repository.add([contact(1)])
        assert TinyDBRepository(path).page().total == 2

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
    assert beside(path) == set()


class TestReadOnly:
    def test_a_newer_file_is_only_read(self, path: Path) -> None:
        document = contact_document(known_contact(0)) | {"colour": "green", "number_type": "hologram"}
        newer = pack({"contacts": {"1": document}, "orders": {"1": {}}}, SCHEMA + 1)
        path.write_bytes(newer)
        repository = TinyDBRepository(path)
        assert "newer" in repository.read_only
        assert name_of(repository) == known_contact(0).name
        with pytest.raises(ReadOnlyError, match="newer"):
            rename(repository)
        assert path.read_bytes() == newer

    def test_a_newer_file_that_is_quite_different_is_refused(self, path: Path) -> None:
        refused(path, pack({"contacts": {"1": {"key": 1}}}, SCHEMA + 1))

    def test_a_file_that_became_newer_is_only_read(self, repository: TinyDBRepository, path: Path) -> None:
        newer = pack({"contacts": {"1": contact_document(contact(0, name="newer"))}}, SCHEMA + 1)
        path.write_bytes(newer)
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

    def test_a_lock_that_cannot_be_taken(
        self, repository: TinyDBRepository, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path.with_name("sent.db.lock").unlink()
        path.with_name("sent.db.lock").symlink_to(path)
        before = path.read_bytes()
        with pytest.raises(DatabaseError, match="symbolic links"):
            rename(repository)
        assert path.read_bytes() == before
        assert TinyDBRepository(path).page().total == 1

    def test_a_file_that_must_not_be_read(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path.write_bytes(pack({}))
        real = os.open

        def refuse(name: Any, *args: Any, **options: Any) -> int:
            if Path(name) == path:
                raise PermissionError(errno.EACCES, "Permission denied")
            return real(name, *args, **options)

        monkeypatch.setattr(os, "open", refuse)
        with pytest.raises(DatabaseError, match="Permission denied"):
            TinyDBRepository(path)

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
    def test_a_file_and_a_folder_without_permission(self, repository: TinyDBRepository, path: Path) -> None:
        for target, closed in ((path, 0o400), (path.parent, 0o500)):
            before = mode(target)
            target.chmod(closed)
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

    @pytest.fixture
    def other(self, repository: TinyDBRepository, path: Path) -> TinyDBRepository:
        return TinyDBRepository(path, lock_timeout=0)

    @pytest.fixture
    def told(self, repository: TinyDBRepository) -> list[Change]:
        told: list[Change] = []
        repository.subscribe(told.append)
        return told

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

    def test_a_file_that_only_looks_the_same_is_read_again(self, repository: TinyDBRepository, path: Path) -> None:
        rename(repository, "Ada")
        status = path.stat()
        theirs = pack({"contacts": {"1": contact_document(contact(0, name="Bob"))}, "meta": {"1": {"schema": 1}}})
        assert len(theirs) == status.st_size
        path.write_bytes(theirs)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        with repository.transaction() as tx:
            assert tx.contact(contact_id(0)).name == "Bob"

    def test_an_old_copy_put_back_is_followed(
        self, repository: TinyDBRepository, told: list[Change], path: Path
    ) -> None:
        old = path.read_bytes()
        repository.add([contact(1)], undo="import")
        repository.save_draft(draft(0))
        with repository.transaction() as tx:
            for place in range(60):
                tx.put_message(message(place))
            tx.add_event(event(0))
            tx.add_consent(decision(0))
        told.clear()
        path.write_bytes(old)
        repository.refresh()
        assert {change.kind for change in told} == set(ChangeKind)
        assert repository.page().total == 1
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

    @pytest.mark.parametrize("data", [None, b"", b"not ours", sealed('{"contacts":{"1":{}}}')])
    def test_damage_from_outside_takes_nothing_from_memory(
        self, repository: TinyDBRepository, told: list[Change], path: Path, data: bytes | None
    ) -> None:
        good = path.read_bytes()
        if data is None:
            path.unlink()
        else:
            path.write_bytes(data)
        repository.refresh()
        assert str(path) in repository.read_only
        assert repository.page().total == 1
        with pytest.raises(DatabaseError) as raised:
            rename(repository)
        assert isinstance(raised.value, DamagedError) is (data is not None)
        assert (path.read_bytes() if path.exists() else None) == data
        path.write_bytes(good)
        repository.refresh()
        assert repository.read_only == ""
        rename(repository)
        assert name_of(TinyDBRepository(path)) == "Ada"

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

    def test_a_file_that_cannot_be_opened_for_a_write(
        self, repository: TinyDBRepository, monkeypatch: pytest.MonkeyPatch, path: Path
    ) -> None:
        def fail(self: Path, mode: str = "r") -> None:
            raise OSError(errno.EMFILE, "Too many open files")

        monkeypatch.setattr(Path, "open", fail)
        with pytest.raises(DatabaseError, match="Too many"):
            rename(repository)

    def test_a_file_that_came_meanwhile_is_followed(self, path: Path) -> None:
        early = TinyDBRepository(path, read_only=True)
        early.refresh()
        TinyDBRepository(path).add([contact(0)])
        early.refresh()
        assert early.page().total == 1

    def test_two_that_make_the_same_new_file(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        real = AtomicStorage.exclusive
        first: list[TinyDBRepository] = []

        @contextmanager
        def late(self: AtomicStorage) -> Iterator[None]:
            monkeypatch.undo()
            first.append(TinyDBRepository(path))
            first[0].add([contact(0)])
            with real(self):
                yield

        monkeypatch.setattr(AtomicStorage, "exclusive", late)
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
from dataclasses import replace
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

    def test_a_lock_file_that_was_exchanged_is_not_trusted(
        self, repository: TinyDBRepository, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = lock._try_lock
        tries: list[bool] = []

        def exchanged(descriptor: int) -> bool:
            lock_file = path.with_name("sent.db.lock")
            if len(tries) < 2:
                lock_file.unlink()
                if tries:
                    lock_file.touch()
            tries.append(real(descriptor))
            return tries[-1]

        monkeypatch.setattr(lock, "_try_lock", exchanged)
        rename(repository)
        assert tries == [True, True, True]

    def test_a_holder_that_signed_with_nonsense_is_not_named(
        self, repository: TinyDBRepository, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lock, "_try_lock", lambda descriptor: False)
        for signature in (b"", b"\xff\xfe", b"12 34", b"root"):
            path.with_name("sent.db.lock").write_bytes(signature)
            with pytest.raises(LockedError, match="Another process"):
                rename(repository)

    def test_a_disk_too_full_to_sign_is_no_obstacle(
        self, repository: TinyDBRepository, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*args: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "pwrite", fail)
        monkeypatch.setattr(os, "pread", fail)
        rename(repository)
        monkeypatch.setattr(lock, "_try_lock", lambda descriptor: False)
        with pytest.raises(LockedError, match="Another process"):
            rename(repository)
