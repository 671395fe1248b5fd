"""Where each document of a journal stands, table by table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from sent_tui.store.journal_format import Record
from sent_tui.store.table_index import TableIndex, TableSpec


class RecordIndex:
    """The documents of all tables."""

    def __init__(
        self,
        specs: Mapping[str, TableSpec],
        sections: Mapping[str, memoryview] | None = None,
        last_ids: Mapping[str, int] | None = None,
    ) -> None:
        self._specs = specs
        self._tables = {
            name: TableIndex(name, specs.get(name, TableSpec()), sections or {}, last_id)
            for name, last_id in (last_ids or {}).items()
        }
        self.changed = 0
        """How many changes were taken in since the base was made."""

    def apply(self, record: Record) -> None:
        """Take a change in."""
        self.changed += 1
        name, doc_id, document, location, is_drop, _ = record
        if doc_id is not None:
            table = self._tables.get(name) or self.table(name)
            table.apply(doc_id, document, location)
        elif is_drop:
            self._tables.pop(name, None)
        else:
            self.table(name)

    def apply_all(self, records: Iterable[Record]) -> None:
        """Take changes in."""
        for name, run in groupby(records, attrgetter("table")):
            changes = list(run)
            known = self._tables.get(name)
            if known is not None and known.apply_new(changes):
                self.changed += len(changes)
            else:
                for record in changes:
                    self.apply(record)

    def table(self, name: str) -> TableIndex:
        """Return a table, made when it is missing."""
        if name not in self._tables:
            self._tables[name] = TableIndex(name, self._specs.get(name, TableSpec()), {}, 0)
        return self._tables[name]

    def find(self, name: str) -> TableIndex | None:
        """Return a table; None when there is no such table."""
        return self._tables.get(name)

    @property
    def tables(self) -> Mapping[str, TableIndex]:
        """All tables by their names."""
        return self._tables

    @property
    def last_ids(self) -> dict[str, int]:
        """The highest number that any document of each table has or had."""
        return {name: table.last_id for name, table in self._tables.items()}

    def sections(self, orders: Mapping[str, Sequence[int]]) -> dict[str, bytes]:
        """Return the columns of all tables; a table without an order is put into that of its numbers."""
        made: dict[str, bytes] = {}
        for name, table in self._tables.items():
            made |= table.sections(orders[name] if name in orders else list(table.doc_ids()))
        return made
