"""Contacts, messages and drafts in TinyDB, on a journal that several people may use at the same time.

The tables are `contacts`, `messages`, `events`, `consent`, `moves`, `drafts`, `undo`, `lessons`, `bulk_sends` and
`pulls`. A record is read and parsed when it is asked for; what the list and the search need of every contact lies in an
index file beside the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from tinydb.table import Document as NumberedDocument

from sent_tui.core.search_entry import SearchEntry, entry_of
from sent_tui.errors import DatabaseError
from sent_tui.store.changes import Changes
from sent_tui.store.documents import (
    apart_document,
    consent_document,
    contact_document,
    lesson_document,
    merged_document,
    move_document,
    page_document,
)
from sent_tui.store.indexed import IndexedRepository
from sent_tui.store.journal import JournalDB, JournalStorage
from sent_tui.store.journal_format import Document
from sent_tui.store.journal_reader import JournalReader
from sent_tui.store.journal_records import SPECS, JournalRecords
from sent_tui.store.journal_table import JournalTable
from sent_tui.store.message_documents import bulk_send_document, draft_document, event_document, message_document
from sent_tui.store.refusals import DamagedError
from sent_tui.store.repository import Change
from sent_tui.store.settling import (
    OnProgress,
    documents_in,
    drop_altered,
    is_worth_it,
    settle,
    uncollected,
    write_settled,
)
from sent_tui.store.settling_apart import SettlingApart
from sent_tui.store.trouble import not_writable
from sent_tui.store.undo_documents import undo_document

_MANY_DOCUMENTS = 50_000
"""From so many on, an index file takes long enough to be noticed."""
_MANY_CHANGES = 500
"""After so many changes, opening a database takes noticeably longer."""
_MANY_BYTES, _LARGE_SHARE = 8_000_000, 50
"""With so many bytes that no index file covers, and more than this share of those that it does, one in so many, one is
made before the database is opened."""

R = TypeVar("R")


class TinyDBRepository(IndexedRepository):
    """A TinyDB database in a file, made when it is missing.

    `path` is the file; `read_only` opens it without ever writing; `lock_timeout` is how many seconds a write waits for
    another one; `on_progress` is told how far the index is while it is made. Raises DatabaseError for a file that
    cannot be read, DamagedError for one that cannot be understood, and LockedError when a new file cannot be made for
    another writer.
    """

    def __init__(
        self,
        path: Path,
        *,
        read_only: bool = False,
        lock_timeout: float = 5.0,
        on_progress: OnProgress | None = None,
    ) -> None:
        self._database = JournalDB(
            path,
            specs=SPECS,
            read_only=read_only,
            lock_timeout=lock_timeout,
            keeps_news=True,
            prepare=None if read_only else lambda reader: _settled_first(reader, on_progress),
        )
        self._storage: JournalStorage = self._database.storage
        self._journal = JournalRecords(self._storage)
        super().__init__(self._journal, lock_timeout)
        self._apart = SettlingApart(self._storage.path)
        self._followed = self._storage.reader
        """The journal from which the search index is made."""
        self._looked_through: JournalReader | None = None
        """The journal whose index file was looked at byte by byte."""
        self._trouble: DatabaseError | None = None
        """Why the file could not be followed at the last look."""

    @property
    def location(self) -> str:
        """Where the data lies, for a person."""
        return str(self._storage.path)

    @property
    def read_only(self) -> str:
        """Why nothing can be written, in words; empty when it can."""
        if self._trouble is not None:
            return str(self._trouble)
        return self._storage.read_only or self._problem()

    def _problem(self) -> str:
        problems = self._journal.problems
        return f"It holds what cannot be read: {problems[0]}. Run `sent-tui db check`." if problems else ""

    def refresh(self) -> None:
        """Notice what other processes wrote, and tell the listeners.

        A file that is damaged or gone meanwhile does not take away what can be read: `read_only` tells of it, and
        the next write raises it.
        """
        with self._apply_lock:
            try:
                self._storage.refresh()
                news = self._follow()
            except DatabaseError as error:
                self._trouble, news = error, ()
            else:
                self._trouble = None
        self._tell(news)

    def maintain(self, *, after: int = 0) -> None:
        """Make the index file anew when that is worth it; others may read and write meanwhile.

        That is done here, once there were more than `after` changes, or for a large database in a process of its own.
        """
        if self._apart.take_result():
            self._reopen()
        with suppress(OSError, ValueError, DatabaseError):
            reader = self._storage.reader
            if reader is None or not self._is_due(reader, after):
                return
            if after or documents_in(reader) < _MANY_DOCUMENTS:
                self._settle()
                self._reopen()
            elif not self._apart.is_running:
                self._apart.begin()

    def _is_due(self, reader: JournalReader, after: int) -> bool:
        """Return whether the index file is worth making anew, and can be."""
        if self._storage.read_only or self._problem():
            return False
        return self._is_altered(reader) or is_worth_it(reader, after)

    def _is_altered(self, reader: JournalReader) -> bool:
        """Return whether the index file was altered, which a large one may be unnoticed. Each is looked at once."""
        is_new, self._looked_through = reader is not self._looked_through, reader
        return is_new and drop_altered(reader)

    def _settle(self) -> None:
        """Make the index file of what is in memory, while nobody else here reads or writes."""
        with self._apply_lock, uncollected():
            self._storage.refresh()
            news = self._follow()
            reader = self._storage.reader
            if reader is not None and not self.read_only:
                if drop_altered(reader):
                    settle(self._storage.path, SPECS, JournalRecords)
                else:
                    write_settled(self._storage.path, reader, self._journal)
        self._tell(news)

    def _reopen(self) -> None:
        """Go on with a newer index file."""
        with self._apply_lock:
            self._storage.reopen()
            news = self._follow()
        self._tell(news)

    def close(self) -> None:
        """Let go of the files; many changes are settled first, so that the next one opens fast."""
        self._apart.end()
        with suppress(OSError, ValueError, DatabaseError):
            reader = self._storage.reader
            if reader is not None and self._is_due(reader, _MANY_CHANGES):
                self._settle()
        self._storage.close()

    @contextmanager
    def _writing(self, news: list[Change]) -> Iterator[None]:
        if self._storage.is_writing:
            raise RuntimeError("a transaction is open in this thread; writes cannot be nested")
        try:
            with self._storage.batch():
                with self._apply_lock:
                    news.extend(self._follow())
                if self._problem():
                    raise not_writable(self._storage.path, self._problem())
                yield
        except DatabaseError:
            with self._apply_lock:
                news.extend(self._follow())
            raise
        self._trouble = None

    @uncollected()
    def _save(self, changes: Changes) -> Iterable[Change]:
        self._put("contacts", "id", changes.contacts, contact_document)
        self._put("messages", "id", changes.messages, message_document)
        self._put("drafts", "contact_id", changes.drafts, draft_document)
        self._put("undo", "id", changes.undo, undo_document)
        self._put("lessons", "key", changes.lessons, lesson_document)
        self._put("apart", "key", changes.apart, apart_document)
        self._put("merged", "number", changes.merged, merged_document)
        self._put("bulk_sends", "id", changes.bulk_sends, bulk_send_document)
        self._put("pulls", "key", changes.pulls, page_document)
        if changes.fresh:
            self._table("contacts").add_written([fresh.written for fresh in changes.fresh.values()])
        self._add("events", map(event_document, changes.new_events))
        self._add("consent", map(consent_document, changes.new_consent))
        self._add("moves", map(move_document, changes.new_moves))
        self._storage.append()
        entries = {contact_id: entry_of(new) for contact_id, new in changes.contacts.items() if new is not None}
        entries.update((contact_id, fresh.entry) for contact_id, fresh in changes.fresh.items())
        return self._follow(entries)

    def _put(self, name: str, key: str, records: Mapping[str, R | None], write: Callable[[R], Document]) -> None:
        """Put records in place of earlier ones, and take out those that are None."""
        if not records:
            return
        table = self._table(name)
        known = {record_key: self._journal.number_of(name, record_key) for record_key in records}
        gone = [number for record_key, number in known.items() if number is not None and records[record_key] is None]
        if gone:
            table.remove(doc_ids=gone)
        free = table.next_id()
        documents: list[NumberedDocument] = []
        for record_key, record in records.items():
            if record is not None:
                number = known[record_key]
                if number is None:
                    number, free = free, free + 1
                documents.append(NumberedDocument(write(record), number))
        table.put(documents)

    def _add(self, name: str, documents: Iterable[Document]) -> None:
        new = list(documents)
        if new:
            self._table(name).insert_multiple(new)

    def _table(self, name: str) -> JournalTable:
        table: Any = self._database.table(name)
        if not isinstance(table, JournalTable):
            raise TypeError(name)
        return table

    def _follow(self, own: Mapping[str, SearchEntry] | None = None) -> tuple[Change, ...]:
        """Bring the search index to the state of the storage, and return what changed by it.

        `own` is what the search keeps of the contacts that were written here, by their ids.
        """
        changes = self._journal.take(self._storage.news(), own or {})
        if self._storage.reader is not self._followed:
            self._followed = self._storage.reader
            self._journal.rebase()
        return changes


def _settled_first(reader: JournalReader, on_progress: OnProgress | None) -> bool:
    """Make the index file of a journal before it is followed, where much of it is in none; return whether it did."""
    if reader.unsettled_bytes <= max(_MANY_BYTES, reader.end // _LARGE_SHARE):
        return False
    with suppress(OSError, ValueError, DamagedError):
        return settle(reader.path, SPECS, JournalRecords, on_progress)
    return False
