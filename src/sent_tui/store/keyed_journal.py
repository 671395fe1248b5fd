"""Documents that are found by an id of their own, in a journal beside a database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tinydb.table import Document as NumberedDocument

from sent_tui.errors import DatabaseError
from sent_tui.store.journal import JournalDB
from sent_tui.store.journal_table import JournalTable
from sent_tui.store.table_index import TableSpec

ID: Final = "id"
"""The field of a document by which it is found."""


class KeyedJournal:
    """Tables of JSON documents in a file that is made when it is missing; several processes may use it.

    Raises DatabaseError where the file cannot be read or written.
    """

    def __init__(self, path: Path, tables: tuple[str, ...]) -> None:
        self.path = path
        self._database = JournalDB(path, specs=dict.fromkeys(tables, TableSpec(keys=(ID,))))
        self._storage = self._database.storage

    def get(self, table: str, key: str) -> Mapping[str, Any] | None:
        """Return the document with an id; None when there is none."""
        number = self._number(table, key)
        return None if number is None else self._storage.document(table, number)

    def all(self, table: str) -> list[Mapping[str, Any]]:
        """Return every document of a table, in the order in which they came."""
        return [document for _, document in self._storage.documents(table)]

    def put(self, table: str, document: Mapping[str, Any]) -> None:
        """Put a document in the place of an earlier one with its id."""
        with self._storage.batch():
            number = self._number(table, document[ID])
            found = self._table(table)
            found.put([NumberedDocument(dict(document), found.next_id() if number is None else number)])

    def remove(self, table: str, key: str) -> None:
        """Take the document with an id out, if there is one."""
        with self._storage.batch():
            number = self._number(table, key)
            if number is not None:
                self._storage.put(table, number, None)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Lock other writers out and see what they wrote; what is put inside is written as a whole."""
        with self._storage.batch():
            yield

    def refresh(self) -> None:
        """Take in what other processes wrote."""
        self._storage.refresh()

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _number(self, table: str, key: str) -> int | None:
        reader = self._storage.reader
        index = None if reader is None else reader.index.find(table)
        for number in () if index is None else index.with_key(ID, key):
            document = self._storage.document(table, number)
            if document is not None and document[ID] == key:
                return number
        return None

    def _table(self, name: str) -> JournalTable:
        table: Any = self._database.table(name)
        if not isinstance(table, JournalTable):
            raise DatabaseError("The database cannot be written", f"{name} is no table of {self.path}.")
        return table
