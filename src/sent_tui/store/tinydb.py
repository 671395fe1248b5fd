"""Contacts, messages and drafts in TinyDB, on one file that several people may use at the same time.

The tables are `contacts`, `messages`, `events`, `consent`, `drafts`, `undo` and `meta`. Everything is in memory as
well: reads are answered from there, and a write changes the tables through TinyDB, puts the file on the disk once, and
only then changes what is in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tinydb import TinyDB
from tinydb.table import Document as NumberedDocument

from sent_tui.errors import DatabaseError
from sent_tui.store.documents import (
    SCHEMA,
    Document,
    DocumentError,
    consent_document,
    consent_from,
    contact_document,
    contact_from,
    draft_document,
    draft_from,
    event_document,
    event_from,
    message_document,
    message_from,
    undo_document,
    undo_from,
)
from sent_tui.store.indexed import IndexedRepository
from sent_tui.store.repository import Change
from sent_tui.store.state import Changes, by_decision, in_time
from sent_tui.store.storage import AtomicStorage, Tables, damaged, uncollected
from sent_tui.store.tables import KeyedTable, LogTable

_META = 1
"""The number of the only record of the table `meta`."""

R = TypeVar("R")


class TinyDBRepository(IndexedRepository):
    """A TinyDB database in a file, made when it is missing.

    `path` is the file; `read_only` opens it without ever writing; `lock_timeout` is how many seconds a write waits for
    another one. Raises DatabaseError for a file that cannot be read, DamagedError for one that cannot be understood,
    and LockedError when a new file cannot be made for another writer.
    """

    def __init__(self, path: Path, *, read_only: bool = False, lock_timeout: float = 5.0) -> None:
        super().__init__(lock_timeout)
        self._storage = AtomicStorage(path, read_only=read_only, lock_timeout=lock_timeout)
        self._database = TinyDB(storage=lambda: self._storage)
        self._contacts = KeyedTable(self._database, "contacts", "id")
        self._messages = KeyedTable(self._database, "messages", "id")
        self._drafts = KeyedTable(self._database, "drafts", "contact_id")
        self._undo = KeyedTable(self._database, "undo", "id")
        self._events = LogTable(self._database, "events", "message_id")
        self._consent = LogTable(self._database, "consent", "number")
        self._known: Tables = {}
        """The tables that the state in memory is made from."""
        self._version = -1
        """The version of the storage that the state is made from."""
        self._trouble: DatabaseError | None = None
        """Why the file could not be followed at the last look."""
        if self._storage.is_new and not self._storage.read_only:
            self._create()
        self._follow()

    @property
    def location(self) -> str:
        """Where the data lies, for a person."""
        return str(self._storage.path)

    @property
    def read_only(self) -> str:
        """Why nothing can be written, in words; empty when it can."""
        return str(self._trouble) if self._trouble else self._storage.read_only

    def refresh(self) -> None:
        """Notice what other processes wrote, and tell the listeners.

        A file that is damaged or gone meanwhile does not take away what is in memory: `read_only` tells of it, and
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

    def close(self) -> None:
        """Let go of the files."""
        self._database.close()

    @contextmanager
    def _writing(self, news: list[Change]) -> Iterator[None]:
        with super()._writing(news), self._storage.exclusive():
            with self._apply_lock:
                news.extend(self._follow())
                self._trouble = None
            yield

    def _create(self) -> None:
        with self._storage.exclusive():
            if self._storage.is_new:
                self._database.table("meta").insert(NumberedDocument({"schema": SCHEMA}, _META))
                self._storage.flush()

    def _save(self, changes: Changes) -> None:
        try:
            self._contacts.write(_documents(changes.contacts, contact_document))
            self._messages.write(_documents(changes.messages, message_document))
            self._drafts.write(_documents(changes.drafts, draft_document))
            self._undo.write(_documents(changes.undo, undo_document))
            self._events.write(map(event_document, changes.new_events))
            self._consent.write(map(consent_document, changes.new_consent))
            self._storage.flush()
        except BaseException:
            # The numbers of the records are learned anew from the tables that stand.
            self._version = -1
            raise
        self._known, self._version = self._storage.read(), self._storage.version

    def _follow(self) -> tuple[Change, ...]:
        """Bring the state in memory to that of the storage, and return what changed by it; raises DamagedError."""
        if self._version == self._storage.version:
            return ()
        tables = self._storage.read()
        with uncollected():
            try:
                changes = self._difference(tables)
            except DocumentError as error:
                raise damaged(self._storage.path, str(error)) from error
            self._known, self._version = tables, self._storage.version
            return self._state.apply(changes)

    def _difference(self, tables: Tables) -> Changes:
        """Return what changed between the tables that the state is made from and newer ones."""
        events = self._events.changed(self._known.get("events", {}), tables.get("events", {}))
        consent = self._consent.changed(self._known.get("consent", {}), tables.get("consent", {}))
        return Changes(
            contacts=self._changed(self._contacts, "contacts", "id", contact_from),
            messages=self._changed(self._messages, "messages", "id", message_from),
            drafts=self._changed(self._drafts, "drafts", "contact_id", draft_from),
            undo=self._changed(self._undo, "undo", "id", undo_from),
            events={message_id: in_time(map(event_from, found)) for message_id, found in events.items()},
            consent={number: by_decision(map(consent_from, found)) for number, found in consent.items()},
        )

    def _changed(
        self, table: KeyedTable, name: str, key: str, read: Callable[[Mapping[str, Any]], R]
    ) -> dict[str, R | None]:
        before = {document[key]: document for document in self._known.get(name, {}).values()}
        changed: dict[str, R | None] = {}
        for record_key, document in table.read():
            if before.pop(record_key, None) != document:
                try:
                    changed[record_key] = read(document)
                except DocumentError as error:
                    raise DocumentError(f"record {record_key} of the table {name}: {error}") from None
        return changed | dict.fromkeys(before)


def _documents(records: Mapping[str, R | None], write: Callable[[R], Document]) -> dict[str, Document | None]:
    return {key: None if record is None else write(record) for key, record in records.items()}
