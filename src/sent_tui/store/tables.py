"""The tables of a TinyDB database, written by the keys of the records instead of TinyDB's own numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tinydb import TinyDB
from tinydb.table import Document as NumberedDocument

from sent_tui.store.documents import Document, DocumentError


class KeyedTable:
    """A table whose records have a key of their own. It remembers their numbers, so that no write has to search."""

    def __init__(self, database: TinyDB, name: str, key: str) -> None:
        self._database = database
        self._name = name
        self._key = key
        self._numbers: dict[str, int] = {}
        self._last = 0

    def read(self) -> Iterator[tuple[str, Document]]:
        """Go through all records by key, and learn their numbers anew; raises DocumentError for an unfit key."""
        numbers: dict[str, int] = {}
        for document in self._database.table(self._name):
            key = document.get(self._key)
            if not isinstance(key, str) or not key or key in numbers:
                raise _misfit(self._name, document.doc_id, f"its field {self._key} is no key, or one that is taken")
            numbers[key] = document.doc_id
            yield key, document
        self._numbers, self._last = numbers, max(numbers.values(), default=0)

    def write(self, records: Mapping[str, Document | None]) -> None:
        """Put records in place of earlier ones, and take out those that are None."""
        table = self._database.table(self._name)
        replaced = [self._numbers[key] for key in records if key in self._numbers]
        if replaced:
            table.remove(doc_ids=replaced)
        added = []
        for key, document in records.items():
            number = self._numbers.pop(key, None)
            if document is not None:
                if number is None:
                    number = self._last = self._last + 1
                self._numbers[key] = number
                added.append(NumberedDocument(document, number))
        if added:
            table.insert_multiple(added)


class LogTable:
    """A table to which records are only added; they belong to groups, such as the events of a message."""

    def __init__(self, database: TinyDB, name: str, group: str) -> None:
        self._database = database
        self._name = name
        self._group = group
        self._last = 0

    def changed(self, before: Mapping[str, Document], now: Mapping[str, Document]) -> dict[str, list[Document]]:
        """Compare two states of the table, by number; return all records of each group that is not the same in both.

        The records stand in the order in which they were added. Learns the numbers anew; raises DocumentError.
        """
        self._last = max(map(int, now), default=0)
        groups: dict[str, list[Document]] = {}
        for number in before.keys() | now.keys():
            if before.get(number) != now.get(number):
                groups |= {self._group_of(number, table[number]): [] for table in (before, now) if number in table}
        if groups:
            for number in sorted(now, key=int):
                found = groups.get(self._group_of(number, now[number]))
                if found is not None:
                    found.append(now[number])
        return groups

    def write(self, documents: Iterable[Document]) -> None:
        """Add records."""
        numbered = [NumberedDocument(document, number) for number, document in enumerate(documents, self._last + 1)]
        if numbered:
            self._database.table(self._name).insert_multiple(numbered)
            self._last = numbered[-1].doc_id

    def _group_of(self, number: str, document: Document) -> str:
        group = document.get(self._group)
        if not isinstance(group, str):
            raise _misfit(self._name, number, f"its field {self._group} is not a text")
        return group


def _misfit(table: str, number: str | int, reason: str) -> DocumentError:
    return DocumentError(f"record {number} of the table {table}: {reason}")
