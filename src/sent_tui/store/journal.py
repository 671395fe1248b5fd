"""TinyDB on an append-only file that never loses what was acknowledged, whoever else writes it.

`JournalDB` is a TinyDB like any other; what is under it is documented in `journal_format`. Several writes inside
`batch()` are one: all of them are on the disk when it ends, or none is.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from zlib import crc32

from tinydb import TinyDB
from tinydb.storages import Storage

from sent_tui.errors import DatabaseError
from sent_tui.store.files import make_folder, make_new, make_private, sweep
from sent_tui.store.group_commit import GroupCommit
from sent_tui.store.journal_file import empty_journal
from sent_tui.store.journal_format import (
    SCHEMA,
    Document,
    Location,
    Record,
    closed,
    drop_line,
    put_line,
    remove_line,
    table_line,
    void_line,
)
from sent_tui.store.journal_reader import JournalReader, Witness
from sent_tui.store.journal_table import JournalTable
from sent_tui.store.lock import Hold, WriterLock
from sent_tui.store.record_index import TableSpec
from sent_tui.store.repository import LockedError
from sent_tui.store.trouble import damaged, gone, not_read, not_writable, not_written


class _Staged:
    """The changes of one batch that is not written yet, in their order."""

    def __init__(self) -> None:
        self.dropped: set[str] = set()
        self.tables: dict[str, dict[int, Document | None]] = {}
        self.last_ids: dict[str, int] = {}
        """The highest number in each table."""

    def put(self, table: str, doc_id: int, document: Document | None) -> None:
        """Put a document, or take it out where None."""
        self.tables.setdefault(table, {})[doc_id] = document
        self.last_ids[table] = max(doc_id, self.last_ids.get(table, 0))

    def changes(self) -> Iterator[tuple[str, int | None, Document | None, bytes]]:
        """Go through the changes: table, number, document and line of each; without a number it concerns the table."""
        for name in self.dropped:
            yield name, None, None, drop_line(name)
        for name, documents in self.tables.items():
            if not documents:
                yield name, None, None, table_line(name)
            for doc_id, document in documents.items():
                line = remove_line(name, doc_id) if document is None else put_line(name, doc_id, document)
                yield name, doc_id, document, line

    def records(self, offset: int) -> Iterator[tuple[Record, bytes]]:
        """Go through the changes as they will stand from `offset` on, each with its line."""
        for name, doc_id, document, line in self.changes():
            length = len(line) - 1
            location = Location(offset, length, crc32(memoryview(line)[:length]))
            yield Record(name, doc_id, document, location, is_drop=doc_id is None and name in self.dropped), line
            offset += len(line)


class JournalStorage(Storage):
    """A journal under TinyDB.

    `specs` says by what the documents of a table are found beside their numbers; with `keeps_news`, what others wrote
    is kept until `news()` is called. Raises DamagedError, ReadOnlyError, LockedError or DatabaseError.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        specs: Mapping[str, TableSpec] | None = None,
        read_only: bool = False,
        lock_timeout: float = 5.0,
        keeps_news: bool = False,
    ) -> None:
        self.path = Path(os.path.realpath(path))
        """The file, links followed."""
        self._specs = specs or {}
        self._asked_read_only = read_only
        self._lock_timeout = lock_timeout
        self._lock = WriterLock(self.path.with_name(f"{self.path.name}.lock"))
        self._follow_lock = threading.Lock()
        self._staged: _Staged | None = None
        self._writer: int | None = None
        """The thread whose batch is open."""
        self._appended = 0
        """Where the open batch ends, as far as it was added to the file."""
        self._keeps_news = keeps_news
        self._news: list[Record] = []
        self._is_closed = False
        self._obstacle = ""
        self._reader: JournalReader | None = None
        self._group: GroupCommit | None = None
        self.version = 0
        """Grows with each change that was written or noticed."""
        self._open()

    def _open(self) -> None:
        if not self._asked_read_only:
            try:
                make_folder(self.path.parent)
            except OSError as error:
                self._obstacle = f"There is no database yet, and no folder can be made for it: {error.strerror}."
                return
            if not self.path.exists():
                self._create()
        self.look()
        self._take(self._load())
        if not (self._asked_read_only or self._obstacle):
            self._tidy()

    def _create(self) -> None:
        """Make a file without a document, unless somebody else does just now or it must not be made."""
        self.look()
        if not self._obstacle:
            with self._held() as hold, suppress(FileExistsError):
                try:
                    make_new(self.path, empty_journal())
                except OSError as error:
                    raise not_written(self.path, error) from error
                hold.write_note("")

    def _tidy(self) -> None:
        """Make the file private, and remove what killed writers left, unless somebody writes just now."""
        with suppress(LockedError, DatabaseError), self._held(0):
            make_private(self.path)
            sweep(self.path)

    def _load(self) -> JournalReader | None:
        """Open the journal and follow it to its end; None when there is none and none may be made."""
        witness = Witness.parse(self._lock.note())
        try:
            reader = JournalReader(self.path, self._specs, witness)
            reader.follow(witness)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise not_read(self.path, error) from error
        except ValueError as error:
            raise damaged(self.path, str(error)) from error
        return reader

    def _take(self, reader: JournalReader | None) -> None:
        if reader is not None:
            self._group = GroupCommit(reader.file, reader.end)
            self._reader = reader
            self.version += 1
            self.look()

    @property
    def reader(self) -> JournalReader | None:
        """The journal as it is read; None while there is none."""
        return self._reader

    @property
    def read_only(self) -> str:
        """Why nothing can be written, in words, as of the last look; empty when it can."""
        return self._obstacle

    def close(self) -> None:
        """End writing. What was read from the file before can still be read."""
        self._is_closed = True

    # Reading

    def read(self) -> dict[str, dict[str, Any]] | None:
        """Return all documents of all tables; None when there is no table."""
        return {name: {str(doc_id): doc for doc_id, doc in self.documents(name)} for name in self.tables()} or None

    def tables(self) -> set[str]:
        """Return the names of all tables."""
        mine = self._mine()
        known = set(self._reader.index.tables) if self._reader else set()
        return (known - mine.dropped) | set(mine.tables)

    def document(self, table: str, doc_id: int) -> Document | None:
        """Return a document by its number; None when there is none. Raises DamagedError."""
        mine = self._mine()
        if doc_id in mine.tables.get(table, ()):
            return mine.tables[table][doc_id]
        return None if table in mine.dropped or self._reader is None else self._reader.document(table, doc_id)

    def doc_ids(self, table: str) -> Iterator[int]:
        """Go through the numbers of the documents of a table, rising, those that are new in the batch at the end."""
        mine = self._mine()
        staged = dict(mine.tables.get(table, ()))
        found = self._reader.index.find(table) if self._reader and table not in mine.dropped else None
        for doc_id in () if found is None else found.doc_ids():
            if doc_id not in staged:
                yield doc_id
        yield from sorted(doc_id for doc_id, document in staged.items() if document is not None)

    def documents(self, table: str) -> Iterator[tuple[int, Document]]:
        """Go through all documents of a table with their numbers; raises DamagedError."""
        for doc_id in self.doc_ids(table):
            document = self.document(table, doc_id)
            if document is not None:
                yield doc_id, document

    def count(self, table: str) -> int:
        """Return how many documents a table has."""
        if self._mine().tables.get(table) or table in self._mine().dropped:
            return sum(1 for _ in self.doc_ids(table))
        found = self._reader.index.find(table) if self._reader else None
        return 0 if found is None else len(found)

    def next_id(self, table: str) -> int:
        """Return a number that no document of a table has or had."""
        found = self._reader.index.find(table) if self._reader else None
        return max(0 if found is None else found.last_id, self._mine().last_ids.get(table, 0)) + 1

    def refresh(self) -> bool:
        """Take in what others wrote; return whether there was anything. Raises DatabaseError."""
        if self._is_closed or self._staged is not None:
            return False
        with self._follow_lock:
            before = self.version
            self._follow()
            self.look()
        return self.version != before

    def reopen(self) -> None:
        """Go on with a newer index file; raises DatabaseError."""
        with self._held(), self._follow_lock:
            self._follow()
            self._take(self._load())

    @property
    def is_writing(self) -> bool:
        """Whether this thread has a batch open."""
        return self._staged is not None and self._writer == threading.get_ident()

    def news(self) -> list[Record]:
        """Return what changed since the last call, by whomever."""
        with self._follow_lock:
            new, self._news = self._news, []
        return new

    def _follow(self) -> None:
        """Take in what others wrote; the follow lock is held."""
        reader = self._reader
        try:
            if reader is None or not reader.file.is_in_place() or reader.file.size() < reader.end:
                self._exchange(reader)
            elif reader.file.size() > reader.end:
                self._note(reader.follow(Witness.parse(self._lock.note())))
                if self._group is not None:
                    self._group.settled(reader.end)
        except FileNotFoundError:
            if reader is not None:
                raise gone(self.path) from None
        except OSError as error:
            raise not_read(self.path, error) from error

    def _exchange(self, reader: JournalReader | None) -> None:
        """Go on with another file that has taken the name of the one that was read."""
        if reader is not None and reader.file.size() > reader.end:
            self._note(reader.follow(None))
        new = self._load()
        if new is None:
            if reader is not None:
                raise gone(self.path)
            return
        if reader is None:
            self._note(_all_of(new))
        elif new.header.source != f"{reader.header.generation}-{reader.end}" or new.damages:
            self._note(list(reader.unlike(new)))
        self._take(new)

    def _note(self, records: Iterable[Record]) -> None:
        new = list(records)
        if new:
            self.version += 1
            if self._keeps_news:
                self._news += new

    def _mine(self) -> _Staged:
        """Return the changes of the batch that this thread has open."""
        return self._staged if self._staged is not None and self.is_writing else _NOTHING_STAGED

    # Writing

    @contextmanager
    def _held(self, timeout: float | None = None) -> Iterator[Hold]:
        try:
            hold = self._lock.take(self._lock_timeout if timeout is None else timeout)
        except OSError as error:
            raise not_written(self.path, error) from error
        try:
            yield hold
        finally:
            hold.release()

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Lock other writers out, see what they wrote, and write everything that is put inside as one batch.

        It is on the disk when this ends; when anything is raised inside, nothing is written. A batch inside a batch
        is a part of it. Raises LockedError, ReadOnlyError or DatabaseError, and then nothing was changed.
        """
        if self.is_writing:
            yield
            return
        self._require_writable()
        with self._held() as hold:
            with self._follow_lock:
                self._mend(hold)
                self._follow()
            self._require_writable()
            self._staged, self._writer, self._appended = _Staged(), threading.get_ident(), 0
            try:
                yield
                self.append()
            finally:
                self._staged = self._writer = None
                reader, group, end = self._reader, self._group, self._appended
                hold.pass_turn()
            if end and reader is not None and group is not None:
                self._settle(hold, reader, group, end)

    def append(self) -> None:
        """Add what the open batch holds to the file, and take it in; it is on the disk when the batch ends."""
        staged, reader, group = self._staged, self._reader, self._group
        if staged is None or reader is None or group is None:
            raise RuntimeError("documents are written inside batch() only")
        self._staged = _Staged()
        start, lead = reader.end, []
        if reader.unfinished is not None:
            start = reader.unfinished.end + 1
            lead = [void_line(reader.end, start - reader.end)]
        changes = list(staged.records(start + sum(map(len, lead))))
        if not changes:
            return
        data, crc = closed([*lead, *(line for _, line in changes)], reader.crc)
        end = start + len(data)
        with self._follow_lock:
            try:
                if group.failure is not None:
                    raise group.failure
                reader.file.append(b"\n" + data if lead else data, reader.file.size())
            except OSError as error:
                raise not_written(self.path, error) from error
            self._note(reader.add([record for record, _ in changes], end, crc))
            group.added(end)
            self._appended = end

    def _settle(self, hold: Hold, reader: JournalReader, group: GroupCommit, end: int) -> None:
        """Wait until a batch is on the disk, and note that it was acknowledged."""
        try:
            group.wait(end)
        except OSError as error:
            with suppress(LockedError, DatabaseError), self._held() as again, self._follow_lock:
                self._mend(again)
            raise not_written(self.path, error) from error
        hold.write_note(str(Witness(reader.header.generation, end)))

    def _mend(self, hold: Hold) -> None:
        """Take back what the disk did not take; it was acknowledged to nobody. The follow lock is held."""
        group, reader = self._group, self._reader
        if group is None or reader is None or group.failure is None:
            return
        reader.file.cut(group.durable)
        new = self._load()
        if new is not None:
            self._note(list(reader.unlike(new)))
            self._take(new)

    def put(self, table: str, doc_id: int, document: Document | None) -> None:
        """Put a document in place of an earlier one, or take it out where None; inside `batch()` only."""
        self._open_batch().put(table, doc_id, document)

    def make_table(self, name: str) -> None:
        """Make a table that may stay empty; inside `batch()` only."""
        self._open_batch().tables.setdefault(name, {})

    def drop_table(self, name: str) -> None:
        """Take a table out with all its documents; inside `batch()` only."""
        staged = self._open_batch()
        staged.tables.pop(name, None)
        if self._reader is not None and self._reader.index.find(name) is not None:
            staged.dropped.add(name)

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """Make the tables what TinyDB says that they are."""
        with self.batch():
            known_tables = self.tables()
            for name in known_tables - set(data):
                self.drop_table(name)
            for name, documents in data.items():
                if name not in known_tables:
                    self.make_table(name)
                known = dict(self.documents(name))
                wanted = {int(number): dict(document) for number, document in documents.items()}
                for doc_id in known.keys() - wanted.keys():
                    self.put(name, doc_id, None)
                for doc_id, document in wanted.items():
                    if known.get(doc_id) != document:
                        self.put(name, doc_id, document)

    def _open_batch(self) -> _Staged:
        if self._staged is None or not self.is_writing:
            raise RuntimeError("documents are written inside batch() only")
        return self._staged

    # Obstacles

    def look(self) -> None:
        """Find out whether the file can be written."""
        self._obstacle = self._find_obstacle()

    def _find_obstacle(self) -> str:
        reader = self._reader
        if reader is not None and reader.header.schema > SCHEMA:
            version = reader.header.schema
            return f"It was written by a newer sent-tui (schema {version}; this one knows {SCHEMA}): update first."
        if reader is not None and reader.damages:
            first = reader.damages[0]
            return f"It is damaged at byte {first.start}: {first.reason}. Run `sent-tui db repair`."
        if self._asked_read_only:
            return "It was opened for reading only." if reader or self.path.exists() else _NONE_YET
        folder = self.path.parent
        if os.access(folder, os.W_OK | os.X_OK) and (not self.path.exists() or os.access(self.path, os.W_OK)):
            return ""
        with suppress(OSError):
            if os.statvfs(folder).f_flag & os.ST_RDONLY:
                return "It lies on a file system that can only be read."
        return "You have no permission to write it, or it is protected against changes."

    def _require_writable(self) -> None:
        if self._is_closed:
            raise DatabaseError("The database was closed", f"Nothing can be written to {self.path} any more.")
        self.look()
        if self._obstacle:
            raise not_writable(self.path, self._obstacle)
        if self._reader is None and not self.path.exists():
            raise gone(self.path)


_NONE_YET = "There is no database yet, and none is made."
_NOTHING_STAGED = _Staged()


def _all_of(reader: JournalReader) -> Iterator[Record]:
    for name, table in reader.index.tables.items():
        for doc_id in table.doc_ids():
            location = table.location(doc_id)
            if location is not None:
                yield Record(name, doc_id, reader.document_at(location), location)


class JournalDB(TinyDB):
    """A TinyDB database on a journal: `JournalDB(path)`, or `JournalDB(path, read_only=True)`."""

    table_class = JournalTable
    default_storage_class = JournalStorage

    @property
    def storage(self) -> JournalStorage:
        """The journal under it."""
        storage = super().storage
        if not isinstance(storage, JournalStorage):
            raise TypeError("a JournalDB stands on a JournalStorage")
        return storage

    def tables(self) -> set[str]:
        """Return the names of all tables."""
        self.storage.refresh()
        return self.storage.tables()

    def drop_table(self, name: str) -> None:
        """Take a table out with all its documents."""
        with self.storage.batch():
            self.storage.drop_table(name)
        self._tables.pop(name, None)

    def drop_tables(self) -> None:
        """Take all tables out."""
        with self.storage.batch():
            for name in self.storage.tables():
                self.storage.drop_table(name)
        self._tables.clear()
