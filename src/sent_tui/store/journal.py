"""TinyDB on an append-only file that never loses what was acknowledged, whoever else writes it.

`JournalDB` is a TinyDB like any other; what is under it is documented in `journal_format`. Several writes inside
`batch()` are one: all of them are on the disk when it ends, or none is.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tinydb import TinyDB
from tinydb.storages import Storage

from sent_tui.errors import DatabaseError
from sent_tui.store.files import is_tidy, make_folder, make_new, make_private, sweep
from sent_tui.store.journal_batch import StagedBatch
from sent_tui.store.journal_file import empty_journal
from sent_tui.store.journal_follower import JournalFollower, Prepare, flaw, obstacle
from sent_tui.store.journal_format import (
    LAST_ID,
    Document,
    Location,
    Record,
    Written,
    closed,
    put_line,
    read_header,
    void_line,
)
from sent_tui.store.journal_reader import JournalReader, Witness
from sent_tui.store.journal_table import JournalTable
from sent_tui.store.lock import Hold, WriterLock
from sent_tui.store.refusals import LockedError
from sent_tui.store.settling import is_worth_it, settle, uncollected
from sent_tui.store.table_index import TableSpec
from sent_tui.store.trouble import gone, not_read, not_writable, not_written

_NOTHING_STAGED = StagedBatch()


class JournalStorage(Storage):
    """A journal under TinyDB, made when it is missing.

    `specs` says by what the documents of a table are found beside their numbers; `lock_timeout` is how many seconds a
    write waits for another one; with `keeps_news`, changes are kept until `news()` is called; `prepare` may make an
    index file before the journal is followed. Raises DamagedError, ReadOnlyError, LockedError or DatabaseError.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        specs: Mapping[str, TableSpec] | None = None,
        read_only: bool = False,
        lock_timeout: float = 5.0,
        keeps_news: bool = False,
        prepare: Prepare | None = None,
    ) -> None:
        self.path = Path(os.path.realpath(path))
        """The file, links followed."""
        self._specs = specs or {}
        self._prepare = prepare
        self._asked_read_only = read_only
        self._lock_timeout = lock_timeout
        self._lock = WriterLock(self.path.with_name(f"{self.path.name}.lock"))
        self._journal = JournalFollower(self.path, self._specs, self._lock, keeps_news=keeps_news)
        self._staged: StagedBatch | None = None
        self._writer: int | None = None
        """The thread whose batch is open."""
        self._appended = 0
        """Where the open batch ends, as far as it was added to the file."""
        self._is_closed = False
        self._obstacle = ""
        try:
            self._open()
        except OSError as error:
            raise not_read(self.path, error) from error

    def _open(self) -> None:
        if not (self._asked_read_only or self.path.exists()):
            try:
                make_folder(self.path.parent)
            except OSError as error:
                self._obstacle = f"There is no database yet, and no folder can be made for it: {error.strerror}."
                return
            self._look()
            if not self._obstacle:
                self._create()
        self._journal.open(self._prepare)
        self._look()
        if not self._obstacle:
            self._tidy()

    def _create(self) -> None:
        """Make a file without a document, unless somebody else does just now."""
        with self._held() as hold, suppress(FileExistsError):
            data = empty_journal()
            # Noted first: the folder is put on the disk with the file.
            hold.write_note(str(Witness(read_header(data).generation, len(data))), durably=True)
            try:
                make_new(self.path, data)
            except FileExistsError:
                raise
            except OSError as error:
                raise not_written(self.path, error) from error

    def _tidy(self) -> None:
        """Make the file private, and remove what killed writers left, unless somebody writes just now."""
        with suppress(LockedError, DatabaseError, OSError):
            if not is_tidy(self.path):
                with self._held(0):
                    make_private(self.path)
                    sweep(self.path)

    @property
    def reader(self) -> JournalReader | None:
        """The journal as it is read; None while there is none."""
        return self._journal.reader

    @property
    def version(self) -> int:
        """Grows with each change that was written or noticed."""
        return self._journal.version

    @property
    def read_only(self) -> str:
        """Why nothing can be written, in words, as of the last look; empty when it can."""
        return self._obstacle

    @property
    def is_writing(self) -> bool:
        """Whether this thread has a batch open."""
        return self._staged is not None and self._writer == threading.get_ident()

    def close(self) -> None:
        """End writing. What was read from the file before can still be read."""
        self._is_closed = True

    def settle(self) -> None:
        """Make the index file anew where that saves time the next time."""
        reader = self.reader
        if reader is not None and not self._obstacle and is_worth_it(reader):
            with suppress(OSError, ValueError, DatabaseError):
                settle(self.path, self._specs)

    def refresh(self) -> None:
        """Take in what others wrote; raises DatabaseError."""
        if not (self._is_closed or self.is_writing):
            self._journal.refresh()
            self._look()

    def reopen(self) -> None:
        """Go on with a newer index file; raises DatabaseError."""
        with self._held():
            self._journal.reopen()
            self._look()

    def news(self) -> list[Record]:
        """Return what changed since the last call, by whomever."""
        return self._journal.news()

    def read(self) -> dict[str, dict[str, Any]] | None:
        """Return all documents of all tables; None when there is no table."""
        return {name: {str(doc_id): doc for doc_id, doc in self.documents(name)} for name in self.tables()} or None

    def tables(self) -> set[str]:
        """Return the names of all tables."""
        mine, reader = self._mine(), self.reader
        known = set() if reader is None else set(reader.index.tables)
        return (known - mine.dropped) | set(mine.tables)

    def document(self, table: str, doc_id: int) -> Document | None:
        """Return a document by its number; None when there is none. Raises DamagedError."""
        staged = self._mine().tables.get(table, {})
        if doc_id in staged:
            document = staged[doc_id]
            return json.loads(document.text) if isinstance(document, Written) else document
        reader = self.reader
        location = self._location(reader, table, doc_id)
        return None if reader is None or location is None else reader.document_at(location)

    def line(self, table: str, doc_id: int) -> bytes | None:
        """Return the line that puts a document; None when there is none. Raises DamagedError."""
        staged = self._mine().tables.get(table, {})
        if doc_id in staged:
            document = staged[doc_id]
            return None if document is None else put_line(table, doc_id, document)
        reader = self.reader
        location = self._location(reader, table, doc_id)
        return None if reader is None or location is None else reader.line(location) + b"\n"

    def holds(self, table: str, doc_id: int) -> bool:
        """Return whether there is a document of a number."""
        staged = self._mine().tables.get(table, {})
        return (
            staged[doc_id] is not None if doc_id in staged else self._location(self.reader, table, doc_id) is not None
        )

    def _location(self, reader: JournalReader | None, table: str, doc_id: int) -> Location | None:
        """Return where a document stands in a journal that the open batch leaves alone; None when there is none."""
        found = None if reader is None or table in self._mine().dropped else reader.index.find(table)
        return None if found is None else found.location(doc_id)

    def doc_ids(self, table: str) -> Iterator[int]:
        """Go through the numbers of the documents of a table, rising, those of the open batch at the end."""
        mine, reader = self._mine(), self.reader
        staged = dict(mine.tables.get(table, ()))
        found = None if reader is None or table in mine.dropped else reader.index.find(table)
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
        mine, reader = self._mine(), self.reader
        if mine.tables.get(table) or table in mine.dropped:
            return sum(1 for _ in self.doc_ids(table))
        found = None if reader is None else reader.index.find(table)
        return 0 if found is None else len(found)

    def next_id(self, table: str) -> int:
        """Return a number that no document of a table has or had."""
        reader = self.reader
        found = None if reader is None else reader.index.find(table)
        return max(0 if found is None else found.last_id, self._mine().last_ids.get(table, 0)) + 1

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Lock other writers out, see what they wrote, and write everything that is put inside as one batch.

        It is on the disk when this ends; when anything is raised inside, nothing is written. A batch inside a batch
        is a part of it. Raises LockedError, ReadOnlyError or DatabaseError, and then nothing was changed.
        """
        if self.is_writing:
            yield
            return
        if self._is_closed or self._obstacle:
            self._look_again()
        with self._held() as hold:
            self._journal.mend()
            self._journal.refresh()
            self._require_writable()
            self._staged, self._writer, self._appended = StagedBatch(), threading.get_ident(), 0
            try:
                yield
                self.append()
            finally:
                self._staged = self._writer = None
                end = self._appended
                hold.pass_turn()
            if end:
                self._settle(hold, end)

    def append(self) -> None:
        """Add what the open batch holds to the file, and take it in; it is on the disk when the batch ends."""
        staged, reader = self._open_batch(), self.reader
        if reader is None:
            raise gone(self.path)
        self._staged = StagedBatch()
        start, lead, gap = reader.end, list[bytes](), b""
        if reader.unfinished is not None:
            # What a killed writer left stays, on lines of its own, and does not count; nothing must complete it.
            gap = b" \n"
            start = reader.unfinished.end + len(gap)
            lead = [void_line(reader.end, start - reader.end)]
        with uncollected():
            changes, lines = staged.records(start + sum(map(len, lead)))
            if changes:
                data, crc = closed([*lead, *lines], reader.crc)
                end = start + len(data)
                self._journal.append(gap + data, changes, end, crc)
                self._appended = end

    def _settle(self, hold: Hold, end: int) -> None:
        """Wait until a batch is on the disk, and note that it was acknowledged."""
        reader, group = self.reader, self._journal.group
        if reader is None or group is None:
            return
        try:
            group.wait(end)
        except OSError as error:
            with suppress(LockedError, DatabaseError), self._held():
                self._journal.mend()
            raise not_written(self.path, error) from error
        self._journal.acknowledge(hold)

    def put(self, table: str, doc_id: int, document: Document | Written | None) -> None:
        """Put a document in place of an earlier one, or take it out where None; inside `batch()` only."""
        self.put_all(table, {doc_id: document})

    def put_all(self, table: str, documents: Mapping[int, Document | Written | None]) -> None:
        """Put documents in place of earlier ones, or take them out where None; inside `batch()` only."""
        staged = self._open_batch()
        for doc_id in documents:
            if type(doc_id) is not int or not 0 <= doc_id <= LAST_ID:
                raise ValueError(f"a document cannot have the number {doc_id!r}")
        staged.put(table, documents)

    def make_table(self, name: str) -> None:
        """Make a table that may stay empty; inside `batch()` only."""
        mine, reader = self._open_batch(), self.reader
        if name in mine.dropped or reader is None or reader.index.find(name) is None:
            mine.tables.setdefault(name, {})

    def drop_table(self, name: str) -> None:
        """Take a table out with all its documents; inside `batch()` only."""
        staged, reader = self._open_batch(), self.reader
        staged.tables.pop(name, None)
        if reader is not None and reader.index.find(name) is not None:
            staged.dropped.add(name)

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """Make the tables what TinyDB says that they are."""
        with self.batch():
            for name in self.tables() - set(data):
                self.drop_table(name)
            for name, documents in data.items():
                self.make_table(name)
                known = dict(self.documents(name))
                wanted = {int(number): dict(document) for number, document in documents.items()}
                for doc_id in known.keys() - wanted.keys():
                    self.put(name, doc_id, None)
                for doc_id, document in wanted.items():
                    if known.get(doc_id) != document:
                        self.put(name, doc_id, document)

    def _held(self, timeout: float | None = None) -> Hold:
        """Return a hold on the writers' lock; raises LockedError, ReadOnlyError or DatabaseError."""
        try:
            return self._lock.take(self._lock_timeout if timeout is None else timeout)
        except OSError as error:
            raise not_written(self.path, error) from error

    def _mine(self) -> StagedBatch:
        """Return the changes of the batch that this thread has open."""
        return self._staged if self._staged is not None and self.is_writing else _NOTHING_STAGED

    def _open_batch(self) -> StagedBatch:
        if self._staged is None or not self.is_writing:
            raise RuntimeError("documents are written inside batch() only")
        return self._staged

    def _look_again(self) -> None:
        """Raise what still is in the way; where nothing is any more, make the file that could not be made."""
        self._look()
        if self.reader is None and not (self._is_closed or self._obstacle):
            self._open()
        self._require_writable()

    def _look(self) -> None:
        """Find out whether the file can be written."""
        try:
            self._obstacle = obstacle(self.path, self.reader, asked_read_only=self._asked_read_only)
        except OSError as error:
            raise not_read(self.path, error) from error

    def _require_writable(self) -> None:
        if self._is_closed:
            raise DatabaseError("The database was closed", f"Nothing can be written to {self.path} any more.")
        # Whether the system lets it be written shows when it is.
        self._obstacle = self._obstacle or flaw(self.reader)
        if self._obstacle:
            raise not_writable(self.path, self._obstacle)
        if self.reader is None and not self.path.exists():
            raise gone(self.path)


class JournalDB(TinyDB):
    """A TinyDB database on a journal: `JournalDB(path)`, or `JournalDB(path, read_only=True)`."""

    # TinyDB declares them as the very classes that it has itself.
    table_class = JournalTable  # type: ignore[assignment]
    default_storage_class = JournalStorage  # type: ignore[assignment]

    @property
    def storage(self) -> JournalStorage:
        """The journal under it."""
        storage = super().storage
        if not isinstance(storage, JournalStorage):
            raise TypeError("a JournalDB stands on a JournalStorage")
        return storage

    def close(self) -> None:
        """End writing, and make the index file where that saves time the next time."""
        self.storage.settle()
        super().close()

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
